"""What must be true after a rehearsal, held against what it saw. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover.core.models import Why
from cutover.rehearsal.recording import Document, Recording, Split, StepResult, steps_of
from cutover.rehearsal.scenario import Answers, At, Course, Event, Expected, Form, Rate, Scenario
from cutover.rehearsal.stack.plan import RECORD_TYPES
from cutover.rehearsal.stats import side_stats
from cutover.rehearsal.traffic import Second

# What a fault did to a request may be told later than the fault ended: a statement waits 10 s, its client a bit longer.
GRACE_SECONDS = 12.0
SIDES = (("ecs", "ECS"), ("lambda", "Lambda"))


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true after this rehearsal."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: the exit code of `cutover run`, the live and the served weights, whether they are in sync.

    `ledger`: the kinds of the lines since the run began.
    """

    exit_code: int
    live: Split
    served: Split
    pending_changes: int
    ledger: tuple[str, ...] = ()


def checks_of(recording: Recording, ending: Ending, scenario: Scenario, form: Form) -> Sequence[Check]:
    """What must be true, by what the scenario says and what always must be."""
    expect = scenario.expect
    told = f"exit {ending.exit_code}, expected {int(expect.exit)}"
    asked = dict(zip((side for side, _ in SIDES), (expect.ecs, expect.serverless), strict=True))
    checks = [
        Check("ended as it must", ending.exit_code == expect.exit, told),
        *(_answers(recording, side, name, asked[side]) for side, name in SIDES if asked[side] is not Answers.ANY),
        _weights_always_whole(recording),
        _landed(ending, expect, expect.weight_on(form)),
        _course(recording, ending, expect, form.top),
    ]
    if expect.because:
        checks.append(_because(recording, expect))
    if scenario.events:
        checks.append(_all_happened(recording, scenario))
    checks.extend(_arrived(recording, moment, event, form) for moment, event in recording.injected if _is_rate(event))
    if kill := scenario.kill:
        checks.append(_went_on(recording, kill))
    if expect.ledger or expect.never:
        checks.append(_ledger(ending, expect))
    if scenario.typed:
        checks.append(_typed(recording, len(scenario.typed)))
    if expect.course is Course.WENT_ON:
        checks.extend(_share_check(step) for step in steps_of(recording) if step.weight < 100)
    return checks


def _answers(recording: Recording, side: str, name: str, asked: Answers) -> Check:
    """Every answer of that side was right; or every one that has nothing to do with what happened."""
    mine = [second for second in recording.seconds if second.side == side]
    apart = asked is Answers.RIGHT_APART
    judged = [second for second in mine if not (apart and _is_struck(second, recording))]
    bad = [second for second in judged if second.errors or second.wrong]
    # A service in trouble may fail; what it answers as a success, or as the client's fault, has to be true even then.
    bad += [second for second in mine if second.wrong and second not in bad]
    stats = side_stats(mine, side)
    detail = f"{stats.requests} requests, {stats.errors} errors, {stats.wrong} wrong answers"
    if problems := [problem for second in bad for problem in second.problems]:
        detail += f"; first: {problems[0]}"
    words = f"{name} answered everything rightly" + (", apart from the fault" if apart else "")
    return Check(words, stats.requests > 0 and not bad, detail)


def _is_struck(second: Second, recording: Recording) -> bool:
    """Whether anything of the scenario lasted then, or had ended only just."""
    for began, event in recording.injected:
        ended = next((moment for moment, other in recording.cleared if other == event), recording.ended)
        if began - 1 <= second.time <= ended + GRACE_SECONDS:
            return True
    return False


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


def _landed(ending: Ending, expect: Expected, weight: int) -> Check:
    """Where the weights must be in the end, and whether every name server has them."""
    detail = f"asked {_spelled(ending.live)}, served {_spelled(ending.served)}"
    wanted = dict.fromkeys(RECORD_TYPES, (100 - weight, weight))
    if not expect.in_sync:
        return Check(f"Lambda is asked to carry {weight}%", ending.live == wanted, detail)
    name = {0: "everything is back on ECS", 100: "everything is on Lambda"}.get(weight, f"Lambda carries {weight}%")
    return Check(f"{name}, in sync", ending.live == wanted == ending.served and not ending.pending_changes, detail)


def _course(recording: Recording, ending: Ending, expect: Expected, top: int) -> Check:
    """What became of the migration; `top`: its last step."""
    told = {told.event for told in recording.told} | set(ending.ledger)
    done = ("baked", "finished")
    baked = any(told.event in done and told.document.get("asked_weight") == top for told in recording.told)
    end = recording.latest("end") or {}
    passed = {
        Course.WENT_ON: baked and "rolled-back" not in told,
        Course.ROLLED_BACK: "rolled-back" in told and "finished" not in told,
        Course.HELD: not told & {"finished", "rolled-back"} and _held(recording),
        Course.STOPPED: not told & {"finished", "rolled-back"},
    }[expect.course]
    return Check(f"the migration {_ACTS[expect.course]}", passed, str(end.get("reason", "it said nothing in the end")))


