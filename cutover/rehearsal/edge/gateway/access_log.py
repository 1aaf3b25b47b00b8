"""The gateway's access log: a line of JSON for each answer, with the fields that the deployed stage has written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from cutover.rehearsal.edge.functions.invocation import Ending, Outcome
from cutover.rehearsal.edge.functions.log_lines import LogLines

STREAM = "access"
NOTHING = "-"  # what a variable without a value is written as
_UNHANDLED = (
    "The Lambda function returned the following error: Unhandled. Check your Lambda function code and try again."
)
_THROTTLED = "Rate Exceeded."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer. `route` is None where no route took the request, `integration_ms` where no function was asked."""

    request_id: str
    ip: str
    domain: str
    method: str
    route: str | None
    status: int
    response_bytes: int
    latency_ms: float
    integration_ms: float | None
    invocation: str
    outcome: Outcome | None


class AccessLog:
    """Writes one log group."""

    def __init__(self, group: str, lines: LogLines) -> None:
        self._group = group
        self._lines = lines
        lines.make_group(group)

    def answered(self, one: Answered) -> None:
        """Write its line."""
        self._lines.add(self._group, STREAM, [msgspec.json.encode(fields(one, self._lines.now_ms)).decode()])


def fields(one: Answered, now_ms: Callable[[], int]) -> dict[str, str]:
    """What stands in the line: all values are text, as the gateway has them."""
    service, function, error = _integration(one)
    kind, message = _own_error(one)
    return {
        "requestId": one.request_id,
        "time": str(now_ms()),
        "ip": one.ip,
        "domain": one.domain,
        "protocol": "HTTP/1.1",
        "method": one.method,
        "route": one.route or NOTHING,
        "status": str(one.status),
        "responseBytes": str(one.response_bytes),
        "latencyMs": str(round(one.latency_ms)),
        "integrationStatus": service,
        "functionStatus": function,
        "integrationLatencyMs": NOTHING if one.integration_ms is None else str(round(one.integration_ms)),
        "integrationRequestId": one.invocation or NOTHING,
        "integrationError": error,
        "error": message,
        "errorType": kind,
    }


def _integration(one: Answered) -> Sequence[str]:
    """Lambda's status, the function's, and what went wrong between the two."""
    if one.integration_ms is None:
        return NOTHING, NOTHING, NOTHING
    if one.outcome is None:
        return NOTHING, NOTHING, "Endpoint request timed out"
    if one.outcome.ending is Ending.THROTTLED:
        return "429", NOTHING, _THROTTLED
    if one.outcome.ending is Ending.FAILED:
        return "200", NOTHING, _UNHANDLED
    return "200", str(one.status), NOTHING


def _own_error(one: Answered) -> tuple[str, str]:
    """Type and words of the gateway's own answer, where it is none of the function's."""
    if one.outcome is not None and one.outcome.ending is Ending.RETURNED:
        return NOTHING, NOTHING
    if one.integration_ms is None:
        return f"DEFAULT_{one.status // 100}XX", HTTPStatus(one.status).phrase
    kind = "INTEGRATION_TIMEOUT" if one.outcome is None else "INTEGRATION_FAILURE"
    return kind, HTTPStatus(one.status).phrase
