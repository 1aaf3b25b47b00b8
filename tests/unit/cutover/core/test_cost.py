"""The arithmetic of the reckoning: prices times usage, what is not known, the plan's budgets and contradictions."""

from datetime import timedelta
from typing import Any

import pytest

from cutover.core.budgets import Budget, Held, Limits, contradictions, exceeded, judge
from cutover.core.cost import Line, Rates, double_run, later, provisioned, rates, run_rate, task_hour, total
from cutover.core.prices import Group
from cutover.core.usage import FunctionUsage, TaskSize, Usage

MONTH = timedelta(hours=730)
LISTED = rates({}, {}, 2)
PLAN = Limits(200.0, 850.0, 813.0, 0.30, 1200.0)
# The plan's cost model: 10 M requests of half a second at 1 GB.
PLANNED = FunctionUsage("api", 1024, is_arm=False, invocations=10e6, duration_ms=5e9)


def usage(function: FunctionUsage = PLANNED, **more: object) -> Usage:
    """A month of the plan's traffic, all of it on Lambda, one small task left."""
    given: dict[str, object] = {
        "functions": (function,),
        "api_requests": 10e6,
        "alb_requests": 0.0,
        "alb_lcus": 0.5,
        "tasks_now": 2,
        "task_hours": 1460.0,
        "task_size": TaskSize(1, 2),
        "has_proxy": True,
    }
    return Usage(MONTH, **{**given, **more})  # type: ignore[arg-type]  # the fields are those of Usage


def line(lines: tuple[Line, ...], name: str) -> Line:
    """The line of that name."""
    return next(one for one in lines if one.name == name)


def held(budgets: tuple[Budget, ...]) -> dict[str, Held]:
    """Whether each is kept."""
    return {budget.name: budget.held for budget in budgets}


def test_five_provisioned_environments_of_half_a_gigabyte_cost_27_dollars_38() -> None:
    assert provisioned(5, 0.5, LISTED) == pytest.approx(27.38, abs=0.005)


def test_arm_is_priced_as_arm() -> None:
    assert provisioned(5, 0.5, LISTED, is_arm=True) == pytest.approx(21.90, abs=0.005)
    arm = run_rate(usage(FunctionUsage("api", 1024, True, 10e6, 5e9)), LISTED)
    assert line(arm, "Lambda api").now == pytest.approx(2.0 + 66.667, abs=0.01)


def test_the_plans_own_traffic_costs_what_the_plan_says() -> None:
    lines = run_rate(usage(), LISTED)

    assert line(lines, "Lambda api").now == pytest.approx(85.33, abs=0.01)
    assert line(lines, "API Gateway").now == pytest.approx(10.0)
    assert line(lines, "RDS Proxy").now == pytest.approx(21.90)
    shared = [one for one in lines if one.group is Group.SHARED]
    assert total(shared).usd + 85.33 + 7.60 + 10.0 + 21.90 == pytest.approx(813.18, abs=0.01)


def test_a_part_of_a_month_is_projected_to_a_whole_one() -> None:
    day = usage(FunctionUsage("api", 1024, False, 10e6 / 30, 5e9 / 30))
    day = Usage(MONTH / 30, day.functions, 10e6 / 30, 0.0)

    assert line(run_rate(day, LISTED), "Lambda api").now == pytest.approx(85.33, abs=0.01)


def test_with_a_tenth_of_the_traffic_all_of_it_costs_ten_times_as_much() -> None:
    lines = run_rate(usage(alb_requests=90e6), LISTED)

    assert line(lines, "Lambda api").later == pytest.approx(853.3, abs=0.1)
    assert line(lines, "RDS Proxy").later == pytest.approx(21.90)


