"""What measures the stack's servers, with real servers and the real stand-in of CloudWatch."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.measures.__main__ import main
from cutover.rehearsal.measures.agent import Agent
from cutover.rehearsal.measures.config import MeasuresConfig
from cutover.rehearsal.stack import dead_letters
from cutover.rehearsal.stack.plan import DIMENSIONS
from tests.integration.postgres import Postgres
from tests.integration.rehearsal.aws_process import ROOT, Aws, started
from tests.integration.rehearsal.edge_rig import answering

FACTOR = 120.0
DEADLINE_SECONDS = 15.0


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    clock = {"factor": FACTOR, "epoch": time.time()}
    with started(tmp_path, clock=clock, publish_delay_seconds=0.0) as running:
        running.clock = clock  # type: ignore[attr-defined]
        running.cloudwatch = running.client("cloudwatch")  # type: ignore[attr-defined]
        yield running


def config_of(aws: Aws, folder: Path, **places: object) -> dict[str, Any]:
    """A configuration in which nobody answers, but for those named."""
    (folder / "pids").write_text(json.dumps(dict.fromkeys(("postgres", "search", "ecs"), os.getpid())))
    nobody = "http://127.0.0.1:9"
    return {
        "clock": aws.clock,  # type: ignore[attr-defined]
        "aws_url": aws.url,
        "moto_url": nobody,
        "database": "postgresql://postgres@127.0.0.1:9/lego",
        "valkey_port": 9,
        "search_url": nobody,
        "health_url": f"{nobody}/health",
        "pids": str(folder / "pids"),
        "log": str(folder / "ecs.log"),
        "log_group": "/ecs/api",
        "log_stream": "task",
        "queue_url": f"{nobody}/queue",
        "region": "us-east-1",
        "dimensions": {name: name.lower() for name in DIMENSIONS},
    } | places


@contextlib.asynccontextmanager
async def measuring(config: dict[str, Any]) -> Any:
    """An agent at work."""
    agent = asyncio.create_task(Agent(msgspec.convert(config, MeasuresConfig)).run())
    try:
        yield agent
    finally:
        agent.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await agent


def shown(aws: Aws, metric: str, namespace: str) -> list[float]:
    """The metric's values, newest first."""
    client = aws.cloudwatch  # type: ignore[attr-defined]
    found = [one for one in client.list_metrics(Namespace=namespace)["Metrics"] if one["MetricName"] == metric]
    if not found:
        return []
    stat = {"Metric": found[0], "Period": 60, "Stat": "Maximum"}
    ends = {"StartTime": aws.now() - 36_000, "EndTime": aws.now() + 600}
    values: list[float] = client.get_metric_data(MetricDataQueries=[{"Id": "a", "MetricStat": stat}], **ends)[
        "MetricDataResults"
    ][0]["Values"]
    return values


