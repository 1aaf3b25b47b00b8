"""Telling people what happened: each channel has its own thread, and none of them holds up the work."""

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from threading import Condition, Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cutover.core.endpoints import is_loopback
from cutover.ports import Notice, Undelivered

Channel = Callable[[Notice], None]
"""Delivers one notice within its own timeout. Raises Undelivered."""


class Channels:
    """A Notifier over named channels; a channel delivers its notices in their order."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = dict(channels)
        self._queues: dict[str, SimpleQueue[Notice]] = {}
        self._under_way = dict.fromkeys(self._channels, 0)
        self._problems: dict[str, None] = {}  # each once, in order
        self._changed = Condition()

    def tell(self, notice: Notice) -> None:
        """Send it to every channel in the background; never raises, never waits."""
        for name in self._channels:
            with self._changed:
                self._under_way[name] += 1
                queue = self._queue(name)
            queue.put(notice)

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Wait for what is under way; what went wrong with any of it since the last time, in words."""
        ends = time.monotonic() + deadline_seconds
        with self._changed:
            while any(self._under_way.values()) and (left := ends - time.monotonic()) > 0:
                self._changed.wait(left)
            late = [name for name, count in self._under_way.items() if count]
            problems = [*self._problems, *(f"{name}: not delivered within {deadline_seconds:g} s" for name in late)]
            self._problems.clear()
        return problems

    def _queue(self, name: str) -> "SimpleQueue[Notice]":
        if name not in self._queues:
            self._queues[name] = SimpleQueue()
            Thread(target=self._deliver, args=(name,), daemon=True, name=f"tell {name}").start()
        return self._queues[name]

    def _deliver(self, name: str) -> None:
        while True:
            notice, problem = self._queues[name].get(), ""
            try:
                self._channels[name](notice)
            except Undelivered as error:
                problem = str(error)
            except Exception as error:  # noqa: BLE001 - the thread's outermost boundary: no notice may stop the next
                problem = f"this is a bug: {type(error).__name__}"
            with self._changed:
                self._under_way[name] -= 1
                if problem:
                    self._problems[f"{name}: {problem}"] = None
                self._changed.notify_all()


class Slack:
    """A channel: an incoming webhook. Its URL is a secret, so no message names it."""

    def __init__(self, url: str, variable: str, timeout_seconds: float) -> None:
        """`variable`: the environment variable that held the URL, for the messages."""
        self._url, self._variable, self._timeout_seconds = url, variable, timeout_seconds

    def __call__(self, notice: Notice) -> None:
        """Post it. Raises Undelivered."""
        self._check()
        body = json.dumps({"text": slack_text(notice)}).encode()
        headers = {"Content-Type": "application/json"}
        try:
            request = Request(self._url, data=body, headers=headers)  # noqa: S310 - checked above
            with urlopen(request, timeout=self._timeout_seconds) as answer:  # noqa: S310 - likewise
                answer.read(100)
        except HTTPError as error:
            error.close()
            raise Undelivered(f"the webhook answered {error.code}; is {self._variable} still good?") from None
        except (URLError, http.client.HTTPException, OSError) as error:
            why = error.reason if isinstance(error, URLError) else error
            raise Undelivered(f"the webhook can't be reached ({type(why).__name__})") from None

    def _check(self) -> None:
        if not self._url:
            raise Undelivered(f"the environment variable {self._variable} holds no webhook")
        try:
            parts = urlsplit(self._url)
        except ValueError:
            parts = urlsplit("")
        if not parts.hostname or not (parts.scheme == "https" or is_loopback(self._url)):
            raise Undelivered(f"what {self._variable} holds is no https address")


class Command:
    """A channel: a program that gets the notice as JSON on its standard input; no shell looks at it."""

    def __init__(self, argv: Sequence[str], timeout_seconds: float) -> None:
        self._argv, self._timeout_seconds = list(argv), timeout_seconds

    def __call__(self, notice: Notice) -> None:
        """Run it. Raises Undelivered when it can't be run, fails, or takes too long (it is ended then)."""
        try:
            subprocess.run(
                self._argv,
                input=as_json(notice),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout_seconds,
                check=True,
                start_new_session=True,  # Ctrl-C ends us, and is to be told
            )
        except subprocess.TimeoutExpired:
            raise Undelivered(f"{self._argv[0]} took over {self._timeout_seconds:g} s") from None
        except subprocess.CalledProcessError as error:
            raise Undelivered(f"{self._argv[0]} ended with {error.returncode}") from None
        except (OSError, ValueError) as error:
            raise Undelivered(f"{self._argv[0]} can't be run: {error}") from None


def slack_text(notice: Notice) -> str:
    """The notice in Slack's own markup."""
    title, text = (part.translate(_ESCAPED) for part in (notice.title, notice.text))
    return f"{':rotating_light: ' if notice.urgent else ''}*{title}*\n{text}"


def as_json(notice: Notice) -> bytes:
    """The notice as one JSON document."""
    said = {"title": notice.title, "text": notice.text, "urgent": notice.urgent, "facts": dict(notice.facts)}
    return json.dumps({"schema": "cutover.notice/1", **said}).encode()


_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
