"""Everything about an incident that can be had now; what can't be is named, and stops nothing."""

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from cutover import __version__
from cutover.core.intact import Intact, intact
from cutover.core.models import Side, SideEvidence, Snapshot
from cutover.core.plan import Plan
from cutover.core.planning import plan_rollback
from cutover.core.state import State, fold
from cutover.core.zone import Drift, targets
from cutover.flow.asking import ask
from cutover.flow.examine import Exam, Examiner
from cutover.flow.outcome import KNOWN_ERRORS
from cutover.ports import Answers, Holder, World

DEADLINE_SECONDS = 45.0  # real ones; Route 53 itself may take 30
SPAN = timedelta(hours=24)  # of minutes
DNS_SECONDS = 5.0
PACKAGES = ("boto3", "botocore", "click", "dnspython", "msgspec", "rich")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found; None where it could not be had, and `missing` says why by the part's name."""

    now: datetime
    state: State
    lines: Sequence[str] | None
    chain: Intact
    documents: Mapping[str, str] | None
    holder: Holder | None
    snapshot: Snapshot | None
    plan: Plan | Drift | None
    exam: Exam | None
    sides: Mapping[Side, SideEvidence]
    answers: Answers | None
    versions: Mapping[str, str]
    missing: Mapping[str, str]


class Gathering:
    """One look at everything, each source asked beside the others and waited for until the same deadline."""

    def __init__(self, world: World, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._world = world
        self._ends = time.monotonic() + deadline_seconds
        self._missing: dict[str, str] = {}

    def gather(self) -> Gathered:
        """Look. Never raises what the ports raise."""
        world, now = self._world, self._world.clock.now()
        asked_zone, asked_lines = ask(world.weights.read), ask(world.ledger.raw)
        asked_documents, asked_holder = ask(world.ledger.documents), ask(world.ledger.holder)
        until = Examiner(world).settled(now)
        asked_sides = {side: ask(self._minutes(side, until)) for side in Side}
        lines = self._waited("ledger", asked_lines)
        chain = intact(lines or ())
        state = fold(chain.events)
        asked_exam = ask(lambda: Examiner(world, at_once=True).examine(state, now))
        snapshot = self._waited("records", asked_zone)
        asked_answers = ask(lambda: self._sample(snapshot)) if snapshot else None
        return Gathered(
            now=now,
            state=state,
            lines=lines,
            chain=chain,
            documents=self._waited("documents", asked_documents),
            holder=self._waited("lease", asked_holder),
            snapshot=snapshot,
            plan=plan_rollback(snapshot, world.settings.sides, state.records) if snapshot else None,
            exam=self._waited("gates", asked_exam),
            sides=self._both(asked_sides),
            answers=self._waited("name-servers", asked_answers) if asked_answers else None,
            versions=versions(),
            missing=self._told(snapshot),
        )

    def _minutes(self, side: Side, until: datetime) -> Callable[[], SideEvidence]:
        window = self._world.settings.limits.p95_window
        return lambda: self._world.metrics.read(side, until - SPAN, until, window)

    def _both(self, asked: Mapping[Side, "Future[SideEvidence]"]) -> Mapping[Side, SideEvidence]:
        found = {side: self._waited(f"minutes of {side.value}", answer) for side, answer in asked.items()}
        return {side: evidence for side, evidence in found.items() if evidence}

    def _sample(self, snapshot: Snapshot) -> Answers:
        settings = self._world.settings
        return self._world.names.sample(targets(snapshot, settings.sides), settings.dns.questions, DNS_SECONDS)

    def _waited(self, part: str, answer: "Future[T]") -> T | None:
        try:
            return answer.result(max(0.0, self._ends - time.monotonic()))
        except TimeoutError:
            self._missing[part] = "no answer in time"
        except KNOWN_ERRORS as error:
            self._missing[part] = str(error)
        return None

    def _told(self, snapshot: Snapshot | None) -> Mapping[str, str]:
        if snapshot is None:
            for part in ("rollback-plan", "name-servers"):
                self._missing[part] = "it needs the live records"
        return dict(sorted(self._missing.items()))


def versions() -> Mapping[str, str]:
    """This program's version, Python's, the system's, and those of the libraries that talk to AWS and to people."""
    found = {"cutover": __version__, "python": platform.python_version(), "system": platform.platform()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
