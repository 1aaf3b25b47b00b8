"""Bearer tokens of the visitors, and newer ones before they end: a command prints them, while requests go on."""

import logging
from collections.abc import Callable, Mapping, Sequence

import gevent
from gevent import subprocess

from cutover.core.load.tokens import BadTokens, expiry_of, tokens_of
from loadtests._table import BadSettings

COMMAND_SECONDS = 60.0
BEFORE_SECONDS = 300.0  # so early are tokens renewed that live for long; others at half of what they have left
AGAIN_SECONDS = 15.0
logger = logging.getLogger(__name__)


class Tokens:
    """The newest token of each user. `now` is Unix time."""

    def __init__(self, tokens: Mapping[str, str], command: Sequence[str], now: Callable[[], float]) -> None:
        self._tokens, self._command, self._now = dict(tokens), tuple(command), now
        self._renewing: gevent.Greenlet | None = None

    @property
    def users(self) -> Sequence[str]:
        """Who has one."""
        return sorted(self._tokens)

    def of(self, user: str) -> str:
        """The user's newest token."""
        return self._tokens[user]

    def start(self) -> None:
        """Fetch them if there are none, and see to it that there always are. Raises BadSettings."""
        if not self._tokens:
            self._tokens = dict(self._fetched())
        if self._command and self._renewing is None:
            self._renewing = gevent.spawn(self._renew)

    def stop(self) -> None:
        """Renew no more."""
        if self._renewing is not None:
            self._renewing.kill()
            self._renewing = None

    def wait_seconds(self) -> float | None:
        """How long until they have to be renewed; None: they don't say when they end."""
        ends = [end for token in self._tokens.values() if (end := expiry_of(token)) is not None]
        if not ends:
            return None
        left = min(ends) - self._now()
        return max(0.0, left - BEFORE_SECONDS if left > 2 * BEFORE_SECONDS else left / 2)

    def _renew(self) -> None:
        while (wait := self.wait_seconds()) is not None:
            gevent.sleep(max(wait, AGAIN_SECONDS if wait <= 0 else 0.0))
            try:
                found = self._fetched()
            except BadSettings as error:
                logger.warning("%s; the old tokens are used on", error)
                gevent.sleep(AGAIN_SECONDS)
                continue
            self._tokens.update({user: token for user, token in found.items() if user in self._tokens})

    def _fetched(self) -> Mapping[str, str]:
        """What the command prints. Raises BadSettings; what it says is not repeated, as it may be a token."""
        name = self._command[0]
        try:
            return tokens_of(self._printed())
        except OSError as error:
            raise BadSettings(f"tokens_command {name} can't be run: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            raise BadSettings(f"tokens_command {name} did not end in {COMMAND_SECONDS:g} s") from None
        except subprocess.CalledProcessError as error:
            raise BadSettings(f"tokens_command {name} ended with {error.returncode}") from None
        except (BadTokens, UnicodeDecodeError) as error:
            text = str(error) if isinstance(error, BadTokens) else "no text"
            raise BadSettings(f"what tokens_command {name} printed: {text}") from None

    def _printed(self) -> str:
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "timeout": COMMAND_SECONDS, "check": True}
        return str(subprocess.run(list(self._command), **how).stdout.decode())