async def until(aws: Aws, metric: str, namespace: str, wanted: Any) -> float:
    """The first newest value that is wanted."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not ((values := await asyncio.to_thread(shown, aws, metric, namespace)) and wanted(values[0])):
        assert time.monotonic() < deadline, f"{metric}: {values}"
        await asyncio.sleep(0.1)
    return values[0]


async def test_every_store_is_measured(
    aws: Aws, tmp_path: Path, postgres: Postgres, valkey: int, search_server: str, moto_server: str
) -> None:
    places = {
        "database": postgres.create_database(),
        "valkey_port": valkey,
        "search_url": search_server,
        "moto_url": moto_server,
        "queue_url": dead_letters.make(moto_server),
    }
    async with measuring(config_of(aws, tmp_path, **places)):
        assert await until(aws, "DatabaseConnections", "AWS/RDS", lambda value: value >= 0) < 100
        assert 0 < await until(aws, "FreeStorageSpace", "AWS/RDS", bool) < 50e9
        assert 0 < await until(aws, "FreeableMemory", "AWS/RDS", bool) < 4e9
        assert 0 < await until(aws, "DatabaseConnectionsBorrowLatency", "AWS/RDS", bool) < 30e6
        assert 0 <= await until(aws, "CPUUtilization", "AWS/RDS", lambda value: value >= 0) <= 100
        assert 0 < await until(aws, "DatabaseMemoryUsagePercentage", "AWS/ElastiCache", bool) < 100
        assert await until(aws, "Evictions", "AWS/ElastiCache", lambda value: value >= 0) == 0
        assert await until(aws, "ClusterStatus.red", "AWS/ES", lambda value: value == 0) == 0
        assert 0 < await until(aws, "SearchLatency", "AWS/ES", bool) < 2000
        assert 0 < await until(aws, "MemoryUtilization", "AWS/ECS", bool) <= 100
        await until(aws, "ApproximateNumberOfMessagesVisible", "AWS/SQS", lambda value: value >= 0)
        aws.control("PUT", "stores", {"ClusterStatus.red": 1, "FreeStorageSpace": 3e9})
        assert await until(aws, "ClusterStatus.red", "AWS/ES", bool) == 1
        assert await until(aws, "FreeStorageSpace", "AWS/RDS", lambda value: value < 4e9) == 3e9


async def test_stores_that_do_not_answer_have_no_values_but_the_proxy_waits(aws: Aws, tmp_path: Path) -> None:
    async with measuring(config_of(aws, tmp_path)):
        assert await until(aws, "DatabaseConnectionsBorrowLatency", "AWS/RDS", bool) == 30e6
        for metric, namespace in (
            ("DatabaseConnections", "AWS/RDS"),
            ("CurrConnections", "AWS/ElastiCache"),
            ("ClusterStatus.red", "AWS/ES"),
            ("ApproximateNumberOfMessagesVisible", "AWS/SQS"),
            ("HealthyHostCount", "AWS/ApplicationELB"),
        ):
            assert shown(aws, metric, namespace) == []


async def test_a_task_that_stops_answering_becomes_unhealthy_and_comes_back(aws: Aws, tmp_path: Path) -> None:
    script = {"say": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", close=True)}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await script["say"](None, writer)  # type: ignore[arg-type]

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/health"
    async with measuring(config_of(aws, tmp_path, health_url=url)):
        await until(aws, "HealthyHostCount", "AWS/ApplicationELB", lambda value: value == 1)
        well, script["say"] = script["say"], answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", close=True)
        await until(aws, "UnHealthyHostCount", "AWS/ApplicationELB", lambda value: value == 1)
        script["say"] = well
        await until(aws, "UnHealthyHostCount", "AWS/ApplicationELB", lambda value: value == 0)
    server.close()


async def test_the_apis_lines_reach_their_log_group(aws: Aws, tmp_path: Path) -> None:
    log = tmp_path / "ecs.log"
    log.write_text('{"message": "started"}\n')
    async with measuring(config_of(aws, tmp_path)):
        with log.open("a") as more:
            more.write('{"message": "request"}\nhalf')
        client, deadline = aws.client("logs"), time.monotonic() + DEADLINE_SECONDS
        seen: list[str] = []
        while len(seen) < 2 and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            groups = (await asyncio.to_thread(client.describe_log_groups))["logGroups"]
            if groups:
                found = await asyncio.to_thread(client.filter_log_events, logGroupName="/ecs/api")
                seen = [event["message"] for event in found["events"]]
    assert seen == ['{"message": "started"}', '{"message": "request"}']


def test_the_process_says_that_it_is_ready_and_ends_when_asked_to(aws: Aws, tmp_path: Path) -> None:
    path = tmp_path / "measures.json"
    path.write_text(json.dumps(config_of(aws, tmp_path)))
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover.rehearsal.measures", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == {"ready": True}
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=DEADLINE_SECONDS)[1] == ""
    assert process.returncode == 0


def test_a_wrong_configuration_or_command_line_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json: No such file" in capsys.readouterr().err
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("usage: ")
