"""The whole stack: started in the order of its needs, as much as possible at once, and stopped together."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutover.rehearsal import seed
from cutover.rehearsal.stack import dead_letters, monitoring, servers, user_pool
from cutover.rehearsal.stack.plan import (
    BUCKET,
    MAX_ENVIRONMENTS,
    Clockwork,
    Places,
    aws_config,
    edge_config,
    measures_config,
    service_env,
)
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.postgres import Postgres
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program, heeded
from cutover.rehearsal.stack.tokens import TokenMaker

DATABASE = "lego"
PREFIX = "lego-rehearsal-"
STANDIN_START_SECONDS = 30.0
EDGE_START_SECONDS = 120.0
MIGRATE_SECONDS = 60.0

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy of the caller's can't reach loopback

Say = Callable[[str], None]


@dataclass(slots=True)
class Stack:
    """A running stack. `children` are its processes by name; `directory` vanishes when it stops.

    `environments` is the most that each function may have.
    """

    directory: Path
    logs: Path
    clock: Clockwork
    tokens: TokenMaker
    postgres: Postgres
    places: Places
    children: dict[str, Child] = field(default_factory=dict)
    environments: int = MAX_ENVIRONMENTS

    @classmethod
    def start(cls, logs: Path, factor: float, say: Say, environments: int = MAX_ENVIRONMENTS) -> "Stack":
        """Bring everything up, seeded and warm. Raises DidNotStart; then nothing is left running."""
        sweep_leftovers()
        urllib.request.install_opener(_DIRECT)
        logs.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        directory.chmod(0o711)  # PostgreSQL's account has to get through to its own part
        try:
            postgres = Postgres.create(directory / "postgres")
            clock, places = Clockwork.starting_now(factor), Places.pick(postgres.port)
            stack = cls(directory, logs, clock, TokenMaker.new(), postgres, places, environments=environments)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        try:
            with heeded():
                stack._start_all(say)
        except BaseException:
            stack.stop()
            raise
        return stack

    def stop(self) -> None:
        """Stop every process, those that depend on others first, and remove the directory."""
        started = list(reversed(self.children.values()))
        for child in started:
            child.ask_to_stop()
        for child in started:
            child.stop()
        self.children.clear()
        shutil.rmtree(self.directory, ignore_errors=True)

    def describe(self) -> Mapping[str, Any]:
        """Where everything is, for people and tests that want to try it by hand."""
        return {
            "schema": "cutover.rehearsal.up/1",
            "ecs_url": self.places.ecs_url,
            "lambda_url": self.places.lambda_url,
            "dns": f"{LOOPBACK}:{self.places.dns}",
            "database_url": self.postgres.dsn(DATABASE),
            "redis_url": f"redis://{LOOPBACK}:{self.places.valkey}/0",
            "opensearch_url": self.places.search_url,
            "aws_endpoint_url": self.places.aws_url,
            "edge_control_url": f"http://{LOOPBACK}:{self.places.edge_control}",
            "jwks_url": self.places.jwks_url,
            "tokens": {name: self.token(name) for name in (*seed.NAMED_USERS, seed.ADMIN)},
            "pids": {"rehearsal": os.getpid(), **{name: child.pid for name, child in self.children.items()}},
            "time_factor": self.clock.factor,
        }

    def token(self, sub: str) -> str:
        """An access token of that user; the admin's says so."""
        return self.tokens.token(sub, **({"role": "admin"} if sub == seed.ADMIN else {}))

    def bring_back(self) -> Sequence[str]:
        """Start every server again that has ended, where it was: their names. Raises DidNotStart.

        The search server gets its index back, moto its bucket and users; Valkey is empty, Route 53 as in the beginning.
        """
        down = [name for name, child in self.children.items() if not child.running]
        for name in down:
            self.children[name].stop()
            self.children[name] = self._makers()[name]()
        self._note_pids()
        if "search" in down:
            self._fill_index()
        if "moto" in down:
            self._fill_moto()
        if {"aws", "moto"} & {*down}:
            self._watch()
        if "ecs" in down:
            self._wait_for_api()
        return down

    def stop_one(self, name: str) -> None:
        """Stop one server, as an outage does."""
        self.children[name].stop()

    def _start_all(self, say: Say) -> None:
        say("starting PostgreSQL, Valkey, the search server and AWS's stand-ins")
        makers = self._makers()
        for name in ("moto", "valkey", "search", "postgres", "aws"):
            self.children[name] = makers[name]()
        say("migrating and seeding: MOCs, images and wishes of 50 users")
        self._migrate_and_seed()
        say("starting the API on ECS and on Lambda")
        self.children["ecs"] = makers["ecs"]()
        self.children["edge"] = makers["edge"]()
        self.children["measures"] = makers["measures"]()
        self._note_pids()
        self._watch()
        self._wait_for_api()

    def _makers(self) -> Mapping[str, Callable[[], Child]]:
        log, places = self._log, self.places
        env = service_env(places, DATABASE)
        return {
            "moto": lambda: servers.start_moto(places.moto, log("moto")),
            "valkey": lambda: servers.start_valkey(places.valkey, self.directory / "valkey", log("valkey")),
            "search": lambda: servers.start_search(places.search, log("search")),
            "postgres": lambda: self.postgres.start(log("postgres")),
            "aws": self._start_aws,
            "ecs": lambda: servers.start_api(places.api, env, log("ecs")),
            "edge": lambda: self._start_edge(env),
            "measures": self._start_measures,
        }

    def _start_aws(self) -> Child:
        config = aws_config(self.places, self.clock, self.tokens.jwks())
        return self._announced("aws", "cutover.rehearsal.aws", config, STANDIN_START_SECONDS)

    def _start_edge(self, env: Mapping[str, str]) -> Child:
        directories = {"task_root": str(CHECKOUT), "log_dir": str(self.logs)}
        config = edge_config(self.places, self.clock, env, sys.executable, directories, self.environments)
        return self._announced("edge", "cutover.rehearsal.edge", config, EDGE_START_SECONDS)

    def _start_measures(self) -> Child:
        files = {"pids": str(self._pids), "log": str(self._log("ecs"))}
        database, given = self.postgres.dsn(DATABASE), monitoring.variables()
        config = measures_config(self.places, self.clock, files, database, given)
        return self._announced("measures", "cutover.rehearsal.measures", config, STANDIN_START_SECONDS)

    @property
    def _pids(self) -> Path:
        return self.directory / "pids"

    def _note_pids(self) -> None:
        """For whoever measures the processes."""
        self._pids.write_text(json.dumps({name: child.pid for name, child in self.children.items()}), encoding="utf-8")

    def _announced(self, name: str, module: str, config: Mapping[str, Any], seconds: float) -> Child:
        """One of our own programs, which reads a file and says when it serves."""
        path = self.directory / f"{name}.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        command = [sys.executable, "-m", module, str(path)]
        child = Child(Program(name, command, {}, self._log(name), announces=True))
        self.children[name] = child  # so that it is stopped, too, if it never gets ready
        child.first_line(seconds)
        return child

    def _migrate_and_seed(self) -> None:
        self.postgres.run(f"CREATE DATABASE {DATABASE}")
        env = service_env(self.places, DATABASE)
        command = [sys.executable, "-W", "ignore", "-m", "service.db.migrate"]
        Child(Program("migration", command, env, self._log("migrate"))).wait(MIGRATE_SECONDS)
        asyncio.run(seed.seed_database(self.postgres.dsn(DATABASE)))
        self._fill_index()
        self._fill_moto()

    def _fill_index(self) -> None:
        asyncio.run(seed.seed_index(self.postgres.dsn(DATABASE), self.places.search_url))

    def _fill_moto(self) -> None:
        url = f"http://{LOOPBACK}:{self.places.moto}"
        servers.wait_for_http(self.children["moto"], f"{url}/moto-api/")
        _put(f"{url}/{BUCKET}")
        user_pool.make(url, [*seed.users(), seed.ADMIN])
        dead_letters.make(url)

    def _watch(self) -> None:
        """What the night shift sees; in the time in which the API gets ready."""
        monitoring.deploy(self.places.aws_url, monitoring.variables())

    def _wait_for_api(self) -> None:
        url = f"http://{LOOPBACK}:{self.places.api}/health"
        servers.wait_for_http(self.children["ecs"], url, servers.API_START_SECONDS)

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def sweep_leftovers() -> None:
    """Remove the directories of stacks whose process was killed and could not do it."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdecimal() and not _alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # the latter: no process can have such an id
        return False
    except PermissionError:
        return True
    return True


def _put(url: str) -> None:
    request = urllib.request.Request(url, method="PUT")  # noqa: S310 - our own server on loopback
    with urllib.request.urlopen(request, timeout=10.0):  # noqa: S310
        return
