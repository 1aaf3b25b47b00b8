"""One request is followed on each side: by its id through its log lines, by its trace through everything it asked."""

import io
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import pytest
import pyvips

from service.telemetry.pseudonym import pseudonym
from service.telemetry.sampling import is_sampled
from tests.integration.rehearsal.stack_rig import BOUNDARY, FORM, SIDES, Answer, Up, wait_until

pytestmark = pytest.mark.xdist_group("stack")

GROUP_OF_ECS = "/ecs/lego-api-service-rehearsal"
PLATFORMS = {"ecs": "aws_ecs", "lambda": "aws_lambda"}
LOG_SAMPLE = 0.1  # of the rehearsal, as production's
EVERYBODY = {"postgresql", "redis", "S3", "opensearch"}
Part = Mapping[str, Any]


def client(stack: Up, service: str) -> Any:
    """boto3's, on the stand-in."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    make: Any = session.client
    return make(service, endpoint_url=stack.described["aws_endpoint_url"])


def new_trace() -> str:
    """The id of a trace whose request is in the sample that is logged."""
    while not is_sampled(root := f"1-{int(time.time()):08x}-{secrets.token_hex(12)}", LOG_SAMPLE):
        continue
    return root


def upload(stack: Up, side: str, trace: str) -> Answer:
    """An image: rows, both sizes in S3, a fence in Redis, a document in the search index."""
    picture = bytes(pyvips.Image.black(64, 48).pngsave_buffer())
    body = io.BytesIO()
    for name, kind, content in (
        ('title"', "text/plain", b"Followed"),
        ('image"; filename="a.png"', "image/png", picture),
    ):
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}\r\nContent-Type: {kind}\r\n\r\n'
        body.write(head.encode() + content + b"\r\n")
    body.write(f"--{BOUNDARY}--\r\n".encode())
    headers = {**FORM, "X-Amzn-Trace-Id": f"Root={trace};Sampled=1"}
    return stack.ask(side, "POST", "/api/images", body.getvalue(), headers=headers)


def segments(stack: Up, trace: str) -> Sequence[Part]:
    """The trace's documents so far."""
    found = client(stack, "xray").batch_get_traces(TraceIds=[trace])["Traces"]
    return [json.loads(one["Document"]) for whole in found for one in whole["Segments"]]


def parts(document: Part) -> Sequence[Part]:
    """The segment and everything below it."""
    return [document, *(part for one in document.get("subsegments", ()) for part in parts(one))]


def group_of(segment: Part) -> str:
    """Where the process of this segment logs."""
    function = segment["metadata"]["default"].get("faas.name")
    return f"/aws/lambda/{function}" if function else GROUP_OF_ECS


def lines_of(stack: Up, group: str, request_id: str) -> Sequence[Part]:
    """What the service logged of the request, as CloudWatch Logs has it; its group comes with the first line."""
    logs = client(stack, "logs")
    try:
        found = logs.filter_log_events(logGroupName=group, filterPattern=f'"{request_id}"')["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [json.loads(one["message"]) for one in found]


@pytest.mark.parametrize("side", SIDES)
def test_one_request_is_followed_through_its_lines_and_its_trace(stack: Up, side: str) -> None:
    trace = new_trace()
    answer = upload(stack, side, trace)
    assert answer.status == 201, answer.body
    request_id = answer.header("x-request-id")
    assert request_id

    def everybody_is_there() -> bool:
        return {part["name"] for one in segments(stack, trace) for part in parts(one)} >= EVERYBODY

    wait_until(everybody_is_there)
    (segment,) = [one for one in segments(stack, trace) if one["name"] == "lego-api"]
    assert segment["annotations"] == {
        "requestId": request_id,
        "userId": pseudonym("alice"),
        "http_route": "/api/images",
    }
    assert segment["http"] == {"request": {"method": "POST", "url": "/api/images"}, "response": {"status": 201}}
    assert segment["metadata"]["default"]["cloud.platform"] == PLATFORMS[side]
    assert ("parent_id" in segment) == (side == "lambda")  # there it is a part of the function's own segment
    below(segment)

    group = group_of(segment)
    wait_until(lambda: any(line["message"] == "request" for line in lines_of(stack, group, request_id)))
    told = lines_of(stack, group, request_id)
    assert {line["traceId"] for line in told} == {trace}
    (line,) = [line for line in told if line["message"] == "request"]
    assert (line["status"], line["route"], line["userId"]) == (201, "/api/images", pseudonym("alice"))
    assert line["platform"] == side
    gone = stack.ask(side, "DELETE", f"/api/images/{answer.json()['data']['id']}")  # what is stored dies with the store
    assert gone.status == 200, gone.body


def below(segment: Part) -> None:
    """Everything that was asked is a part of the request or of its transaction, and within its time."""
    direct = {part["name"]: part for part in segment["subsegments"]}
    assert {"transaction", "redis", "S3"} <= set(direct)
    assert all(part["parent_id"] == segment["id"] for part in direct.values())
    statements = [part for part in parts(direct["transaction"]) if part["name"] == "postgresql"]
    assert any(part["metadata"]["default"]["db.operation.name"].startswith("INSERT") for part in statements)
    assert all(segment["start_time"] <= part["start_time"] <= part["end_time"] for part in parts(segment))
    assert "alice" not in json.dumps(segment)


def test_a_trace_is_found_by_the_users_pseudonym(stack: Up) -> None:
    trace = new_trace()
    assert stack.ask("lambda", "GET", "/api/mocs", headers={"X-Amzn-Trace-Id": f"Root={trace};Sampled=1"}).status == 200
    xray, now = client(stack, "xray"), time.time()
    asked = {"StartTime": now - 600, "EndTime": now + 600}

    def found() -> list[str]:
        meant = f'annotation.userId = "{pseudonym("alice")}" AND !fault'
        return [one["Id"] for one in xray.get_trace_summaries(**asked, FilterExpression=meant)["TraceSummaries"]]

    wait_until(lambda: trace in found())


@pytest.mark.parametrize("side", SIDES)
def test_who_asks_not_to_be_recorded_is_not(stack: Up, side: str) -> None:
    skipped, after = new_trace(), new_trace()
    for trace, sampled in ((skipped, 0), (after, 1)):
        headers = {"X-Amzn-Trace-Id": f"Root={trace};Sampled={sampled}"}
        assert stack.ask(side, "GET", "/api/mocs", headers=headers).status == 200
    wait_until(lambda: bool(segments(stack, after)))
    assert segments(stack, skipped) == []
