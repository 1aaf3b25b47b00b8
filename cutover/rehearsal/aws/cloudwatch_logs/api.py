"""CloudWatch Logs' operations: the JSON protocol above groups, patterns and queries."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from cutover.rehearsal.aws.cloudwatch.store import Datum
from cutover.rehearsal.aws.cloudwatch_logs.emf import EmbeddedMetrics
from cutover.rehearsal.aws.cloudwatch_logs.events import Event, Group, LogStore, Shipment, Stream
from cutover.rehearsal.aws.cloudwatch_logs.filter_pattern import matcher
from cutover.rehearsal.aws.cloudwatch_logs.insights.query import Query
from cutover.rehearsal.aws.cloudwatch_logs.insights.tokens import MalformedQuery
from cutover.rehearsal.aws.cloudwatch_logs.pages import page_of, read_on
from cutover.rehearsal.aws.cloudwatch_logs.runs import QueryRuns
from cutover.rehearsal.aws.cloudwatch_logs.shapes import (
    DescribeLogGroups,
    DescribeLogStreams,
    FilterLogEvents,
    GetLogEvents,
    NamedQuery,
    StartQuery,
    group_of,
    request_of,
)
from cutover.rehearsal.aws.logs import Called, CallLog
from cutover.rehearsal.aws.wire import AwsError, Call, Reply

_TARGET = "Logs_20140328."
_JSON = "application/x-amz-json-1.1"
_Answer = dict[str, object]
_FOREVER_MS = float("inf")


class LogsApi:
    """The operations, and the door through which the stack's processes ship their lines."""

    def __init__(self, *, store: LogStore, region: str, account_id: str, calls: CallLog) -> None:
        self.embedded = EmbeddedMetrics()
        self._store = store
        self._arn = f"arn:aws:logs:{region}:{account_id}:log-group:"
        self._runs = QueryRuns(account_id)
        self._calls = calls
        self._operations: Mapping[str, Callable[[bytes, float], _Answer]] = {
            "DescribeLogGroups": self._describe_groups,
            "DescribeLogStreams": self._describe_streams,
            "FilterLogEvents": self._filter_events,
            "GetLogEvents": self._get_events,
            "StartQuery": self._start_query,
            "GetQueryResults": self._get_query_results,
            "StopQuery": self._stop_query,
        }

    def answers(self, target: str) -> bool:
        """Whether the operation that X-Amz-Target names is one of ours."""
        return target.removeprefix(_TARGET) in self._operations

    def handle(self, call: Call) -> Reply:
        """Answer one request; a refusal is an answer too."""
        action = call.headers.get("x-amz-target", "").removeprefix(_TARGET)
        result = "ok"
        try:
            reply = Reply(200, _encoded(self._operations[action](call.body, call.now)), _JSON)
        except MalformedQuery as error:
            result = "MalformedQueryException"
            reply = Reply(400, _encoded(_malformed(error)), _JSON)
        except AwsError as error:
            result = error.code
            reply = Reply(error.status, _encoded({"__type": error.code, "message": error.message}), _JSON)
        self._calls.add(Called(call.now, f"logs:{action}", result, call.user_agent))
        return reply

    def take(self, shipments: Iterable[Shipment], now: float) -> list[Datum]:
        """Keep what was shipped; returns the values of the metrics that the lines hold."""
        found: list[Datum] = []
        for shipment in shipments:
            self._store.add(shipment, int(now * 1000))
            for line in shipment.lines:
                found += self.embedded.values_in(line.message, line.at_ms / 1000)
        return found

    def told(self) -> Mapping[str, object]:
        """What the rehearsal's door shows: each group's size, and the metrics embedded in lines."""
        groups = [
            {"name": group.name, "streams": len(group.streams), "events": len(group.events), "dropped": group.dropped}
            for group in self._store.groups()
        ]
        return {"groups": groups, "embedded_metrics": self.embedded.told()}

    def _describe_groups(self, body: bytes, now: float) -> _Answer:
        request = request_of(DescribeLogGroups, body)
        named = {group_of(one) for one in request.log_group_identifiers}
        found = [
            group
            for group in self._store.groups()
            if group.name.startswith(request.log_group_name_prefix)
            and request.log_group_name_pattern.lower() in group.name.lower()
            and (not named or group.name in named)
        ]
        page, token = page_of(found, request, request.limit, now)
        return {"logGroups": [self._group(group) for group in page], **token}

    def _group(self, group: Group) -> _Answer:
        return {
            "logGroupName": group.name,
            "creationTime": group.created_ms,
            "metricFilterCount": 0,
            "arn": f"{self._arn}{group.name}:*",
            "storedBytes": group.kept_bytes,
            "logGroupClass": "STANDARD",
            "logGroupArn": f"{self._arn}{group.name}",
        }

    def _describe_streams(self, body: bytes, now: float) -> _Answer:
        request = request_of(DescribeLogStreams, body)
        group = self._asked(request.log_group_name, request.log_group_identifier)
        if request.order_by not in ("LogStreamName", "LastEventTime"):
            raise AwsError("InvalidParameterException", "orderBy is LogStreamName or LastEventTime")
        by_time = request.order_by == "LastEventTime"
        if by_time and request.log_stream_name_prefix:
            raise AwsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        found = sorted(
            (each for each in group.streams.values() if each.name.startswith(request.log_stream_name_prefix)),
            key=lambda each: (each.last_ms if by_time else 0, each.name),
            reverse=request.descending,
        )
        page, token = page_of(found, request, request.limit, now)
        return {"logStreams": [self._stream(group, stream) for stream in page], **token}

    def _stream(self, group: Group, stream: Stream) -> _Answer:
        return {
            "logStreamName": stream.name,
            "creationTime": stream.created_ms,
            "firstEventTimestamp": stream.first_ms,
            "lastEventTimestamp": stream.last_ms,
            "lastIngestionTime": stream.last_ms,
            "arn": f"{self._arn}{group.name}:log-stream:{stream.name}",
            "storedBytes": 0,
        }

    def _filter_events(self, body: bytes, now: float) -> _Answer:
        request = request_of(FilterLogEvents, body)
        group = self._asked(request.log_group_name, request.log_group_identifier)
        fits = matcher(request.filter_pattern)
        events = self._store.within(
            [group.name], request.start_time, _FOREVER_MS if request.end_time is None else request.end_time
        )
        found = [
            event
            for event in events
            if event.stream.startswith(request.log_stream_name_prefix)
            and (not request.log_stream_names or event.stream in request.log_stream_names)
            and fits(event.message)
        ]
        page, token = page_of(found, request, request.limit, now)
        return {"events": [_filtered(event) for event in page], "searchedLogStreams": [], **token}

    def _get_events(self, body: bytes, now: float) -> _Answer:
        request = request_of(GetLogEvents, body)
        group = self._asked(request.log_group_name, request.log_group_identifier)
        if request.log_stream_name not in group.streams:
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        end_ms = _FOREVER_MS if request.end_time is None else request.end_time - 1
        kept = self._store.within([group.name], request.start_time, end_ms)
        events = [event for event in kept if event.stream == request.log_stream_name]
        page, tokens = read_on(events, request.next_token, request.limit, from_head=request.start_from_head)
        return {"events": [_plain(event) for event in page], **tokens}

    def _start_query(self, body: bytes, _now: float) -> _Answer:
        request = request_of(StartQuery, body)
        if request.query_language != "CWLI":
            raise AwsError("InvalidParameterException", f"this stand-in does not have {request.query_language}")
        if request.end_time < request.start_time:
            raise AwsError("InvalidParameterException", "End time should not be before start time")
        query = Query(request.query_string)
        given = (request.log_group_name,) if request.log_group_name else ()
        names = [group_of(one) for one in (*given, *request.log_group_names, *request.log_group_identifiers)]
        if not names:
            raise AwsError("InvalidParameterException", "At least one log group is needed")
        for name in names:
            self._named(name)
        events = self._store.within(names, request.start_time * 1000, request.end_time * 1000 + 999)
        return {"queryId": self._runs.start(query, events, request.limit)}

    def _get_query_results(self, body: bytes, _now: float) -> _Answer:
        run = self._runs.find(request_of(NamedQuery, body).query_id)
        if run is None:
            raise AwsError("ResourceNotFoundException", "Query id does not exist")
        rows, matched = run.answer.result() if run.status == "Complete" else ([], 0)
        return {
            "queryLanguage": "CWLI",
            "status": run.status,
            "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
            "statistics": {
                "recordsMatched": float(matched),
                "recordsScanned": float(run.scanned),
                "bytesScanned": float(run.scanned_bytes),
            },
        }

    def _stop_query(self, body: bytes, _now: float) -> _Answer:
        run = self._runs.find(request_of(NamedQuery, body).query_id)
        if run is None or not self._runs.stop(run):
            raise AwsError("InvalidParameterException", "Query is not running")
        return {"success": True}

    def _asked(self, name: str | None, identifier: str | None) -> Group:
        if (name is None) == (identifier is None):
            raise AwsError("InvalidParameterException", "one of logGroupName and logGroupIdentifier is needed")
        return self._named(group_of(name or identifier or ""))

    def _named(self, name: str) -> Group:
        group = self._store.group(name)
        if group is None:
            raise AwsError("ResourceNotFoundException", f"The specified log group does not exist: {name}")
        return group


def _encoded(answer: object) -> str:
    return msgspec.json.encode(answer).decode()


def _malformed(error: MalformedQuery) -> _Answer:
    return {
        "__type": "MalformedQueryException",
        "message": str(error),
        "queryCompileError": {
            "location": {"startCharOffset": error.begin, "endCharOffset": error.end},
            "message": str(error),
        },
    }


def _plain(event: Event) -> _Answer:
    return {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.at_ms}


def _filtered(event: Event) -> _Answer:
    return {"logStreamName": event.stream, "eventId": f"{event.number:056d}", **_plain(event)}
