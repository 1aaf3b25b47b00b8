"""Real environments: what they say reaches file and log stream, and events that are given up the dead-letter queue."""

import asyncio
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from cutover.rehearsal.stack import dead_letters
from tests.integration.rehearsal.edge_rig import (
    MetricsTaker,
    Rig,
    configuration,
    eventually,
    function,
    running_edge,
)

GROUP = "/aws/lambda/lego-api-mocs"


def messages(taker: MetricsTaker, stream: str | None = None) -> list[str]:
    """Every line that was shipped."""
    return [
        message
        for shipped in taker.data
        if stream in (None, shipped["stream"]) and shipped["group"] == GROUP
        for _, message in shipped["lines"]
    ]


async def test_each_environment_has_a_stream_with_lambdas_lines_around_its_own(tmp_path: Path) -> None:
    taker = MetricsTaker()
    server = await asyncio.start_server(taker.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/_rehearsal/logs"
    async with running_edge(tmp_path, function(), logs_url=url) as rig:
        first = (await rig.gateway("GET", "/api/mocs")).json()
        await rig.gateway("GET", "/api/mocs?do=fail")
        await eventually(
            lambda: sum("platform.report" in line for line in messages(taker)) == 2, "both invocations are reported"
        )
        said = messages(taker)
        logged = rig.log()
    server.close()
    init, start, report, second, *rest = [json.loads(line) for line in said if line.startswith('{"time"')]
    assert init["type"] == "platform.initStart"
    assert start["record"] == {"requestId": first["request_id"], "version": "$LATEST"}
    assert report["record"]["metrics"]["initDurationMs"] > 0
    assert second["type"] == "platform.start"
    assert [one["type"] for one in rest] == ["platform.runtimeDone", "platform.report"]
    assert {one["record"]["status"] for one in rest} == {"error"}
    assert all("initDurationMs" not in one["record"]["metrics"] for one in rest)
    (raised,) = [json.loads(line) for line in said if '"ERROR"' in line]
    assert (raised["level"], raised["errorMessage"]) == ("ERROR", "as asked")
    assert raised["requestId"] == second["record"]["requestId"]
    assert "as asked" in logged
    assert "platform." not in logged
    assert len({shipped["stream"] for shipped in taker.data if shipped["lines"]}) == 1


async def test_an_invocation_that_ends_its_process_or_takes_too_long_is_reported(tmp_path: Path) -> None:
    taker = MetricsTaker()
    server = await asyncio.start_server(taker.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/_rehearsal/logs"
    async with running_edge(tmp_path, function(timeout_seconds=1.0), logs_url=url) as rig:
        await rig.gateway("GET", "/api/mocs?do=exit")
        await rig.gateway("GET", "/api/mocs?seconds=5")
        await eventually(lambda: len(_reports(taker)) == 2, "both are reported")
    server.close()
    assert [(one["status"], one["errorType"]) for one in _reports(taker)] == [
        ("error", "Runtime.ExitError"),
        ("timeout", "Sandbox.Timedout"),
    ]


async def test_what_is_ordered_to_fail_is_reported_and_stands_in_the_access_log(tmp_path: Path) -> None:
    taker = MetricsTaker()
    server = await asyncio.start_server(taker.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/_rehearsal/logs"
    gateway = {**configuration(tmp_path)["gateway"], "access_log": "/access"}
    async with running_edge(tmp_path, function(), logs_url=url, gateway=gateway) as rig:
        await rig.faults(errors=1.0)
        assert (await rig.gateway("GET", "/api/mocs?who=me")).status == 500
        await rig.gateway("GET", "/nowhere")
        await eventually(lambda: len(_reports(taker)) == 1 and len(_accesses(taker)) == 2, "it is reported")
    server.close()
    assert _reports(taker)[0]["errorType"] == "RehearsalFault"
    first, second = _accesses(taker)
    assert (first["status"], first["integrationRequestId"]) == ("500", _reports(taker)[0]["requestId"])
    assert "Unhandled" in first["integrationError"]
    assert "who=me" not in str(first)
    assert (second["status"], second["integrationStatus"]) == ("404", "-")


async def test_a_handler_that_can_not_be_loaded_is_told(tmp_path: Path) -> None:
    taker = MetricsTaker()
    server = await asyncio.start_server(taker.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/_rehearsal/logs"
    async with running_edge(tmp_path, function(handler="nosuch.handler"), logs_url=url) as rig:
        assert (await rig.gateway("GET", "/api/mocs")).status == 500
        await eventually(lambda: len(_reports(taker)) == 1, "it is reported")
    server.close()
    kinds = [json.loads(line)["type"] for line in messages(taker) if line.startswith('{"time"')]
    assert kinds[:2] == ["platform.initStart", "platform.initReport"]
    assert _reports(taker)[0]["errorType"] == "Runtime.ImportModuleError"
    assert any(
        "Unable to import module" in line and '"level":"ERROR"' in line.replace(" ", "") for line in messages(taker)
    )


def _accesses(taker: MetricsTaker) -> list[Any]:
    """The lines of the gateway's access log."""
    return [json.loads(text) for one in taker.data if one["group"] == "/access" for _, text in one["lines"]]


def _reports(taker: MetricsTaker) -> list[Any]:
    """The records of Lambda's reports."""
    return [json.loads(line)["record"] for line in messages(taker) if '"platform.report"' in line]


async def test_an_environment_that_cannot_be_started_keeps_nothing_open(tmp_path: Path) -> None:
    async with running_edge(
        tmp_path, function(), logs_url="http://127.0.0.1:1/logs", python=str(tmp_path / "none")
    ) as rig:
        assert (await rig.gateway("GET", "/api/mocs")).status >= 500


async def test_an_event_that_is_given_up_goes_to_the_queue(tmp_path: Path, moto_server: str) -> None:
    queue_url = dead_letters.make(moto_server)
    letters = {"function": "lego-api-mocs", "sqs_url": moto_server, "queue_url": queue_url}
    async with running_edge(tmp_path, function(), factor=3600.0, dead_letters=letters) as rig:
        await _fail(rig)
        await eventually(lambda: bool(_kept(moto_server, queue_url)), "the letter is in the queue")
    (letter,) = _kept(moto_server, queue_url)
    assert letter["requestContext"]["condition"] == "RetriesExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 3
    assert letter["requestPayload"] == {"do": "fail"}
    assert letter["responsePayload"]["errorMessage"] == "as asked"


async def test_a_queue_that_does_not_answer_is_told_and_holds_nothing_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    letters = {"function": "lego-api-mocs", "sqs_url": "http://127.0.0.1:9", "queue_url": "http://127.0.0.1:9/q"}
    async with running_edge(tmp_path, function(), factor=3600.0, dead_letters=letters) as rig:
        await _fail(rig)
        await eventually(lambda: "was not taken by the dead-letter queue" in caplog.text, "it is told")
        assert (await rig.control("POST", "/drain?timeout_seconds=5")).status == 200


async def _fail(rig: Rig) -> None:
    path = "/2015-03-31/functions/lego-api-mocs/invocations"
    given = await rig.control("POST", path, {"x-amz-invocation-type": "Event"}, json.dumps({"do": "fail"}).encode())
    assert given.status == 202


def _kept(url: str, queue_url: str) -> list[Any]:
    """The letters in the queue, which stay there."""
    client = boto3.client(
        "sqs", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    found = client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    client.close()
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]
