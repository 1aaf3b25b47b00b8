"""The result as a document and as lines."""

import json
from dataclasses import replace

import pytest

from cutover.exits import Exit
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.library import named
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Typed
from cutover.rehearsal.summary import exit_of, lines, summary
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    BAKE,
    DONE,
    EPOCH,
    FIRST,
    SECOND,
    broken_off,
    happy,
    outcome,
    recorded,
    rolled_back,
    second,
    shift,
    tick,
)

ERRORS = Injection.parse("errors@50")
SAME = Counted("a.csv", "435 pieces (parsed)", "435 pieces (parsed)")
DIFFERENT = Counted("b.csv", "435 pieces (parsed)", "413 Request Too Long")
ON_LAMBDA = {
    "ecs": 0,
    "lambda": 100,
    "by_type": {"A": {"ecs": 0, "lambda": 100}, "AAAA": {"ecs": 0, "lambda": 100}},
}


def test_a_good_rehearsal_ends_with_0() -> None:
    assert exit_of(outcome(happy())) == Exit.DONE


def test_a_fault_that_came_out_as_it_must_ends_as_the_run_did() -> None:
    assert exit_of(outcome(rolled_back(), BACK, ERRORS)) == Exit.ROLLED_BACK


def test_a_check_that_failed_is_12_however_the_run_ended() -> None:
    recording = happy()
    recording.seconds.append(second(30, "ecs", 1, wrong=1))
    assert exit_of(outcome(recording)) == Exit.MISMATCH
    assert exit_of(outcome(happy(), BACK)) == Exit.MISMATCH
    assert exit_of(outcome(rolled_back(), DONE, ERRORS)) == Exit.MISMATCH


@pytest.mark.parametrize(("counted", "code"), [([SAME], 0), ([SAME, DIFFERENT], 12), ([DIFFERENT, SAME], 12), ([], 0)])
def test_sides_that_count_differently_are_12(counted: list[Counted], code: int) -> None:
    assert exit_of(outcome(happy(), counted=counted)) == code


def test_the_document_says_everything_that_a_program_wants() -> None:
    document = json.loads(json.dumps(summary(outcome(happy(), quick=True, counted=[SAME, DIFFERENT]))))
    assert document | {"steps": ..., "checks": ..., "scenario": ...} == {
        "schema": "cutover.rehearsal/1",
        "exit": 12,
        "passed": False,
        "scenario": ...,
        "run_exit": 0,
        "reason": "all on Lambda",
        "quick": True,
        "inject": None,
        "simulated": True,
        "time_factor": 60.0,
        "seconds_to_start": 12.3,
        "seconds": 60.0,
        "weights": {"asked": ON_LAMBDA, "served": ON_LAMBDA, "in_sync": True},
        "run_processes": [0],
        "reindexed": [],
        "drill": None,
        "steps": ...,
        "checks": ...,
        "typed": [],
        "parts_lists": [
            {"file": "a.csv", "ecs": "435 pieces (parsed)", "lambda": "435 pieces (parsed)", "equal": True},
            {"file": "b.csv", "ecs": "435 pieces (parsed)", "lambda": "413 Request Too Long", "equal": False},
        ],
        "cold_starts": 9,
        "folder": "/somewhere/rehearsals/1",
        "report": "/somewhere/rehearsals/1/report.html",
        "ledger": "/somewhere/rehearsals/1/ledger.jsonl",
    }


def test_a_step_of_the_document_has_what_the_clients_saw() -> None:
    step = summary(outcome(happy()))["steps"][0]
    assert step == {
        "asked_weight": 10,
        "observed_share": 0.1,
        "chance_allows": [0.0514, 0.1486],
        "within_chance": True,
        "dns_answers": 650,
        "seconds": 13.0,
        "requests": 1300,
        "error_rate": 0.0,
        "p95_ms": 20.0,
        "verdict": "pass",
        "reasons": ["Lambda error rate 0%"],
        "ecs": {"requests": 1170, "errors": 0, "wrong": 0, "error_rate": 0.0, "p50_ms": 20.0, "p95_ms": 20.0},
        "lambda": {"requests": 130, "errors": 0, "wrong": 0, "error_rate": 0.0, "p50_ms": 20.0, "p95_ms": 20.0},
        "bake": BAKE,
    }


def test_the_checks_of_the_document_are_the_checks() -> None:
    document = summary(outcome(happy(), replace(BACK, ledger=DONE.ledger)))
    assert document["exit"] == 12
    assert document["checks"][0] == {"name": "ended as it must", "passed": False, "detail": "exit 4, expected 0"}
    assert [check["passed"] for check in document["checks"]].count(False) == 2


def test_a_fault_is_named_as_it_was_asked_for() -> None:
    document = summary(outcome(rolled_back(), BACK, ERRORS))
    assert (document["inject"], document["exit"], document["run_exit"]) == ("errors@50", 4, 4)
    assert document["weights"]["asked"] == {
        "ecs": 100,
        "lambda": 0,
        "by_type": {"A": {"ecs": 100, "lambda": 0}, "AAAA": {"ecs": 100, "lambda": 0}},
    }
    assert document["steps"][0]["error_rate"] == 0.12


