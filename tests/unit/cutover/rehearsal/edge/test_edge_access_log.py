"""The gateway's access log has the fields of the deployed stage, and says who failed."""

import json
import time
from typing import Any

import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.functions.invocation import THROTTLED, Ending, Outcome, failed
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.gateway.access_log import AccessLog, Answered
from infra.constructs.http_api import ACCESS_LOG

ERROR = "The Lambda function returned the following error: Unhandled. Check your Lambda function code and try again."


def line(**different: Any) -> dict[str, str]:
    """The one line of an answer that went well but for what is different."""
    lines = LogLines(CompressedClock(60.0, time.time()))
    log = AccessLog("/access", lines)
    given: dict[str, Any] = {
        "request_id": "q=", "ip": "127.0.0.1", "domain": "api", "method": "GET",
        "route": "ANY /api/mocs", "status": 200, "response_bytes": 2, "latency_ms": 12.4, "integration_ms": 10.6,
        "invocation": "r-1", "outcome": Outcome(Ending.RETURNED, b"{}"),
    }  # fmt: skip
    log.answered(Answered(**(given | different)))
    (shipped,) = [one for one in lines.take() if one.lines]
    ((_, text),) = shipped.lines
    assert shipped.group == "/access"
    found: dict[str, str] = json.loads(text)
    return found


def test_the_fields_are_those_of_the_deployed_stage() -> None:
    assert set(line()) == set(ACCESS_LOG)


def test_an_answer_of_the_function() -> None:
    found = line(status=503)
    assert (found["status"], found["functionStatus"], found["integrationStatus"]) == ("503", "503", "200")
    assert (found["latencyMs"], found["integrationLatencyMs"], found["integrationRequestId"]) == ("12", "11", "r-1")
    assert {found["integrationError"], found["error"], found["errorType"]} == {"-"}


@pytest.mark.parametrize(
    ("different", "error", "kind"),
    [
        ({"status": 503, "outcome": THROTTLED}, "Rate Exceeded.", "INTEGRATION_FAILURE"),
        ({"status": 503, "outcome": None}, "Endpoint request timed out", "INTEGRATION_TIMEOUT"),
        ({"status": 500, "outcome": failed("KeyError", "x")}, ERROR, "INTEGRATION_FAILURE"),
        ({"status": 404, "route": None, "integration_ms": None, "outcome": None}, "-", "DEFAULT_4XX"),
    ],
)
def test_an_answer_of_the_gateways_own_says_why(different: dict[str, Any], error: str, kind: str) -> None:
    found = line(**different)
    assert (found["integrationError"], found["errorType"]) == (error, kind)
    assert found["functionStatus"] == "-"
    assert found["error"] in ("Service Unavailable", "Internal Server Error", "Not Found")
