"""Several questions to AWS at once: what was answered in time, and why the rest was not."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from cutover.aws.errors import Again, Rejected
from cutover.flow.asking import ask
from cutover.ports import ControlPlaneUnavailable, LedgerUnavailable, NotAllowed, NotFound, TelemetryUnavailable
from cutover.settings import BadSettings

FAILURES = (
    Again, Rejected, NotAllowed, NotFound, BadSettings, ControlPlaneUnavailable, TelemetryUnavailable,
    LedgerUnavailable, LookupError, TypeError, ValueError, OSError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a fact; several may be about the same one."""

    fact: str
    call: str  # as "service:Action", for whoever must allow it
    ask: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Partly:
    """An answer that lacks something, and what."""

    value: Any
    lacking: str


@dataclass
class Found:
    """The answers by fact, in the order of the questions, and a sentence for each fact that is not wholly known."""

    answers: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    unknown: dict[str, str] = field(default_factory=dict)

    def one(self, fact: str) -> Any:
        """The fact's only answer; None without one."""
        return next(iter(self.answers.get(fact, ())), None)

    def lacks(self, fact: str, why: str) -> None:
        """Remember why the fact is not wholly known."""
        before = self.unknown.get(fact)
        self.unknown[fact] = f"{before}; {why}" if before else why


def ask_all(questions: Sequence[Question], deadline_seconds: float) -> Found:
    """Ask them all at the same time, for so many real seconds. Never raises."""
    ends, found = time.monotonic() + deadline_seconds, Found()
    asked = [(question, ask(question.ask)) for question in questions]
    for question, answer in asked:
        _take(found, question, answer, max(0.0, ends - time.monotonic()))
    return found


def _take(found: Found, question: Question, answer: "Future[Any]", seconds: float) -> None:
    try:
        value = answer.result(seconds)
    except TimeoutError:
        found.lacks(question.fact, f"{question.call} did not answer in time; cutover doctor asks again")
    except FAILURES as error:
        found.lacks(question.fact, _said(question, error))
    else:
        if isinstance(value, Partly):
            found.lacks(question.fact, value.lacking)
            value = value.value
        found.answers[question.fact].append(value)


def _said(question: Question, error: Exception) -> str:
    if isinstance(error, (LookupError, TypeError, ValueError, OSError)):
        return f"{question.call}: the answer can't be read: {error!r}"
    return str(error)
