"""`cutover gates explain` and `gates backtest`: read-only, honest about what could not be read."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cutover.core.models import Side
from cutover.ports import TelemetryUnavailable
from cutover.settings import BadSettings, load
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke

BACKTEST = ("gates", "backtest", "--days", "1")
SHORT = [{"weight": 100, "bake": "12h", "min_requests": 500}]


def some_errors(world: FakeWorld) -> FakeWorld:
    """Traffic of production's size, with a few errors on ECS now and then."""
    world.metrics.per_minute = 231
    world.metrics.error_rate[Side.ECS] = lambda time: 0.02 if time.minute % 9 == 0 else 0.0
    return world


def untouched(world: FakeWorld, lines: int) -> bool:
    """Whether nothing was sent and nothing written."""
    return world.weights.applied == [] and len(world.ledger.lines) == lines


def test_explain_shows_what_each_gate_sees() -> None:
    world = some_errors(known_world(90, 10))

    result = invoke(world, "gates", "explain")

    assert result.exit_code == 0
    assert result.stdout.startswith("PASS  Lambda 10%, 22 Nov 07:00 to 08:58 UTC, 1h58m")
    assert "0 errors of 2 714 requests: 0%, truly 0% to" in result.stdout
    assert "1% weighed against 4%: 0.0 of evidence" in result.stdout
    assert "at Lambda 100%" in result.stdout
    assert "minutes of ECS" in result.stdout
    assert untouched(world, 1)


def test_explain_as_a_document() -> None:
    world = some_errors(known_world(90, 10))

    document = json.loads(invoke(world, "--quiet", "gates", "explain", "--window", "100m", "--json").stdout)

    assert document["schema"] == "cutover.gates.explain/1"
    assert (document["exit"], document["verdict"]) == (0, "pass")
    assert [seen["side"] for seen in document["errors"]] == ["lambda", "ecs"]
    assert document["errors"][0]["minutes"] == 100
    assert document["errors"][0]["threshold"] == pytest.approx(9 * document["burst"]["phi"], rel=0.01)
    assert [pace["lambda"] for pace in document["time_to_find"]] == [10, 50, 100]
    assert document["time_to_find"][0]["minutes"]["100%"] <= 2
    error_rate = next(f for f in document["findings"] if f["gate"] == "error-rate")
    assert error_rate["score"] == 0.0


def test_explain_says_how_far_it_is_to_passing() -> None:
    world = known_world(90, 10, timedelta(minutes=9))
    world.metrics.per_minute = 231

    assert "to pass it takes 381 requests at this rate, 220 more" in invoke(world, "gates", "explain").stdout
    world.failing_lambda(0.05)
    world.metrics.error_rate[Side.SERVERLESS] = lambda _: 0.05
    assert "at this rate it never passes" in invoke(world, "gates", "explain").stdout


def test_explain_before_the_first_shift() -> None:
    world = some_errors(fake_world())

    result = invoke(world, "gates", "explain")

    assert result.exit_code == 0
    assert "Lambda 0%" in result.stdout
    assert "at Lambda 10%" in result.stdout
    assert untouched(world, 0)


def test_explain_without_telemetry() -> None:
    world = known_world(90, 10)
    world.blind("CloudWatch is away")

    assert invoke(world, "gates", "explain").exit_code == 9
    result = invoke(world, "--quiet", "gates", "explain", "--json")
    assert result.exit_code == 9
    assert json.loads(result.stdout)["errors"] == []


def test_explain_without_traffic_says_so() -> None:
    world = known_world(90, 10)
    world.metrics.per_minute = 0

    assert "not known: nobody has asked for anything" in invoke(world, "gates", "explain").stdout


def test_backtest_replays_each_step_and_the_plain_rules_beside_it() -> None:
    world = some_errors(fake_world())

    result = invoke(world, *BACKTEST)

    assert result.exit_code == 0
    assert "1 440 of 1 440 minutes of ECS" in result.stdout
    assert "read day 1 of 1" in result.stdout
    assert "replayed at Lambda 100%" in result.stdout
    for word in ("this policy", "any minute over 2%", "three such in a row", "finds 20%"):
        assert word in result.stdout
    assert untouched(world, 0)


