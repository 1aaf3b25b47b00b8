"""Which environments of a real function tell of their cold start."""

import json
import subprocess
import sys
from collections.abc import Sequence

from tests.architecture.test_cold_starts import LAMBDA, ROOT

ASK_TWICE = """
import json, sys
import service.entrypoints.health as entry
event = {"version": "2.0", "rawPath": "/health", "headers": {"x-load-test": "run-1"}, "requestContext": {"requestId":
         "r", "http": {"method": "GET", "path": "/health", "sourceIp": "127.0.0.1"}}}
answers = [entry.handler(event, None) for _ in range(2)]
sys.stdout.write(json.dumps([answer["headers"].get("server-timing") for answer in answers]))
"""


def told_by(initialization: str) -> Sequence[str | None]:
    """What the first two answers of a new environment say of its start."""
    env = {**LAMBDA, "AWS_LAMBDA_INITIALIZATION_TYPE": initialization}
    command = [sys.executable, "-W", "ignore", "-c", ASK_TWICE]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    found: list[str | None] = json.loads(done.stdout.splitlines()[-1])  # behind its metrics
    return found


def test_an_environment_that_somebody_waited_for_tells_once_how_long() -> None:
    first, second = told_by("on-demand")

    assert first is not None
    assert 10 < float(first.removeprefix("cold-start;dur=")) < 60_000
    assert second is None


def test_an_environment_that_was_there_before_tells_nothing() -> None:
    assert told_by("provisioned-concurrency") == [None, None]
