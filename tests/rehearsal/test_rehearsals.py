"""The whole migration, as `cutover rehearse --quick` shows it: it succeeds, and each fault ends as it must."""

import re
from typing import Any

import pytest

from tests.rehearsal.conftest import Rehearse, Rehearsed

REINDEXED = ["reindexed"] * 3  # each index made anew, proved equal, and swapped, before anything else
# What the rehearsed rollback before everything else writes, and which weights it sends.
DRILL = [
    "intent", "applied", "insync", "settled", "intent", "applied", "insync", "rolled-back", "resumed", "drilled",
]  # fmt: skip
DRILLED = [[99, 1], [100, 0]]


def on(ecs: int, serverless: int) -> dict[str, Any]:
    """These weights of every type."""
    weights = {"ecs": ecs, "lambda": serverless}
    return {**weights, "by_type": {"A": weights, "AAAA": weights}}


@pytest.fixture(scope="session")
def happy(rehearse: Rehearse) -> Rehearsed:
    """A rehearsal in which nothing goes wrong."""
    return rehearse()


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
        changes = [kind for kind in happy.kinds() if kind != "judged"]
        shift = ["intent", "applied", "insync", "settled", "baked"]
        assert changes == [*REINDEXED, "adopted", *DRILL, *shift, *shift, *shift, "finished"]
        assert happy.intents() == [*DRILLED, [90, 10], [50, 50], [0, 100]]
        assert happy.summary["drill"]["ok"] is True
        assert [one["equal"] for one in happy.summary["reindexed"]] == [True] * 3
        assert [line["seq"] for line in happy.ledger] == list(range(1, len(happy.ledger) + 1))

    def test_the_report_is_one_page_that_needs_nothing_else(self, happy: Rehearsed) -> None:
        page = (happy.folder / "report.html").read_text()
        assert "10%" in page
        assert "<svg" in page
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
        assert "@import" not in page

    def test_the_passwords_and_tokens_are_in_no_log(self, happy: Rehearsed) -> None:
        for log in (happy.folder / "logs").iterdir():
            assert not re.search(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|password=\S|PASSWORD=\S", log.read_bytes()), log


def test_errors_at_50_percent_roll_everything_back(rehearse: Rehearse) -> None:
    rehearsed = rehearse("--inject", "errors@50")

    assert rehearsed.failed_checks() == []
    assert (rehearsed.exit, rehearsed.summary["run_exit"]) == (4, 4)
    assert rehearsed.summary["weights"] == {"asked": on(100, 0), "served": on(100, 0), "in_sync": True}
    assert rehearsed.step(50)["verdict"] == "fail"
    assert all(step["ecs"]["errors"] == step["ecs"]["wrong"] == 0 for step in rehearsed.summary["steps"])
    back = rehearsed.ledger[-1]
    assert (back["kind"], back["after"]) == ("rolled-back", [100, 0])
    assert re.search(r"Lambda error rate \d+(\.\d+)?% .* is over 2%", back["reason"])
    page = (rehearsed.folder / "report.html").read_text()
    assert re.search(r"Lambda error rate \d+(\.\d+)?% .* is over 2%", page)


def test_without_telemetry_it_holds_and_never_advances(rehearse: Rehearse) -> None:
    rehearsed = rehearse("--inject", "telemetry-loss@10")

    assert rehearsed.failed_checks() == []
    assert (rehearsed.exit, rehearsed.summary["run_exit"]) == (9, 9)
    assert rehearsed.intents() == [*DRILLED, [90, 10]]
    assert rehearsed.summary["weights"]["asked"] == on(90, 10)
    assert "no telemetry" in rehearsed.summary["reason"]


def test_killed_with_its_change_pending_another_process_sees_it_through(rehearse: Rehearse) -> None:
    rehearsed = rehearse("--inject", "killed@50")

    assert rehearsed.failed_checks() == []
    assert rehearsed.exit == 0
    first, second = rehearsed.summary["run_processes"]
    assert first != second
    [broken_off] = [check for check in rehearsed.summary["checks"] if "was broken off and went on" in check["name"]]
    assert f"process {first} killed" in broken_off["detail"]
    assert f"by process {second}" in broken_off["detail"]
    changes = [kind for kind in rehearsed.kinds() if kind != "judged"]
    shift = ["intent", "applied", "insync", "settled", "baked"]
    whole = [*REINDEXED, "adopted", *DRILL, *shift, *shift, *shift, "finished"]
    assert changes == whole, "nothing was sent twice or given up"
    assert rehearsed.step(50)["verdict"] == "pass"
