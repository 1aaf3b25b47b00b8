"""Every fault can be named, every bad spelling is refused with what is right, every fault has one right end."""

from typing import Any

import msgspec
import pytest

from cutover.exits import Exit
from cutover.rehearsal.aws.faults import Faults as AwsFaults
from cutover.rehearsal.edge.faults import Faults as EdgeFaults
from cutover.rehearsal.faults import STEPS, BadInjection, Fault, Injection
from cutover.rehearsal.scenario import Answers, AwsFault, EdgeFault, Form, Kill
from cutover.rehearsal.wish import FULL, QUICK


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("step", STEPS)
def test_every_fault_can_set_in_at_every_step(fault: Fault, step: int) -> None:
    assert Injection.parse(f"{fault}@{step}") == Injection(fault, step)


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "errors", "errors@", "@50", "50@errors", "error@50", "ERRORS@50", "errors @50", "errors@ 50",
        "errors@50 ", "errors@50%", "errors@0", "errors@-10", "errors@+10", "errors@1e1", "errors@10.0", "errors@010",
        "errors@101", "errors@30", "errors@\u0665\u0660", "errors@50@50", "errors@ten", "errors=50",
        "telemetry_loss@10", "errors,latency@50", "errors@" + "9" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_right(text: str) -> None:
    with pytest.raises(BadInjection) as caught:
        Injection.parse(text)
    assert str(caught.value).startswith(repr(text))
    assert str(caught.value).endswith(
        "FAULT is one of errors, latency, throttle, telemetry-loss, dns-stuck, killed, STEP one of 10, 50, 100"
    )


@pytest.mark.parametrize("ladder", [QUICK, FULL])
def test_the_steps_that_can_be_named_are_those_of_the_ladders(ladder: list[dict[str, object]]) -> None:
    assert tuple(step["weight"] for step in ladder) == STEPS


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("errors", Exit.ROLLED_BACK),
        ("latency", Exit.ROLLED_BACK),
        ("throttle", Exit.ROLLED_BACK),
        ("telemetry-loss", Exit.TELEMETRY_UNAVAILABLE),
        ("dns-stuck", Exit.TIMED_OUT),
        ("killed", Exit.DONE),
    ],
)
def test_every_fault_has_one_right_end(fault: str, expected: Exit) -> None:
    assert Injection.parse(f"{fault}@50").expected is expected


def deed(text: str) -> Any:
    """What an injection does."""
    return Injection.parse(text).scenario().events[-1].deed


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.KILLED])
def test_the_stand_ins_understand_what_they_are_told_and_it_does_something(fault: Fault) -> None:
    told = deed(f"{fault}@10")
    understood = EdgeFaults if isinstance(told, EdgeFault) else AwsFaults
    assert isinstance(told, EdgeFault | AwsFault)
    assert msgspec.convert(told.faults, understood, strict=False) != understood()


def test_the_telemetry_that_is_lost_is_lambdas_own() -> None:
    assert deed("telemetry-loss@10").faults == {"cloudwatch_silent": ["AWS/ApiGateway"]}


@pytest.mark.parametrize(
    ("fault", "moments"),
    [
        ("errors", ["settled 50 + 3m"]),
        ("latency", ["settled 50 + 3m"]),
        ("throttle", ["settled 50 + 3m"]),
        ("telemetry-loss", ["settled 50 + 3m"]),
        ("dns-stuck", ["before 50"]),
        ("killed", ["before 50", "sent 50", "sent 50"]),
    ],
)
def test_each_sets_in_at_its_moment(fault: str, moments: list[str]) -> None:
    events = Injection.parse(f"{fault}@50").scenario().events
    assert [str(moment) for event in events for moment in event.moments] == moments


def test_a_change_is_held_until_the_run_is_killed_in_it() -> None:
    held, killed = Injection.parse("killed@100").scenario().events
    assert (held.deed, str(held.until)) == (AwsFault({"route53_pending": True}), "sent 100")
    assert (killed.deed, killed.until, killed.lasts) == (Kill(), None, None)


@pytest.mark.parametrize(
    ("fault", "course", "weight"),
    [
        ("errors", "rolled back", 0), ("latency", "rolled back", 0), ("throttle", "rolled back", 0),
        ("telemetry-loss", "held", 50), ("dns-stuck", "stopped", 50), ("killed", "went on", 100),
    ],
)  # fmt: skip
def test_each_stands_for_a_scenario_of_the_whole_ladder(fault: str, course: str, weight: int) -> None:
    scenario = Injection.parse(f"{fault}@50").scenario()
    assert scenario.short == scenario.full == Form()
    assert (scenario.name, scenario.expect.course) == (f"{fault}@50", course)
    assert scenario.expect.weight_on(scenario.full) == weight
    assert scenario.expect.in_sync is (fault != "dns-stuck")
    assert scenario.expect.ecs is Answers.RIGHT


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_told_in_words_with_its_step(fault: Fault) -> None:
    assert Injection(fault, 50).sentence.startswith("at 50%: ")
    assert len(Injection(fault, 50).sentence) > 20


def test_the_words_say_how_bad_it_is() -> None:
    assert Injection.parse("errors@50").sentence == "at 50%: 30% of Lambda's invocations fail"
    assert Injection.parse("latency@10").sentence == "at 10%: Lambda answers 1500 ms later"
