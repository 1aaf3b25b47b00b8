"""The edge as a process of its own: its one line, its end, and the end of everything that it started."""

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

import pytest

from tests.integration.rehearsal.edge_rig import (
    CONTROL,
    DEADLINE_SECONDS,
    GATEWAY,
    ask,
    configuration,
    eventually,
    function,
)

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "cutover.rehearsal.edge"]


def written(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "edge.json"
    path.write_text(json.dumps(configuration(tmp_path, **changes)))
    return path


@contextlib.contextmanager
def running(*command: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def started(tmp_path: Path, **changes: Any) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    with running(*COMMAND, written(tmp_path, **changes)) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())


async def pids(ready: dict[str, Any]) -> list[int]:
    state = (await ask(CONTROL, ready["control_port"], "GET", "/state")).json()
    return [one["pid"] for one in state["environments"]]


def status(pid: int) -> list[str]:
    """State, parent and the rest of a process's status; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid: int) -> bool:
    return bool(status(pid)) and status(pid)[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_edge_and_its_environments_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path, functions=[function(provisioned=2)]) as (process, ready):
        environments = await pids(ready)
        assert set(ready) == {"ready", "alb_port", "gateway_port", "control_port"}
        assert (ready["ready"], len(environments)) == (True, 2)
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(DEADLINE_SECONDS) == 0
        assert time.monotonic() - began < 3
        assert not any(alive(pid) for pid in environments)
        assert process.stdout is not None
        assert process.stdout.read() == b""


async def test_a_running_invocation_does_not_delay_the_end(tmp_path: Path) -> None:
    with started(tmp_path, functions=[function(provisioned=1)]) as (process, ready):
        [pid] = await pids(ready)
        running = asyncio.ensure_future(ask(GATEWAY, ready["gateway_port"], "GET", "/api/mocs?seconds=30"))
        await asyncio.sleep(0.1)
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) == 0
        assert not alive(pid)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await running


async def test_killing_the_edge_leaves_no_environment_behind(tmp_path: Path) -> None:
    with started(tmp_path, functions=[function(provisioned=2)]) as (process, ready):
        environments = await pids(ready)
        await ask(CONTROL, ready["control_port"], "PUT", "/faults", body=b'{"freeze": true}')
        process.kill()
        process.wait()
        await eventually(lambda: not any(alive(pid) for pid in environments), "frozen environments are gone")


async def test_the_edge_ends_with_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "ready"
    script = (
        "import subprocess, sys, time; subprocess.Popen(sys.argv[2:], stdout=open(sys.argv[1], 'w')); time.sleep(60)"
    )
    config = written(tmp_path, functions=[function(provisioned=1)])
    with running(sys.executable, "-c", script, told, *COMMAND, config):
        await eventually(lambda: told.exists() and told.read_text().endswith("\n"), "the edge is ready")
        [environment] = await pids(json.loads(told.read_text()))
        edge = int(status(environment)[1])
        assert alive(edge)
    await eventually(lambda: not alive(edge) and not alive(environment), "edge and environment are gone")


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def test_bad_usage_says_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"clock": {"factor": 0}}')
    cases = [
        run(),
        run(tmp_path / "missing.json"),
        run(wrong),
        run(written(tmp_path, functions=[function(routes=["x"])])),
    ]
    assert [case.returncode for case in cases] == [2, 2, 2, 2]
    assert [case.stdout for case in cases] == [""] * 4
    for case, part in zip(cases, ("usage", "cannot be read", "$.clock", "METHOD /path"), strict=True):
        assert part in case.stderr
        assert "Traceback" not in case.stderr


def test_a_provisioned_environment_that_cannot_start_stops_the_start(tmp_path: Path) -> None:
    ended = run(written(tmp_path, functions=[function(provisioned=2, handler="nowhere.handler")]))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "lego-api-mocs: an environment did not start" in ended.stderr
    assert "No module named 'nowhere'" in (tmp_path / "lego-api-mocs.log").read_text()


def test_a_taken_port_stops_the_start(tmp_path: Path) -> None:
    with started(tmp_path) as (_, ready):
        taken = {"address": CONTROL, "port": ready["control_port"]}
        ended = run(written(tmp_path, control=taken))
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "cannot start" in ended.stderr


async def test_a_signal_during_the_start_ends_it(tmp_path: Path) -> None:
    config = written(
        tmp_path, functions=[function(provisioned=1, handler="edge_sleeper.handler")], task_root=str(tmp_path)
    )
    (tmp_path / "edge_sleeper.py").write_text("import time\ntime.sleep(60)\n")
    with running(*COMMAND, config) as process:
        await eventually((tmp_path / "lego-api-mocs.log").exists, "the environment is starting")
        process.terminate()
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert (process.returncode, output) == (0, b"")


def test_the_launcher_ends_at_once_when_the_parent_is_another(tmp_path: Path) -> None:
    launcher = ROOT / "cutover/rehearsal/edge/functions/launcher.py"
    made = tmp_path / "made"
    program = [sys.executable, "-c", f"open({str(made)!r}, 'w')"]
    orphan = subprocess.run([sys.executable, launcher, "1", "0", *program], check=False)
    child = subprocess.run([sys.executable, launcher, str(os.getpid()), "0", *program], check=False)
    assert (orphan.returncode, child.returncode, made.exists()) == (1, 0, True)
