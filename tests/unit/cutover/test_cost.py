"""`cutover cost`: both sides' run-rate, the double run, the plan's budgets; what is not known is never 0."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cutover.core.record import Kind
from cutover.core.usage import FunctionUsage, TaskSize, Usage
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.ending import EVERY, confirming, done, drained
from tests.unit.cutover.invoking import invoke

DAY = timedelta(days=1)
PER_DAY = 10e6 / (730 / 24)  # requests, of 10 M a month


def using(world: FakeWorld, share: float = 1.0, **more: Any) -> FakeWorld:
    """The plan's traffic, that part of it on Lambda."""

    def used(since: datetime, until: datetime) -> Usage:
        days = (until - since) / DAY
        requests = PER_DAY * share * days
        given: dict[str, Any] = {
            "functions": (FunctionUsage("api", 1024, False, requests, requests * 500),),
            "api_requests": requests,
            "alb_requests": PER_DAY * (1 - share) * days,
            "alb_lcus": 0.5,
            "tasks_now": 2,
            "task_hours": 48 * days,
            "task_size": TaskSize(1, 2),
            "has_proxy": True,
        }
        return Usage(until - since, **(given | more))

    world.usage.used = used
    return world


def reckoned(world: FakeWorld, *more: str) -> Any:
    """The document."""
    result = invoke(world, "--json", "cost", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def amounts(document: Any) -> dict[str, tuple[Any, Any]]:
    """Now and later, by the lines' names."""
    return {line["name"]: (line["rate"], line["later"]) for line in document["lines"]}


def test_a_tenth_on_lambda_shows_what_all_of_it_would_cost() -> None:
    document = reckoned(using(known_world(90, 10), 0.1))

    assert document["schema"] == "cutover.cost/1"
    assert document["lambda_share"] == pytest.approx(0.1)
    now, later = amounts(document)["Lambda api"]
    assert (now, later) == (pytest.approx(8.53, abs=0.01), pytest.approx(85.33, abs=0.01))
    assert amounts(document)["ECS on Fargate"] == (pytest.approx(72.08, abs=0.01), 0.0)
    total = {budget["name"]: budget["value"] for budget in document["budgets"]}["total"]
    assert total == pytest.approx(85.33 + 10 + 21.9 + 688.35, abs=0.01)


def test_the_newest_day_is_what_the_rate_is_made_from() -> None:
    world = using(known_world(90, 10), 0.1, functions=None)

    reckoned(world)

    since, until = world.usage.asked[0]
    assert until - since == DAY
    assert (START - until) < timedelta(minutes=10)


@pytest.mark.parametrize(("period", "factor"), [("hour", 1 / 730), ("day", 24 / 730), ("month", 1), ("year", 12)])
def test_the_rate_is_projected_over_the_time_that_is_asked_for(period: str, factor: float) -> None:
    document = reckoned(using(known_world(90, 10), 0.1), "--project", period)

    assert document["period"] == period
    assert amounts(document)["RDS Proxy"][0] == pytest.approx(21.9 * factor)


def test_the_double_run_is_metered_since_the_first_shift() -> None:
    world = using(known_world(100, 0, age=10 * DAY), 0.5)
    world.write(Kind.APPLIED, time=START - 5 * DAY, after=(90, 10))
    world.write(Kind.APPLIED, time=START - 2 * DAY, after=(50, 50))

    meter = reckoned(world)["double_run"]

    assert meter["since"].startswith("2026-11-17T09:00")
    assert meter["spent"]["ecs"]["usd"] == pytest.approx(5 * (48 * 0.04937 + 24 * 0.0265), rel=0.01)
    assert meter["spent"]["lambda"]["missing"] == []
    assert "in 4d23h since the first shift" in invoke(world, "cost").output


def test_the_double_run_ends_with_the_service() -> None:
    world = using(drained())
    done(world, "delete", *confirming(*EVERY))
    ended = world.clock.now()
    world.pass_time(10 * DAY)

    meter = reckoned(world)["double_run"]

    assert datetime.fromisoformat(meter["until"]) <= ended


def test_before_any_shift_there_is_no_double_run() -> None:
    document = reckoned(using(known_world(100, 0), 0.0))

    assert document["double_run"] is None
    assert "the ledger knows of no traffic on Lambda: no double run yet" in document["notes"]


def test_a_shift_of_this_minute_has_no_double_run_yet() -> None:
    world = using(known_world(100, 0))
    world.write(Kind.APPLIED, after=(90, 10))

    assert reckoned(world)["double_run"] is None


def test_lambda_with_all_the_traffic_needs_no_balancer_to_know_its_share() -> None:
    document = reckoned(using(known_world(0, 100, age=5 * DAY), alb_requests=None))

    assert document["lambda_share"] == 1.0
    assert amounts(document)["Lambda api"][1] == pytest.approx(85.33, abs=0.01)


def test_nothing_known_is_no_zero() -> None:
    world = fake_world()

    document, said = reckoned(world), invoke(world, "cost").output

    assert amounts(document)["API Gateway"] == (None, None)
    assert {budget["held"] for budget in document["budgets"]} == {"not known"}
    assert "not known" in said
    assert "≥ $688.35" in said


def test_a_budget_that_is_exceeded_is_an_exit_code_only_where_it_is_asked_for() -> None:
    world = using(known_world(90, 10, cost={"total_budget": 100.0}), 0.1)

    assert invoke(world, "cost").exit_code == 0
    result = invoke(world, "cost", "--exit-code")
    assert result.exit_code == 8
    assert "over budget: everything: $806 a month, the budget is under $100" in result.output


def test_budgets_that_are_kept_are_exit_0() -> None:
    assert invoke(using(known_world(90, 10), 0.1), "cost", "--exit-code").exit_code == 0


def test_the_plans_contradictions_are_shown_and_not_hidden() -> None:
    said = invoke(using(known_world(90, 10), 0.1), "cost").output

    for figure in ("$27.38", "$7.60", "$840", "29.2%", "$200", "$813", "$850"):
        assert figure in said


def test_another_region_is_told_that_its_prices_differ() -> None:
    world = using(known_world(90, 10, aws={"region": "eu-central-1"}), 0.1)

    assert any("eu-central-1, where prices differ" in note for note in reckoned(world)["notes"])


def test_an_unreadable_ledger_costs_the_meter_only() -> None:
    world = using(known_world(90, 10), 0.1)
    world.ledger.unreadable = "disk gone"

    document = reckoned(world)

    assert document["double_run"] is None
    assert any("disk gone" in note for note in document["notes"])
    assert amounts(document)["RDS Proxy"][0] == pytest.approx(21.9)


def test_a_meter_without_task_samples_names_what_it_misses() -> None:
    world = using(known_world(90, 10, age=3 * DAY), 0.1, task_hours=None)

    assert "not known: ECS on Fargate" in invoke(world, "cost").output
