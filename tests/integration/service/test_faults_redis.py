"""Redis refused, silent, cut, talking nonsense: the same answers, a little later, one line in the log."""

import asyncio
import socket
from typing import Any

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from service.cache.pipelined import PipelinedRedis, RedisAddress
from service.settings import Settings
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open

PATIENCE_SECONDS = 3.0  # for one request while Redis is ill; generous, as the machine may be busy


@pytest.fixture
async def line(valkey: int) -> Any:
    """What stands between the service and Redis."""
    async with line_to(valkey) as line:
        yield line


@pytest.fixture
async def api(open_api: Open, line: FaultyLine) -> Any:
    """The API with Redis behind the line."""
    async with open_api(redis_endpoint=f"{LOOPBACK}:{line.port}") as api:
        yield api


async def titles(api: Api) -> list[str]:
    answer = await api.get("/api/mocs")
    assert answer.status_code == 200, answer.text
    assert answer.elapsed.total_seconds() < PATIENCE_SECONDS
    return [moc["title"] for moc in answer.json()["data"]]


async def everything_works(api: Api) -> None:
    """Reads and writes, and reads after writes."""
    moc = await api.create(title="First")
    path = f"/api/mocs/{moc['id']}"
    assert await titles(api) == ["First"]
    assert (await api.patch(path, {"title": "Second"})).status_code == 200
    assert await titles(api) == ["Second"]
    assert (await api.get(path)).json()["data"]["title"] == "Second"
    assert (await api.delete(path)).status_code == 200
    assert await titles(api) == []


