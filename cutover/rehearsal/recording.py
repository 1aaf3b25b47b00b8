"""Everything that a rehearsal saw, and the steps and shares that it comes to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cutover.rehearsal.scenario import Event, HandEdit
from cutover.rehearsal.stack.plan import RECORD_TYPES
from cutover.rehearsal.stats import Band, SideStats, band_for, share_of, side_stats
from cutover.rehearsal.traffic import Second

Document = Mapping[str, Any]
ASKED_TYPE = RECORD_TYPES[0]
Split = Mapping[str, tuple[int, int]]
"""The (ECS, Lambda) weights of each type of the public name's records."""


@dataclass(frozen=True, slots=True)
class Told:
    """One document of the running `cutover run`, with the real time at which its event happened, and who told it."""

    time: float
    document: Document
    process: int = 0

    @property
    def event(self) -> str:
        """What it tells: a kind of ledger line, `tick`, `note` or `end`."""
        return str(self.document.get("event", ""))


@dataclass(frozen=True, slots=True)
class Served:
    """The weights that the name servers answered by, from this real moment on."""

    time: float
    split: Split

    @property
    def share(self) -> float:
        """Lambda's part of the answers to those who ask for A, as our users do."""
        ecs, serverless = self.split.get(ASKED_TYPE, (0, 0))
        return serverless / max(1, ecs + serverless)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command that somebody typed: from when to when (real), how it ended, how it had to, and what it printed."""

    time: float
    ended: float
    words: str
    exit: int | None
    expected: int
    said: str = ""


@dataclass(slots=True)
class Recording:
    """A rehearsal as it goes; `factor` and `epoch` are its clock's."""

    factor: float
    epoch: float
    started: float
    told: list[Told] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    injected: list[tuple[float, Event]] = field(default_factory=list)  # what happened, from that real moment on
    cleared: list[tuple[float, Event]] = field(default_factory=list)  # ... and until when
    typed: list[Typed] = field(default_factory=list)  # every command of this rehearsal, in the order of their ends
    ended: float = 0.0
    reindexed: Sequence[Document] = ()  # what `cutover reindex` said of each index, before the drill
    drill: Document | None = None  # the receipt of the rollback that was drilled before anything else

    @property
    def processes(self) -> Sequence[int]:
        """The ids of the `cutover run` that were heard, in that order."""
        return list(dict.fromkeys(told.process for told in self.told))

    def add(self, document: Document, now: float, process: int = 0) -> Told:
        """Note a document of that process; one without a time happened now."""
        stamp = document.get("time")
        told = Told(self.real(datetime.fromisoformat(stamp)) if stamp else now, document, process)
        self.told.append(told)
        return told

    def real(self, simulated: datetime) -> float:
        """The real Unix time of a moment of the compressed clock."""
        return self.epoch + (simulated.timestamp() - self.epoch) / self.factor

    def minutes(self, moment: float) -> float:
        """Simulated minutes from the start to a real moment."""
        return (moment - self.started) * self.factor / 60

    def latest(self, event: str) -> Document | None:
        """The newest document of that kind."""
        return next((told.document for told in reversed(self.told) if told.event == event), None)


LEAVING = ("intent", "drift")  # what ends a step's stay at its weight


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of the ladder, from the moment it had settled until the next change."""

    weight: int
    started: float
    ended: float
    answers: int
    share: float
    band: Band
    ecs: SideStats
    serverless: SideStats
    verdict: str
    reasons: Sequence[str]
    bake: Mapping[str, Any] | None

    @property
    def within_chance(self) -> bool:
        """Whether the observed share is one that the weight explains."""
        return self.band.holds(self.share)


def steps_of(recording: Recording) -> Sequence[StepResult]:
    """Each settled stay at a weight with traffic on Lambda."""
    found = []
    for position, told in enumerate(recording.told):
        weight = told.document.get("asked_weight")
        if told.event == "settled" and weight:
            found.append(_step(recording, position, int(weight)))
    return found


def _step(recording: Recording, position: int, weight: int) -> StepResult:
    started = recording.told[position].time
    later = recording.told[position + 1 :]
    leaving = min([*_edits(recording, started), *(t.time for t in later if t.event in LEAVING), recording.ended])
    seconds = [second for second in recording.seconds if started <= second.time and second.time + 1 <= leaving]
    answers = sum(second.answers for second in seconds)
    ticks = [told.document for told in later if told.event == "tick" and told.time <= leaving]
    last: Document = next((tick for tick in reversed(ticks) if tick.get("verdict")), {})
    return StepResult(
        weight=weight,
        started=started,
        ended=leaving,
        answers=answers,
        share=share_of(seconds, "lambda"),
        band=band_for(weight, answers),
        ecs=side_stats(seconds, "ecs"),
        serverless=side_stats(seconds, "lambda"),
        verdict=str(last.get("verdict") or ""),
        reasons=[f["text"] for f in last.get("findings", ()) if f["verdict"] == last.get("verdict")],
        bake=last.get("bake"),
    )


def _edits(recording: Recording, since: float) -> Sequence[float]:
    """When somebody changed the weights by hand after that moment."""
    return [moment for moment, event in recording.injected if moment > since and isinstance(event.deed, HandEdit)]
