"""Alarms that can wait until the morning."""

from dashboards import metrics
from dashboards.model import Alarm, Comparison, Each, Expression, Missing, Owner, Severity
from dashboards.places import (
    BALANCER_OF_THE_PLAN,
    DOCUMENT,
    MINUTES_5,
    MINUTES_15,
    NEEDS_BALANCER,
    ON_API,
    ON_BALANCER,
    ON_DATABASE,
    ON_DEAD_LETTERS,
    ON_ECS,
    ON_NODE,
    ON_PROXY,
    both,
    of,
    on_named_function,
    rate,
)
from infra.functions import FUNCTIONS

LAMBDA_THROTTLES = Alarm(
    name="lambda-throttles",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than ten invocations were refused for want of concurrency",
    watched=(
        *(
            of(f"t{number}", metrics.THROTTLES, "Sum", on_named_function(function.name))
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
    period_seconds=MINUTES_5,
    origin=DOCUMENT,
)

GATEWAY_LATENCY = Alarm(
    name="gateway-latency",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One answer of API Gateway in a hundred takes longer than 1 s",
    watched=(of("latency", metrics.GATEWAY_LATENCY, "p99", ON_API),),
    comparison=Comparison.OVER,
    threshold=1000.0,
    unit="ms",
    period_seconds=MINUTES_5,
    origin=DOCUMENT,
)

ECS_LATENCY = Alarm(
    name="ecs-latency",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One answer of ECS in a hundred takes longer than 1 s",
    watched=(of("latency", metrics.ALB_LATENCY, "p99", ON_BALANCER),),
    comparison=Comparison.OVER,
    threshold=1.0,
    unit="s",
    period_seconds=MINUTES_5,
    origin=BALANCER_OF_THE_PLAN,
    needs=NEEDS_BALANCER,
)

DATABASE_MEMORY = Alarm(
    name="database-memory",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="The database has less than 1 GB of memory left",
    watched=(of("memory", metrics.DATABASE_MEMORY, "Average", ON_DATABASE),),
    comparison=Comparison.UNDER,
    threshold=1e9,
    unit="bytes",
    period_seconds=MINUTES_5,
    missing=Missing.UNKNOWN,
    origin=DOCUMENT,
)

DATABASE_STORAGE = Alarm(
    name="database-storage",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="The database has less than 5 GB of its volume left",
    watched=(of("storage", metrics.DATABASE_STORAGE, "Minimum", ON_DATABASE),),
    comparison=Comparison.UNDER,
    threshold=5e9,
    unit="bytes",
    period_seconds=MINUTES_5,
    missing=Missing.UNKNOWN,
    origin="a full volume stops every write, and a reindex or a flood of uploads fills it",
)

REDIS_EVICTIONS = Alarm(
    name="redis-evictions",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="A Redis node throws out more than a hundred keys a minute",
    watched=(of("evictions", metrics.REDIS_EVICTIONS, "Sum", ON_NODE),),
    comparison=Comparison.OVER,
    threshold=100.0,
    unit="keys a minute",
    period_seconds=60,
    origin=DOCUMENT,
    each=Each.REDIS_NODE,
    needs=frozenset({"RedisNode"}),
)

SEARCH_FALLBACK = Alarm(
    name="search-fallback",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than 20% of searches fall back to PostgreSQL",
    watched=(
        *both("engine", metrics.SEARCHES_BY_ENGINE),
        *both("database", metrics.SEARCHES_BY_DATABASE),
        Expression(id="fallen", text="FILL(databasee, 0) + FILL(databasel, 0)", label="fallen back"),
        Expression(id="searches", text="FILL(enginee, 0) + FILL(enginel, 0) + fallen", label="searches"),
        rate("IF(searches >= 10, 100 * fallen / searches, 0)", "fallen back, %"),
    ),
    comparison=Comparison.OVER,
    threshold=20.0,
    unit="%",
    period_seconds=MINUTES_5,
    origin="PostgreSQL bears a few searches, not all of them",
)

CACHE_FAILING = Alarm(
    name="cache-failing",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="Redis has no answer for more than 20% of reads",
    watched=(
        *both("hits", metrics.CACHE_HITS),
        *both("misses", metrics.CACHE_MISSES),
        *both("errors", metrics.CACHE_ERRORS),
        Expression(id="failed", text="FILL(errorse, 0) + FILL(errorsl, 0)", label="failed"),
        Expression(
            id="asked",
            text="FILL(hitse, 0) + FILL(hitsl, 0) + FILL(missese, 0) + FILL(missesl, 0) + failed",
            label="asked",
        ),
        rate("IF(asked >= 20, 100 * failed / asked, 0)", "without an answer, %"),
    ),
    comparison=Comparison.OVER,
    threshold=20.0,
    unit="%",
    period_seconds=MINUTES_5,
    origin="without a cache every read goes to the database",
)

CACHE_HIT_RATE = Alarm(
    name="cache-hit-rate",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="Redis answers less than 40% of the reads that it is asked for",
    watched=(
        *both("hits", metrics.CACHE_HITS),
        *both("misses", metrics.CACHE_MISSES),
        Expression(id="found", text="FILL(hitse, 0) + FILL(hitsl, 0)", label="found"),
        Expression(id="asked", text="found + FILL(missese, 0) + FILL(missesl, 0)", label="asked"),
        # Few reads find little: every user's first one misses.
        rate("IF(asked >= 200, 100 * found / asked, 100)", "answered, %"),
    ),
    comparison=Comparison.UNDER,
    threshold=40.0,
    unit="%",
    period_seconds=MINUTES_15,
    origin="keys that nobody finds again: a bad deploy, an eviction policy, a poisoned generation",
)

PROXY_BORROW = Alarm(
    name="proxy-borrow",
    severity=Severity.WARNING,
    owner=Owner.DATA,
    title="RDS Proxy takes longer than 100 ms to find a connection",
    watched=(of("borrow", metrics.PROXY_BORROW, "Average", ON_PROXY),),
    comparison=Comparison.OVER,
    threshold=100_000.0,
    unit="µs",
    period_seconds=MINUTES_5,
    origin="a fifth of what p95 may be; pinned connections show here first",
)

POOL_WAIT = Alarm(
    name="pool-wait",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="One request in a hundred waits longer than 500 ms for a database connection on ECS",
    watched=(of("wait", metrics.POOL_WAIT, "p99", ON_ECS),),
    comparison=Comparison.OVER,
    threshold=500.0,
    unit="ms",
    period_seconds=MINUTES_5,
    origin="what p95 may be in all",
)

PARTS_LISTS_FAILING = Alarm(
    name="parts-lists-failing",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="More than half of the parts lists can't be parsed",
    watched=(
        *both("failed", metrics.PARTS_LISTS_FAILED),
        *both("parsed", metrics.PARTS_LISTS_PARSED),
        Expression(id="bad", text="FILL(failede, 0) + FILL(failedl, 0)", label="failed"),
        Expression(id="lists", text="bad + FILL(parsede, 0) + FILL(parsedl, 0)", label="lists"),
        rate("IF(lists >= 5, 100 * bad / lists, 0)", "failed, %"),
    ),
    comparison=Comparison.OVER,
    threshold=50.0,
    unit="%",
    period_seconds=MINUTES_15,
    origin="people upload what is no parts list now and then; most of them do not",
)

PARSER_DEAD_LETTERS = Alarm(
    name="parser-dead-letters",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="The parser gave up on an event",
    watched=(of("letters", metrics.DEAD_LETTERS, "Maximum", ON_DEAD_LETTERS),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="events",
    period_seconds=MINUTES_5,
    origin="three attempts have failed; the sweep finds the list again, but not why",
)

TRAFFIC_GONE = Alarm(
    name="traffic-gone",
    severity=Severity.WARNING,
    owner=Owner.API,
    title="Far fewer requests than usual reach both sides together",
    watched=(
        of("ecs", metrics.ALB_COUNT, "Sum", ON_BALANCER),
        of("serverless", metrics.GATEWAY_COUNT, "Sum", ON_API),
        Expression(id="requests", text="FILL(ecs, 0) + FILL(serverless, 0)", label="requests"),
        Expression(id="band", text="ANOMALY_DETECTION_BAND(requests, 4)", label="usual"),
    ),
    comparison=Comparison.UNDER_BAND,
    threshold=None,
    unit="",
    period_seconds=MINUTES_5,
    periods=3,
    datapoints=3,
    missing=Missing.BAD,
    origin="who can't reach us sends no errors: a name that does not resolve is seen nowhere else",
    needs=NEEDS_BALANCER,
)

WARNING = (
    LAMBDA_THROTTLES, GATEWAY_LATENCY, ECS_LATENCY, DATABASE_MEMORY, DATABASE_STORAGE, REDIS_EVICTIONS,
    SEARCH_FALLBACK, CACHE_FAILING, CACHE_HIT_RATE, PROXY_BORROW, POOL_WAIT, PARTS_LISTS_FAILING,
    PARSER_DEAD_LETTERS, TRAFFIC_GONE,
)  # fmt: skip