FAULTS = {
    "silent": lambda line: line.stall(),
    "garbage": lambda line: line.babble(b"\x00\xffHTTP/1.1 200 OK\r\n\r\n"),
    "an error for everything": lambda line: line.babble(b"-LOADING Redis is loading the dataset in memory\r\n"),
    "read only": lambda line: line.babble(b"-READONLY You can't write against a read only replica.\r\n"),
    "moved": lambda line: line.babble(b"-MOVED 3999 127.0.0.1:6381\r\n"),
    "cluster down": lambda line: line.babble(b"-CLUSTERDOWN The cluster is down\r\n"),
    "out of memory": lambda line: line.babble(b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
    "password wanted": lambda line: line.babble(b"-NOAUTH Authentication required.\r\n"),
    "a number for everything": lambda line: line.babble(b":5\r\n"),
    "OK for everything": lambda line: line.babble(b"+OK\r\n"),
    "nil for everything": lambda line: line.babble(b"$-1\r\n"),
    "an empty list for everything": lambda line: line.babble(b"*0\r\n"),
    "a list of one": lambda line: line.babble(b"*1\r\n$1\r\na\r\n"),
    "a list of numbers": lambda line: line.babble(b"*2\r\n:1\r\n:2\r\n"),
    "a list of lists": lambda line: line.babble(b"*2\r\n*0\r\n*0\r\n"),
    "a list of errors": lambda line: line.babble(b"*2\r\n-ERR a\r\n-ERR b\r\n"),
    "a list of three": lambda line: line.babble(b"*3\r\n$-1\r\n$-1\r\n$-1\r\n"),
    "twice the answer": lambda line: line.babble(b"*2\r\n$-1\r\n$-1\r\n*2\r\n$-1\r\n$-1\r\n"),
    "half an answer": lambda line: line.babble(b"*2\r\n$100\r\nabc"),
    "an impossible length": lambda line: line.babble(b"$-7\r\n"),
    "cut after some bytes": lambda line: line.cut_after(7),
    "cut at every command": lambda line: line.cut_at(b"\r\n"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("since", ["the start", "later"])
async def test_whatever_redis_does_every_request_is_answered_rightly_and_soon(
    api: Api, line: FaultyLine, fault: Any, since: str, lines: LogLines
) -> None:
    if since == "later":
        assert await titles(api) == []
    fault(line)
    await everything_works(api)
    assert len(lines.of("cache_unavailable")) <= 1
    assert lines.of("crashed") == []


async def test_redis_that_refuses_is_lived_without_and_used_again_when_it_is_back(
    api: Api, line: FaultyLine, lines: LogLines, redis: Any
) -> None:
    assert await titles(api) == []
    await line.refuse()
    for _ in range(2):
        await everything_works(api)
    assert len(lines.of("cache_unavailable")) == 1
    await redis.flushall()
    await line.behave()

    async def cached() -> bool:
        await titles(api)
        return bool([key for key in await redis.keys("*") if b":list:" in key])

    await until(cached, seconds=15.0)
    assert (len(lines.of("cache_unavailable")), len(lines.of("cache_available_again"))) == (1, 1)


async def test_while_the_breaker_is_open_nobody_waits_for_redis(api: Api, line: FaultyLine) -> None:
    line.stall()
    for _ in range(4):
        await titles(api)
    accepted = line.accepted
    answers = await asyncio.gather(*(api.get("/api/mocs") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert line.accepted <= accepted + 1  # one may try now and then


async def test_what_could_not_be_invalidated_is_not_believed_when_redis_comes_back(
    api: Api, line: FaultyLine, redis: Any
) -> None:
    """The old list and its generation are still there, as if nothing had been written."""
    moc = await api.create(title="Old")
    assert await titles(api) == ["Old"]
    assert await redis.get("user:generation:{alice}") is not None
    await line.refuse()
    assert (await api.patch(f"/api/mocs/{moc['id']}", {"title": "New"})).status_code == 200
    await line.behave()

    async def cached_again() -> bool:
        assert await titles(api) == ["New"]
        generation = await redis.get("user:generation:{alice}")
        stored = [await redis.get(key) for key in await redis.keys("moc:user:*")]
        return any(generation is not None and value.startswith(generation) for value in stored)

    await until(cached_again, seconds=15.0)
    assert await titles(api) == ["New"]


async def test_what_one_process_could_not_invalidate_others_serve_no_longer_than_until_its_next_request(
    api: Api, open_api: Open, line: FaultyLine, redis: Any
) -> None:
    async with open_api() as other:
        moc = await api.create(title="Old")
        assert await titles(other) == ["Old"]
        await line.refuse()
        assert (await api.patch(f"/api/mocs/{moc['id']}", {"title": "New"})).status_code == 200
        await line.behave()
        await api.create("bob")
        assert await titles(other) == ["New"]


async def test_a_crowd_that_meets_a_host_which_does_not_answer_waits_once_and_not_in_turn(open_api: Open) -> None:
    """Its queue of connections is full, so that connecting hangs, as with a host that drops packets."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        callers = [socket.socket() for _ in range(4)]
        try:
            for caller in callers:
                caller.setblocking(False)
                caller.connect_ex((LOOPBACK, port))
            async with open_api(redis_endpoint=f"{LOOPBACK}:{port}") as api:
                answers = await asyncio.gather(*(api.get("/api/mocs") for _ in range(40)))
        finally:
            for caller in callers:
                caller.close()
    assert {answer.status_code for answer in answers} == {200}
    assert max(answer.elapsed.total_seconds() for answer in answers) < PATIENCE_SECONDS


async def test_a_password_is_used_and_never_logged(open_api: Open, redis: Any, valkey: int, lines: LogLines) -> None:
    await redis.execute_command("ACL", "SETUSER", "lego", "on", ">s3cret", "~*", "+@all")
    async with open_api(redis_endpoint=f"redis://lego:s3cret@{LOOPBACK}:{valkey}/3") as api:
        await everything_works(api)
        await titles(api)
        assert (await api.get("/health", None)).json()["components"]["redis"] == "healthy"
    assert await redis.keys("*") == []  # it went to database 3
    assert "s3cret" not in lines.stream.getvalue()
    assert lines.of("cache_unavailable") == []


async def test_a_wrong_password_costs_no_request_and_leaves_no_connection_open(
    open_api: Open, redis: Any, line: FaultyLine, lines: LogLines
) -> None:
    async with open_api(redis_endpoint=f"redis://lego:wrong@{LOOPBACK}:{line.port}") as api:
        await everything_works(api)
        await until(lambda: len(line.open) == 0, seconds=5.0)
    assert "wrong" not in "".join(str(entry.get("error")) for entry in lines.of("cache_unavailable")).replace(
        "WRONGPASS", ""
    )


async def test_the_settings_of_a_test_are_its_own(settings: Settings, redis: Any) -> None:
    assert await redis.keys("*") == []


@pytest.mark.parametrize("moments", range(1, 9))
async def test_a_connection_that_is_being_opened_at_the_end_is_not_left_open(line: FaultyLine, moments: int) -> None:
    """However far it has come by then."""
    cache, other = (PipelinedRedis(RedisAddress(LOOPBACK, line.port)) for _ in range(2))
    asking = asyncio.ensure_future(cache.ping())
    for _ in range(moments):
        await asyncio.sleep(0)
    await cache.close()
    await asyncio.gather(asking, return_exceptions=True)
    await other.ping()  # by now the line has accepted what came before
    await other.close()
    await until(lambda: not line.open)