@pytest.mark.parametrize(
    "known",
    [
        {"alb_requests": None},
        {"api_requests": None},
        {"api_requests": 0.0, "alb_requests": 0.0},
        {"api_requests": 10.0, "alb_requests": 990.0},
        {"api_requests": 5000.0, "alb_requests": 1e6},
    ],
)
def test_too_little_known_of_the_share_projects_nothing(known: dict[str, Any]) -> None:
    lines = run_rate(usage(**known), LISTED)

    assert line(lines, "Lambda api").later is None
    assert line(lines, "Lambda api").now is not None


def test_where_lambda_has_everything_today_is_what_it_costs() -> None:
    lines = run_rate(usage(alb_requests=None), LISTED, is_whole=True)

    assert line(lines, "Lambda api").later == line(lines, "Lambda api").now


def test_tasks_cost_their_processors_and_memory() -> None:
    assert task_hour(TaskSize(1, 2), LISTED) == pytest.approx(0.04048 + 2 * 0.004445)
    assert task_hour(TaskSize(1, 2, is_arm=True), LISTED) == pytest.approx(0.03238 + 2 * 0.00356)
    assert line(run_rate(usage(), LISTED), "ECS on Fargate").now == pytest.approx(72.08, abs=0.01)
    assert line(run_rate(usage(), LISTED), "load balancer").now == pytest.approx(730 * (0.0225 + 0.5 * 0.008))


def test_no_task_costs_nothing_whatever_its_size() -> None:
    lines = run_rate(usage(tasks_now=0, task_size=None), LISTED)

    assert (line(lines, "ECS on Fargate").now, line(lines, "ECS on Fargate").basis) == (0.0, "0 tasks")


def test_what_is_missing_is_not_known_and_says_why() -> None:
    lines = run_rate(Usage(MONTH, unknown={"tasks_now": "ecs:DescribeServices: denied"}), LISTED)

    unknown = {one.name: one.basis for one in lines if one.now is None}
    assert unknown == {
        "Lambda": "the settings name no function: set lambda.functions",
        "API Gateway": "CloudWatch has no data of it",
        "ECS on Fargate": "ecs:DescribeServices: denied",
        "load balancer": "CloudWatch has no ConsumedLCUs of it",
    }


@pytest.mark.parametrize(
    "function",
    [
        FunctionUsage("api", 1024, False, None, 5e9),
        FunctionUsage("api", 1024, False, 10e6, None),
        FunctionUsage("api", None, False, 10e6, 5e9),
    ],
)
def test_half_of_what_a_function_costs_is_not_what_it_costs(function: FunctionUsage) -> None:
    assert line(run_rate(usage(function), LISTED), "Lambda api").now is None


def test_environments_kept_ready_have_a_line_of_their_own() -> None:
    ready = usage(FunctionUsage("api", 512, False, 10e6, 5e9, 5))

    assert line(run_rate(ready, LISTED), "Lambda api, kept ready").now == pytest.approx(27.38, abs=0.005)
    none = usage(FunctionUsage("api", 512, False, 10e6, 5e9, 0))
    assert "Lambda api, kept ready" not in {one.name for one in run_rate(none, LISTED)}


def test_environments_that_can_not_be_asked_for_are_not_known() -> None:
    lines = run_rate(usage(unknown={"api provisioned": "denied"}), LISTED)

    assert (line(lines, "Lambda api, kept ready").now, line(lines, "Lambda api, kept ready").basis) == (None, "denied")


def test_a_price_of_the_settings_replaces_the_listed_one() -> None:
    other = rates({"http_api_million_requests": 2.0}, {"redis": 0.0}, 4)

    lines = run_rate(usage(), other)

    assert line(lines, "API Gateway").now == pytest.approx(20.0)
    assert line(lines, "ElastiCache cache.r6g.large").now == 0.0
    assert line(lines, "RDS Proxy").now == pytest.approx(43.80)


