"""The rehearsal's gateway and function environments once more, on a running stack: its functions are the package's."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cutover.rehearsal.stack.plan import STAGE, Clockwork, Places, edge_config, service_env
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child, Program
from cutover.rehearsal.stack.stack import DATABASE
from tests.integration.rehearsal.stack_rig import Up
from tests.package.lambda_folders import LambdaFolders

import dataclasses
import sys

START_SECONDS = 60.0
NOBODY = "http://127.0.0.1:1/metrics"  # the stack's own minutes stay as they are
ENVIRONMENTS = 2  # of a function at once: as many as this machine has cores


@contextlib.contextmanager
def serving(folders: LambdaFolders, stack: Up, folder: Path) -> Iterator[str]:
    """The gateway's URL while the package's functions answer behind it."""
    places = _places(stack)
    config = folder / "edge.json"
    config.write_text(json.dumps(_config(folders, stack, places, folder)), encoding="utf-8")
    command = [sys.executable, "-m", "cutover.rehearsal.edge", str(config)]
    edge = Child(Program("edge", command, {}, folder / "edge.log", announces=True))
    try:
        edge.first_line(START_SECONDS)
        yield places.lambda_url
    finally:
        edge.stop()


def _config(folders: LambdaFolders, stack: Up, places: Places, logs: Path) -> dict[str, Any]:
    control = f"http://{LOOPBACK}:{places.edge_control}"
    env = {**service_env(places, DATABASE), "LOG_LEVEL": "INFO", "AWS_ENDPOINT_URL_LAMBDA": control}
    directories = {"task_root": str(folders.task), "log_dir": str(logs)}
    clock = Clockwork.starting_now(stack.described["time_factor"])
    config = dict(edge_config(places, clock, env, str(folders.bootstrap(STAGE)), directories))
    functions = [{**one, "provisioned": 0, "max_environments": ENVIRONMENTS} for one in config["functions"]]
    return {**config, "functions": functions, "metrics_url": NOBODY}


def _places(stack: Up) -> Places:
    """The stack's servers, and ports of our own for the edge."""
    described = stack.described
    there = {
        "valkey": described["redis_url"],
        "search": described["opensearch_url"],
        "aws": described["aws_endpoint_url"],
        "postgres": described["database_url"],
    }
    ports = {name: urlsplit(url).port for name, url in there.items()}
    own = Places.pick(0)
    while {own.public, own.edge_control} & set(ports.values()):
        own = Places.pick(0)
    return dataclasses.replace(own, **ports)
