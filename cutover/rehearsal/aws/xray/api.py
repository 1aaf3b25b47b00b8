"""X-Ray's operations: BatchGetTraces, GetTraceSummaries and GetServiceGraph, in JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from cutover.rehearsal.aws.logs import Called, CallLog
from cutover.rehearsal.aws.wire import AwsError, Call, Reply
from cutover.rehearsal.aws.xray.filters import every_part, matching
from cutover.rehearsal.aws.xray.segments import segments_of
from cutover.rehearsal.aws.xray.store import Trace, TraceStore

MOST_IDS = 5  # of one BatchGetTraces
LONGEST_SECONDS = 6 * 3600.0  # of one GetTraceSummaries
_PAGE = 100
_ANSWERED_IN = "application/json"


class _Batch(msgspec.Struct, frozen=True, rename="pascal"):
    trace_ids: list[str]
    next_token: str | None = None


class _Window(msgspec.Struct, frozen=True, rename="pascal"):
    start_time: float
    end_time: float
    filter_expression: str = ""
    time_range_type: str = "TraceId"
    sampling: bool = False
    next_token: str | None = None


class XRayApi:
    """Answers from the traces that have come."""

    def __init__(self, traces: TraceStore, calls: CallLog) -> None:
        self._traces = traces
        self._calls = calls
        self._operations: Mapping[str, tuple[str, Callable[[bytes], object]]] = {
            "/Traces": ("BatchGetTraces", self._batch),
            "/TraceSummaries": ("GetTraceSummaries", self._summaries),
            "/ServiceGraph": ("GetServiceGraph", self._graph),
        }

    def handle(self, call: Call) -> Reply:
        """Answer one request; a refusal is an answer too."""
        name, operation = self._operations.get(call.path, ("unknown", _refuse))
        result = "ok"
        try:
            reply = Reply(200, json.dumps(operation(call.body)), _ANSWERED_IN)
        except (AwsError, msgspec.MsgspecError) as error:
            result = error.code if isinstance(error, AwsError) else "InvalidRequestException"
            told = error.message if isinstance(error, AwsError) else str(error)
            reply = Reply(400, json.dumps({"__type": result, "message": told}), _ANSWERED_IN)
        self._calls.add(Called(call.now, f"xray:{name}", result, call.user_agent))
        return reply

    def _batch(self, body: bytes) -> object:
        ids = msgspec.json.decode(body, type=_Batch).trace_ids
        if not 0 < len(ids) <= MOST_IDS:
            raise AwsError("InvalidRequestException", f"TraceIds must have 1 to {MOST_IDS} ids")
        found = {one: self._traces.find(one) for one in ids}
        return {
            "Traces": [_whole(trace) for trace in found.values() if trace is not None],
            "UnprocessedTraceIds": [],
        }

    def _summaries(self, body: bytes) -> object:
        window = _window(body)
        is_meant = matching(window.filter_expression)
        found = self._traces.between(window.start_time, window.end_time)
        shown = [_summary(one) for one in found if is_meant(segments_of(one.spans))]
        first = int(window.next_token or 0)
        page = {"TraceSummaries": shown[first : first + _PAGE], "TracesProcessedCount": len(found)}
        return page | ({"NextToken": str(first + _PAGE)} if len(shown) > first + _PAGE else {})

    def _graph(self, body: bytes) -> object:
        window = _window(body)
        edges: dict[tuple[str, str], list[float]] = {}
        for trace in self._traces.between(window.start_time, window.end_time):
            for document in segments_of(trace.spans):
                for part in every_part(document)[1:]:
                    seconds = part["end_time"] - part["start_time"]
                    edges.setdefault((document["name"], part["name"]), []).append(seconds)
        return {"StartTime": window.start_time, "EndTime": window.end_time, "Services": _services(edges)}


def _refuse(_: bytes) -> object:
    raise AwsError("InvalidRequestException", "this stand-in does not have that operation")


def _window(body: bytes) -> _Window:
    window = msgspec.json.decode(body, type=_Window)
    if not 0 <= window.end_time - window.start_time <= LONGEST_SECONDS:
        raise AwsError("InvalidRequestException", "Time range cannot be longer than 6 hours")
    return window


def _whole(trace: Trace) -> Mapping[str, Any]:
    documents = segments_of(trace.spans)
    return {
        "Id": trace.id,
        "Duration": round(trace.ended - trace.began, 3),
        "LimitExceeded": False,
        "Segments": [{"Id": one["id"], "Document": json.dumps(one)} for one in documents],
    }


def _summary(trace: Trace) -> Mapping[str, Any]:
    documents = segments_of(trace.spans)
    first = documents[0]
    http = first.get("http", {})
    asked, status = http.get("request", {}), http.get("response", {}).get("status")
    annotations = first.get("annotations", {})
    return {
        "Id": trace.id,
        "StartTime": trace.began,
        "Duration": round(trace.ended - trace.began, 3),
        "ResponseTime": round(first["end_time"] - first["start_time"], 3),
        "HasFault": any(one.get("fault", False) for one in documents),
        "HasError": any(one.get("error", False) for one in documents),
        "HasThrottle": any(one.get("throttle", False) for one in documents),
        "IsPartial": False,
        "Http": {"HttpMethod": asked.get("method"), "HttpURL": asked.get("url"), "HttpStatus": status} if http else {},
        "Annotations": {k: [{"AnnotationValue": {"StringValue": str(v)}}] for k, v in annotations.items()},
        "ServiceIds": [{"Name": name} for name in sorted({p["name"] for one in documents for p in every_part(one)})],
    }


def _services(edges: Mapping[tuple[str, str], Sequence[float]]) -> Sequence[Mapping[str, Any]]:
    names = sorted({name for edge in edges for name in edge})
    number = {name: index for index, name in enumerate(names)}
    return [
        {
            "ReferenceId": number[name],
            "Name": name,
            "Names": [name],
            "Edges": [
                {
                    "ReferenceId": number[to],
                    "SummaryStatistics": {"TotalCount": len(took), "TotalResponseTime": round(sum(took), 6)},
                }
                for (origin, to), took in edges.items()
                if origin == name
            ],
        }
        for name in names
    ]
