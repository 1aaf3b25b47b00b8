"""`cutover check`, `history` and `resume`."""

import json
from datetime import timedelta

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, weighted
from tests.unit.cutover.invoking import invoke, typed

RESUME = ("resume", "--reason", "pool fixed", "--yes")


@pytest.mark.parametrize(
    ("rate", "code", "said"),
    [(0.0, 0, "PASS"), (0.2, 3, "FAIL"), (0.015, 6, "HOLD")],
)
def test_check_tells_the_verdict_by_its_exit_code(rate: float, code: int, said: str) -> None:
    world = known_world(50, 50)
    world.failing_lambda(rate, START - timedelta(days=1))

    result = invoke(world, "check")

    assert result.exit_code == code
    assert result.stdout.startswith(f"{said}  Lambda 50%")
    assert len(world.ledger.lines) == 1
    assert world.weights.applied == []


def test_check_without_telemetry_is_its_own_code() -> None:
    world = known_world(50, 50)
    world.blind("AccessDenied")

    result = invoke(world, "check")

    assert result.exit_code == 9
    assert "AccessDenied" in result.stdout


def test_check_judges_the_newest_window_only() -> None:
    world = known_world(50, 50, timedelta(hours=5))
    world.metrics.error_rate[Side.SERVERLESS] = lambda time: 0.5 if time < START - timedelta(hours=1) else 0.0

    assert invoke(world, "check", "--window", "15m").exit_code == 0
    assert invoke(world, "check", "--window", "2h").exit_code == 3


def test_check_never_looks_back_beyond_the_newest_change() -> None:
    world = known_world(50, 50, timedelta(minutes=30))
    world.failing_lambda(0.0)
    world.metrics.error_rate[Side.SERVERLESS] = lambda time: 0.5 if time < START - timedelta(minutes=30) else 0.0

    result = invoke(world, "check", "--window", "2h", "--json")

    document = json.loads(result.stdout)
    assert document["schema"] == "cutover.check/1"
    assert document["verdict"] == "pass"
    assert document["interval"] == "22 Nov 08:30 to 08:58 UTC, 28m"
    assert document["weights"] == {"ecs": 50, "lambda": 50}


def test_check_works_without_route_53_and_without_a_ledger() -> None:
    world = known_world(50, 50)
    world.weights.failing["read"] = [ControlPlaneUnavailable("away")]

    assert "judged by the ledger's weights, ecs 50 / lambda 50" in invoke(world, "check").stderr

    world.ledger.unreadable = "no such disk"
    result = invoke(world, "check")
    assert result.exit_code == 0
    assert "no such disk" in result.stderr


def test_check_at_drifted_records_judges_what_the_ledger_knows() -> None:
    world = known_world(50, 50)
    world.weights.records = weighted(50, 60)

    assert "Lambda 50%" in invoke(world, "check").stdout


def test_history_shows_who_did_what_and_why() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "it smells")

    result = invoke(world, "history")

    assert result.exit_code == 0
    assert "10% → 0%" in result.stdout
    assert "it smells" in result.stdout
    assert "arn:aws:iam::123456789012:user/ada" in result.stdout


@pytest.mark.parametrize("kind", Kind)
def test_history_names_who_did_what_a_person_does(kind: Kind) -> None:
    world = fake_world()
    evidence = {"id": "f1", "rung": "hold", "start": START.isoformat(), "end": START.isoformat()}
    world.write(kind, actor="arn:of:ada", before=(90, 10), after=(100, 0), evidence=evidence)
    went_on = {"applied", "insync", "settled", "abandoned", "judged", "baked", "drift", "finished"}

    shown = invoke(world, "history").stdout

    assert kind.value in shown
    assert ("arn:of:ada" in shown) is (kind.value not in went_on)


def test_history_shows_as_many_as_asked() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback")

    result = invoke(world, "history", "-n", "2", "--json")

    document = json.loads(result.stdout)
    assert document["schema"] == "cutover.history/1"
    assert [event["kind"] for event in document["events"]] == ["insync", "rolled-back"]


