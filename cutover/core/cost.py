"""What both sides cost at the rate of their newest usage, and what everything would cost with all traffic on Lambda."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cutover.core.prices import FIXED, HOURS, PRICES, Group
from cutover.core.usage import FunctionUsage, TaskSize, Usage
from cutover.core.words import count, plural

MILLION = 1_000_000
SECONDS_PER_HOUR = 3600
# A smaller part of the traffic than this says too little about what all of it would cost.
LEAST_SHARE, LEAST_REQUESTS = 0.01, 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the reckoning, US dollars a month; None: not known, and `basis` says why.

    `later`: with all traffic on Lambda and ECS gone. `adds`: it counts to what serverless adds.
    """

    group: Group
    name: str
    now: float | None
    later: float | None
    basis: str
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A sum in US dollars; where `missing` names lines, it is the least that it can be."""

    usd: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices by name, and the plan's monthly figures, each as the settings may have replaced them."""

    prices: Mapping[str, float]
    monthly: Mapping[str, float]
    proxy_vcpus: int

    def price(self, name: str, *, is_arm: bool = False) -> float:
        """The price of one unit."""
        return self.prices[f"{name}_arm" if is_arm else name]


def rates(prices: Mapping[str, float], monthly: Mapping[str, float], proxy_vcpus: int) -> Rates:
    """The built-in figures, but for those given."""
    listed = {name: price.usd for name, price in PRICES.items()}
    planned = {name: fixed.usd for name, fixed in FIXED.items()}
    return Rates({**listed, **prices}, {**planned, **monthly}, proxy_vcpus)


def run_rate(usage: Usage, by: Rates, *, is_whole: bool = False) -> tuple[Line, ...]:
    """Every line, by the month. `is_whole`: Lambda had all the traffic in the span, so that nothing is projected."""
    return (*serverless_lines(usage, by, is_whole=is_whole), *ecs_lines(usage, by), *shared_lines(by))


def serverless_lines(usage: Usage, by: Rates, *, is_whole: bool = False) -> tuple[Line, ...]:
    """What Lambda, its gateway and its database proxy cost."""
    grows = 1.0 if is_whole else _growth(usage)
    lines = [line for function in usage.functions or () for line in _function(function, usage, by, grows)]
    if usage.functions is None:
        why = usage.unknown.get("functions", "the settings name no function: set lambda.functions")
        lines.append(Line(Group.SERVERLESS, "Lambda", None, None, why, adds=True))
    requests = _monthly(usage.api_requests, usage)
    gateway = _times(requests, by.price("http_api_million_requests") / MILLION)
    lines.append(
        Line(
            Group.SERVERLESS,
            "API Gateway",
            gateway,
            _times(gateway, grows),
            _basis("requests a month", requests, usage.unknown.get("api_requests")),
            adds=True,
        )
    )
    if usage.has_proxy:
        usd = by.price("rds_proxy_vcpu_hour") * by.proxy_vcpus * HOURS
        basis = f"{by.proxy_vcpus} vCPU of the database"
        lines.append(Line(Group.SERVERLESS, "RDS Proxy", usd, usd, basis, adds=True))
    return tuple(lines)


def ecs_lines(usage: Usage, by: Rates) -> tuple[Line, ...]:
    """What the ECS tasks that run now, and their load balancer, cost."""
    tasks, size = usage.tasks_now, usage.task_size
    hourly = None if size is None else task_hour(size, by)
    # No task costs nothing, whatever its size.
    fargate = 0.0 if tasks == 0 else _times(None if tasks is None else float(tasks * HOURS), hourly)
    why = usage.unknown.get("tasks_now") or usage.unknown.get("task_size") or "the settings name no ECS service"
    basis = why if fargate is None else _tasks(tasks or 0, size)
    lcus = _times(usage.alb_lcus, by.price("alb_lcu_hour") * HOURS)
    balancer = None if lcus is None else lcus + by.price("alb_hour") * HOURS
    told = "" if usage.alb_lcus is None else f"{usage.alb_lcus:.2f} LCU on average"
    unknown = usage.unknown.get("alb_lcus", "CloudWatch has no ConsumedLCUs of it")
    return (
        Line(Group.ECS, "ECS on Fargate", fargate, 0.0, basis),
        Line(Group.ECS, "load balancer", balancer, 0.0, told or unknown),
    )


def shared_lines(by: Rates) -> tuple[Line, ...]:
    """What both sides need, as the plan puts it: nothing of it is measured."""
    return tuple(
        Line(Group.SHARED, fixed.what, by.monthly[name], by.monthly[name], "the plan's figure", adds=fixed.adds)
        for name, fixed in FIXED.items()
    )


