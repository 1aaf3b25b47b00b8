"""Metrics are written on both platforms before the process may be gone: none is lost, and nobody waits for them."""

import json
import subprocess
import sys
from collections.abc import Sequence

import pytest

from service.settings import Settings
from tests.architecture.test_cold_starts import LAMBDA, ROOT
from tests.fakes.lambda_events import http_event
from tests.fakes.metric_lines import blobs, totals
from tests.integration.service.api import MOC, ORIGIN
from tests.integration.service.test_functions import ON_LAMBDA, run
from tests.integration.service.test_server import Server, server

__all__ = ["server"]

NAMED = {"AWS_LAMBDA_FUNCTION_NAME": "lego-api-health-dev-x", "DEPLOYMENT": "dev-x", "LOG_LEVEL": "INFO"}
TWICE = """
import sys
import service.entrypoints.health as entry
event = {"version": "2.0", "rawPath": "/nope", "headers": {}, "requestContext": {"requestId": "r",
         "http": {"method": "GET", "path": "/nope", "sourceIp": "127.0.0.1"}}}
for _ in range(2):
    entry.handler(event, None)
    sys.stdout.write(f"LOADED {'aws_lambda_powertools.metrics' in sys.modules}\\n")
    from service.telemetry import metrics
    metrics.count(metrics.Counted.MOCS_CREATED)
"""


def lines_of(code: str, **env: str) -> Sequence[str]:
    """What a Lambda environment writes."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**LAMBDA, **NAMED, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_cold_start_is_told_once_by_its_first_request_without_loading_powertools_for_it() -> None:
    lines = lines_of(TWICE)
    found = list(blobs(lines))
    assert [line for line in lines if line.startswith("LOADED")] == ["LOADED False", "LOADED True"]
    (start,) = [one for one in found if "ColdStarts" in one]
    assert (start["ColdStarts"], start["Function"], start["Stage"]) == ([1.0], "health", "dev-x")
    assert 10 < start["InitDuration"][0] < 60_000
    assert lines.index(json.dumps(start, separators=(",", ":"))) < lines.index("LOADED False")
    assert totals(lines)["MocsCreated"] == 1  # the second one's end is never reached: nothing flushed it
    requests = [json.loads(line) for line in lines if '"message":"request"' in line]
    assert [one["coldStart"] for one in requests] == [True, False]


@pytest.mark.parametrize("how", ["provisioned-concurrency", "snap-start"])
def test_an_environment_that_nobody_waited_for_is_no_cold_start_and_its_start_no_alarm(how: str) -> None:
    fake = "import sys, types; m = types.ModuleType('snapshot_restore_py');"
    fake += "m.register_after_restore = m.register_before_snapshot = print; sys.modules[m.__name__] = m\n"
    lines = lines_of(fake + TWICE, AWS_LAMBDA_INITIALIZATION_TYPE=how)
    assert set(totals(lines)) <= {"MocsCreated", "CircuitOpen", "PoolWait"}
    assert [line for line in lines if line.startswith("LOADED")] == ["LOADED True"] * 2
    assert [json.loads(line)["coldStart"] for line in lines if '"message":"request"' in line] == [False, False]


def test_an_invocation_writes_what_must_not_be_lost_before_it_ends(settings: Settings) -> None:
    claims = {"sub": "alice"}
    body = json.dumps(MOC).encode()
    headers = {"content-type": "application/json"}
    events = [http_event("POST", "/api/mocs", headers, body=body, claims=claims) for _ in range(2)]
    events.append(http_event("GET", "/api/mocs", claims=claims))
    env = {**NAMED, "AWS_LAMBDA_FUNCTION_NAME": "lego-api-mocs-dev-x"}
    command = ["-m", "tests.integration.service.invoke", "service.entrypoints.mocs"]
    done = run(command, settings, events, **{**ON_LAMBDA, **env})
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split("ANSWER ")
    found = [totals(part.splitlines()) for part in parts[: len(events)]]
    assert [one.get("MocsCreated", 0) for one in found] == [1, 0, 0]  # the second one's title is taken
    assert [one.get("ColdStarts", 0) for one in found] == [1, 0, 0]
    assert found[0]["PoolWait"] >= 0  # with it goes what else there is


async def test_a_server_that_is_told_to_stop_writes_what_it_has_counted(server: Server) -> None:
    for number in range(3):
        made = await server.client.post("/api/mocs", json={**MOC, "title": str(number)}, headers={"Origin": ORIGIN})
        assert made.status_code == 201
    server.child.stop(30.0)
    lines = [line for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert totals(lines)["MocsCreated"] == 3
    assert {(one["Stage"], one["Platform"]) for one in blobs(lines)} == {("development", "ecs")}
