"""Dashboards as CloudWatch has them, and what their widgets ask of CloudWatch, its alarms and its logs."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.ports import TelemetryUnavailable

ATTEMPTS = 3
READ_SECONDS = 10.0
MOST_PAGES = 50
MOST_ALARMS = 100  # that one request may name
MOST_ROWS = 100
LOGS_SECONDS = 20.0  # that a query of logs may take
POLL_SECONDS = 0.5
_NOT_FOUND = frozenset({"ResourceNotFound", "DashboardNotFoundError", "ResourceNotFoundException"})
_RUNNING = frozenset({"Scheduled", "Running"})


class AwsBoards:
    """A Boards. `make` makes boto3's client of a service; each is made when it is first needed."""

    def __init__(self, make: Callable[[str], Any], profile: str = "") -> None:
        self._make, self._profile = make, profile

    @cached_property
    def _client(self) -> Any:
        return self._make("cloudwatch")

    @cached_property
    def _logs(self) -> Any:
        return self._make("logs")

    def names(self, prefix: str) -> Sequence[str]:
        """The deployed dashboards whose name begins so. Raises TelemetryUnavailable, NotAllowed."""
        found, asked = list[str](), {"DashboardNamePrefix": prefix}
        for _ in range(MOST_PAGES):
            with self._asked("cloudwatch:ListDashboards"):
                page = self._client.list_dashboards(**asked)
            found += [entry["DashboardName"] for entry in page.get("DashboardEntries", ())]
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        return sorted(found)

    def body(self, name: str) -> str | None:
        """The JSON of a deployed dashboard; None: there is none. Raises TelemetryUnavailable, NotAllowed."""
        try:
            with translated("cloudwatch:GetDashboard", self._profile):
                return str(self._client.get_dashboard(DashboardName=name)["DashboardBody"])
        except Rejected as error:
            if error.code in _NOT_FOUND:
                return None
            raise TelemetryUnavailable(str(error)) from error
        except Again as error:
            raise TelemetryUnavailable(str(error)) from error

    def replace(self, name: str, body: str) -> Sequence[str]:
        """Deploy it; what CloudWatch says against it. Raises TelemetryUnavailable, NotAllowed."""
        with self._asked("cloudwatch:PutDashboard"):
            answer = self._client.put_dashboard(DashboardName=name, DashboardBody=body)
        return [str(one.get("Message", "")) for one in answer.get("DashboardValidationMessages", ())]

    def values(self, queries: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> Sequence[Drawn]:
        """What GetMetricData answers, all pages of it. Raises TelemetryUnavailable, NotAllowed."""
        found: dict[tuple[str, str], dict[float, float]] = {}
        notes: dict[tuple[str, str], str] = {}
        asked: dict[str, Any] = {"MetricDataQueries": list(queries), "StartTime": since, "EndTime": until}
        for _ in range(MOST_PAGES):
            with self._asked("cloudwatch:GetMetricData"):
                page = self._client.get_metric_data(**asked, ScanBy="TimestampAscending")
            for result in page.get("MetricDataResults", ()):
                name = (str(result["Id"]), str(result.get("Label") or result["Id"]))
                found.setdefault(name, {}).update(_points(result))
                notes[name] = _note(result)
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        return [
            Drawn(id_, label, tuple(sorted(points.items())), notes[id_, label])
            for (id_, label), points in found.items()
        ]

    def alarms(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """The alarms that there are of these. Raises TelemetryUnavailable, NotAllowed."""
        found = {}
        for start in range(0, len(names), MOST_ALARMS):
            with self._asked("cloudwatch:DescribeAlarms"):
                page = self._client.describe_alarms(
                    AlarmNames=list(names[start : start + MOST_ALARMS]),
                    AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                    MaxRecords=MOST_ALARMS,
                )
            for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
                found[str(alarm["AlarmName"])] = _state(alarm)
        return found

    def rows(self, groups: Sequence[str], query: str, since: datetime, until: datetime) -> Rows:
        """What Logs Insights answers in LOGS_SECONDS. Raises TelemetryUnavailable, NotAllowed."""
        with self._asked("logs:StartQuery"):
            started = self._logs.start_query(
                logGroupNames=list(groups),
                startTime=int(since.timestamp()),
                endTime=int(until.timestamp()),
                queryString=query,
                limit=MOST_ROWS,
            )
        ends = time.monotonic() + LOGS_SECONDS
        while True:
            with self._asked("logs:GetQueryResults"):
                answer = self._logs.get_query_results(queryId=started["queryId"])
            if answer["status"] not in _RUNNING:
                return _rows(answer)
            if time.monotonic() > ends:
                raise TelemetryUnavailable(f"logs:GetQueryResults: the query took over {LOGS_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    @contextmanager
    def _asked(self, call: str) -> Iterator[None]:
        try:
            with translated(call, self._profile):
                yield
        except (Again, Rejected) as error:
            raise TelemetryUnavailable(str(error)) from error


def _points(result: Mapping[str, Any]) -> Mapping[float, float]:
    pairs = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
    return {at.astimezone(UTC).timestamp(): float(value) for at, value in pairs if math.isfinite(value)}


def _note(result: Mapping[str, Any]) -> str:
    """What is wrong with a series: CloudWatch's own words, or that it is not complete."""
    said = "; ".join(str(message.get("Value", "")) for message in result.get("Messages", ()))
    code = str(result.get("StatusCode", "Complete"))
    return said or ("" if code == "Complete" else f"CloudWatch's answer is not complete ({code})")


def _state(alarm: Mapping[str, Any]) -> AlarmState:
    changed = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    since = changed.timestamp() if isinstance(changed, datetime) else None
    return AlarmState(
        str(alarm["AlarmName"]), str(alarm.get("StateValue", "")), str(alarm.get("StateReason", "")), since
    )


def _rows(answer: Mapping[str, Any]) -> Rows:
    if answer["status"] != "Complete":
        raise TelemetryUnavailable(f"logs:GetQueryResults: the query ended as {answer['status']}")
    rows = [{cell["field"]: cell.get("value", "") for cell in row} for row in answer.get("results", ())]
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name != "@ptr"]
    return Rows(tuple(columns), tuple(tuple(str(row.get(name, "")) for name in columns) for row in rows))
