"""The server as ECS runs it: it answers, stops tidily, and leaves nothing behind when it is killed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import msgspec
import pytest
from httpx import AsyncClient, ConnectError, ReadError

from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.process import Child
from cutover.rehearsal.stack.servers import start_api
from cutover.rehearsal.stack.tokens import TokenMaker
from service.entrypoints.server import BACKLOG
from service.settings import Settings
from tests.fakes.scripted_http import scripted_http
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.servers import aws_env
from tests.integration.service.api import MOC, ORIGIN
from tests.integration.service.env import env_of
from tests.integration.service.test_parts_list_upload import CSV, waits_for_a_lock

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and a client of it."""

    child: Child
    port: int
    client: AsyncClient
    log: Path

    def listens(self) -> bool:
        """Whether anybody answers on its port."""
        return accepts(LOOPBACK, self.port)


@pytest.fixture
async def server(settings: Settings, tokens: TokenMaker, logs: Path, moto: str) -> AsyncIterator[Server]:
    """The server with everything in order, its users' keys served by HTTP."""
    async with scripted_http(lambda _: (200, msgspec.json.encode(tokens.jwks()))) as keys:
        cognito = replace(settings.cognito, jwks_url=f"{keys.url}/jwks.json")
        port = free_port()
        log = logs / f"api-{port}.log"
        child = start_api(port, env_of(replace(settings, cognito=cognito), **aws_env(moto)), log)
        headers = {"Authorization": f"Bearer {tokens.token('alice')}"}
        async with AsyncClient(base_url=f"http://{LOOPBACK}:{port}", headers=headers, timeout=30.0) as client:
            running = Server(child, port, client, log)
            try:
                await until(running.listens, START_SECONDS)
                yield running
            finally:
                child.stop(30.0)


async def test_it_serves_like_the_application(server: Server) -> None:
    assert (await server.client.get("/health")).json()["status"] == "healthy"
    made = await server.client.post("/api/mocs", json=MOC, headers={"Origin": ORIGIN})
    assert (made.status_code, made.headers["access-control-allow-origin"]) == (201, ORIGIN)
    moc = made.json()["data"]["id"]
    uploaded = await server.client.post(
        f"/api/mocs/{moc}/upload-parts-list", files={"file": ("a.csv", CSV, "text/csv")}
    )
    assert uploaded.status_code == 202, server.log.read_text()

    async def parsed() -> bool:
        return bool((await server.client.get(f"/api/mocs/{moc}")).json()["data"].get("totalPieceCount") == 7)

    await until(parsed)
    for path, status in (("/nope", 404), ("/api/mocs/%ff", 400), ("/%ff", 404), ("/api/mocs?page=0", 400)):
        answer = await server.client.get(path)
        assert (answer.status_code, set(answer.json())) == (status, {"error", "message", "code"}), path


async def test_connections_that_are_kept_never_keep_others_from_being_served(server: Server) -> None:
    kept: list[asyncio.StreamWriter] = []
    try:
        for _ in range(BACKLOG + 10):
            reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
            kept.append(writer)
            writer.write(b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), START_SECONDS)
            assert answer.startswith(b"HTTP/1.1 404"), len(kept)
    finally:
        for writer in kept:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in kept))


async def test_a_client_that_breaks_off_in_the_middle_of_its_body_is_no_crash(server: Server) -> None:
    _, writer = await asyncio.open_connection(LOOPBACK, server.port)
    head = f"POST /api/mocs HTTP/1.1\r\nHost: x\r\nAuthorization: {server.client.headers['Authorization']}\r\n"
    writer.write(f'{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"title"'.encode())
    await writer.drain()
    writer.close()
    await until(lambda: '"status":499' in server.log.read_text())
    assert '"crashed"' not in server.log.read_text()
    assert (await server.client.get("/api/mocs")).json()["total"] == 0


async def test_asked_to_stop_it_finishes_what_is_under_way_and_takes_nothing_new(
    server: Server, postgres: Postgres, database: str
) -> None:
    moc = (await server.client.post("/api/mocs", json=MOC)).json()["data"]["id"]
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
            writing = asyncio.ensure_future(server.client.patch(f"/api/mocs/{moc}", json={"theme": "kept"}))
            await until(lambda: waits_for_a_lock(postgres))
            server.child.ask_to_stop()
            await until(lambda: not server.listens())
            with pytest.raises((ConnectError, ReadError)):
                async with AsyncClient() as late:
                    await late.get(f"http://{LOOPBACK}:{server.port}/health")
        answer = await writing
    finally:
        await holder.close()
    assert (answer.status_code, answer.json()["data"]["theme"]) == (200, "kept")
    await until(lambda: not server.child.running, seconds=30.0)
    assert server.child.exit_code == 0
    written = server.log.read_text()
    assert "Traceback" not in written
    assert "Task was destroyed" not in written


async def test_a_supervisor_that_is_killed_leaves_nobody_listening(server: Server) -> None:
    assert (await server.client.get("/health")).status_code == 200
    server.child.kill()
    await until(lambda: not server.listens(), seconds=30.0)


async def test_without_a_database_it_starts_and_says_so(settings: Settings, logs: Path) -> None:
    port = free_port()
    down = replace(settings, postgres=replace(settings.postgres, port=1))
    child = start_api(port, env_of(down), logs / f"api-{port}.log")
    try:
        async with AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=30.0) as client:
            await until(lambda: accepts(LOOPBACK, port), START_SECONDS)
            answer = await client.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    finally:
        child.stop(30.0)
