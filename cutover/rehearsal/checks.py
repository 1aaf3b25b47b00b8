"""What must be true after a rehearsal, held against what it saw. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cutover.exits import Exit
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.recording import Recording, Split, StepResult, steps_of
from cutover.rehearsal.stack.plan import RECORD_TYPES
from cutover.rehearsal.stats import side_stats


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true after this rehearsal."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: the exit code of `cutover run`, the live and the served weights, and whether they are in sync."""

    exit_code: int
    live: Split
    served: Split
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
    """At every look each type of the records summed to 100, and all of them asked for the same."""
    wrong = [served for served in recording.served if not _is_whole(served.split)]
    detail = f"{len(recording.served)} different ones of {', '.join(RECORD_TYPES)}"
    if wrong:
        detail += f"; at {recording.minutes(wrong[0].time):.1f}′ {_spelled(wrong[0].split)}"
    return Check(
        "the served weights of each type always summed to 100 and agreed", bool(recording.served) and not wrong, detail
    )


def _is_whole(split: Split) -> bool:
    agreed = set(split) == set(RECORD_TYPES) and len(set(split.values())) == 1
    return agreed and all(sum(weights) == 100 for weights in split.values())


def _landed(ending: Ending, injection: Injection | None) -> Check:
    """Where the weights must be in the end: at 100 on Lambda, back on ECS, or where they were when sight was lost."""
    detail = f"asked {_spelled(ending.live)}, served {_spelled(ending.served)}"
    if injection is None or injection.expected is Exit.DONE:
        return Check("everything is on Lambda, in sync", _all_at(ending, (0, 100)), detail)
    if injection.expected is Exit.ROLLED_BACK:
        return Check("everything is back on ECS, in sync", _all_at(ending, (100, 0)), detail)
    asked = (100 - injection.step, injection.step)
    return Check("the weights stay where they were", ending.live == _everywhere(asked), detail)


def _went_on(recording: Recording, injection: Injection) -> Check:
    """A shift that was broken off was seen to its end by the process that was started next."""
    name = f"the shift to {injection.step}% was broken off and went on"
    first, wanted = recording.processes[:1], [100 - injection.step, injection.step]
    begun = any(t.event == "intent" and t.document.get("after") == wanted for t in recording.told if t.process in first)
    told = [t for t in recording.told if t.document.get("asked_weight") == injection.step]
    before, after = ({t.event for t in told if (t.process in first) is mine} for mine in (True, False))
    missing = {
        "it was not killed": not recording.injected,
        "it was killed before the shift had begun": not begun,
        "it was killed before the change was sent": "applied" not in before,
        "it was killed when the change was in sync already": "insync" in before,
        "it was not started again": len(recording.processes) < 2,
        "nobody saw that the change was in sync": "insync" not in after,
        "it never settled": "settled" not in after,
    }
    if what := next((text for text, is_so in missing.items() if is_so), None):
        return Check(name, passed=False, detail=what)
    settled = next(t.time for t in told if t.event == "settled")
    return Check(name, passed=True, detail=_kill_in_words(recording, recording.injected[0][0], settled))


def _kill_in_words(recording: Recording, killed: float, settled: float) -> str:
    first, second = recording.processes[:2]
    return (
        f"process {first} killed at {recording.minutes(killed):.1f}′ with the change PENDING,"
        f" settled at {recording.minutes(settled):.1f}′ by process {second}"
    )


def _all_at(ending: Ending, weights: tuple[int, int]) -> bool:
    return ending.live == _everywhere(weights) == ending.served and ending.pending_changes == 0


def _everywhere(weights: tuple[int, int]) -> Split:
    return dict.fromkeys(RECORD_TYPES, weights)


def _spelled(split: Split) -> str:
    """One pair for all types, or each type's where they differ."""
    if len(set(split.values())) == 1:
        split = {"": next(iter(split.values()))} if set(split) == set(RECORD_TYPES) else split
    return ", ".join(f"{type_} ecs {ecs} / lambda {other}".lstrip() for type_, (ecs, other) in split.items()) or "none"


def _share_check(step: StepResult) -> Check:
    detail = f"{step.share:.1%} of requests; chance allows {step.band.low:.1%} to {step.band.high:.1%}"
    return Check(
        f"at {step.weight}% the observed share is what chance allows",
        step.within_chance,
        f"{detail} ({step.answers} DNS answers)",
    )
