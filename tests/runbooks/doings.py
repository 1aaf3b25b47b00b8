"""What people and machines do to the rehearsal stack that makes alarms come; each takes itself back in the end."""

import asyncio
import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import redis

from cutover.rehearsal.parts_lists import Client
from cutover.rehearsal.pressure import Session
from cutover.rehearsal.stack.stack import DATABASE
from tests.runbooks.site import Site

NO_LIST = b"\x00\x01\x02 this is no parts list"
ENDLESS = "local n = 0 while true do n = n + 1 end"
POISON = b"not a generation"
_DOOR_SECONDS = 10.0


def stores_show(site: Site, held: ExitStack, values: Mapping[str, float]) -> None:
    """CloudWatch shows these values of the data stores, whatever the servers say, until `held` ends."""
    held.callback(_stores, site, {})
    _stores(site, values)


def stores_show_again(site: Site) -> None:
    """What the servers say."""
    _stores(site, {})


def _stores(site: Site, values: Mapping[str, float]) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own stand-in on loopback
        f"{site.stack.places.aws_url}/_rehearsal/stores", data=json.dumps(values).encode(), method="PUT"
    )
    with urllib.request.urlopen(request, timeout=_DOOR_SECONDS):  # noqa: S310
        return


def edge(site: Site, held: ExitStack, **faults: float | bool) -> None:
    """These faults of the load balancer, the gateway and Lambda, until `held` ends."""
    held.callback(site.controls.edge_faults, {})
    site.controls.edge_faults(faults)


def rate(site: Site, held: ExitStack, requests_per_second: float) -> None:
    """So much traffic, until `held` ends and the site is reset."""
    site.set_rate(requests_per_second)


def locked(site: Site, held: ExitStack, *tables: str) -> None:
    """Somebody's session holds these tables, until it is ended."""
    session = Session(site.stack.postgres.dsn(DATABASE))
    held.callback(session.close)
    session.lock(tables)


def statements_running(site: Site, held: ExitStack, statement: str, sessions: int) -> None:
    """So many sessions of somebody else run this, each once, until they are ended."""
    for _ in range(sessions):
        thread = threading.Thread(target=asyncio.run, args=(_run(site.stack.postgres.dsn(DATABASE), statement),))
        thread.start()
        held.callback(thread.join)
    held.callback(_end_sessions, site)


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # somebody ends it
        await connection.execute(statement)
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        await over.wait()
    connection.terminate()


def _end_sessions(site: Site) -> None:
    """What is left of them, should a page not have ended them all."""
    site.stack.postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' AND (query LIKE '%generate_series(1, 1000000%' OR query LIKE '%-- held')"
    )


@contextmanager
def again_and_again(do: Callable[[], object], pause_seconds: float) -> Iterator[None]:
    """`do` in a thread until the block ends; a failure of it is not the last time."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(pause_seconds):
            with suppress(OSError, redis.RedisError):
                do()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def cache_of(site: Site) -> Any:
    """A client of Valkey."""
    return redis.Redis(port=site.stack.places.valkey, socket_timeout=2.0)


def foreign_keys(site: Site, held: ExitStack) -> None:
    """Somebody writes keys of a kilobyte into a cache that holds two megabytes."""
    client = cache_of(site)
    client.config_set("maxmemory", "2mb")
    held.callback(client.config_set, "maxmemory", "64mb")
    held.callback(client.flushdb)

    def write() -> None:
        with client.pipeline(transaction=False) as pipe:
            for _ in range(100):
                pipe.set(f"report:{time.monotonic_ns()}:{os.urandom(4).hex()}", b"x" * 1000)
            pipe.execute()

    held.enter_context(again_and_again(write, 0.1))


def endless_script(site: Site, held: ExitStack) -> None:
    """Somebody's script keeps Valkey busy, which after 100 ms says so to everybody else."""
    client = redis.Redis(port=site.stack.places.valkey)
    client.config_set("busy-reply-threshold", "100")

    def run() -> None:
        with suppress(redis.RedisError):
            client.eval(ENDLESS, 0)

    thread = threading.Thread(target=run)
    thread.start()
    held.callback(thread.join)

    def end() -> None:
        with suppress(redis.RedisError):
            cache_of(site).script_kill()

    held.callback(end)


def poisoned_generations(site: Site, held: ExitStack, users: tuple[str, ...]) -> None:
    """Something that is no generation stands where those of these users do, and stays."""
    client = cache_of(site)
    held.callback(client.flushdb)
    for user in users:
        client.set(f"user:generation:{{{user}}}", POISON)


def unreadable_lists(site: Site, folder: Path, count: int) -> None:
    """A user uploads so many files that are no parts lists."""
    path = folder / "parts.csv"
    path.write_bytes(NO_LIST)
    client = Client(site.stack.places.ecs_url, site.stack.token("bob"))
    for upload in [client.upload(path) for _ in range(count)]:
        assert "failed" in upload.outcome() or upload.refused, upload.outcome()


def hanging_api(site: Site, held: ExitStack) -> None:
    """The processes of the API on ECS stand still."""
    pids = family(site.stack.children["ecs"].pid)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    held.callback(_let_go_on, pids)


def _let_go_on(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def new_tasks(site: Site) -> None:
    """What ECS does when it is told to deploy anew: the old task ends, another one begins."""
    for pid in family(site.stack.children["ecs"].pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    site.stack.children["ecs"].stop()
    site.stack.bring_back()


def family(pid: int) -> list[int]:
    """The process and its descendants, parents first."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def records_gone(site: Site) -> None:
    """Somebody deletes every record of the public name."""
    live = site.controls.aws_state("live")["live"]
    site.controls.edit(
        [{"Action": "DELETE", "ResourceRecordSet": record} for record in live if record.get("SetIdentifier")]
    )


def index_gone(site: Site, alias: str) -> None:
    """Somebody deletes the index that the alias points to."""
    for name in _get(f"{site.stack.places.search_url}/_alias/{alias}"):
        request = urllib.request.Request(f"{site.stack.places.search_url}/{name}", method="DELETE")  # noqa: S310
        with urllib.request.urlopen(request, timeout=_DOOR_SECONDS):  # noqa: S310
            pass


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=_DOOR_SECONDS) as answer:  # noqa: S310 - our own server on loopback
        return json.loads(answer.read())


def asked_of(site: Site, action: str) -> int:
    """How often the account was asked for this, such as `ecs:UpdateService`."""
    found = site.controls.aws_state("operations")["operations"]
    return sum(one["count"] for one in found if one["action"] == action)
