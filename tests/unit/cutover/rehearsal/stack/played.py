"""Programs that are played: they note what is done to them, and can fail to start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.stack import stack as module
from cutover.rehearsal.stack.plan import Clockwork, Places
from cutover.rehearsal.stack.process import DidNotStart, Program
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.stack.tokens import TokenMaker

PLACES = Places(1, 2, 3, 4, 5, 6, 7, 8, 9)
STARTED = ["moto", "valkey", "search", "postgres", "aws", "ecs", "edge", "measures"]


@dataclass(slots=True)
class Scene:
    """What was done, in order; `failing` names the step that does not succeed."""

    did: list[str] = field(default_factory=list)
    failing: str = ""
    programs: dict[str, Program] = field(default_factory=dict)
    children: list["PlayedChild"] = field(default_factory=list)
    pids: int = 100

    def do(self, what: str) -> None:
        """Note it; raise DidNotStart where that is asked for."""
        self.did.append(what)
        if what == self.failing:
            raise DidNotStart(f"{what} failed")

    def child(self, name: str) -> "PlayedChild":
        """A program that runs."""
        self.do(f"start {name}")
        return PlayedChild(self, name)

    def running(self) -> list[str]:
        """The programs that run."""
        return [child.name for child in self.children if child.running]


class PlayedChild:
    """One program of a scene."""

    def __init__(self, scene: Scene, name: str) -> None:
        scene.pids += 1
        self.scene, self.name, self.pid, self.running = scene, name, scene.pids, True
        scene.children.append(self)

    def ask_to_stop(self) -> None:
        """Note it."""
        self.scene.did.append(f"ask {self.name}")

    def stop(self) -> None:
        """It ends."""
        self.scene.did.append(f"stop {self.name}")
        self.running = False

    def first_line(self, timeout_seconds: float) -> Mapping[str, bool]:
        """It says that it serves, unless it is to fail."""
        assert timeout_seconds > 0
        self.scene.do(f"hear {self.name}")
        return {"ready": True}

    def wait(self, timeout_seconds: float) -> int:
        """It does its work and ends, unless it is to fail."""
        assert timeout_seconds > 0
        self.running = False
        self.scene.do(f"end of {self.name}")
        return 0


class PlayedPostgres:
    """The server's files."""

    port = 9

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def start(self, log: Path) -> PlayedChild:
        """The server."""
        assert log.name == "postgres.log"
        return self.scene.child("postgres")

    def run(self, sql: str) -> None:
        """Note the statement."""
        self.scene.do(sql)

    def dsn(self, database: str = "postgres") -> str:
        """Where a database is."""
        return f"postgresql://there/{database}"


def played(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A scene in which everything that a stack starts is played."""
    scene = Scene()

    def starts(name: str) -> Callable[..., PlayedChild]:
        return lambda *_: scene.child(name)

    def by_program(program: Program) -> PlayedChild:
        scene.programs[program.name] = program
        return scene.child(program.name)

    def create(directory: Path) -> PlayedPostgres:
        assert directory.parent.is_dir()
        scene.do("initdb")
        return PlayedPostgres(scene)

    async def seeds(what: str) -> None:
        scene.do(what)

    servers: dict[str, Callable[..., Any]] = {
        "start_moto": starts("moto"),
        "start_valkey": starts("valkey"),
        "start_search": starts("search"),
        "start_api": starts("ecs"),
        "wait_for_http": lambda child, _url, *_: scene.do(f"wait for {child.name}"),
    }
    for name, instead in servers.items():
        monkeypatch.setattr(f"cutover.rehearsal.stack.stack.servers.{name}", instead)
    monkeypatch.setattr("urllib.request._opener", None)  # a start installs its own; the next test has the usual again
    monkeypatch.setattr(module, "Child", by_program)
    monkeypatch.setattr("cutover.rehearsal.stack.stack.Postgres.create", create)
    monkeypatch.setattr("cutover.rehearsal.stack.stack.Places.pick", lambda _port: PLACES)
    monkeypatch.setattr("cutover.rehearsal.stack.stack.seed.seed_database", lambda _dsn: seeds("seed"))
    monkeypatch.setattr("cutover.rehearsal.stack.stack.seed.seed_index", lambda _dsn, _url: seeds("index"))
    monkeypatch.setattr(module, "_put", lambda _url: scene.do("bucket"))
    monkeypatch.setattr("cutover.rehearsal.stack.stack.user_pool.make", lambda _url, _subs: scene.do("users"))
    monkeypatch.setattr("cutover.rehearsal.stack.stack.dead_letters.make", lambda _url: scene.do("queue"))
    monkeypatch.setattr("cutover.rehearsal.stack.stack.monitoring.deploy", lambda _url, _given: scene.do("alarms"))
    return scene


def stack_of(scene: Scene, directory: Path) -> Stack:
    """A stack whose servers run."""
    made = Stack(
        directory,
        directory,
        Clockwork(60.0, 0.0),
        TokenMaker.new(),
        PlayedPostgres(scene),  # type: ignore[arg-type]
        PLACES,
    )
    for name in STARTED:
        made.children[name] = scene.child(name)  # type: ignore[assignment]
    scene.did.clear()
    return made
