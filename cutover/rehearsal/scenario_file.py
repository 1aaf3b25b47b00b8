"""Scenarios as TOML files: read strictly, so that what is not understood is told with where it stands. Pure."""

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cutover.core.durations import parse_duration
from cutover.core.models import Why
from cutover.core.record import Kind
from cutover.exits import Exit
from cutover.rehearsal.aws.faults import Faults as AwsFaults
from cutover.rehearsal.edge.faults import Faults as EdgeFaults
from cutover.rehearsal.scenario import (
    LASTING,
    Answers,
    At,
    AwsFault,
    Course,
    Crowd,
    Deed,
    EdgeFault,
    Event,
    Expected,
    Form,
    HandEdit,
    Kill,
    Lock,
    Moment,
    Outage,
    Rate,
    Scenario,
    Typing,
)

GATES = ("telemetry", "error-rate", "p95", "client-errors", "throttles", "borrow", "share")
REASONS = (*GATES, *(why.value for why in Why))
_OTHER_WORLDS = ("--config", "--stage", "--profile", "--region")  # of cutover's global options
STEPS = (10, 50, 100)  # those whose bakes are known
MOMENTS = '"start", "before 50", "sent 50", "settled 50" or "settled 50 + 3m"'
MOST_ARRIVALS = 600.0  # a second; what a machine of any size is good for here


class BadScenario(ValueError):
    """Not a scenario; the message says where, and what is right."""


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    pass


_Percent = Annotated[int, Meta(ge=0, le=100)]
_Arrivals = Annotated[float, Meta(gt=0, le=MOST_ARRIVALS)]
_Text = Annotated[str, Meta(min_length=1)]
_SqlName = Annotated[str, Meta(pattern=r"^[a-z_][a-z0-9_]*$")]


class _Weights(_Shape, frozen=True):
    ecs: _Percent
    serverless: _Percent = msgspec.field(name="lambda")


class _Event(_Shape, frozen=True):
    when: str
    edge: EdgeFaults | None = None
    aws: AwsFaults | None = None
    outage: Literal["valkey", "search", "postgres"] | None = None
    lock: Annotated[tuple[_SqlName, ...], Meta(min_length=1)] | None = None
    connections: Literal["all"] | None = None
    kill: Literal["run"] | None = None
    records: _Weights | None = None
    arrivals: _Arrivals | None = None
    types: _Text | None = None
    exit: Exit | None = None
    lasts: str = msgspec.field(default="", name="for")
    until: str = ""
    says: str = ""


class _Then(_Shape, frozen=True):
    types: _Text
    exit: Exit


class _Expect(_Shape, frozen=True):
    exit: Exit
    course: Course
    lambda_weight: _Percent | None = None
    because: tuple[str, ...] = ()
    in_sync: bool = True
    ecs: Answers = Answers.RIGHT
    serverless: Answers = msgspec.field(default=Answers.RIGHT, name="lambda")
    ledger: tuple[Kind, ...] = ()
    never: tuple[Kind, ...] = ()


class _Form(_Shape, frozen=True):
    steps: Annotated[tuple[int, ...], Meta(min_length=1)] | None = None
    prelude: tuple[Literal["reindex", "drill"], ...] | None = None
    give_up_after: str | None = None
    arrivals: _Arrivals | None = None


class _File(_Shape, frozen=True):
    title: _Text
    story: _Text
    expect: _Expect
    event: tuple[_Event, ...] = ()
    then: tuple[_Then, ...] = ()
    full: _Form = _Form()
    short: _Form = _Form()


def scenario_of(name: str, text: str) -> Scenario:
    """The scenario that a file of this name holds. Raises BadScenario."""
    try:
        raw = tomllib.loads(text)
        scenario = _scenario(name, msgspec.convert(raw, _File), raw)
        _must_fit(scenario)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"scenario {name} is not TOML: {error}") from error
    except ValueError as error:  # msgspec's are such as well
        raise BadScenario(f"scenario {name}: {error}") from error
    return scenario


def moment_of(text: str) -> Moment:
    """`settled 50 + 3m`. Raises ValueError."""
    words, plus, later = text.partition("+")
    at, *step = words.split() or [""]
    if at not in tuple(At) or len(step) != (at != At.START) or step not in ([], *([str(s)] for s in STEPS)):
        raise ValueError(f"{text!r} is no moment; write {MOMENTS}, steps are {', '.join(map(str, STEPS))}")
    if plus and at == At.BEFORE:
        raise ValueError(f"{text!r}: nothing can be counted from what has not come yet; write {MOMENTS}")
    return Moment(At(at), int(step[0]) if step else 0, parse_duration(later.strip()) if plus else timedelta())


def _scenario(name: str, file: _File, raw: Mapping[str, Any]) -> Scenario:
    events = []
    for number, (event, given) in enumerate(zip(file.event, raw.get("event", ()), strict=True), 1):
        try:
            events.append(_event(event, given))
        except ValueError as error:
            raise ValueError(f"event {number}: {error}") from error
    return Scenario(
        name=name,
        title=file.title,
        story=" ".join(file.story.split()),
        expect=_expected(file.expect),
        events=tuple(events),
        then=tuple(_typing(one.types, one.exit) for one in file.then),
        full=_form(file.full, Form()),
        short=_form(file.short, Form(prelude=())),
    )


