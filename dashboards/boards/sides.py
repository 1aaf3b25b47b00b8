"""ECS and Lambda side by side: requests, errors and latency in the same units, for boards that compare them."""

from dashboards import metrics
from dashboards.model import Series
from dashboards.places import ON_API, ON_BALANCER, of
from dashboards.widgets import BOTH, ECS, LAMBDA, Row, hidden, line, math

ECS_COUNTS = (
    of("ecstasks", metrics.ALB_COUNT, "Sum", ON_BALANCER),
    of("ecsown", metrics.ALB_OWN_5XX, "Sum", ON_BALANCER),
    of("ecsfailed", metrics.ALB_TARGET_5XX, "Sum", ON_BALANCER),
    of("ecsrefused", metrics.ALB_TARGET_4XX, "Sum", ON_BALANCER),
)
LAMBDA_COUNTS = (
    of("lambdaall", metrics.GATEWAY_COUNT, "Sum", ON_API),
    of("lambdafailed", metrics.GATEWAY_5XX, "Sum", ON_API),
    of("lambdarefused", metrics.GATEWAY_4XX, "Sum", ON_API),
)
# What the load balancer answers by itself is not in RequestCount.
_ECS_ALL = "(FILL(ecstasks, 0) + FILL(ecsown, 0))"
_ECS_FAILED = "(FILL(ecsfailed, 0) + FILL(ecsown, 0))"
_LAMBDA_ALL, _LAMBDA_FAILED = "FILL(lambdaall, 0)", "FILL(lambdafailed, 0)"


def counts() -> list[Row]:
    """What the expressions below are of; not drawn."""
    return [hidden(series) for series in (*ECS_COUNTS, *LAMBDA_COUNTS)]


def requests() -> list[Row]:
    """Requests a minute on each side."""
    return [
        *counts(),
        math("ecs", _ECS_ALL, "ECS", color=ECS),
        math("lambda", _LAMBDA_ALL, "Lambda", color=LAMBDA),
    ]


def error_rates() -> list[Row]:
    """5xx of all answers, in percent, on each side. Where one would divide by zero, there is no point."""
    return [
        *counts(),
        math("ecs", f"100 * {_ECS_FAILED} / {_ECS_ALL}", "ECS", color=ECS),
        math("lambda", f"100 * {_LAMBDA_FAILED} / {_LAMBDA_ALL}", "Lambda", color=LAMBDA),
    ]


def refusal_rates() -> list[Row]:
    """4xx of all answers, in percent, on each side."""
    return [
        *counts(),
        math("ecs", f"100 * FILL(ecsrefused, 0) / {_ECS_ALL}", "ECS", color=ECS),
        math(
            "lambda",
            f"100 * FILL(lambdarefused, 0) / {_LAMBDA_ALL}",
            "Lambda",
            color=LAMBDA,
        ),
    ]


def availability() -> list[Row]:
    """Answers that were no 5xx, of both sides together, in percent."""
    everything = f"({_ECS_ALL} + {_LAMBDA_ALL})"
    good = f"({everything} - {_ECS_FAILED} - {_LAMBDA_FAILED})"
    return [*counts(), math("good", f"100 * {good} / {everything}", "answered, both sides", color=BOTH)]


def latencies(*percentiles: str) -> list[Row]:
    """These percentiles of each side in milliseconds: the load balancer's are in seconds."""
    rows = []
    for percentile in percentiles:
        seconds = of(f"ecs{percentile}s", metrics.ALB_LATENCY, percentile, ON_BALANCER)
        rows += [
            hidden(seconds),
            math(f"ecs{percentile}", f"1000 * {seconds.id}", f"ECS {percentile}", color=ECS),
            line(
                of(f"lambda{percentile}", metrics.GATEWAY_LATENCY, percentile, ON_API),
                f"Lambda {percentile}",
                color=LAMBDA,
            ),
        ]
    return rows


def added(id_: str, pair: tuple[Series, Series], label: str, **options: str) -> list[Row]:
    """What the service counts on both platforms (`places.both`), as one line."""
    total = " + ".join(f"FILL({series.id}, 0)" for series in pair)
    return [*(hidden(series) for series in pair), math(id_, total, label, **options)]


def apart(pair: tuple[Series, Series], label: str = "") -> list[Row]:
    """The same, a line for each platform."""
    ecs, serverless = pair
    return [line(ecs, f"{label} ECS".strip(), color=ECS), line(serverless, f"{label} Lambda".strip(), color=LAMBDA)]
