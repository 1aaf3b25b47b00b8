"""What a rehearsal saw, cut into steps, and held against what must be true."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from cutover.exits import Exit
from cutover.rehearsal.checks import Check, Ending
from cutover.rehearsal.faults import Fault, Injection
from cutover.rehearsal.recording import Recording, Served, Split, Told, steps_of
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    BAKE,
    DONE,
    EPOCH,
    FAIL,
    FIRST,
    HOLD,
    PASS,
    SECOND,
    broken_off,
    checked,
    happy,
    iso,
    ledger,
    recorded,
    rolled_back,
    said,
    second,
    shift,
    split,
    tick,
    traffic,
)

ERRORS = Injection.parse("errors@50")


def named(checks: Sequence[Check], name: str) -> Check:
    [found] = [check for check in checks if check.name == name]
    return found


def test_a_simulated_hour_is_a_real_minute() -> None:
    recording = recorded()
    told = recording.add(said("tick", 60), now=EPOCH + 1000)
    assert told.time == EPOCH + 60
    assert recording.minutes(told.time) == 60
    assert recording.minutes(EPOCH + 0.5) == 0.5


def test_a_rehearsal_that_started_later_than_its_clock_counts_from_its_start() -> None:
    recording = Recording(factor=30.0, epoch=EPOCH, started=EPOCH + 4)
    told = recording.add(said("tick", 10), now=0.0)
    assert told.time == EPOCH + 20
    assert recording.minutes(told.time) == 8


def test_a_document_without_a_time_happened_when_it_was_heard() -> None:
    recording = recorded()
    told = recording.add({"event": "note", "text": "Ctrl-C stops it"}, now=EPOCH + 3)
    assert (told.time, told.event) == (EPOCH + 3, "note")
    assert recording.told == [told]


def test_a_document_without_an_event_is_kept_too() -> None:
    assert recorded().add({"schema": "cutover.error/1"}, now=1.0).event == ""


def test_the_latest_document_of_a_kind_is_found() -> None:
    recording = recorded([tick(1, 10), tick(2, 10), said("note", 3)])
    assert recording.latest("tick") == tick(2, 10)
    assert recording.latest("end") is None


def test_every_settled_stay_with_traffic_on_lambda_is_a_step() -> None:
    steps = steps_of(happy())
    assert [step.weight for step in steps] == [10, 50, 100]
    assert [(step.started - EPOCH, step.ended - EPOCH) for step in steps] == [(7, 20), (22, 35), (37, 60)]


def test_a_stay_at_nothing_is_no_step() -> None:
    assert steps_of(recorded(shift(1, 5, 10, 0), traffic(1, 20, 0))) == []


def test_a_step_that_did_not_settle_is_none() -> None:
    assert steps_of(recorded(shift(1, 5, 0, 10)[:3], traffic(1, 20, 10))) == []


def test_a_step_counts_the_whole_seconds_of_its_stay_alone() -> None:
    [ten, _, hundred] = steps_of(happy())
    assert (ten.ecs.requests, ten.serverless.requests, ten.answers) == (13 * 90, 13 * 10, 13 * 50)
    assert ten.share == 0.1
    assert hundred.serverless.requests == 22 * 100


def test_a_second_that_reaches_beyond_the_stay_is_not_counted() -> None:
    seconds = [second(6.5, "lambda"), second(7, "lambda"), second(9, "lambda"), second(9.5, "lambda")]
    recording = recorded([*shift(1, 5, 0, 10), ledger("intent", 5, 10, 10)], seconds)
    assert [step.serverless.requests for step in steps_of(recording)] == [20]


def test_a_step_that_was_the_last_ends_with_the_rehearsal() -> None:
    recording = recorded(shift(1, 5, 0, 10), traffic(1, 30, 10), ended=25)
    assert steps_of(recording)[0].ended == EPOCH + 25
    assert steps_of(recording)[0].serverless.requests == (25 - 7) * 10


def test_a_step_says_what_the_gates_said_last_and_why() -> None:
    [ten, fifty, _] = steps_of(happy())
    assert (ten.verdict, list(ten.reasons), ten.bake) == ("pass", [PASS["text"]], BAKE)
    assert (fifty.verdict, fifty.bake) == ("pass", None)


def test_only_the_findings_of_the_verdict_are_its_reasons() -> None:
    recording = recorded([*shift(1, 5, 0, 10), tick(8, 10, PASS, HOLD, {**HOLD, "text": "too few"}, PASS)])
    [step] = steps_of(recording)
    assert (step.verdict, step.reasons) == ("hold", [HOLD["text"], "too few"])


def test_looks_after_the_next_change_was_sent_say_nothing_of_the_step() -> None:
    documents = [*shift(1, 5, 0, 10), tick(8, 10, PASS), ledger("intent", 5, 9, 10), tick(10, 50, FAIL)]
    [step] = steps_of(recorded(documents))
    assert step.verdict == "pass"


def test_a_step_that_nobody_judged_has_no_verdict() -> None:
    [step] = steps_of(recorded([*shift(1, 5, 0, 10), tick(8, 10)]))
    assert (step.verdict, step.reasons, step.bake) == ("", [], None)


def test_a_look_without_a_verdict_does_not_hide_the_one_before() -> None:
    [step] = steps_of(recorded([*shift(1, 5, 0, 10), tick(8, 10, FAIL), tick(9, 10)]))
    assert step.verdict == "fail"


def test_a_good_rehearsal_passes_every_check() -> None:
    checks = checked(happy(), DONE)
    assert [check.name for check in checks] == [
        "ended as it must",
        "ECS answered everything rightly",
        "Lambda answered everything rightly",
        "the served weights of each type always summed to 100 and agreed",
        "everything is on Lambda, in sync",
        "the migration went on to its last step",
        "the ledger tells what it must, and nothing that must not be",
        "at 10% the observed share is what chance allows",
        "at 50% the observed share is what chance allows",
    ]
    assert [check for check in checks if not check.passed] == []


@pytest.mark.parametrize(
    ("ending", "injection", "passed"),
    [
        (DONE, None, True),
        (BACK, None, False),
        (BACK, ERRORS, True),
        (DONE, ERRORS, False),
        (replace(DONE, exit_code=12), None, False),
        (replace(DONE, exit_code=9), Injection.parse("telemetry-loss@10"), True),
        (replace(DONE, exit_code=11), Injection.parse("dns-stuck@10"), True),
        (replace(DONE, exit_code=4), Injection.parse("dns-stuck@10"), False),
    ],
)
def test_the_run_has_to_end_as_its_fault_wants(ending: Ending, injection: Injection | None, passed: bool) -> None:
    check = named(checked(happy(), ending, injection), "ended as it must")
    assert check.passed is passed
    expected = injection.expected if injection else Exit.DONE
    assert check.detail == f"exit {ending.exit_code}, expected {int(expected)}"


@pytest.mark.parametrize("side", ["ecs", "lambda"])
@pytest.mark.parametrize("wrong", ["errors", "wrong"])
def test_a_single_wrong_answer_of_a_side_is_found(side: str, wrong: str) -> None:
    recording = happy()
    recording.seconds.append(second(40, side, 1, **{wrong: 1}, problems=["status 500, not 200"]))
    checks = checked(recording, DONE)
    name = {"ecs": "ECS", "lambda": "Lambda"}[side]
    check = named(checks, f"{name} answered everything rightly")
    assert not check.passed
    assert check.detail.endswith(f"{int(wrong == 'wrong')} wrong answers; first: status 500, not 200")
    assert [other for other in checks if not other.passed] == [check]


@pytest.mark.parametrize("side", ["ecs", "lambda"])
def test_a_side_that_nobody_asked_has_proved_nothing(side: str) -> None:
    recording = happy()
    recording.seconds[:] = [second for second in recording.seconds if second.side != side]
    name = {"ecs": "ECS", "lambda": "Lambda"}[side]
    check = named(checked(recording, DONE), f"{name} answered everything rightly")
    assert (check.passed, check.detail) == (False, "0 requests, 0 errors, 0 wrong answers")


def test_under_a_fault_lambdas_answers_may_be_wrong_but_never_those_of_ecs() -> None:
    recording = rolled_back()
    assert [check.name for check in checked(recording, BACK, ERRORS) if not check.passed] == []
    recording.seconds.append(second(11, "ecs", 1, errors=1))
    assert [check.name for check in checked(recording, BACK, ERRORS) if not check.passed] == [
        "ECS answered everything rightly"
    ]


@pytest.mark.parametrize(
    ("splits", "passed", "detail"),
    [
        ([split(100, 0), split(50, 50)], True, "2 different ones of A, AAAA"),
        ([split(100, 0), split(100, 50), split(50, 50)], False, "ecs 100 / lambda 50"),
        ([split(50, 40)], False, "ecs 50 / lambda 40"),
        ([split(0, 0)], False, "ecs 0 / lambda 0"),
        ([split(100, 0), {"A": (50, 50), "AAAA": (100, 0)}], False, "A ecs 50 / lambda 50, AAAA ecs 100 / lambda 0"),
        ([{"A": (50, 50)}], False, "A ecs 50 / lambda 50"),
        ([{}], False, "none"),
        ([], False, "0 different ones"),
    ],
)
def test_the_served_weights_of_each_type_sum_to_a_hundred_and_agree_at_every_look(
    splits: list[Split], passed: bool, detail: str
) -> None:
    recording = happy()
    recording.served[:] = [Served(EPOCH + number, one) for number, one in enumerate(splits)]
    check = named(checked(recording, DONE), "the served weights of each type always summed to 100 and agreed")
    assert check.passed is passed
    assert detail in check.detail


def test_the_share_that_is_drawn_is_that_of_those_who_ask_for_a() -> None:
    assert Served(1, {"A": (75, 25), "AAAA": (100, 0)}).share == 0.25
    assert Served(1, {}).share == 0


@pytest.mark.parametrize(
    "change",
    [
        {"live": split(50, 50)},
        {"served": split(50, 50)},
        {"pending_changes": 1},
        {"live": split(100, 0), "served": split(100, 0)},
        {"live": {"A": (0, 100), "AAAA": (100, 0)}},
        {"served": {"A": (0, 100), "AAAA": (100, 0)}},
        {"live": {"A": (0, 100)}},
    ],
)
def test_a_good_rehearsal_ends_on_lambda_in_sync(change: dict[str, object]) -> None:
    ending = replace(DONE, **change)  # type: ignore[arg-type]
    check = named(checked(happy(), ending), "everything is on Lambda, in sync")
    assert not check.passed


def test_a_type_that_was_left_behind_is_named() -> None:
    ending = replace(DONE, served={"A": (0, 100), "AAAA": (100, 0)})
    check = named(checked(happy(), ending), "everything is on Lambda, in sync")
    assert check.detail == "asked ecs 0 / lambda 100, served A ecs 0 / lambda 100, AAAA ecs 100 / lambda 0"


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ({}, True),
        ({"live": split(50, 50)}, False),
        ({"served": split(50, 50)}, False),
        ({"served": {"A": (100, 0), "AAAA": (50, 50)}}, False),
        ({"pending_changes": 1}, False),
    ],
)
def test_a_rollback_ends_on_ecs_in_sync(change: dict[str, object], passed: bool) -> None:
    ending = replace(BACK, **change)  # type: ignore[arg-type]
    assert named(checked(rolled_back(), ending, ERRORS), "everything is back on ECS, in sync").passed is passed


@pytest.mark.parametrize(
    ("live", "passed"),
    [
        (split(90, 10), True),
        (split(100, 0), False),
        (split(50, 50), False),
        (split(0, 100), False),
        ({"A": (90, 10), "AAAA": (100, 0)}, False),
    ],
)
def test_a_change_that_never_came_leaves_the_weights_that_were_asked(live: Split, passed: bool) -> None:
    ending = Ending(11, live, split(100, 0), 1)
    check = named(checked(happy(), ending, Injection.parse("dns-stuck@10")), "Lambda is asked to carry 10%")
    assert check.passed is passed


def test_a_run_that_cannot_see_leaves_the_weights() -> None:
    name, blind = "Lambda carries 10%, in sync", Injection.parse("telemetry-loss@10")
    assert named(checked(happy(), Ending(9, split(90, 10), split(90, 10), 0), blind), name).passed
    assert not named(checked(happy(), Ending(9, split(100, 0), split(100, 0), 0), blind), name).passed


BROKEN_OFF = "the shift to 50% was broken off and went on"
KILLED = Injection(Fault.KILLED, 50)


def changed(change: Callable[[Told], Told | None]) -> Recording:
    """A shift that was broken off, each document as `change` has it; without those that it makes None."""
    recording = broken_off()
    recording.told[:] = [told for told in map(change, recording.told) if told]
    return recording


def at_fifty(told: Told, event: str) -> bool:
    return told.event == event and told.document.get("asked_weight") == 50


def test_a_shift_that_was_broken_off_is_seen_to_its_end_by_another_process() -> None:
    check = named(checked(broken_off(), DONE, KILLED), BROKEN_OFF)
    assert (check.passed, check.detail) == (
        True,
        "process 4242 killed at 20.4′ with the change PENDING, settled at 22.0′ by process 4243",
    )


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda t: None if t.event == "intent" else t, "it was killed before the shift had begun"),
        (
            lambda t: replace(t, process=SECOND) if t.event == "intent" and t.document["seq"] == 7 else t,
            "it was killed before the shift had begun",
        ),
        (lambda t: None if at_fifty(t, "applied") else t, "it was killed before the change was sent"),
        (
            lambda t: replace(t, process=SECOND) if at_fifty(t, "applied") else t,
            "it was killed before the change was sent",
        ),
        (
            lambda t: replace(t, process=FIRST) if at_fifty(t, "insync") else t,
            "it was killed when the change was in sync already",
        ),
        (lambda t: t if t.process == FIRST else None, "it was not started again"),
        (lambda t: None if at_fifty(t, "insync") else t, "nobody saw that the change was in sync"),
        (lambda t: None if at_fifty(t, "settled") else t, "it never settled"),
        (lambda t: replace(t, process=FIRST) if at_fifty(t, "settled") else t, "it never settled"),
        (lambda _: None, "it was killed before the shift had begun"),
    ],
)
def test_a_shift_that_was_not_broken_off_or_did_not_go_on_is_found(
    change: Callable[[Told], Told | None], detail: str
) -> None:
    check = named(checked(changed(change), DONE, KILLED), BROKEN_OFF)
    assert (check.passed, check.detail) == (False, detail)


def test_a_run_that_nobody_killed_is_found() -> None:
    recording = broken_off()
    recording.injected.clear()
    check = named(checked(recording, DONE, KILLED), BROKEN_OFF)
    assert (check.passed, check.detail) == (False, "it was not killed")


def test_the_processes_are_those_that_were_heard_in_their_order() -> None:
    assert broken_off().processes == [FIRST, SECOND]
    assert recorded().processes == []


def test_a_rehearsal_that_was_broken_off_must_end_as_a_good_one_does() -> None:
    own = ("everything happened that was to happen", BROKEN_OFF)
    names = [check.name for check in checked(happy(), DONE) if not check.name.startswith("the ledger")]
    checks = checked(broken_off(), DONE, KILLED)
    assert [check.name for check in checks if check.name not in own] == names
    assert all(check.passed for check in checks)


def test_a_share_that_chance_does_not_explain_is_found() -> None:
    recording = happy()
    recording.seconds[:] = [*traffic(1, 21, 10), *traffic(21, 36, 80), *traffic(36, 59, 100)]
    checks = checked(recording, DONE)
    [check] = [check for check in checks if not check.passed]
    assert check.name == "at 50% the observed share is what chance allows"
    assert check.detail.startswith("80.0% of requests; chance allows 4")
    assert check.detail.endswith("(650 DNS answers)")


def test_the_share_at_a_hundred_percent_is_the_weights_own_check() -> None:
    names = [check.name for check in checked(happy(), DONE)]
    assert "at 100% the observed share is what chance allows" not in names


def test_a_recording_of_nothing_passes_nothing_but_where_the_weights_are() -> None:
    checks = checked(Recording(60.0, EPOCH, EPOCH), replace(DONE, ledger=()))
    assert [check.name for check in checks if check.passed] == ["ended as it must", "everything is on Lambda, in sync"]


def test_the_moment_of_a_document_is_its_own_not_when_it_was_heard() -> None:
    recording = recorded()
    recording.add({"event": "settled", "time": iso(30)}, now=EPOCH + 45)
    assert recording.told[0].time == EPOCH + 30
