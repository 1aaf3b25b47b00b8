"""Walks journeys of the load test on a running stack: one request at a time, or many at once as the engine does."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from loadtests import _checks as checks
from loadtests._journey import Answer, Ask, Journey, Person
from loadtests._mix import MIX

TIMEOUT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 0.3  # between two looks at a parts list


@dataclass(slots=True)
class Walker:
    """Asks one side as one account, and keeps what was wrong with the answers."""

    client: httpx.Client
    url: str
    host: str
    token: str
    asked: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    cold: list[str] = field(default_factory=list)  # what answers told of their environment's start

    def walk(self, journey: Journey) -> None:
        """The whole journey."""
        answer: Answer | None = None
        while (ask := step(journey, answer)) is not None:
            time.sleep(min(ask.after_seconds, LONGEST_WAIT_SECONDS))
            answer = self.ask(ask)

    def ask(self, ask: Ask) -> Answer | None:
        """One request; None, and a problem, when its answer is wrong."""
        headers = {**ask.headers, "X-Load-Test": "stack"}
        if not ask.url:
            headers |= {"Host": self.host, "Authorization": f"Bearer {self.token}"}
        sent = {"json": ask.json} if ask.json is not None else {"content": ask.body}
        answer = self.client.request(ask.method, ask.url or self.url + ask.path, headers=headers, **sent)
        self.asked[ask.route] += 1
        if "server-timing" in answer.headers:
            self.cold.append(answer.headers["server-timing"])
        problem = ask.check(answer.status_code, answer.content)
        if problem is not None:
            self.problems.append(f"{ask.method} {ask.path}: {problem}")
            return None
        return Answer(answer.status_code, checks.json_of(answer.content))


def step(journey: Journey, answer: Answer | None) -> Ask | None:
    """What the journey asks next; None when it has ended."""
    try:
        return journey.send(answer)
    except StopIteration:
        return None


@contextmanager
def walkers(url: str, host: str, tokens: Mapping[str, str]) -> Iterator[Mapping[str, Walker]]:
    """One for each account, on connections that they share."""
    with httpx.Client(timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_connections=40)) as client:
        yield {sub: Walker(client, url, host, token) for sub, token in tokens.items()}


def persons(subs: Sequence[str], each: int, run: str = "stack") -> list[Person]:
    """So many persons of each account."""
    numbered = [sub for sub in subs for _ in range(each)]
    return [
        Person(sub, f"load {run}-{number}", random.Random(number))  # noqa: S311 - reproducible choices
        for number, sub in enumerate(numbered, 1)
    ]


def at_once(visitors: Sequence[tuple[Person, Walker]], threads: int, journeys: int, seed: int = 1) -> None:
    """That many journeys of the mix by that many threads; a person's journeys run into each other, as they do in a run.

    Only the requests run side by side: the steps between them do not, as greenlets' would not.
    """
    choose = random.Random(seed)  # noqa: S311 - reproducible choices
    lock = threading.Lock()
    weights, starts = zip(*MIX, strict=True)
    left = list(range(journeys))

    def work() -> None:
        while True:
            with lock:
                if not left:
                    return
                left.pop()
                person, walker = choose.choice(visitors)
                journey = choose.choices(starts, weights)[0](person)
                ask = step(journey, None)
            while ask is not None:
                time.sleep(min(ask.after_seconds, LONGEST_WAIT_SECONDS))
                answer = walker.ask(ask)
                with lock:
                    ask = step(journey, answer)

    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(work) for _ in range(threads)]:
            each.result()