def test_history_of_nothing_says_so() -> None:
    assert "nothing has happened yet" in invoke(fake_world(), "history").stdout


def test_a_broken_ledger_refuses_and_says_what_to_do() -> None:
    world = fake_world()
    world.ledger.unreadable = "the ledger's chain is broken at sequence 3"

    result = invoke(world, "history")

    assert result.exit_code == 8
    assert "chain is broken" in result.stderr
    assert "next: cutover rollback  # works without the ledger" in result.stderr


def rolled_back() -> FakeWorld:
    """A world after a rollback."""
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")
    return world


def test_resume_lifts_a_rollback_and_changes_no_weights() -> None:
    world = rolled_back()

    result = invoke(world, *RESUME)

    assert result.exit_code == 0
    assert "the rollback of 22 Nov 09:01 UTC (smoke)" in result.stdout
    assert world.ledger.last(Kind.RESUMED).reason == "pool fixed"
    assert len(world.weights.applied) == 1
    assert invoke(world, "run", "--until", "10", "--yes").exit_code == 0


def test_resume_asks_first() -> None:
    world = rolled_back()

    assert typed(world, "n\n", "resume", "--reason", "x").exit_code == 130
    assert typed(world, "y\n", "resume", "--reason", "x").exit_code == 0


def test_resume_dry_run_only_shows() -> None:
    world = rolled_back()

    result = invoke(world, "resume", "--reason", "x", "--dry-run")

    assert result.exit_code == 0
    assert "lifts" in result.stdout
    assert "resumed" not in world.ledger.kinds()


def test_resume_takes_changed_records_as_they_are() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)

    result = invoke(world, *RESUME)

    assert result.exit_code == 0
    assert world.ledger.last(Kind.ADOPTED).after == (80, 20)
    assert world.ledger.last(Kind.ADOPTED).reason.startswith("pool fixed (")
    assert invoke(world, "run", "--once", "--yes").exit_code == 0


def test_resume_of_nothing_says_so() -> None:
    world = known_world(90, 10)

    result = invoke(world, *RESUME)

    assert result.exit_code == 0
    assert "nothing to resume" in result.stdout
    assert len(world.ledger.lines) == 1


def test_resume_cannot_make_weights_of_other_records() -> None:
    world = known_world(90, 10)
    world.weights.records = weighted(90, 20)

    result = invoke(world, *RESUME)

    assert result.exit_code == 5
    assert "sum to 110" in result.stderr


def test_resume_settles_a_change_that_was_cut_off() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "shift", "--lambda-weight", "50", "--yes")

    result = invoke(world, *RESUME, "--json")

    assert json.loads(result.stdout)["lifts"] == ["the change to Lambda 50%, which was cut off"]
    assert world.live == Weights(50, 50)
    assert world.ledger.kinds()[-1] == "applied"


def test_resume_gives_way_to_a_run_at_work() -> None:
    world = rolled_back()
    world.ledger.held_by = "run by ada"

    assert invoke(world, *RESUME).exit_code == 7


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_resume_refuses_while_a_rollback_is_not_confirmed(dry_run: tuple[str, ...]) -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "rollback")

    result = invoke(world, *RESUME, *dry_run)

    assert result.exit_code == 8
    assert "not confirmed yet" in result.stderr
    assert "rule: rolled-back" in result.stderr
    assert "next: cutover rollback" in result.stderr
    assert "resumed" not in world.ledger.kinds()

    assert invoke(world, "rollback").exit_code == 0
    assert invoke(world, *RESUME).exit_code == 0


def test_what_was_resumed_meanwhile_is_not_resumed_twice() -> None:
    world = rolled_back()

    def resumed() -> None:
        world.write(Kind.RESUMED, reason="by another")

    lease = world.ledger.lease

    def overtaken(holder: str):  # type: ignore[no-untyped-def]
        resumed()
        return lease(holder)

    world.ledger.lease = overtaken  # type: ignore[method-assign]

    assert "nothing to resume" in invoke(world, *RESUME).stdout