_ACTS = {
    Course.WENT_ON: "went on to its last step",
    Course.ROLLED_BACK: "was rolled back",
    Course.HELD: "held",
    Course.STOPPED: "stopped for a person to look",
}


def _held(recording: Recording) -> bool:
    last = next((told.document for told in reversed(recording.told) if told.event == "tick"), {})
    return last.get("verdict") == "hold"


def _because(recording: Recording, expect: Expected) -> Check:
    """Which gate said so, after the first thing had happened; that it knows too little yet, every bake begins with."""
    verdict = "fail" if expect.course is Course.ROLLED_BACK else "hold"
    since = min((moment for moment, _ in recording.injected), default=recording.started)
    found = {
        str(finding["text"]): None
        for document in _documents(recording, since)
        for finding in document.get("findings") or ()
        if finding["verdict"] == verdict and _reasons(finding) & set(expect.because)
    }
    name = f"{' or '.join(expect.because)} said {verdict.upper()}"
    return Check(name, bool(found), next(reversed(found), "no such finding"))


def _reasons(finding: Document) -> set[str]:
    why = str(finding.get("why") or "")
    return {why} if why == Why.SAMPLES else {str(finding["gate"]), why}


def _documents(recording: Recording, since: float) -> Iterator[Document]:
    return (told.document for told in recording.told if told.event == "tick" and told.time >= since)


def _all_happened(recording: Recording, scenario: Scenario) -> Check:
    """A scenario in which nothing has happened proves nothing."""
    happened = [event for _, event in recording.injected]
    missing = [event for event in scenario.events if event not in happened]
    detail = f"never: {missing[0].sentence}" if missing else f"{len(happened)} of {len(scenario.events)}"
    return Check("everything happened that was to happen", not missing, detail)


def _is_rate(event: Event) -> bool:
    return isinstance(event.deed, Rate)


def _arrived(recording: Recording, began: float, event: Event, form: Form) -> Check:
    """As many requests came as were to come, rather than as many as before; the first and last second apart."""
    wanted = event.deed.arrivals if isinstance(event.deed, Rate) else form.arrivals
    ended = next((moment for moment, other in recording.cleared if other == event), recording.ended)
    first, last = began + 1, ended - 1
    requests = sum(second.requests for second in recording.seconds if first <= second.time and second.time + 1 <= last)
    seen = requests / max(1.0, last - first)
    passed = abs(seen - wanted) < abs(seen - form.arrivals)
    return Check("the traffic changed as it was to", passed, f"{seen:.0f} a second, {wanted:g} wanted")


def _went_on(recording: Recording, kill: Event) -> Check:
    """A run that was killed was seen to its end by the process that was started next."""
    if kill.when.at is not At.SENT:
        again = len(recording.processes) > 1
        return Check("another process went on", again, f"processes {', '.join(map(str, recording.processes))}")
    step = kill.when.step
    name = f"the shift to {step}% was broken off and went on"
    first, wanted = recording.processes[:1], [100 - step, step]
    begun = any(t.event == "intent" and t.document.get("after") == wanted for t in recording.told if t.process in first)
    told = [t for t in recording.told if t.document.get("asked_weight") == step]
    before, after = ({t.event for t in told if (t.process in first) is mine} for mine in (True, False))
    killed = next((moment for moment, event in recording.injected if event == kill), None)
    missing = {
        "it was not killed": killed is None,
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
    return Check(name, passed=True, detail=_kill_in_words(recording, killed or 0.0, settled))


def _kill_in_words(recording: Recording, killed: float, settled: float) -> str:
    first, second = recording.processes[:2]
    return (
        f"process {first} killed at {recording.minutes(killed):.1f}′ with the change PENDING,"
        f" settled at {recording.minutes(settled):.1f}′ by process {second}"
    )


def _ledger(ending: Ending, expect: Expected) -> Check:
    """The lines that the run, and whoever typed beside it or after it, have written."""
    missing = [kind for kind in expect.ledger if kind not in ending.ledger]
    wrong = [kind for kind in expect.never if kind in ending.ledger]
    words = [*(f"no {kind}" for kind in missing), *(f"{kind}, which must not be" for kind in wrong)]
    detail = "; ".join(words) or f"{len(ending.ledger)} lines since the run began"
    return Check("the ledger tells what it must, and nothing that must not be", not words, detail)


def _typed(recording: Recording, wanted: int) -> Check:
    """What people typed ended as it had to."""
    judged = [typed for typed in recording.typed if typed.exit is not None]
    wrong = [typed for typed in judged if typed.exit != typed.expected]
    detail = f"{len(judged)} commands"
    if wrong:
        detail = f"{wrong[0].words}: exit {wrong[0].exit}, expected {wrong[0].expected}"
    return Check("every command that was typed ended as it must", len(judged) > wanted and not wrong, detail)


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