def test_a_pending_change_is_not_in_sync() -> None:
    assert summary(outcome(happy(), replace(DONE, pending_changes=1)))["weights"]["in_sync"] is False


def test_a_recording_of_nothing_has_a_document_too() -> None:
    document = json.loads(json.dumps(summary(outcome(recorded()))))
    assert (document["exit"], document["reason"], document["steps"]) == (12, "", [])


def test_the_lines_tell_steps_then_checks_then_where_to_read_on() -> None:
    told = lines(outcome(happy()))
    assert told[0] == (
        " 10% asked, 10.0% observed (5.1% to 14.9% by chance): Lambda 130 requests, errors 0.00%, p95 20 ms; pass"
    )
    assert [line[:5] for line in told[:3]] == [" 10% ", " 50% ", "100% "]
    assert told[3] == "ok    ended as it must: exit 0, expected 0"
    assert [line[:4] for line in told[3:12]] == ["ok  "] * 9
    assert told[12:] == ["cutover run: exit 0, all on Lambda", "report: /somewhere/rehearsals/1/report.html"]


def test_a_failed_check_cries() -> None:
    told = lines(outcome(happy(), replace(BACK, ledger=DONE.ledger)))
    assert [line for line in told if line.startswith("FAIL")] == [
        "FAIL  ended as it must: exit 4, expected 0",
        "FAIL  everything is on Lambda, in sync: asked ecs 100 / lambda 0, served ecs 100 / lambda 0",
    ]


def test_parts_lists_that_differ_are_named_and_equal_ones_are_counted() -> None:
    told = lines(outcome(happy(), counted=[SAME, DIFFERENT]))
    assert "parts list b.csv: ECS 435 pieces (parsed), Lambda 413 Request Too Long" in told
    assert not any("a.csv" in line or "counted the same" in line for line in told)
    assert "2 parts lists: both sides counted the same" in lines(outcome(happy(), counted=[SAME, SAME]))


def test_a_step_without_requests_on_lambda_has_no_p95() -> None:
    [line, *_] = lines(outcome(recorded([*shift(1, 5, 0, 10), tick(8, 10)])))
    assert line == (" 10% asked, 0.0% observed (0.0% to 100.0% by chance): Lambda 0 requests, errors 0.00%, p95 -; ")


def test_a_run_that_said_nothing_has_no_reason() -> None:
    assert "cutover run: exit 0, " in lines(outcome(recorded()))


def test_both_processes_of_a_run_that_was_killed_are_named() -> None:
    killed = Injection.parse("killed@50")
    assert summary(outcome(broken_off(), DONE, killed))["run_processes"] == [FIRST, SECOND]


def test_the_indices_are_told_with_their_documents() -> None:
    recording = happy()
    moved = {"before": "mocs-v1", "after": "mocs-v2", "documents": 2000}
    recording.reindexed = [
        {"alias": "mocs", "index": "mocs-v2", "equal": True, "moved": moved, "checkpoint": {}},
        {"alias": "images", "index": "images-v2", "equal": True, "moved": {**moved, "documents": 7}},
    ]
    told = lines(outcome(recording))[0]
    assert told == "  reindex: 2007 documents in 2 new indices, equal to their tables, and swapped"
    said = summary(outcome(recording))["reindexed"]
    assert said[0] == {"alias": "mocs", "index": "mocs-v2", "equal": True, "moved": moved}


def test_the_drill_is_told_with_its_time() -> None:
    recording = happy()
    recording.drill = {"weight": 1, "rto_seconds": 84.763}
    assert (
        lines(outcome(recording))[0] == "  drill: Lambda 1% and back, every answer ECS's again within 85 s (simulated)"
    )
    assert summary(outcome(recording))["drill"] == recording.drill


def test_what_people_typed_is_told_in_the_order_of_their_beginnings() -> None:
    recording = happy()
    recording.typed += [
        Typed(EPOCH + 9, EPOCH + 10, "cutover drift", 5, 5, "somebody changed it"),
        Typed(EPOCH + 2, EPOCH + 30, "cutover run --yes", None, 0),
    ]
    assert summary(outcome(recording))["typed"] == [
        {"minute": 2.0, "words": "cutover run --yes", "exit": None, "expected": 0, "said": ""},
        {"minute": 9.0, "words": "cutover drift", "exit": 5, "expected": 5, "said": "somebody changed it"},
    ]


def test_the_scenario_is_told_with_what_happens_and_how_it_must_end() -> None:
    told = summary(outcome(rolled_back(), BACK, chosen=named("errors-at-50"), quick=True))["scenario"]
    assert (told["name"], told["title"], told["steps"]) == ("errors-at-50", "Lambda fails at 50%", [50])
    assert told["expected"] == "exit 4, rolled back (error-rate), Lambda at 0%"
    assert told["events"] == ["at 50%, 3m later: 30% of Lambda's invocations fail"]
    assert told["story"].startswith("Half of the traffic")
