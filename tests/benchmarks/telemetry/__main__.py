"""What telemetry costs: `python -m tests.benchmarks telemetry [--seconds 30]`.

The whole application, on ECS's server under wrk and through the Lambda handler, with logs, metrics and traces off, each
on, and all on: arms in turns within one process (`turns.py`). What counts is the processor time of a request, as that
is what throughput is made of where one core serves. Nobody reads the datagrams; sending them is measured.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program
from cutover.rehearsal.stack.servers import wait_for_http
from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER
from service.settings import Cognito, Settings
from tests.benchmarks.api.stand import Stand, opened
from tests.benchmarks.telemetry.arms import ALL, ARMS, OFF
from tests.benchmarks.telemetry.serving import FORGET, TAKEN
from tests.integration.service.env import env_of

LIST, SEARCH = "/api/mocs?page=1&limit=20", "/api/mocs?search=castle&limit=20"
CASES = {"cached read": (LIST, True), "uncached read": (LIST, False), "search": (SEARCH, True)}
GOAL = 0.90  # of the throughput without telemetry
SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 4  # enough to keep one core busy, few enough that hardly a request begins in one turn and ends in another
WARM_UP_SECONDS, WARM_UP_INVOCATIONS = 3, 300
INVOCATIONS_PER_SECOND = 1500
NOWHERE = f"{LOOPBACK}:1"

Taken = Mapping[str, Sequence[float]]


def main() -> None:
    """Measure and print one table for each side and case; exits with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks telemetry", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="for each case and side")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--sides", default=",".join(SIDES))
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    met = True
    with opened(indexing=True) as stand, _daemon() as address:
        database = stand.database("telemetry")
        for case in asked.cases.split(","):
            path, cached = CASES[case]
            for side in asked.sides.split(","):
                env = {**_env(stand, database, cached), "AWS_XRAY_DAEMON_ADDRESS": address}
                taken = SIDES[side](stand, env, path, asked.seconds)
                sys.stdout.write(report(f"{case} on {side}", taken))
                sys.stdout.flush()
                met = met and ratio(taken, ALL) >= GOAL
    raise SystemExit(0 if met else 1)


def ratio(taken: Taken, arm: str) -> float:
    """The arm's throughput beside that without telemetry."""
    return statistics.median(_ratios(taken, arm))


def report(title: str, taken: Taken) -> str:
    """Processor time a request, and throughput beside none with the middle half of its values."""
    lines = [f"\n{title}"]
    for arm, microseconds in taken.items():
        low, middle, high = statistics.quantiles(_ratios(taken, arm), n=4)
        cost = statistics.median(microseconds)
        lines.append(f"  {arm:20} {cost:7.0f} µs a request   throughput x{middle:.3f} ({low:.3f} to {high:.3f})")
    return "\n".join(lines) + "\n"


def _ratios(taken: Taken, arm: str) -> Sequence[float]:
    return [off / on for off, on in zip(taken[OFF], taken[arm], strict=True)]


@contextmanager
def _daemon() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((LOOPBACK, 0))
        yield f"{LOOPBACK}:{listener.getsockname()[1]}"


def _env(stand: Stand, database: str, cached: bool) -> Mapping[str, str]:
    settings = Settings(
        stage="development",
        postgres=stand.postgres.address(database),
        redis_endpoint=f"redis://{stand.cache(0)}" if cached else NOWHERE,
        redis_cluster=False,
        opensearch_endpoint=stand.search_url,
        s3_bucket="bucket",
        cognito=Cognito(ISSUER, CLIENT_ID, stand.jwks_url),
        aws_region="us-east-1",
        allowed_origins=(),
        on_lambda=False,
        eager=False,
    )
    return {**env_of(settings), "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


def on_ecs(stand: Stand, env: Mapping[str, str], path: str, seconds: int) -> Taken:
    """Microseconds of the server's processor time for a request, of each arm."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.telemetry.serving"]
    child = Child(Program("server", command, {**env, "PORT": str(port)}, stand.directory / "server.log"))
    try:
        wait_for_http(child, f"{url}/health", 60.0)
        _wrk(stand, url, path, WARM_UP_SECONDS)
        _told(f"{url}{FORGET}")
        _wrk(stand, url, path, seconds)
        return _told(f"{url}{TAKEN}")
    finally:
        child.stop()


def _told(url: str) -> Taken:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own
        found: Taken = json.load(answer)
    return found


def _wrk(stand: Stand, url: str, path: str, seconds: int) -> None:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url]
    env = {**os.environ, "USERS": str(stand.users), "PATHS": path}
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    if json.loads(told.splitlines()[-1])["failed"]:
        raise SystemExit(f"failed requests of {path}:\n{told}")


def on_lambda(stand: Stand, env: Mapping[str, str], path: str, seconds: int) -> Taken:
    """The same of the function's process, one invocation after the other."""
    token, _ = stand.first_users()[0]
    of_lambda = {"AWS_LAMBDA_FUNCTION_NAME": "lego-api-mocs-bench", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand"}
    more = {"PATH": os.environ["PATH"], "BENCH_LOG": str(stand.directory / "function.log"), **of_lambda}
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.telemetry.invoking"]
    count = seconds * INVOCATIONS_PER_SECOND // len(ARMS)
    lines = f"{WARM_UP_INVOCATIONS} {path} {token}\n{count} {path} {token}\n"
    done = subprocess.run(
        command, env={**env, **more}, input=lines, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT, check=True
    )
    found: Taken = json.loads(done.stdout.splitlines()[-1])
    return found


SIDES = {"ecs": on_ecs, "lambda": on_lambda}

if __name__ == "__main__":
    main()