def test_backtest_as_a_document_that_repeats() -> None:
    world = some_errors(fake_world())

    first, second = (invoke(world, "--quiet", *BACKTEST, "--json").stdout for _ in range(2))

    document = json.loads(first)
    assert first == second
    assert document["schema"] == "cutover.gates.backtest/1"
    assert (document["days"], document["known_minutes"]) == (1, 1440)
    assert [step["lambda"] for step in document["steps"]] == [10, 50, 100]
    rules = document["steps"][0]["rules"]
    assert set(rules) == {"sequential", "per-minute", "three-in-a-row"}
    assert rules["sequential"]["rolled_back"] == 0
    assert rules["per-minute"]["rolled_back"] > 0
    assert rules["sequential"]["minutes_to_find"]["100%"] <= 3


def test_backtest_survives_days_that_can_not_be_read() -> None:
    world = some_errors(fake_world(ladder=SHORT))
    days = iter([None, TelemetryUnavailable("CloudWatch is away"), None])
    world.metrics.failing = lambda _: next(days)

    result = invoke(world, "gates", "backtest", "--days", "3")

    assert result.exit_code == 0
    assert "2 880 of 4 320 minutes of ECS" in result.stdout
    assert "not read: 20 Nov: CloudWatch is away" in result.stdout


def test_backtest_without_any_data_says_what_is_missing() -> None:
    world = fake_world()
    world.metrics.silent = lambda side, time: True

    silent = invoke(world, *BACKTEST)
    world.blind("CloudWatch is away")
    away = invoke(world, *BACKTEST)

    assert (silent.exit_code, away.exit_code) == (9, 9)
    assert "ECS has no minute with data in the newest 1 day" in silent.output
    assert "CloudWatch is away" in away.output


def test_backtest_reads_a_day_at_a_time() -> None:
    world = some_errors(fake_world(ladder=SHORT))

    invoke(world, "gates", "backtest", "--days", "2")

    until = START - timedelta(minutes=2)
    assert [asked[1:] for asked in world.metrics.asked] == [_day(until, 2), _day(until, 1)]


def _day(until: datetime, left: int) -> tuple[datetime, datetime]:
    return until - timedelta(days=left), until - timedelta(days=left - 1)


@pytest.mark.parametrize("days", ["0", "16", "x", "-1", "1.5"])
def test_days_that_cloudwatch_does_not_keep_are_refused(days: str) -> None:
    result = invoke(fake_world(), "gates", "backtest", "--days", days)

    assert result.exit_code == 2
    assert "from 1 to 15" in result.output


def test_the_group_alone_shows_its_help() -> None:
    assert "gates backtest --days 14" in invoke(fake_world(), "gates").output


def test_what_carries_lambda_and_4xx_have_rows_of_their_own() -> None:
    world = some_errors(known_world(90, 10))
    world.metrics.client_error_rate = {side: lambda _: 0.05 for side in Side}
    world.metrics.throttles = lambda _: 0
    world.metrics.borrow_ms = lambda _: 6.4

    lines = invoke(world, "check", "--window", "100m").stdout.splitlines()

    rows = {line.split()[0]: line.split()[2:] for line in lines if line.startswith("  ") and "Lambda" in line}
    assert rows["client-errors"][:2] == ["PASS", "×0.91"]
    assert rows["throttles"][:2] == ["PASS", "0%"]
    assert rows["borrow"][:3] == ["PASS", "6", "ms"]
    assert invoke(world, "check", "--window", "100m").exit_code == 0


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ("pass_client_error_ratio = 2", "pass_client_error_ratio 2.0 must be under fail_client_error_ratio 1.5"),
        ("fail_borrow_ms = 20", "pass_borrow_ms 50.0 must be under fail_borrow_ms 20.0"),
        ("error_ratio = 1", "error_ratio"),
        ("error_evidence = 1", "error_evidence"),
        ("most_burst = 0.5", "most_burst"),
        ("p95_failing_windows = 6", "p95_failing_windows 6 can't be more than p95_judged_windows 5"),
        ("confidence_z = 0", "confidence_z"),
        ("share_sigmas = 0", "share_sigmas"),
    ],
)
def test_limits_that_make_no_sense_are_refused(tmp_path: Path, gates: str, said: str) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(
        f'name = "api.example.com"\nhosted_zone_id = "Z1"\n[ecs]\nload_balancer = "app/a/1"\n'
        f'[lambda]\napi_id = "x"\n[gates]\n{gates}\n',
        encoding="utf-8",
    )

    with pytest.raises(BadSettings, match=said):
        load(path)
