"""What is started when, what is stopped whatever happens, and what comes back."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from cutover.rehearsal.stack import stack as module
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.stack.stack import PREFIX, Stack, sweep_leftovers
from tests.unit.cutover.rehearsal.http_script import serving
from tests.unit.cutover.rehearsal.stack.played import STARTED, Scene, played, stack_of

BY_STEP = [
    "initdb",
    *(f"start {name}" for name in STARTED),
    "hear aws",
    "CREATE DATABASE lego",
    "end of migration",
    "seed",
    "index",
    "wait for moto",
    "bucket",
    "users",
    "queue",
    "hear edge",
    "hear measures",
    "alarms",
    "wait for ecs",
]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scene:
    """Everything played, and a directory of its own for what is temporary."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return played(monkeypatch)


def left(tmp_path: Path) -> list[Path]:
    """What lies in the temporary directory."""
    return list((tmp_path / "tmp").iterdir())


def test_a_start_gives_everything_in_the_order_of_its_needs(scene: Scene, tmp_path: Path) -> None:
    said: list[str] = []
    stack = Stack.start(tmp_path / "logs", 60.0, said.append)
    assert scene.running() == STARTED == list(stack.children)
    assert sorted(scene.did) == sorted([*BY_STEP, "start migration"])
    order = scene.did.index
    assert order("end of migration") > order("CREATE DATABASE lego") > order("start postgres")
    assert order("start ecs") > order("users") > order("bucket") > order("index") > order("seed")
    assert order("seed") > order("end of migration")
    assert len(said) == 3
    assert (tmp_path / "logs").is_dir()
    assert [path.name.startswith(f"{PREFIX}{os.getpid()}-") for path in left(tmp_path)] == [True]
    stack.stop()
    assert (scene.running(), left(tmp_path)) == ([], [])


@pytest.mark.parametrize("step", BY_STEP)
def test_a_start_that_fails_anywhere_leaves_nothing_behind(scene: Scene, tmp_path: Path, step: str) -> None:
    scene.failing = step
    with pytest.raises(DidNotStart, match=f"{step} failed"):
        Stack.start(tmp_path / "logs", 60.0, lambda _: None)
    assert (scene.running(), left(tmp_path)) == ([], [])


def test_our_own_programs_read_a_file_and_write_to_the_logs(scene: Scene, tmp_path: Path) -> None:
    stack = Stack.start(tmp_path / "logs", 60.0, lambda _: None)
    for name in ("aws", "edge", "measures"):
        program = scene.programs[name]
        config = stack.directory / f"{name}.json"
        assert program.command == [sys.executable, "-m", f"cutover.rehearsal.{name}", str(config)]
        assert (program.announces, program.log) == (True, tmp_path / "logs" / f"{name}.log")
        assert config.is_file()
    assert scene.programs["migration"].env["POSTGRES_DATABASE"] == "lego"
    stack.stop()


def test_all_are_asked_to_stop_before_one_is_waited_for(scene: Scene, tmp_path: Path) -> None:
    stack = stack_of(scene, tmp_path / "tmp")
    stack.stop()
    backwards = STARTED[::-1]
    assert scene.did == [f"ask {name}" for name in backwards] + [f"stop {name}" for name in backwards]
    assert (stack.children, (tmp_path / "tmp").exists()) == ({}, False)
    stack.stop()


@pytest.mark.parametrize(
    ("dead", "then"),
    [
        (["valkey"], []),
        (["search"], ["index"]),
        (["postgres"], []),
        (["moto"], ["wait for moto", "bucket", "users", "queue", "alarms"]),
        (["aws"], ["hear aws", "alarms"]),
        (["ecs"], ["wait for ecs"]),
        (["edge"], ["hear edge"]),
        (["search", "postgres"], ["index"]),
        ([], []),
    ],
)
def test_what_is_down_comes_back_with_what_it_held(
    scene: Scene, tmp_path: Path, dead: list[str], then: list[str]
) -> None:
    stack = stack_of(scene, tmp_path)
    pids = {name: child.pid for name, child in stack.children.items()}
    for name in dead:
        stack.stop_one(name)
    scene.did.clear()
    assert list(stack.bring_back()) == dead
    assert [step for step in scene.did if not step.startswith(("stop ", "start "))] == then
    assert sorted(scene.running()) == sorted(STARTED)
    assert [name for name, child in stack.children.items() if child.pid != pids[name]] == dead


def test_what_does_not_come_back_is_told_and_can_be_asked_for_again(scene: Scene, tmp_path: Path) -> None:
    stack = stack_of(scene, tmp_path)
    stack.stop_one("valkey")
    scene.failing = "start valkey"
    with pytest.raises(DidNotStart, match="start valkey failed"):
        stack.bring_back()
    scene.failing = ""
    assert stack.bring_back() == ["valkey"]
    assert sorted(scene.running()) == sorted(STARTED)


def test_a_description_tells_every_process_and_place(scene: Scene, tmp_path: Path) -> None:
    stack = stack_of(scene, tmp_path)
    said = stack.describe()
    assert said["pids"] == {"rehearsal": os.getpid(), **{name: 101 + n for n, name in enumerate(STARTED)}}
    assert set(said["tokens"]) == {"alice", "bob", "admin"}
    assert (said["ecs_url"], said["lambda_url"]) == ("http://127.0.1.1:1", "http://127.0.1.2:1")
    assert (said["dns"], said["redis_url"]) == ("127.0.0.1:7", "redis://127.0.0.1:3/0")
    assert said["database_url"] == "postgresql://there/lego"


def ended_pid() -> int:
    """The id of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_the_next_start_removes_what_a_killed_one_has_left(scene: Scene, tmp_path: Path) -> None:
    dead = [f"{PREFIX}{ended_pid()}-x", f"{PREFIX}{2**70}-x"]
    kept = [f"{PREFIX}{os.getpid()}-x", f"{PREFIX}1-x", f"{PREFIX}notanumber", "something-else-1"]
    for name in (*dead, *kept):
        (tmp_path / "tmp" / name / "postgres").mkdir(parents=True)
    sweep_leftovers()
    assert sorted(path.name for path in left(tmp_path)) == sorted(kept)


def test_somebody_elses_process_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr("cutover.rehearsal.stack.stack.os.kill", forbidden)
    assert module._alive(1)


def test_a_bucket_is_made_by_a_put() -> None:
    with serving(lambda _: (200, b"")) as s3:
        module._put(f"{s3.url}/bucket")
    assert [(asked.method, asked.path) for asked in s3.asked] == [("PUT", "/bucket")]
