"""Every scenario in its short form, as `cutover rehearse --quick` holds it: each ends as its file says."""

import re
from typing import Any

import pytest

from cutover.rehearsal.library import ORDER, named
from tests.rehearsal.conftest import Held, Rehearsed

REINDEXED = ["reindexed"] * 3  # each index made anew, proved equal, and swapped, before anything else
# What the rehearsed rollback before everything else writes, and which weights it sends.
DRILL = [
    "intent", "applied", "insync", "settled", "intent", "applied", "insync", "rolled-back", "resumed", "drilled",
]  # fmt: skip
DRILLED = [[99, 1], [100, 0]]
SHIFT = ["intent", "applied", "insync", "settled", "baked"]
TOO_MANY_ERRORS = r"Lambda error rate \d+(\.\d+)?% .* is over 2%"


def on(ecs: int, serverless: int) -> dict[str, Any]:
    """These weights of every type."""
    weights = {"ecs": ecs, "lambda": serverless}
    return {**weights, "by_type": {"A": weights, "AAAA": weights}}


def changes(rehearsed: Rehearsed) -> list[str]:
    """What the ledger tells but for judgements."""
    return [kind for kind in rehearsed.kinds() if kind != "judged"]


@pytest.mark.parametrize("name", ORDER)
def test_it_ends_as_its_file_says(held: Held, name: str) -> None:
    rehearsed, expect = held(name), named(name).expect

    assert rehearsed.failed_checks() == []
    assert (rehearsed.exit, rehearsed.summary["run_exit"]) == (expect.exit, expect.exit)
    assert rehearsed.summary["passed"] is True
    weight = expect.weight_on(named(name).short)
    assert rehearsed.summary["weights"]["asked"] == on(100 - weight, weight)
    assert [line["seq"] for line in rehearsed.ledger] == list(range(1, len(rehearsed.ledger) + 1))


@pytest.mark.parametrize("name", ORDER)
def test_the_report_is_one_page_that_needs_nothing_else(held: Held, name: str) -> None:
    page = (held(name).folder / "report.html").read_text()
    assert f"{named(name).short.top}%" in page
    assert "<svg" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert "@import" not in page


@pytest.mark.parametrize("name", ORDER)
def test_the_passwords_and_tokens_are_in_no_log(held: Held, name: str) -> None:
    for log in (path for path in (held(name).folder / "logs").rglob("*") if path.is_file()):
        assert not re.search(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|password=\S|PASSWORD=\S", log.read_bytes()), log


@pytest.fixture(scope="session")
def happy(held: Held) -> Rehearsed:
    """A rehearsal in which nothing goes wrong."""
    return held("happy")


class TestNothingGoesWrong:
    """10 → 50 → 100."""

    def test_it_ends_with_everything_on_lambda(self, happy: Rehearsed) -> None:
        assert happy.failed_checks() == []
        assert (happy.exit, happy.summary["run_exit"]) == (0, 0)
        assert happy.summary["weights"] == {"asked": on(0, 100), "served": on(0, 100), "in_sync": True}

    def test_every_step_is_told_with_its_numbers(self, happy: Rehearsed) -> None:
        assert [step["asked_weight"] for step in happy.summary["steps"]] == [10, 50, 100]
        for step in happy.summary["steps"]:
            low, high = step["chance_allows"]
            assert low <= step["observed_share"] <= high, step
            assert step["requests"] == step["ecs"]["requests"] + step["lambda"]["requests"] > 0
            assert (step["error_rate"], step["lambda"]["wrong"], step["ecs"]["wrong"]) == (0, 0, 0)
            assert step["p95_ms"] > 0
            assert step["verdict"] == "pass"
            assert step["bake"]["complete"] is True
            assert any("p95" in reason for reason in step["reasons"])

    def test_the_ledger_has_each_change_from_intent_to_bake(self, happy: Rehearsed) -> None:
        assert changes(happy) == [*REINDEXED, "adopted", *DRILL, *SHIFT, *SHIFT, *SHIFT, "finished"]
        assert happy.intents() == [*DRILLED, [90, 10], [50, 50], [0, 100]]
        assert happy.summary["drill"]["ok"] is True
        assert [one["equal"] for one in happy.summary["reindexed"]] == [True] * 3


def test_errors_at_50_percent_roll_everything_back(held: Held) -> None:
    rehearsed = held("errors-at-50")

    assert rehearsed.summary["weights"] == {"asked": on(100, 0), "served": on(100, 0), "in_sync": True}
    assert rehearsed.step(50)["verdict"] == "fail"
    assert all(step["ecs"]["errors"] == step["ecs"]["wrong"] == 0 for step in rehearsed.summary["steps"])
    back = rehearsed.ledger[-1]
    assert (back["kind"], back["after"]) == ("rolled-back", [100, 0])
    assert re.search(TOO_MANY_ERRORS, back["reason"])
    assert re.search(TOO_MANY_ERRORS, (rehearsed.folder / "report.html").read_text())


def test_without_telemetry_it_holds_and_never_advances(held: Held) -> None:
    rehearsed = held("telemetry-loss")

    assert rehearsed.intents() == [[90, 10]]
    assert "no telemetry" in rehearsed.summary["reason"]
    assert any(line["evidence"].get("paged") for line in rehearsed.ledger), "nobody was told"


def test_killed_with_its_change_pending_another_process_sees_it_through(held: Held) -> None:
    rehearsed = held("controller-killed")

    first, second = rehearsed.summary["run_processes"]
    assert first != second
    [broken_off] = [check for check in rehearsed.summary["checks"] if "was broken off and went on" in check["name"]]
    assert f"process {first} killed" in broken_off["detail"]
    assert f"by process {second}" in broken_off["detail"]
    assert changes(rehearsed) == ["adopted", *SHIFT], "nothing was sent twice or given up"
    assert rehearsed.step(50)["verdict"] == "pass"


def test_a_second_person_is_told_who_is_at_work(held: Held) -> None:
    typed = {one["words"].split()[1]: one for one in held("two-operators").summary["typed"]}
    assert (typed["shift"]["exit"], typed["status"]["exit"]) == (7, 0)
    assert "run" in typed["shift"]["said"]
    assert changes(held("two-operators")) == ["adopted", *SHIFT]


def test_a_hand_edit_is_shown_field_by_field_and_undone_by_a_person_alone(held: Held) -> None:
    rehearsed = held("hand-edit")
    look, undo, again = rehearsed.summary["typed"][1:]
    assert (look["exit"], undo["exit"], again["exit"]) == (5, 0, 0)
    assert "60" in look["said"]
    assert changes(rehearsed)[:7] == ["adopted", "intent", "applied", "insync", "settled", "drift", "stopped"]
    assert rehearsed.intents() == [[90, 10], [90, 10]], "the run itself put nothing right"


def test_both_sides_failing_alike_are_held_and_nothing_is_moved(held: Held) -> None:
    rehearsed = held("common-cause")
    assert rehearsed.intents() == [[50, 50]]
    assert "common cause" in rehearsed.summary["reason"]
