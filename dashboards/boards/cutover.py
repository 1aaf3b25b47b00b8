"""The migration: ECS and Lambda on the same axes, and what `cutover` says and does.

`cutover` writes a vertical line for each change of weights into the graphs of the deployed board.
"""

from collections.abc import Sequence

from dashboards import alarms, critical, metrics
from dashboards.boards import gates, sides
from dashboards.boards.board import Board
from dashboards.model import Alarm, Composite
from dashboards.places import ON_PROXY, ON_STAGE, of
from dashboards.warning import PROXY_BORROW
from dashboards.widgets import FORBIDDEN, LAMBDA, WARNED, Limit, Widget, alarm_row, graph, limit, line, pages, text

_ALARMS: Sequence[Alarm | Composite] = (
    alarms.VETO,
    critical.CUTOVER_BLIND,
    critical.CUTOVER_ROLLED_BACK,
    *(alarm for alarm in alarms.ALARMS if alarm.vetoes),
)
_VERDICTS = (
    Limit(label="hold", value=1, colour=WARNED),
    Limit(label="fail", value=2, colour=FORBIDDEN, fill="above"),
)


def _sides() -> list[Widget]:
    return [
        graph("Requests a minute", sides.requests(), unit="requests"),
        graph("5xx, share of answers", sides.error_rates(), unit="%", limits=gates.ERRORS),
        graph("4xx, share of answers", sides.refusal_rates(), unit="%"),
    ]


def _latencies() -> list[Widget]:
    return [
        graph("Latency, p95", sides.latencies("p95"), unit="ms", limits=gates.P95),
        graph("Latency, p99", sides.latencies("p99"), unit="ms"),
        graph("Latency, p50", sides.latencies("p50"), unit="ms"),
    ]


def _progress() -> list[Widget]:
    weight = [line(of("weight", metrics.LAMBDA_WEIGHT, "Maximum", ON_STAGE), "asked weight of Lambda", color=LAMBDA)]
    verdict = [line(of("verdict", metrics.GATE_VERDICT, "Maximum", ON_STAGE), "0 pass, 1 hold, 2 fail")]
    bake = [line(of("bake", metrics.BAKE_PROGRESS, "Maximum", ON_STAGE), "of the step's bake")]
    return [
        graph("Weight", weight, unit="%", maximum=100),
        graph("What the gates say", verdict, unit="verdict", limits=_VERDICTS, maximum=2.2),
        graph("Bake", bake, unit="%", maximum=100),
    ]


def _trouble() -> list[Widget]:
    ends = [
        line(of("rollbacks", metrics.ROLLBACKS, "Sum", ON_STAGE), "rollbacks", color=FORBIDDEN),
        line(of("aborts", metrics.ABORTS, "Sum", ON_STAGE), "runs that broke off"),
    ]
    blind = [line(of("blind", metrics.BLIND, "Maximum", ON_STAGE), "the gates can't be judged", color=FORBIDDEN)]
    borrow = [line(of("borrow", metrics.PROXY_BORROW, "Average", ON_PROXY), "RDS Proxy, average")]
    return [
        graph(
            "Rollbacks and aborts",
            ends,
            unit="a minute",
            limits=[limit(critical.CUTOVER_ROLLED_BACK, at="from")],
        ),
        graph("Blind", blind, unit="1: it is", limits=[limit(critical.CUTOVER_BLIND, at="five minutes from")]),
        graph("Until the proxy has a connection", borrow, unit="µs", limits=[limit(PROXY_BORROW)]),
    ]


BOARD = Board(
    name="cutover",
    title="The way to Lambda",
    says="ECS in orange and Lambda in blue on the same axes; each change of weights is a vertical line.",
    rows=[
        [alarm_row("Alarms: the first vetoes every raise", _ALARMS, height=4)],
        _progress(),
        _sides(),
        _latencies(),
        _trouble(),
        [
            text(
                pages(_ALARMS),
                "Procedures: [shift](${Pages}runbooks/procedures/shift.md)"
                " · [roll back](${Pages}runbooks/procedures/roll-back.md)",
            )
        ],
    ],
)