def double_run(usage: Usage, by: Rates) -> Mapping[Group, Total]:
    """What each side has cost in the span of the usage, in US dollars: used, not projected."""
    months = usage.span.total_seconds() / SECONDS_PER_HOUR / HOURS
    spent = {Group.SERVERLESS: total(_scaled(serverless_lines(usage, by), months))}
    hours, size = usage.task_hours, usage.task_size
    fargate = _times(hours, None if size is None else task_hour(size, by))
    balancer = [line for line in ecs_lines(usage, by) if line.name == "load balancer"]
    used = Line(Group.ECS, "ECS on Fargate", fargate, None, "")
    return spent | {Group.ECS: total([used, *_scaled(balancer, months)])}


def task_hour(size: TaskSize, by: Rates) -> float:
    """What one task costs in an hour."""
    vcpu, memory = (by.price(name, is_arm=size.is_arm) for name in ("fargate_vcpu_hour", "fargate_gb_hour"))
    return size.vcpus * vcpu + size.memory_gb * memory


def total(lines: Iterable[Line], of: Callable[[Line], float | None] = lambda line: line.now) -> Total:
    """The sum of one column."""
    given = list(lines)
    missing = tuple(line.name for line in given if of(line) is None)
    return Total(sum(of(line) or 0.0 for line in given), missing)


def later(line: Line) -> float | None:
    """The column of everything on Lambda, for `total`."""
    return line.later


def _growth(usage: Usage) -> float | None:
    """How many times today's usage of Lambda all traffic would be."""
    share = usage.share
    if share is None or share < LEAST_SHARE or (usage.api_requests or 0) < LEAST_REQUESTS:
        return None
    return 1 / share


def _function(function: FunctionUsage, usage: Usage, by: Rates, grows: float | None) -> list[Line]:
    invocations, gb_seconds = _monthly(function.invocations, usage), _monthly(function.gb_seconds, usage)
    requests = _times(invocations, by.price("lambda_million_requests") / MILLION)
    duration = _times(gb_seconds, by.price("lambda_gb_second", is_arm=function.is_arm))
    used = None if requests is None or duration is None else requests + duration
    why = usage.unknown.get(function.name) or usage.unknown.get("functions", "no invocation of it in that time")
    chip = "arm64" if function.is_arm else "x86"
    basis = why if used is None else f"{count(round(invocations or 0))} invocations, {function.memory_mb} MB {chip}"
    lines = [Line(Group.SERVERLESS, f"Lambda {function.name}", used, _times(used, grows), basis, adds=True)]
    if function.provisioned is None:
        why = usage.unknown.get(f"{function.name} provisioned", "")
        return [*lines, Line(Group.SERVERLESS, _ready(function), None, None, why, adds=True)] if why else lines
    if function.provisioned and function.memory_mb:
        usd = provisioned(function.provisioned, function.memory_mb / 1024, by, is_arm=function.is_arm)
        kept = f"{plural(function.provisioned, 'environment')} of {function.memory_mb} MB {chip}"
        lines.append(Line(Group.SERVERLESS, _ready(function), usd, usd, kept, adds=True))
    return lines


def provisioned(environments: int, memory_gb: float, by: Rates, *, is_arm: bool = False) -> float:
    """What so many environments cost that are kept ready for a month."""
    price = by.price("lambda_provisioned_gb_second", is_arm=is_arm)
    return environments * memory_gb * HOURS * SECONDS_PER_HOUR * price


def _ready(function: FunctionUsage) -> str:
    return f"Lambda {function.name}, kept ready"


def _tasks(tasks: int, size: TaskSize | None) -> str:
    if size is None:
        return plural(tasks, "task")
    return f"{plural(tasks, 'task')} of {size.vcpus:g} vCPU, {size.memory_gb:g} GB"


def _monthly(amount: float | None, usage: Usage) -> float | None:
    hours = usage.span.total_seconds() / SECONDS_PER_HOUR
    return None if amount is None or not hours else amount / hours * HOURS


def _basis(what: str, amount: float | None, unknown: str | None) -> str:
    return unknown or "CloudWatch has no data of it" if amount is None else f"{count(round(amount))} {what}"


def _times(amount: float | None, factor: float | None) -> float | None:
    return None if amount is None or factor is None else amount * factor


def _scaled(lines: Iterable[Line], months: float) -> list[Line]:
    return [Line(line.group, line.name, _times(line.now, months), None, line.basis) for line in lines]
