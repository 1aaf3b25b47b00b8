"""Alarms that wake somebody."""

from dashboards import metrics
from dashboards.model import Alarm, Comparison, Each, Missing, Owner, Severity
from dashboards.places import (
    BALANCER_OF_THE_PLAN,
    DOCUMENT,
    MINUTES_5,
    NEEDS_BALANCER,
    ON_API,
    ON_BALANCER,
    ON_DATABASE,
    ON_FUNCTION,
    ON_LAMBDA,
    ON_SEARCH,
    ON_STAGE,
    ON_TARGETS,
    of,
    rate,
)

LEAST_FAILURES = 3  # in five minutes; the document names none

LAMBDA_ERRORS = Alarm(
    name="lambda-errors",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 5% of a function's invocations crash or run out of time",
    watched=(
        of("errors", metrics.FUNCTION_ERRORS, "Sum", ON_FUNCTION),
        of("calls", metrics.INVOCATIONS, "Sum", ON_FUNCTION),
        # One of three is a third, and nothing to wake up for; three failures are, however few were asked for at night.
        rate(f"IF(FILL(errors, 0) >= {LEAST_FAILURES}, 100 * errors / calls, 0)", "errors, %"),
    ),
    comparison=Comparison.OVER,
    threshold=5.0,
    unit="%",
    period_seconds=MINUTES_5,
    origin=DOCUMENT,
    each=Each.FUNCTION,
    vetoes=True,
)

GATEWAY_5XX = Alarm(
    name="gateway-5xx",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 3% of API Gateway's answers are errors of the server",
    watched=(
        of("failed", metrics.GATEWAY_5XX, "Sum", ON_API),
        of("all", metrics.GATEWAY_COUNT, "Sum", ON_API),
        rate(f"IF(FILL(failed, 0) >= {LEAST_FAILURES}, 100 * failed / all, 0)", "5xx, %"),
    ),
    comparison=Comparison.OVER,
    threshold=3.0,
    unit="%",
    period_seconds=MINUTES_5,
    origin=DOCUMENT,
    vetoes=True,
)

ECS_5XX = Alarm(
    name="ecs-5xx",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="More than 3% of the load balancer's answers are errors of the server",
    watched=(
        of("tasks", metrics.ALB_TARGET_5XX, "Sum", ON_BALANCER),
        of("own", metrics.ALB_OWN_5XX, "Sum", ON_BALANCER),
        of("all", metrics.ALB_COUNT, "Sum", ON_BALANCER),
        # What the load balancer answers by itself is not in RequestCount.
        rate(
            f"IF(FILL(tasks, 0) + FILL(own, 0) >= {LEAST_FAILURES},"
            " 100 * (FILL(tasks, 0) + FILL(own, 0)) / (FILL(all, 0) + FILL(own, 0)), 0)",
            "5xx, %",
        ),
    ),
    comparison=Comparison.OVER,
    threshold=3.0,
    unit="%",
    period_seconds=MINUTES_5,
    origin=BALANCER_OF_THE_PLAN,
    needs=NEEDS_BALANCER,
    vetoes=True,
)

ECS_UNHEALTHY = Alarm(
    name="ecs-unhealthy",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="A task on ECS fails its health check",
    watched=(of("unhealthy", metrics.UNHEALTHY_TASKS, "Maximum", ON_TARGETS),),
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
    watched=(of("cpu", metrics.DATABASE_CPU, "Average", ON_DATABASE),),
    comparison=Comparison.OVER,
    threshold=80.0,
    unit="%",
    period_seconds=MINUTES_5,
    periods=2,
    datapoints=2,
    missing=Missing.UNKNOWN,
    origin=DOCUMENT,
    vetoes=True,
)

SEARCH_RED = Alarm(
    name="search-red",
    severity=Severity.CRITICAL,
    owner=Owner.DATA,
    title="OpenSearch is red: a primary shard is on no node",
    watched=(of("red", metrics.SEARCH_RED, "Maximum", ON_SEARCH),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="",
    period_seconds=60,
    missing=Missing.AS_BEFORE,
    origin=DOCUMENT,
    vetoes=True,
)

COLD_STARTS = Alarm(
    name="cold-starts",
    severity=Severity.CRITICAL,
    owner=Owner.API,
    title="One cold start in a hundred takes longer than 2 s",
    watched=(of("init", metrics.INIT_DURATION, "p99", ON_LAMBDA),),
    comparison=Comparison.OVER,
    threshold=2000.0,
    unit="ms",
    period_seconds=MINUTES_5,
    periods=3,
    datapoints=2,  # of a handful of starts the p99 is the slowest: a single one wakes nobody
    origin=DOCUMENT,
    vetoes=True,
)

CUTOVER_BLIND = Alarm(
    name="cutover-blind",
    severity=Severity.CRITICAL,
    owner=Owner.MIGRATION,
    title="The gates could not be judged for five minutes: telemetry is missing",
    watched=(of("blind", metrics.BLIND, "Minimum", ON_STAGE),),
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
    watched=(of("rollbacks", metrics.ROLLBACKS, "Sum", ON_STAGE),),
    comparison=Comparison.AT_LEAST,
    threshold=1.0,
    unit="rollbacks",
    period_seconds=MINUTES_5,
    origin="a rollback is an incident, whoever began it",
)

CRITICAL = (
    LAMBDA_ERRORS, GATEWAY_5XX, ECS_5XX, ECS_UNHEALTHY, DATABASE_CPU, SEARCH_RED, COLD_STARTS, CUTOVER_BLIND,
    CUTOVER_ROLLED_BACK,
)  # fmt: skip
