"""Every alarm, each once: what it watches, from where on it says so, to whom, and where its threshold comes from."""

from collections.abc import Mapping

from dashboards import metrics
from dashboards.model import (
    Alarm,
    Comparison,
    Composite,
    Each,
    Expression,
    Metric,
    Missing,
    MoneyAlarm,
    Owner,
    Series,
    Severity,
)
from infra.functions import FUNCTIONS

_DOCUMENT = "the migration plan's list of alarms"
_MINUTES_5, _MINUTES_15 = 300, 900

_ON_API = {"ApiId": "${ApiId}"}
_ON_BALANCER = {"LoadBalancer": "${LoadBalancer}"}
_ON_TARGETS = {"LoadBalancer": "${LoadBalancer}", "TargetGroup": "${TargetGroup}"}
_ON_DATABASE = {"DBInstanceIdentifier": "${DatabaseInstance}"}
_ON_PROXY = {"ProxyName": "${ProxyName}"}
_ON_SEARCH = {"ClientId": "${AccountId}", "DomainName": "${SearchDomain}"}
_ON_FUNCTION = {"FunctionName": "${FunctionName}"}
_ON_STAGE = {"Stage": "${Stage}"}
_ON_LAMBDA = {"Stage": "${Stage}", "Platform": "lambda"}
_ON_ECS = {"Stage": "${Stage}", "Platform": "ecs"}
_NO_BALANCER = frozenset({"LoadBalancer"})


def _of(id_: str, metric: Metric, statistic: str, dimensions: Mapping[str, str]) -> Series:
    return Series(id=id_, metric=metric, statistic=statistic, dimensions=dimensions)


def _rate(text: str, label: str) -> Expression:
    return Expression(id="rate", text=text, label=label)


def _both(id_: str, metric: Metric) -> tuple[Series, Series]:
    """What the service counts, on each platform: IDe and IDl."""
    return _of(f"{id_}e", metric, "Sum", _ON_ECS), _of(f"{id_}l", metric, "Sum", _ON_LAMBDA)


# ---- critical: somebody is woken

LAMBDA_ERRORS = Alarm(
    name="lambda-errors",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 5% of a function's invocations crash or run out of time",
    watched=(
        _of("errors", metrics.FUNCTION_ERRORS, "Sum", _ON_FUNCTION),
        _of("calls", metrics.INVOCATIONS, "Sum", _ON_FUNCTION),
        # Of three invocations one is a third: below 20 the rate says nothing.
        _rate("IF(FILL(calls, 0) >= 20, 100 * FILL(errors, 0) / calls, 0)", "errors, %"),
    ),
    comparison=Comparison.OVER,
    threshold=5.0,
    unit="%",
    period_seconds=_MINUTES_5,
    origin=_DOCUMENT,
    each=Each.FUNCTION,
    vetoes=True,
)

GATEWAY_5XX = Alarm(
    name="gateway-5xx",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 3% of API Gateway's answers are errors of the server",
    watched=(
        _of("failed", metrics.GATEWAY_5XX, "Sum", _ON_API),
        _of("all", metrics.GATEWAY_COUNT, "Sum", _ON_API),
        _rate("IF(FILL(all, 0) >= 20, 100 * FILL(failed, 0) / all, 0)", "5xx, %"),
    ),
    comparison=Comparison.OVER,
    threshold=3.0,
    unit="%",
    period_seconds=_MINUTES_5,
    origin=_DOCUMENT,
    vetoes=True,
)

ECS_5XX = Alarm(
    name="ecs-5xx",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 3% of the load balancer's answers are errors of the server",
    watched=(
        _of("tasks", metrics.ALB_TARGET_5XX, "Sum", _ON_BALANCER),
        _of("own", metrics.ALB_OWN_5XX, "Sum", _ON_BALANCER),
        _of("all", metrics.ALB_COUNT, "Sum", _ON_BALANCER),
        # What the load balancer answers by itself is not in RequestCount.
        _rate(
            "IF(FILL(all, 0) + FILL(own, 0) >= 20,"
            " 100 * (FILL(tasks, 0) + FILL(own, 0)) / (FILL(all, 0) + FILL(own, 0)), 0)",
            "5xx, %",
        ),
    ),
    comparison=Comparison.OVER,
    threshold=3.0,
    unit="%",
    period_seconds=_MINUTES_5,
    origin="the plan's limit for API Gateway, for the side that it leaves out",
    needs=_NO_BALANCER,
    vetoes=True,
)

