"""Every fault can be named, every bad spelling is refused with what is right, every fault has one right end."""

import msgspec
import pytest

from cutover.exits import Exit
from cutover.rehearsal.aws.faults import Faults as AwsFaults
from cutover.rehearsal.edge.faults import Faults as EdgeFaults
from cutover.rehearsal.faults import STEPS, BadInjection, Fault, Injection
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


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.KILLED])
def test_the_stand_ins_understand_what_they_are_told_and_one_of_them_does_something(fault: Fault) -> None:
    injection = Injection(fault, 10)
    edge = msgspec.convert(injection.for_edge, EdgeFaults)
    aws = msgspec.convert(injection.for_aws, AwsFaults, strict=False)
    assert [edge != EdgeFaults(), aws != AwsFaults()].count(True) == 1


def test_the_telemetry_that_is_lost_is_lambdas_own() -> None:
    assert Injection.parse("telemetry-loss@10").for_aws == {"cloudwatch_silent": ["AWS/ApiGateway"]}


@pytest.mark.parametrize("fault", Fault)
def test_only_a_stuck_dns_has_to_be_there_before_the_change(fault: Fault) -> None:
    assert Injection(fault, 10).sets_in_before_the_step is (fault is Fault.DNS_STUCK)


@pytest.mark.parametrize("fault", Fault)
def test_only_a_kill_hits_during_the_shift_and_the_stand_ins_have_no_part_in_it(fault: Fault) -> None:
    injection = Injection(fault, 10)
    assert injection.sets_in_during_the_shift is (fault is Fault.KILLED)
    assert (not injection.for_edge and not injection.for_aws) is injection.sets_in_during_the_shift


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_told_in_words_with_its_step(fault: Fault) -> None:
    assert Injection(fault, 50).sentence.startswith("at 50%: ")
    assert len(Injection(fault, 50).sentence) > 20


def test_the_words_say_how_bad_it_is() -> None:
    assert Injection.parse("errors@50").sentence == "at 50%: 30% of Lambda's invocations fail"
    assert Injection.parse("latency@10").sentence == "at 10%: Lambda answers 1500 ms later"
