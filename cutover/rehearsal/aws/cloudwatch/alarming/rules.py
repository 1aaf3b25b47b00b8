"""The rules of composite alarms: ALARM(a) AND (OK(b) OR NOT INSUFFICIENT_DATA("c d")), TRUE, FALSE; pure."""

import re
from collections.abc import Callable
from typing import get_args

from cutover.rehearsal.aws.cloudwatch.alarming.verdict import State
from cutover.rehearsal.aws.wire import AwsError

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>[()])|(?P<word>[^\s()"]+))')
_STATES = frozenset(get_args(State))
_CONSTANTS = {"TRUE": True, "FALSE": False}
_MOST = 100  # alarms in a rule

StateOf = Callable[[str], State | None]
Holds = Callable[[StateOf], bool]


class Rule:
    """A rule that was understood; `names` are the alarms that it looks at."""

    def __init__(self, text: str) -> None:
        """Raises AwsError ValidationError."""
        self.names: list[str] = []
        self._tokens = _tokens(text)
        self._holds = self._either()
        if self._tokens:
            raise _invalid(f"unexpected {self._tokens[0]}")
        if len(self.names) > _MOST:
            raise _invalid(f"it names {len(self.names)} alarms; {_MOST} are allowed")

    def holds(self, state_of: StateOf) -> bool:
        """Whether it is in ALARM, given the states of others; of an alarm that is gone nothing is true."""
        return self._holds(state_of)

    def _either(self) -> Holds:
        parts = [self._both()]
        while self._next("OR"):
            parts.append(self._both())
        return lambda state_of: any(part(state_of) for part in parts)

    def _both(self) -> Holds:
        parts = [self._single()]
        while self._next("AND"):
            parts.append(self._single())
        return lambda state_of: all(part(state_of) for part in parts)

    def _single(self) -> Holds:
        if self._next("NOT"):
            denied = self._single()
            return lambda state_of: not denied(state_of)
        if self._next("("):
            inner = self._either()
            self._expect(")")
            return inner
        word = self._take()
        if word in _CONSTANTS:
            return lambda _: _CONSTANTS[word]
        if word not in _STATES:
            raise _invalid(f"unexpected {word}")
        self._expect("(")
        name = _plain(self._take())
        self._expect(")")
        self.names.append(name)
        return lambda state_of: state_of(name) == word

    def _next(self, text: str) -> bool:
        if self._tokens and self._tokens[0] == text:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._next(text):
            raise _invalid(f"{text} is missing")

    def _take(self) -> str:
        if not self._tokens:
            raise _invalid("it ends too early")
        return self._tokens.pop(0)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place, text = 0, text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _invalid("a quotation mark is not closed")
        found.append(match[match.lastgroup or 0])
        place = match.end()
    return found


def _plain(name: str) -> str:
    """An alarm's name, from quotation marks or its ARN."""
    text = re.sub(r"\\(.)", r"\1", name[1:-1]) if name.startswith('"') else name
    return text.split(":alarm:", 1)[-1] if text.startswith("arn:") else text


def _invalid(why: str) -> AwsError:
    return AwsError("ValidationError", f"Invalid alarm rule: {why}")
