"""What a scenario says must be true, held against what a rehearsal saw."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cutover.exits import Exit
from cutover.rehearsal.checks import Check, Ending, checks_of
from cutover.rehearsal.recording import Recording, Typed
from cutover.rehearsal.scenario import (
    Answers,
    At,
    Course,
    EdgeFault,
    Event,
    Expected,
    Form,
    Kill,
    Moment,
    Rate,
    Scenario,
    Typing,
)
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    DONE,
    EPOCH,
    FAIL,
    HOLD,
    PASS,
    broken_off,
    happy,
    recorded,
    rolled_back,
    second,
    split,
    tick,
)

ON, OFF = Expected(Exit.DONE, Course.WENT_ON), Expected(Exit.ROLLED_BACK, Course.ROLLED_BACK, 0, ("error-rate",))
HELD = Expected(Exit.HOLD, Course.HELD, 50, ("common-cause",))
FAULT = Event(Moment(At.SETTLED, 50), EdgeFault({"errors": 0.3}), timedelta(minutes=2))
COMMON = {**HOLD, "gate": "error-rate", "why": "common-cause", "text": "common cause: both fail"}


def check(name: str, recording: Recording, ending: Ending, expect: Expected, *events: Event, **more: Any) -> Check:
    """The one check whose name begins so."""
    scenario = Scenario("mine", "T", "S.", expect, events, **more)
    [found] = [one for one in checks_of(recording, ending, scenario, Form()) if one.name.startswith(name)]
    return found


def struck(*extra: Any) -> Recording:
    """A good rehearsal in which a fault lasts from minute 25 to minute 27."""
    recording = happy()
    recording.injected.append((EPOCH + 25, FAULT))
    recording.cleared.append((EPOCH + 27, FAULT))
    recording.seconds.extend(extra)
    return recording


@pytest.mark.parametrize(
    ("minute", "passed"), [(23, False), (24, True), (26, True), (38, True), (39, True), (40, False)]
)
def test_a_side_may_fail_while_it_is_struck_and_just_after(minute: int, passed: bool) -> None:
    expect = replace(ON, serverless=Answers.RIGHT_APART)
    found = check("Lambda answered", struck(second(minute, "lambda", 3, errors=2)), DONE, expect, FAULT)
    assert found.name == "Lambda answered everything rightly, apart from the fault"
    assert found.passed is passed


def test_what_was_never_taken_back_strikes_until_the_end() -> None:
    recording = struck(second(55, "lambda", 3, errors=2))
    recording.cleared.clear()
    assert check("Lambda answered", recording, DONE, replace(ON, serverless=Answers.RIGHT_APART), FAULT).passed


def test_a_side_may_fail_but_never_say_what_is_not_true() -> None:
    recording = struck(second(26, "ecs", 3, wrong=1, problems=["not a page"]))
    found = check("ECS answered", recording, DONE, replace(ON, ecs=Answers.RIGHT_APART), FAULT)
    assert (found.passed, found.detail.endswith("1 wrong answers; first: not a page")) == (False, True)


def test_where_any_answer_will_do_nothing_is_asked() -> None:
    names = [
        one.name for one in checks_of(struck(), DONE, Scenario("m", "T", "S.", replace(ON, ecs=Answers.ANY)), Form())
    ]
    assert not any(name.startswith("ECS answered") for name in names)


@pytest.mark.parametrize(
    ("recording", "ending", "expect", "passed"),
    [
        (happy(), DONE, ON, True),
        (happy(), replace(DONE, ledger=("rolled-back",)), ON, False),
        (rolled_back(), BACK, OFF, True),
        (rolled_back(), BACK, ON, False),
        (happy(), DONE, OFF, False),
        (recorded([tick(9, 50, COMMON)]), replace(DONE, ledger=()), HELD, True),
        (recorded([tick(9, 50, COMMON), tick(10, 50, PASS)]), replace(DONE, ledger=()), HELD, False),
        (recorded([tick(9, 50, COMMON)]), replace(DONE, ledger=("rolled-back",)), HELD, False),
        (recorded([]), replace(DONE, ledger=()), HELD, False),
        (recorded([]), replace(DONE, ledger=()), replace(HELD, course=Course.STOPPED), True),
        (rolled_back(), BACK, replace(HELD, course=Course.STOPPED), False),
    ],
)
def test_the_course_is_what_became_of_it(recording: Recording, ending: Ending, expect: Expected, passed: bool) -> None:
    assert check("the migration", recording, ending, expect).passed is passed


def test_a_form_that_ends_lower_has_gone_on_when_its_own_last_step_has_baked() -> None:
    scenario = Scenario("mine", "T", "S.", ON)
    for steps, passed in (((10,), True), ((50,), False)):
        recording = happy()
        recording.told[:] = [told for told in recording.told if told.document.get("asked_weight") in (0, 10)]
        ending = replace(DONE, ledger=("baked",), live=split(90, 10), served=split(90, 10))
        [found] = [
            one for one in checks_of(recording, ending, scenario, Form(steps)) if one.name.startswith("the migr")
        ]
        assert found.passed is passed


@pytest.mark.parametrize(
    ("findings", "passed"),
    [([FAIL], True), ([{**FAIL, "gate": "p95"}], False), ([{**FAIL, "verdict": "hold"}], False), ([], False)],
)
def test_a_rollback_was_for_the_gate_that_had_to_see_it(findings: Sequence[dict[str, Any]], passed: bool) -> None:
    found = check("error-rate said FAIL", recorded([tick(30, 50, *findings)]), BACK, OFF)
    assert (found.passed, found.detail) == (passed, FAIL["text"] if passed else "no such finding")


def test_a_gate_that_said_so_before_anything_happened_was_not_asked() -> None:
    recording = struck()
    recording.add(tick(20, 50, COMMON), EPOCH)
    assert not check("common-cause said HOLD", recording, DONE, HELD, FAULT).passed
    recording.add(tick(26, 50, COMMON), EPOCH)
    assert check("common-cause said HOLD", recording, DONE, HELD, FAULT).passed


@pytest.mark.parametrize(("because", "passed"), [(("error-rate",), False), (("error-rate", "samples"), True)])
def test_a_gate_that_knows_too_little_yet_has_seen_nothing(because: tuple[str, ...], *, passed: bool) -> None:
    recording = struck()
    recording.add(tick(26, 50, {**HOLD, "gate": "error-rate", "why": "samples"}), EPOCH)
    assert check(" or ".join(because), recording, DONE, replace(ON, because=because), FAULT).passed is passed


def test_what_never_happened_is_named() -> None:
    other = Event(Moment(At.START), Kill(), says="the power fails")
    found = check("everything happened", struck(), DONE, ON, FAULT, replace(other, deed=EdgeFault({})))
    assert (found.passed, found.detail) == (False, "never: at the start: the power fails")
    assert check("everything happened", struck(), DONE, ON, FAULT).detail == "1 of 1"


@pytest.mark.parametrize(("each", "passed"), [(300, True), (210, True), (180, False), (110, False), (0, False)])
def test_more_traffic_has_to_be_seen_by_those_who_were_to_bring_it(each: int, *, passed: bool) -> None:
    more = Event(Moment(At.SETTLED, 50), Rate(600.0), timedelta(minutes=10))
    recording = happy()
    recording.injected.append((EPOCH + 60, more))
    recording.cleared.append((EPOCH + 70, more))
    recording.seconds = [second(60 + at, side, each) for at in range(10) for side in ("ecs", "lambda")]
    found = check("the traffic", recording, DONE, ON, more)
    assert found.passed is passed
    assert found.detail == f"{2 * each} a second, 600 wanted"


def test_a_run_that_was_killed_in_a_bake_was_started_again() -> None:
    killed = Event(Moment(At.SETTLED, 50), Kill())
    found = check("another process went on", broken_off(), DONE, ON, killed)
    assert (found.passed, found.detail) == (True, "processes 4242, 4243")
    assert not check("another process went on", happy(), DONE, ON, killed).passed


def test_the_ledger_holds_what_it_must_and_nothing_that_must_not_be() -> None:
    expect = replace(ON, ledger=("drift", "baked"), never=("rolled-back", "stopped"))
    assert check("the ledger", happy(), replace(DONE, ledger=("baked", "drift")), expect).passed
    found = check("the ledger", happy(), replace(DONE, ledger=("baked", "stopped")), expect)
    assert (found.passed, found.detail) == (False, "no drift; stopped, which must not be")


@pytest.mark.parametrize(
    ("exits", "passed", "detail"),
    [
        ([0, 5], True, "2 commands"),
        ([0, 0], False, "cutover drift: exit 0, expected 5"),
        ([4, 5], False, "cutover run: exit 4, expected 0"),
        ([0], False, "1 commands"),
    ],
)
def test_what_was_typed_ended_as_it_had_to(exits: list[int], passed: bool, detail: str) -> None:
    recording = happy()
    wanted = (("cutover run", 0), ("cutover drift", 5))
    recording.typed += [
        Typed(EPOCH, EPOCH + 1, words, code, expected) for (words, expected), code in zip(wanted, exits, strict=False)
    ]
    recording.typed.append(Typed(EPOCH, EPOCH + 1, "cutover run", None, 0, "killed"))
    found = check("every command", recording, DONE, ON, then=(Typing("drift", Exit.DRIFT),))
    assert (found.passed, found.detail) == (passed, detail)
