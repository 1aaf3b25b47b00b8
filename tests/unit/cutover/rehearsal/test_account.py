"""What a rehearsal's page tells in words: decisions, events, commands, and how it had to end."""

from dataclasses import replace

import pytest

from cutover.exits import Exit
from cutover.rehearsal.account import by_hand, course_of, decisions, ended, events, typed
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.recording import Typed
from cutover.rehearsal.scenario import Course
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    DONE,
    EPOCH,
    FAIL,
    happy,
    ledger,
    outcome,
    recorded,
    rolled_back,
    split,
)

FINDING = {
    "gate": "error-rate", "side": "lambda", "verdict": "fail", "why": None, "value": 0.305, "bound": 0.41,
    "score": 12.34, "threshold": 4.5, "limit": 0.02, "samples": 1420,
    "text": "Lambda error rate 30.5% (433 of 1 420 requests) is over 2%",
}  # fmt: skip


def test_every_change_is_told_with_what_the_gates_knew() -> None:
    found = decisions(rolled_back())
    assert [(d["minute"], d["event"], d["after"], d["open"]) for d in found] == [
        ("5.0", "intent", [50, 50], False),
        ("12.0", "intent", [100, 0], True),
        ("13.0", "rolled-back", [100, 0], True),
    ]
    assert [one["text"] for one in found[2]["findings"]] == [FAIL["text"]]
    assert found[0]["findings"] == []


def test_a_finding_is_told_with_its_numbers() -> None:
    [decision] = decisions(recorded([ledger("judged", 1, 5, 10, findings=[FINDING], verdict="fail")]))
    assert decision["findings"] == [
        {
            "verdict": "fail",
            "gate": "error-rate",
            "side": "Lambda",
            "found": "30.5%",
            "bound": "41%",
            "limit": "2%",
            "samples": "1 420",
            "score": "12.3 of 4.5",
            "text": FINDING["text"],
        }
    ]


@pytest.mark.parametrize(("gate", "spelled"), [("p95", "412 ms"), ("share", "41150%"), ("throttles", "411.5")])
def test_a_number_is_spelled_as_its_gate_measures(gate: str, spelled: str) -> None:
    finding = {**FINDING, "gate": gate, "value": 411.5}
    [decision] = decisions(recorded([ledger("judged", 1, 5, 10, findings=[finding])]))
    assert decision["findings"][0]["found"] == spelled


def test_the_ledger_the_faults_and_the_commands_are_told_in_the_order_of_time() -> None:
    recording = rolled_back()
    recording.cleared.append((EPOCH + 14, recording.injected[0][1]))
    recording.typed.append(Typed(EPOCH + 4, EPOCH + 15, "cutover run --yes", 4, 4))
    found = events(recording)
    assert [(e["minute"], e["event"]) for e in found] == [
        ("4.0", "typed"),
        ("5.0", "intent"),
        ("5.2", "applied"),
        ("6.0", "insync"),
        ("7.0", "settled"),
        ("10.0", "fault"),
        ("12.0", "intent"),
        ("12.2", "applied"),
        ("13.0", "rolled-back"),
        ("14.0", "over"),
    ]
    assert found[1]["text"] == "ecs 50 / lambda 50; step to Lambda 50%"
    assert found[2] == {"minute": "5.2", "event": "applied", "text": "", "seq": 2, "change_id": "/change/C1"}
    assert found[5]["text"] == "at 50%, 3m later: 30% of Lambda's invocations fail"


def test_commands_are_told_in_the_order_in_which_they_were_typed() -> None:
    recording = recorded()
    recording.typed += [
        Typed(EPOCH + 4, EPOCH + 15, "cutover run --yes", None, 0, "killed (kill -9)"),
        Typed(EPOCH + 1, EPOCH + 2, "cutover drill --yes", 3, 0, "  no\n"),
    ]
    drill, run = typed(recording)
    assert (drill["words"], drill["minute"], drill["took"]) == ("cutover drill --yes", "1.0", "1.0")
    assert (drill["exit"], drill["right"], drill["said"]) == (3, False, "no")
    assert (run["exit"], run["right"]) == ("killed", True)


def test_the_changes_are_told_as_a_person_would_have_typed_them() -> None:
    assert by_hand(outcome(happy(), quick=True)) == [
        ("cutover shift --lambda-weight 10 --wait bake", "5.0′ simulated, which bakes at least 18m and 250 requests"),
        ("cutover shift --lambda-weight 50 --wait bake", "20.0′ simulated, which bakes at least 8m and 500 requests"),
        ("cutover shift --lambda-weight 100 --wait bake", "35.0′ simulated, which bakes at least 6m and 700 requests"),
    ]
    assert by_hand(outcome(rolled_back(), BACK))[-1] == (
        f"cutover rollback --reason '{FAIL['text']}'",
        "12.0′ simulated",
    )


def test_a_weight_that_is_no_step_of_the_ladder_is_told_without_its_bake() -> None:
    recording = recorded([ledger("intent", 1, 5, 0, after=[60, 40], reason="x"), ledger("intent", 2, 9, 0, reason="y")])
    assert by_hand(outcome(recording)) == [("cutover shift --lambda-weight 40 --wait bake", "5.0′ simulated")]


def test_how_it_ended_is_told_as_is_how_it_has_to_end() -> None:
    assert ended(outcome(happy())) == "exit 0, went on, Lambda at 100%"
    assert ended(outcome(rolled_back(), BACK, Injection.parse("errors@50"))) == "exit 4, rolled back, Lambda at 0%"
    nothing = replace(BACK, ledger=(), live={}, exit_code=9)
    assert ended(outcome(recorded(), nothing)) == "exit 9, stopped, no weights"
    mixed = replace(BACK, ledger=(), live={**split(100, 0), "HTTPS": (0, 100)})
    assert ended(outcome(recorded(), mixed)).endswith("Lambda at 0%, Lambda at 100%")


def test_a_run_that_held_to_its_end_is_told_from_one_that_stopped() -> None:
    held = replace(DONE, exit_code=Exit.HOLD, ledger=("stopped",))
    assert course_of(outcome(recorded(), held)) is Course.HELD
    assert course_of(outcome(recorded(), replace(held, exit_code=Exit.DRIFT))) is Course.STOPPED
