"""The rehearsal's gateway and function environments once more, on a running stack: its functions are the package's."""

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cutover.rehearsal.stack.plan import STAGE, Clockwork, Places, edge_config, service_env, watched_env
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child, Program
from cutover.rehearsal.stack.stack import DATABASE
from tests.integration.rehearsal.stack_rig import Up
from tests.package.lambda_folders import LambdaFolders

START_SECONDS = 60.0
NOBODY = "http://127.0.0.1:1/metrics"  # the stack's own minutes stay as they are
ENVIRONMENTS = 2  # of a function at once: as many as this machine has cores


@dataclass(frozen=True, slots=True)
class Served:
    """The package behind a gateway: where, and what its functions write."""

    url: str
    logs: Path

    def events(self, name: str) -> Sequence[Mapping[str, Any]]:
        """The lines of that event in the logs of all functions."""
        lines = (line for log in self.logs.glob("lego-api-*.log") for line in log.read_text().splitlines())
        told = (json.loads(line) for line in lines if line.startswith("{"))
        return [event for event in told if event.get("message") == name]


@contextlib.contextmanager
def serving(folders: LambdaFolders, stack: Up, folder: Path) -> Iterator[Served]:
    """The package's functions, while they answer on the stack's servers."""
    places = _places(stack)
    config = folder / "edge.json"
    config.write_text(json.dumps(_config(folders, stack, places, folder)), encoding="utf-8")
    command = [sys.executable, "-m", "cutover.rehearsal.edge", str(config)]
    edge = Child(Program("edge", command, {}, folder / "edge.log", announces=True))
    try:
        edge.first_line(START_SECONDS)
        yield Served(places.lambda_url, folder)
    finally:
        edge.stop()


def _config(folders: LambdaFolders, stack: Up, places: Places, logs: Path) -> Mapping[str, Any]:
    # The stack's own parser must not do what the package's is asked for; and every request is logged.
    own = {
        "AWS_ENDPOINT_URL_LAMBDA": f"http://{LOOPBACK}:{places.edge_control}",
        "LOG_LEVEL": "INFO",
        "LOG_SAMPLE": "1",
    }
    directories = {"task_root": str(folders.task), "log_dir": str(logs)}
    clock = Clockwork.starting_now(stack.described["time_factor"])
    env = {**service_env(places, DATABASE), **watched_env(places), **own}
    config = edge_config(places, clock, env, str(folders.bootstrap(STAGE)), directories)
    functions = [{**one, "provisioned": 0, "max_environments": ENVIRONMENTS} for one in config["functions"]]
    return {**config, "functions": functions, "metrics_url": NOBODY}


def _places(stack: Up) -> Places:
    """The stack's servers, and ports of our own for the edge."""
    names = {"valkey": "redis_url", "search": "opensearch_url", "aws": "aws_endpoint_url", "postgres": "database_url"}
    ports = {place: urlsplit(stack.described[name]).port or 0 for place, name in names.items()}
    return dataclasses.replace(Places.pick(0), **ports)