def test_the_double_run_is_what_was_used_and_not_what_it_would_be() -> None:
    half = Usage(MONTH / 2, (PLANNED,), 10e6, 0.0, 0.5, 9, 100.0, TaskSize(1, 2))

    spent = double_run(half, LISTED)

    assert spent[Group.SERVERLESS].usd == pytest.approx(85.33 + 10.0, abs=0.01)
    assert spent[Group.ECS].usd == pytest.approx(100 * 0.04937 + 365 * 0.0265, abs=0.01)


def test_a_double_run_without_task_samples_is_the_least_that_it_can_be() -> None:
    spent = double_run(usage(task_hours=None), LISTED)

    assert spent[Group.ECS].missing == ("ECS on Fargate",)


def test_the_plans_traffic_with_the_right_price_keeps_all_but_its_projection() -> None:
    lines = run_rate(usage(FunctionUsage("api", 1024, False, 10e6, 5e9, 5)), LISTED)
    small = [one for one in lines if one.name != "Lambda api, kept ready"]
    ready = Line(Group.SERVERLESS, "kept ready", 27.38, 27.38, "", adds=True)

    budgets = judge([*small, ready], PLAN)

    assert held(budgets) == {
        "serverless": Held.WITHIN,
        "total": Held.WITHIN,
        "projection": Held.EXCEEDED,
        "savings": Held.WITHIN,
    }
    assert [budget.name for budget in exceeded(budgets)] == ["projection"]
    assert budgets[1].value == pytest.approx(832.96, abs=0.01)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (812.0, {"total": Held.WITHIN, "projection": Held.WITHIN, "savings": Held.WITHIN}),
        (813.0, {"total": Held.WITHIN, "projection": Held.WITHIN, "savings": Held.WITHIN}),
        (840.0, {"total": Held.WITHIN, "projection": Held.EXCEEDED, "savings": Held.EXCEEDED}),
        (849.0, {"total": Held.WITHIN, "projection": Held.EXCEEDED, "savings": Held.EXCEEDED}),
        (850.0, {"total": Held.EXCEEDED, "projection": Held.EXCEEDED, "savings": Held.EXCEEDED}),
    ],
)
def test_each_budget_is_held_against_its_own_limit(amount: float, expected: dict[str, Held]) -> None:
    budgets = judge([Line(Group.SHARED, "all", amount, amount, "")], PLAN)

    assert held(budgets) == {"serverless": Held.WITHIN, **expected}


def test_what_is_not_known_keeps_no_budget_but_may_exceed_one() -> None:
    unknown = Line(Group.SERVERLESS, "Lambda", None, None, "", adds=True)

    budgets = judge([unknown, Line(Group.SHARED, "all", 900.0, 900.0, "")], PLAN)

    assert held(budgets) == {
        "serverless": Held.UNKNOWN,
        "total": Held.EXCEEDED,
        "projection": Held.EXCEEDED,
        "savings": Held.EXCEEDED,
    }
    assert "at least $900" in budgets[1].text
    assert "at most 25%" in budgets[3].text


def test_savings_of_nothing_are_none() -> None:
    free = Limits(200.0, 850.0, 813.0, 0.30, 0.0)

    assert judge([Line(Group.SHARED, "all", 1.0, 1.0, "")], free)[3].held is Held.EXCEEDED


def test_the_contradictions_name_their_figures() -> None:
    told = " ".join(contradictions(LISTED, PLAN))

    for figure in ("$200", "$850", "$813", "$840", "29.2%", "$27.38", "$7.60", "$113", "$833", "$913", "arm64"):
        assert figure in told


def test_what_would_be_later_is_summed_by_itself() -> None:
    lines = [Line(Group.ECS, "a", 5.0, 0.0, ""), Line(Group.SERVERLESS, "b", 1.0, None, "")]

    assert total(lines, later).missing == ("b",)
    assert total(lines).usd == 6.0


def test_rates_know_a_price_of_each_kind() -> None:
    assert isinstance(LISTED, Rates)
    assert LISTED.price("lambda_gb_second", is_arm=True) < LISTED.price("lambda_gb_second")
