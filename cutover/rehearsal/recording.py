"""Everything that a rehearsal saw, and what it comes to: steps, shares, checks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cutover.exits import Exit
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.stats import Band, SideStats, band_for, share_of, side_stats
from cutover.rehearsal.traffic import Second

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One document of the running `cutover run`, with the real time at which its event happened."""

    time: float
    document: Document

    @property
    def event(self) -> str:
        """What it tells: a kind of ledger line, `tick`, `note` or `end`."""
        return str(self.document.get("event", ""))


@dataclass(frozen=True, slots=True)
class Served:
    """The weights that the name servers answered by, from this real moment on."""

    time: float
    ecs: int
    serverless: int


@dataclass(slots=True)
class Recording:
    """A rehearsal as it goes; `factor` and `epoch` are its clock's."""

    factor: float
    epoch: float
    started: float
    told: list[Told] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    injected: list[tuple[float, Injection]] = field(default_factory=list)
    ended: float = 0.0

    def add(self, document: Document, now: float) -> Told:
        """Note a document; one without a time happened now."""
        stamp = document.get("time")
        told = Told(self.real(datetime.fromisoformat(stamp)) if stamp else now, document)
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


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true after this rehearsal."""

    name: str
    passed: bool
    detail: str


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
    leaving = next((told.time for told in later if told.event == "intent"), recording.ended)
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


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: the exit code of `cutover run`, the live and the served weights, and whether they are in sync."""

    exit_code: int
    live: tuple[int, int]
    served: tuple[int, int]
    pending_changes: int


def checks_of(recording: Recording, ending: Ending, injection: Injection | None) -> Sequence[Check]:
    """What must be true, for the kind of rehearsal that this was."""
    expected = injection.expected if injection else Exit.DONE
    checks = [
        Check("ended as it must", ending.exit_code == expected, f"exit {ending.exit_code}, expected {int(expected)}"),
        _never_wrong(recording, "ecs", "ECS"),
        _weights_always_whole(recording),
        _landed(ending, injection),
    ]
    if injection and injection.sets_in_during_the_shift:
        checks.append(_went_on(recording, injection))
    if expected is Exit.DONE:
        checks.append(_never_wrong(recording, "lambda", "Lambda"))
        checks.extend(_share_check(step) for step in steps_of(recording) if step.weight < 100)
    return checks


def _never_wrong(recording: Recording, side: str, name: str) -> Check:
    stats = side_stats(recording.seconds, side)
    problems = [problem for second in recording.seconds if second.side == side for problem in second.problems]
    detail = f"{stats.requests} requests, {stats.errors} errors, {stats.wrong} wrong answers"
    if problems:
        detail += f"; first: {problems[0]}"
    return Check(
        f"{name} answered everything rightly", stats.requests > 0 and not (stats.errors or stats.wrong), detail
    )


def _weights_always_whole(recording: Recording) -> Check:
    sums = {served.ecs + served.serverless for served in recording.served}
    return Check("the served weights always summed to 100", sums == {100}, f"{len(recording.served)} different ones")


def _landed(ending: Ending, injection: Injection | None) -> Check:
    """Where the weights must be in the end: at 100 on Lambda, back on ECS, or where they were when sight was lost."""
    detail = f"asked ecs {ending.live[0]} / lambda {ending.live[1]}, served {ending.served[0]} / {ending.served[1]}"
    if injection is None or injection.expected is Exit.DONE:
        return Check("everything is on Lambda, in sync", _all_at(ending, (0, 100)), detail)
    if injection.expected is Exit.ROLLED_BACK:
        return Check("everything is back on ECS, in sync", _all_at(ending, (100, 0)), detail)
    asked = (100 - injection.step, injection.step)
    return Check("the weights stay where they were", ending.live == asked, detail)


def _went_on(recording: Recording, injection: Injection) -> Check:
    """A shift that was broken off was seen to its end by the process that was started next."""
    name = f"the shift to {injection.step}% was broken off and went on"
    settled = [t for t in recording.told if t.event == "settled" and t.document.get("asked_weight") == injection.step]
    if not recording.injected or not settled:
        return Check(name, passed=False, detail="it was not killed" if settled else "it never settled")
    killed, end = recording.injected[0][0], settled[0].time
    detail = f"killed at {recording.minutes(killed):.1f}′, settled at {recording.minutes(end):.1f}′"
    return Check(name, killed < end, detail)


def _all_at(ending: Ending, weights: tuple[int, int]) -> bool:
    return ending.live == weights == ending.served and ending.pending_changes == 0


def _share_check(step: StepResult) -> Check:
    detail = f"{step.share:.1%} of requests; chance allows {step.band.low:.1%} to {step.band.high:.1%}"
    return Check(
        f"at {step.weight}% the observed share is what chance allows",
        step.within_chance,
        f"{detail} ({step.answers} DNS answers)",
    )