ECS_UNHEALTHY = Alarm(
    name="ecs-unhealthy",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="A task on ECS fails its health check",
    watched=(_of("unhealthy", metrics.UNHEALTHY_TASKS, "Maximum", _ON_TARGETS),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="tasks",
    period_seconds=60,
    periods=5,
    datapoints=3,
    origin="ECS is where a rollback goes",
    needs=frozenset({"LoadBalancer", "TargetGroup"}),
    vetoes=True,
)

DATABASE_CPU = Alarm(
    name="database-cpu",
    severity=Severity.CRITICAL,
    owner=Owner.DATA,
    title="The database's CPU is over 80% for ten minutes",
    watched=(_of("cpu", metrics.DATABASE_CPU, "Average", _ON_DATABASE),),
    comparison=Comparison.OVER,
    threshold=80.0,
    unit="%",
    period_seconds=_MINUTES_5,
    periods=2,
    datapoints=2,
    missing=Missing.UNKNOWN,
    origin=_DOCUMENT,
    vetoes=True,
)

SEARCH_RED = Alarm(
    name="search-red",
    severity=Severity.CRITICAL,
    owner=Owner.DATA,
    title="OpenSearch is red: a primary shard is on no node",
    watched=(_of("red", metrics.SEARCH_RED, "Maximum", _ON_SEARCH),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="",
    period_seconds=60,
    missing=Missing.AS_BEFORE,
    origin=_DOCUMENT,
    vetoes=True,
)

COLD_STARTS = Alarm(
    name="cold-starts",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="One cold start in a hundred takes longer than 2 s",
    watched=(_of("init", metrics.INIT_DURATION, "p99", _ON_LAMBDA),),
    comparison=Comparison.OVER,
    threshold=2000.0,
    unit="ms",
    period_seconds=_MINUTES_5,
    origin=_DOCUMENT,
    vetoes=True,
)

CUTOVER_BLIND = Alarm(
    name="cutover-blind",
    severity=Severity.CRITICAL,
    owner=Owner.MIGRATION,
    title="The gates could not be judged for five minutes: telemetry is missing",
    watched=(_of("blind", metrics.BLIND, "Minimum", _ON_STAGE),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="",
    period_seconds=60,
    periods=5,
    datapoints=5,
    origin="missing telemetry pages after five minutes",
)

CUTOVER_ROLLED_BACK = Alarm(
    name="cutover-rolled-back",
    severity=Severity.CRITICAL,
    owner=Owner.MIGRATION,
    title="The traffic went back to ECS",
    watched=(_of("rollbacks", metrics.ROLLBACKS, "Sum", _ON_STAGE),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="rollbacks",
    period_seconds=_MINUTES_5,
    origin="a rollback is an incident, whoever began it",
)

# ---- warning: until the morning

LAMBDA_THROTTLES = Alarm(
    name="lambda-throttles",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than ten invocations were refused for want of concurrency",
    watched=(
        *(
            _of(f"t{number}", metrics.THROTTLES, "Sum", {"FunctionName": f"lego-api-{function.name}-${{Stage}}"})
            for number, function in enumerate(FUNCTIONS)
        ),
        Expression(
            id="throttles",
            text=" + ".join(f"FILL(t{number}, 0)" for number, _ in enumerate(FUNCTIONS)),
            label="throttles",
        ),
    ),
    comparison=Comparison.OVER,
    threshold=10.0,
    unit="invocations",
    period_seconds=_MINUTES_5,
    origin=_DOCUMENT,
)

GATEWAY_LATENCY = Alarm(
    name="gateway-latency",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One answer of API Gateway in a hundred takes longer than 1 s",
    watched=(_of("latency", metrics.GATEWAY_LATENCY, "p99", _ON_API),),
    comparison=Comparison.OVER,
    threshold=1000.0,
    unit="ms",
    period_seconds=_MINUTES_5,
    origin=_DOCUMENT,
)

ECS_LATENCY = Alarm(
    name="ecs-latency",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One answer of ECS in a hundred takes longer than 1 s",
    watched=(_of("latency", metrics.ALB_LATENCY, "p99", _ON_BALANCER),),
    comparison=Comparison.OVER,
    threshold=1.0,
    unit="s",
    period_seconds=_MINUTES_5,
    origin="the plan's limit for API Gateway, for the side that it leaves out",
    needs=_NO_BALANCER,
)

DATABASE_MEMORY = Alarm(
    name="database-memory",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="The database has less than 1 GB of memory left",
    watched=(_of("memory", metrics.DATABASE_MEMORY, "Average", _ON_DATABASE),),
    comparison=Comparison.UNDER,
    threshold=1e9,
    unit="bytes",
    period_seconds=_MINUTES_5,
    missing=Missing.UNKNOWN,
    origin=_DOCUMENT,
)

DATABASE_STORAGE = Alarm(
    name="database-storage",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="The database has less than 5 GB of its volume left",
    watched=(_of("storage", metrics.DATABASE_STORAGE, "Minimum", _ON_DATABASE),),
    comparison=Comparison.UNDER,
    threshold=5e9,
    unit="bytes",
    period_seconds=_MINUTES_5,
    missing=Missing.UNKNOWN,
    origin="a full volume stops every write, and a reindex or a flood of uploads fills it",
)

REDIS_EVICTIONS = Alarm(
    name="redis-evictions",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="A Redis node throws out more than a hundred keys a minute",
    watched=(_of("evictions", metrics.REDIS_EVICTIONS, "Sum", {"CacheClusterId": "${RedisNode}"}),),
    comparison=Comparison.OVER,
    threshold=100.0,
    unit="keys a minute",
    period_seconds=60,
    origin=_DOCUMENT,
    each=Each.REDIS_NODE,
    needs=frozenset({"RedisNode"}),
)

SEARCH_FALLBACK = Alarm(
    name="search-fallback",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than 20% of searches fall back to PostgreSQL",
    watched=(
        *_both("engine", metrics.SEARCHES_BY_ENGINE),
        *_both("database", metrics.SEARCHES_BY_DATABASE),
        Expression(id="fallen", text="FILL(databasee, 0) + FILL(databasel, 0)", label="fallen back"),
        Expression(id="searches", text="FILL(enginee, 0) + FILL(enginel, 0) + fallen", label="searches"),
        _rate("IF(searches >= 10, 100 * fallen / searches, 0)", "fallen back, %"),
    ),
    comparison=Comparison.OVER,
    threshold=20.0,
    unit="%",
    period_seconds=_MINUTES_5,
    origin="PostgreSQL bears a few searches, not all of them",
)

CACHE_FAILING = Alarm(
    name="cache-failing",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="Redis has no answer for more than 20% of reads",
    watched=(
        *_both("hits", metrics.CACHE_HITS),
        *_both("misses", metrics.CACHE_MISSES),
        *_both("errors", metrics.CACHE_ERRORS),
        Expression(id="failed", text="FILL(errorse, 0) + FILL(errorsl, 0)", label="failed"),
        Expression(
            id="asked",
            text="FILL(hitse, 0) + FILL(hitsl, 0) + FILL(missese, 0) + FILL(missesl, 0) + failed",
            label="asked",
        ),
        _rate("IF(asked >= 20, 100 * failed / asked, 0)", "without an answer, %"),
    ),
    comparison=Comparison.OVER,
    threshold=20.0,
    unit="%",
    period_seconds=_MINUTES_5,
    origin="without a cache every read goes to the database",
)

CACHE_HIT_RATE = Alarm(
    name="cache-hit-rate",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="Redis answers less than 40% of the reads that it is asked for",
    watched=(
        *_both("hits", metrics.CACHE_HITS),
        *_both("misses", metrics.CACHE_MISSES),
        Expression(id="found", text="FILL(hitse, 0) + FILL(hitsl, 0)", label="found"),
        Expression(id="asked", text="found + FILL(missese, 0) + FILL(missesl, 0)", label="asked"),
        # Few reads find little: every user's first one misses.
        _rate("IF(asked >= 200, 100 * found / asked, 100)", "answered, %"),
    ),
    comparison=Comparison.UNDER,
    threshold=40.0,
    unit="%",
    period_seconds=_MINUTES_15,
    origin="keys that nobody finds again: a bad deploy, an eviction policy, a poisoned generation",
)

PROXY_BORROW = Alarm(
    name="proxy-borrow",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="RDS Proxy takes longer than 100 ms to find a connection",
    watched=(_of("borrow", metrics.PROXY_BORROW, "Average", _ON_PROXY),),
    comparison=Comparison.OVER,
    threshold=100_000.0,
    unit="µs",
    period_seconds=_MINUTES_5,
    origin="a fifth of what p95 may be; pinned connections show here first",
)

POOL_WAIT = Alarm(
    name="pool-wait",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One request in a hundred waits longer than 500 ms for a database connection on ECS",
    watched=(_of("wait", metrics.POOL_WAIT, "p99", _ON_ECS),),
    comparison=Comparison.OVER,
    threshold=500.0,
    unit="ms",
    period_seconds=_MINUTES_5,
    origin="what p95 may be in all",
)

PARTS_LISTS_FAILING = Alarm(
    name="parts-lists-failing",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than half of the parts lists can't be parsed",
    watched=(
        *_both("failed", metrics.PARTS_LISTS_FAILED),
        *_both("parsed", metrics.PARTS_LISTS_PARSED),
        Expression(id="bad", text="FILL(failede, 0) + FILL(failedl, 0)", label="failed"),
        Expression(id="lists", text="bad + FILL(parsede, 0) + FILL(parsedl, 0)", label="lists"),
        _rate("IF(lists >= 5, 100 * bad / lists, 0)", "failed, %"),
    ),
    comparison=Comparison.OVER,
    threshold=50.0,
    unit="%",
    period_seconds=_MINUTES_15,
    origin="people upload what is no parts list now and then; most of them do not",
)

PARSER_DEAD_LETTERS = Alarm(
    name="parser-dead-letters",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="The parser gave up on an event",
    watched=(_of("letters", metrics.DEAD_LETTERS, "Maximum", {"QueueName": "${DeadLetters}"}),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="events",
    period_seconds=_MINUTES_5,
    origin="three attempts have failed; the sweep finds the list again, but not why",
)

TRAFFIC_GONE = Alarm(
    name="traffic-gone",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="Far fewer requests than usual reach both sides together",
    watched=(
        _of("ecs", metrics.ALB_COUNT, "Sum", _ON_BALANCER),
        _of("serverless", metrics.GATEWAY_COUNT, "Sum", _ON_API),
        Expression(id="requests", text="FILL(ecs, 0) + FILL(serverless, 0)", label="requests"),
        Expression(id="band", text="ANOMALY_DETECTION_BAND(requests, 4)", label="usual"),
    ),
    comparison=Comparison.UNDER_BAND,
    threshold=None,
    unit="",
    period_seconds=_MINUTES_5,
    periods=3,
    datapoints=3,
    missing=Missing.BAD,
    origin="who can't reach us sends no errors: a name that does not resolve is seen nowhere else",
    needs=_NO_BALANCER,
)

CRITICAL = (
    LAMBDA_ERRORS, GATEWAY_5XX, ECS_5XX, ECS_UNHEALTHY, DATABASE_CPU, SEARCH_RED, COLD_STARTS, CUTOVER_BLIND,
    CUTOVER_ROLLED_BACK,
)  # fmt: skip
WARNING = (
    LAMBDA_THROTTLES, GATEWAY_LATENCY, ECS_LATENCY, DATABASE_MEMORY, DATABASE_STORAGE, REDIS_EVICTIONS,
    SEARCH_FALLBACK, CACHE_FAILING, CACHE_HIT_RATE, PROXY_BORROW, POOL_WAIT, PARTS_LISTS_FAILING,
    PARSER_DEAD_LETTERS, TRAFFIC_GONE,
)  # fmt: skip
ALARMS = (*CRITICAL, *WARNING)

VETO = Composite(
    name="veto",
    owner=Owner.MIGRATION,
    title="Nothing is raised: an alarm says that the API or what it stands on is ill",
    members=tuple(alarm for alarm in ALARMS if alarm.vetoes),
)
COMPOSITES = (VETO,)

BUDGET = MoneyAlarm(
    name="budget",
    owner=Owner.MIGRATION,
    title="The month's budget is used, or on the way there",
    origin="$200 a month for what serverless adds, told at 80% and 100%",
)
COST_ANOMALY = MoneyAlarm(
    name="cost-anomaly",
    owner=Owner.MIGRATION,
    title="A service costs unusually much",
    origin="a loop that invokes itself is seen here before the budget is used",
)
MONEY = (BUDGET, COST_ANOMALY)
