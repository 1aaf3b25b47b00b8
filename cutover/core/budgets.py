"""The plan's budgets held against the reckoning, and where the plan's own figures contradict each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.cost import Line, Rates, Total, later, provisioned, total
from cutover.core.prices import Group
from cutover.core.words import percent

# The plan's own figures, a month in US dollars.
PLAN_LAMBDA, PLAN_LAMBDA_LIMIT, PLAN_TOTAL = 93.0, 100.0, 813.0
PLAN_PROVISIONED, PLAN_ENVIRONMENTS, PLAN_READY_GB = 7.60, 5, 0.5
PLAN_NODE, PLAN_NODES = 100.0, 2  # OpenSearch: each r6g.large.search, and how many the cost model counts


class Held(StrEnum):
    """Whether a budget is kept."""

    WITHIN = "within"
    EXCEEDED = "exceeded"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Limits:
    """The four budgets, and what ECS cost a month before: US dollars, `savings` a fraction of the latter."""

    serverless: float
    total: float
    projection: float
    savings: float
    before: float


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget. `value` is at least that where `missing` names what is not known; a saving is at most that."""

    name: str
    held: Held
    value: float
    limit: float
    text: str
    missing: tuple[str, ...] = ()


def judge(lines: Sequence[Line], limits: Limits) -> tuple[Budget, ...]:
    """Each budget, held against everything on Lambda and ECS gone."""
    added, everything = total([line for line in lines if line.adds], later), total(lines, later)
    return (
        _under("serverless", added, limits.serverless, "what serverless adds: Lambda, gateway, proxy, NAT"),
        _under("total", everything, limits.total, "everything", strictly=True),
        _under("projection", everything, limits.projection, "everything, as the plan projects it"),
        _saved(everything, limits),
    )


def exceeded(budgets: Sequence[Budget]) -> tuple[Budget, ...]:
    """Those that are."""
    return tuple(budget for budget in budgets if budget.held is Held.EXCEEDED)


def contradictions(by: Rates, limits: Limits) -> tuple[str, ...]:
    """What of the plan can't all be true, each with its figures."""
    ready = provisioned(PLAN_ENVIRONMENTS, PLAN_READY_GB, by)
    right = PLAN_LAMBDA - PLAN_PROVISIONED + ready
    most = (1 - limits.savings) * limits.before
    reached = 1 - limits.total / limits.before
    nodes = PLAN_TOTAL + PLAN_NODE
    return (
        f"a budget of {usd(limits.serverless)} stands beside a projection of {usd(limits.projection)} and a limit of"
        f" {usd(limits.total)}: it can only be meant for what serverless adds, and is judged as that",
        f"savings over {percent(limits.savings)} of {usd(limits.before)} need a total under {usd(most)}; the limit of"
        f" {usd(limits.total)} is met with {percent(reached)}",
        f"5 provisioned environments of 0.5 GB for 730 h are {usd(ready, cents=True)}, not"
        f" {usd(PLAN_PROVISIONED, cents=True)}: Lambda is then {usd(right)}, over its own limit of"
        f" {usd(PLAN_LAMBDA_LIMIT)}, and the projection {usd(PLAN_TOTAL - PLAN_LAMBDA + right)}",
        f"OpenSearch has 3 nodes and dedicated masters in the design, {PLAN_NODES} nodes in the cost model: the third"
        f" alone makes {usd(nodes)}, over {usd(limits.total)}",
        "the functions are arm64 in the design, and priced as x86",
        "the weeks in which both sides run are in no figure: the double-run meter shows them",
    )


def usd(amount: float, *, cents: bool = False) -> str:
    """Dollars: $813, $27.38."""
    return f"${amount:,.2f}" if cents else f"${amount:,.0f}"


def _under(name: str, value: Total, limit: float, what: str, *, strictly: bool = False) -> Budget:
    dollars = round(value.usd)  # the plan reckons in whole ones
    over = dollars >= limit if strictly else dollars > limit
    held = Held.EXCEEDED if over else Held.UNKNOWN if value.missing else Held.WITHIN
    at_least = "at least " if value.missing else ""
    text = f"{what}: {at_least}{usd(value.usd)} a month, the budget is {'under ' if strictly else ''}{usd(limit)}"
    return Budget(name, held, value.usd, limit, text, value.missing)


def _saved(everything: Total, limits: Limits) -> Budget:
    saved = 1 - everything.usd / limits.before if limits.before else 0.0
    held = Held.EXCEEDED if round(saved, 6) <= limits.savings else Held.UNKNOWN if everything.missing else Held.WITHIN
    at_most = "at most " if everything.missing else ""
    text = (
        f"savings: {at_most}{percent(saved)} of {usd(limits.before)} a month before, the plan wants over"
        f" {percent(limits.savings)}"
    )
    return Budget("savings", held, saved, limits.savings, text, everything.missing)


def side_totals(lines: Sequence[Line]) -> dict[Group, Total]:
    """What each group costs a month now."""
    return {group: total([line for line in lines if line.group is group]) for group in Group}
