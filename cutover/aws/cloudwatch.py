"""Both sides' counts and latencies from CloudWatch: only complete answers count, and silence is not zero."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.models import MINUTE, LatencyWindow, Minute, Side, SideEvidence
from cutover.ports import TelemetryUnavailable

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

READ_SECONDS = 5
ATTEMPTS = 3
MOST_PAGES = 200
MICROSECONDS_TO_MS = 0.001
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Series = Mapping[datetime, float]


@dataclass(frozen=True, slots=True)
class Signals:
    """How CloudWatch names one side's signals; `to_ms` turns its latency unit into milliseconds.

    `functions` and `proxy` are what carries the side and is looked at besides, if anything is named.
    """

    namespace: str
    dimensions: Mapping[str, str]
    requests: str
    errors: tuple[str, ...]
    client_errors: str
    latency: str
    to_ms: float
    refused: str = ""  # an error count that `requests` leaves out
    functions: tuple[str, ...] = ()
    proxy: str = ""


def http_api(api_id: str, stage: str, functions: tuple[str, ...] = (), proxy: str = "") -> Signals:
    """The signals of an API Gateway HTTP API; its names differ from a REST API's, which would be silently empty.

    `functions` are its Lambda functions, `proxy` the RDS Proxy that they ask for connections.
    """
    dimensions = {"ApiId": api_id, "Stage": stage}
    return Signals(
        "AWS/ApiGateway", dimensions, "Count", ("5xx",), "4xx", "Latency", 1.0, functions=functions, proxy=proxy
    )


def load_balancer(name: str) -> Signals:
    """The signals of an Application Load Balancer, whose own 5xx are no part of its RequestCount."""
    return Signals(
        namespace="AWS/ApplicationELB",
        dimensions={"LoadBalancer": name},
        requests="RequestCount",
        errors=("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"),
        client_errors="HTTPCode_Target_4XX_Count",
        latency="TargetResponseTime",
        to_ms=1000.0,
        refused="HTTPCode_ELB_5XX_Count",
    )


class CloudWatch:
    """A MetricSource. `client` makes the boto3 client when it is first needed."""

    def __init__(
        self, client: "Callable[[], CloudWatchClient]", signals: Mapping[Side, Signals], profile: str = ""
    ) -> None:
        self._make_client, self._signals, self._profile = client, signals, profile

    @cached_property
    def _client(self) -> "CloudWatchClient":
        return self._make_client()

    def read(self, side: Side, since: datetime, until: datetime, window: timedelta) -> SideEvidence:
        """Whole minutes of [since, until), and the p95 windows that lie wholly in it.

        Windows begin at whole multiples of their length since the epoch, as CloudWatch aggregates them when asked from
        such a multiple on; so what is asked may begin before `since`.
        """
        signals = self._signals[side]
        start = since - (since - EPOCH) % window
        queries = [*_counts(signals), *_latencies(signals, window), *_carriers(signals, window)]
        series = self._ask(queries, start, until)
        windows = _windows(series, "p95", signals.to_ms, (since, until), window)
        borrows = _windows(series, "borrow_p95", MICROSECONDS_TO_MS, (since, until), window) if signals.proxy else ()
        return SideEvidence(_minutes(signals, series, since, until), windows, window, borrows)

    def _ask(self, queries: list[dict[str, Any]], since: datetime, until: datetime) -> Mapping[str, Series]:
        series: dict[str, dict[datetime, float]] = defaultdict(dict)
        status = {query["Id"]: "missing" for query in queries}
        asked: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": since, "EndTime": until}
        for _ in range(MOST_PAGES):
            page = self._page(asked)
            for result in page.get("MetricDataResults", ()):
                status[result["Id"]] = result.get("StatusCode", "missing")
                points = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
                series[result["Id"]] |= {at.astimezone(UTC): v for at, v in points if math.isfinite(v)}
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        else:
            raise TelemetryUnavailable(f"CloudWatch's answer has more than {MOST_PAGES} pages")
        if partial := sorted(f"{id_} is {code}" for id_, code in status.items() if code != "Complete"):
            raise TelemetryUnavailable(f"CloudWatch's answer is not complete: {', '.join(partial)}")
        return series

    def _page(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with translated("cloudwatch:GetMetricData", self._profile):
                return self._client.get_metric_data(**asked, ScanBy="TimestampAscending")
        except (Again, Rejected) as error:
            raise TelemetryUnavailable(str(error)) from error


def _counts(signals: Signals) -> list[dict[str, Any]]:
    named = {"requests": signals.requests, "client_errors": signals.client_errors}
    named |= {f"errors{i}": name for i, name in enumerate(signals.errors)}
    return [_query(id_, _own(signals, name), MINUTE, "Sum") for id_, name in named.items()]


def _latencies(signals: Signals, window: timedelta) -> list[dict[str, Any]]:
    latency = _own(signals, signals.latency)
    return [_query("p95", latency, window, "p95"), _query("p95_samples", latency, window, "SampleCount")]


def _carriers(signals: Signals, window: timedelta) -> list[dict[str, Any]]:
    queries = [
        _query(f"throttles{i}", _metric("AWS/Lambda", "Throttles", {"FunctionName": name}), MINUTE, "Sum")
        for i, name in enumerate(signals.functions)
    ]
    if signals.proxy:
        borrow = _metric("AWS/RDS", "DatabaseConnectionsBorrowLatency", {"ProxyName": signals.proxy})
        queries.append(_query("borrow_p95", borrow, window, "p95"))
        queries.append(_query("borrow_p95_samples", borrow, window, "SampleCount"))
    return queries


def _own(signals: Signals, name: str) -> dict[str, Any]:
    return _metric(signals.namespace, name, signals.dimensions)


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": listed}


def _query(id_: str, metric: Mapping[str, Any], period: timedelta, stat: str) -> dict[str, Any]:
    # No Unit: a wrong one is answered with nothing.
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": int(period.total_seconds()), "Stat": stat}}


def _minutes(signals: Signals, series: Mapping[str, Series], since: datetime, until: datetime) -> tuple[Minute, ...]:
    starts = (since + MINUTE * i for i in range((until - since) // MINUTE))
    return tuple(_minute(signals, series, start) for start in starts)


def _minute(signals: Signals, series: Mapping[str, Series], start: datetime) -> Minute:
    """A minute has data if its requests were counted, or if the load balancer refused them all itself."""
    errors = [series.get(f"errors{i}", {}).get(start) for i in range(len(signals.errors))]
    refused = errors[signals.errors.index(signals.refused)] if signals.refused else None
    counted = [value for value in (series.get("requests", {}).get(start), refused) if value is not None]
    if not counted:
        return Minute(start, None, None, None)
    return Minute(
        start,
        requests=round(sum(counted)),
        errors=round(sum(value or 0.0 for value in errors)),
        client_errors=round(series.get("client_errors", {}).get(start, 0.0)),
        throttles=_throttles(signals, series, start),
    )


def _throttles(signals: Signals, series: Mapping[str, Series], start: datetime) -> int | None:
    """Lambda publishes a zero with every invocation: a point that is missing is a minute without one."""
    if not signals.functions:
        return None
    return round(sum(series.get(f"throttles{i}", {}).get(start, 0.0) for i in range(len(signals.functions))))


def _windows(
    series: Mapping[str, Series], id_: str, to_ms: float, span: tuple[datetime, datetime], window: timedelta
) -> tuple[LatencyWindow, ...]:
    since, until = span
    first = since + (EPOCH - since) % window
    windows = []
    for i in range(max(0, (until - first) // window)):
        start = first + window * i
        p95, samples = series.get(id_, {}).get(start), series.get(f"{id_}_samples", {}).get(start, 0.0)
        windows.append(LatencyWindow(start, window, None if p95 is None else p95 * to_ms, round(samples)))
    return tuple(windows)