def _expected(raw: _Expect) -> Expected:
    if unknown := set(raw.because) - set(REASONS):
        raise ValueError(f"because {sorted(unknown)}: there are {', '.join(REASONS)}")
    return Expected(
        exit=raw.exit,
        course=raw.course,
        weight=_weight(raw),
        because=raw.because,
        in_sync=raw.in_sync,
        ecs=raw.ecs,
        serverless=raw.serverless,
        ledger=tuple(kind.value for kind in raw.ledger),
        never=tuple(kind.value for kind in raw.never),
    )


def _weight(raw: _Expect) -> int | None:
    """Said, or what follows from the course: None is the last step of the ladder."""
    if raw.course is Course.ROLLED_BACK:
        return raw.lambda_weight or 0
    if raw.course is not Course.WENT_ON and raw.lambda_weight is None:
        raise ValueError(f"{raw.course}: say at which lambda-weight")
    return raw.lambda_weight


def _event(raw: _Event, given: Mapping[str, Any]) -> Event:
    deed = _deed(raw, given)
    if raw.exit is not None and not isinstance(deed, Typing):
        raise ValueError("only what is typed has an exit")
    if (raw.lasts or raw.until) and not isinstance(deed, LASTING):
        raise ValueError("what is done when it is done has neither for nor until")
    if raw.lasts and raw.until:
        raise ValueError("either for or until, not both")
    if isinstance(deed, Lock | Crowd) and not (raw.lasts or raw.until):
        raise ValueError("what PostgreSQL is kept busy with needs an end: for or until")
    return Event(
        when=moment_of(raw.when),
        deed=deed,
        lasts=parse_duration(raw.lasts) if raw.lasts else None,
        until=moment_of(raw.until) if raw.until else None,
        says=raw.says,
    )


def _deed(raw: _Event, given: Mapping[str, Any]) -> Deed:
    """The one thing that is done. Faults stay as they were written, without the stand-ins' defaults."""
    deeds: list[Deed] = []
    deeds += [EdgeFault(given["edge"])] if raw.edge else []
    deeds += [AwsFault(given["aws"])] if raw.aws else []
    deeds += [Outage(raw.outage)] if raw.outage else []
    deeds += [Lock(raw.lock)] if raw.lock else []
    deeds += [Crowd()] if raw.connections else []
    deeds += [Kill()] if raw.kill else []
    deeds += [_edit(raw.records)] if raw.records else []
    deeds += [Rate(raw.arrivals)] if raw.arrivals else []
    deeds += [_typing(raw.types, raw.exit)] if raw.types else []
    if len(deeds) != 1:
        keys = "edge, aws, outage, lock, connections, kill, records, arrivals, types"
        raise ValueError(f"it says {len(deeds)} things that happen; it takes exactly one of {keys}")
    return deeds[0]


def _edit(raw: _Weights) -> HandEdit:
    if raw.ecs + raw.serverless != 100:
        raise ValueError(f"the records' weights sum to {raw.ecs + raw.serverless}; they have to be 100, as percents")
    return HandEdit(raw.ecs, raw.serverless)


def _typing(command: str, code: Exit | None) -> Typing:
    if code is None:
        raise ValueError(f"{command!r}: say which exit it must have")
    words = shlex.split(command)
    if not words or words[0] in ("cutover", "rehearse"):
        raise ValueError(f"{command!r}: write what follows the word cutover, and no rehearsal within a rehearsal")
    if another := next((word for word in words if word.partition("=")[0] in _OTHER_WORLDS), None):
        raise ValueError(f"{command!r}: {another} names another world; a rehearsal's people work in its own")
    if nested := sorted({"rehearse", "load"} & set(words)):
        raise ValueError(f"{command!r}: cutover {nested[0]} has no place within a rehearsal")
    return Typing(command, code)


def _form(raw: _Form, default: Form) -> Form:
    given = {name: value for name in raw.__struct_fields__ if (value := getattr(raw, name)) is not None}
    form = replace(default, **given)
    if unknown := set(form.steps) - set(STEPS):
        raise ValueError(f"steps {sorted(unknown)}: a rehearsal's ladder has {', '.join(map(str, STEPS))}")
    if list(form.steps) != sorted(set(form.steps)):
        raise ValueError(f"steps {list(form.steps)}: they go up, each once")
    parse_duration(form.give_up_after)
    return form


def _must_fit(scenario: Scenario) -> None:
    """What is impossible is refused before an hour is spent on it. Raises ValueError."""
    for which, form in (("full", scenario.full), ("short", scenario.short)):
        for number, event in enumerate(scenario.events, 1):
            for moment in event.moments:
                if moment.step and moment.step not in form.steps:
                    steps = ", ".join(map(str, form.steps))
                    raise ValueError(f"event {number}: {moment}: the {which} form's steps are {steps}")
    kills = [event for event in scenario.events if isinstance(event.deed, Kill)]
    if len(kills) > 1 or any(event.when.at in (At.START, At.BEFORE) for event in kills):
        raise ValueError("cutover run can be killed once: sent or settled, when it surely runs")
    expect = scenario.expect
    right = {Course.WENT_ON: {Exit.DONE}, Course.ROLLED_BACK: {Exit.ROLLED_BACK}}.get(expect.course)
    if right and expect.exit not in right and not scenario.then:
        raise ValueError(f"what {expect.course} does not end with {int(expect.exit)}")
    if both := set(expect.ledger) & set(expect.never):
        raise ValueError(f"the ledger can't both hold and not hold {sorted(both)}")
