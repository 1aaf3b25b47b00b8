"""The database password from Secrets Manager: fetched when needed, fetched anew when it was changed."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import asyncpg
import boto3
import msgspec
import pytest
from httpx import AsyncClient

from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.servers import start_api
from cutover.rehearsal.stack.tokens import TokenMaker
from service.db.migrate import upgrade
from service.db.migrations.connecting import DatabaseSettings, access_of
from service.db.migrations.refusal import MigrationRefused
from service.settings import Postgres as Address
from service.settings import Settings
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import scripted_http
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.servers import REGION, aws_env
from tests.integration.service.api import MOC, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.env import env_of
from tests.integration.service.rds_proxy import RdsProxy, rds_proxy

NO_REDIS = f"{LOOPBACK}:1"
SetPassword = Callable[[str], None]


@pytest.fixture
def strict(fragile_postgres: tuple[Postgres, str]) -> Iterator[tuple[Postgres, Address, SetPassword]]:
    """A server that wants a password of its user lego."""
    server, template = fragile_postgres
    dsn = server.create_database(template)
    rules = server.files.directory / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("host all lego 127.0.0.1/32 scram-sha-256\n" + before)
    server.run("DROP ROLE IF EXISTS lego; CREATE ROLE lego LOGIN SUPERUSER; SELECT pg_reload_conf()")
    address = replace(server.address(dsn), username="lego", password=None)

    def change(password: str) -> None:
        server.run(f"ALTER ROLE lego PASSWORD '{password}'")

    yield server, address, change
    rules.write_text(before)
    server.run("SELECT pg_reload_conf()")


@pytest.fixture
def secret(moto: str) -> tuple[str, SetPassword]:
    """A secret's ARN, and how to change what it holds."""
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name=f"lego-{id(client)}", SecretString="{}")["ARN"]

    def put(password: str) -> None:
        client.put_secret_value(SecretId=arn, SecretString=json.dumps({"username": "lego", "password": password}))

    return arn, put


async def test_it_is_fetched_from_the_secret_and_again_after_it_was_rotated(
    open_api: Open,
    strict: tuple[Postgres, Address, SetPassword],
    secret: tuple[str, SetPassword],
    lines: LogLines,
) -> None:
    server, address, change = strict
    arn, store = secret
    change("first-word")
    store("first-word")
    async with open_api(postgres=replace(address, secret_arn=arn), redis_endpoint=NO_REDIS) as api:
        assert (await api.post("/api/mocs", MOC)).status_code == 201
        change("second-word")
        store("second-word")
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lego'")
        assert (await api.get("/api/mocs")).json()["total"] == 1
    for word in ("first-word", "second-word"):
        assert word not in lines.stream.getvalue()


async def test_while_the_secret_lags_behind_it_is_503_and_then_works(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], secret: tuple[str, SetPassword]
) -> None:
    _, address, change = strict
    arn, store = secret
    change("new")
    store("old")
    async with open_api(postgres=replace(address, secret_arn=arn), redis_endpoint=NO_REDIS) as api:
        assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")
        store("new")
        assert (await api.get("/api/mocs")).status_code == 200


@pytest.mark.parametrize("held", ["", "not json", "{}", '{"password": 5}', "[]", '{"password": null}'])
async def test_a_secret_that_holds_no_password_is_503_and_not_shown(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], moto: str, held: str, lines: LogLines
) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name=f"odd-{id(client)}", SecretString=held or "x" * 9)["ARN"]
    async with open_api(postgres=replace(strict[1], secret_arn=arn), redis_endpoint=NO_REDIS) as api:
        assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")
    assert len(lines.of("database_secret_unavailable")) >= 1
    assert lines.of("crashed") == []


async def test_a_secret_of_bytes_or_none_at_all_is_503(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], moto: str, lines: LogLines
) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name=f"bytes-{id(client)}", SecretBinary=b"{}")["ARN"]
    for wanted in (arn, arn + "-gone"):
        async with open_api(postgres=replace(strict[1], secret_arn=wanted), redis_endpoint=NO_REDIS) as api:
            assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")
    assert lines.of("crashed") == []


async def test_a_wrong_password_that_was_given_outright_is_503(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], lines: LogLines
) -> None:
    _, address, change = strict
    change("right")
    async with open_api(postgres=replace(address, password="wrong-word"), redis_endpoint=NO_REDIS) as api:
        assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")
        change("wrong-word")
        assert (await api.get("/api/mocs")).status_code == 200
    assert "wrong-word" not in lines.stream.getvalue()


async def test_a_refusal_by_rds_proxy_which_says_28000_is_a_rotation_too(
    open_api: Open, postgres: Postgres, database: str, secret: tuple[str, SetPassword]
) -> None:
    arn, store = secret
    store("first-word")
    valid = ["first-word"]
    proxy = RdsProxy(postgres.port, SSLContext(PROTOCOL_TLS_SERVER), lambda password: password == valid[-1])
    async with rds_proxy(proxy):
        address = replace(postgres.address(database, proxy.port), password=None, secret_arn=arn, tls="off")
        async with open_api(postgres=address, redis_endpoint=NO_REDIS) as api:
            assert (await api.get("/api/mocs")).status_code == 200
            valid.append("second-word")
            store("second-word")
            await proxy.stop()
            assert (await api.get("/api/mocs")).status_code == 200
    assert proxy.plain == 2


async def test_between_the_databases_change_and_the_secrets_the_pending_version_is_taken(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], moto: str
) -> None:
    server, address, change = strict
    rotation = Rotation()
    change("old")
    async with open_api(postgres=replace(address, secret_arn=rotation.arn), redis_endpoint=NO_REDIS) as api:
        assert (await api.get("/api/mocs")).status_code == 200
        version = rotation.prepare("new")
        change("new")
        server.run(CUT)
        assert (await api.get("/api/mocs")).status_code == 200
        change("old")  # the rotation is given up
        server.run(CUT)
        assert (await api.get("/api/mocs")).status_code == 200
        rotation.finish(version)
        server.run(CUT)
        assert (await api.get("/api/mocs")).status_code == 200


async def test_a_migration_in_the_middle_of_a_rotation_takes_the_pending_version_too(
    strict: tuple[Postgres, Address, SetPassword], moto: str
) -> None:
    _, address, change = strict
    rotation = Rotation()
    change("new")
    access = access_of(DatabaseSettings(replace(address, secret_arn=rotation.arn), REGION, None, "INFO"))
    with pytest.raises(MigrationRefused, match="password authentication failed"):
        await asyncio.to_thread(upgrade, access)
    rotation.prepare("new")
    assert await asyncio.to_thread(upgrade, access) == []
    given = access_of(DatabaseSettings(replace(address, password="wrong"), REGION, None, "INFO"))
    with pytest.raises(MigrationRefused, match="password authentication failed"):
        await asyncio.to_thread(upgrade, given)


class TestARunningServer:
    """The process as ECS runs it, with a pool."""

    async def test_a_rotation_fails_no_request_and_leaves_open_connections_alone(
        self,
        settings: Settings,
        tokens: TokenMaker,
        strict: tuple[Postgres, Address, SetPassword],
        moto: str,
        logs: Path,
    ) -> None:
        server, address, change = strict
        rotation = Rotation()
        change("old")
        port, log = free_port(), logs / f"rotation-{rotation.arn[-6:]}.log"
        headers = {"Authorization": f"Bearer {tokens.token('alice')}"}
        url = f"http://{LOOPBACK}:{port}"
        async with scripted_http(lambda _: (200, msgspec.json.encode(tokens.jwks()))) as keys:
            wanted = replace(
                settings,
                postgres=replace(address, secret_arn=rotation.arn),
                redis_endpoint=NO_REDIS,
                cognito=replace(settings.cognito, jwks_url=f"{keys.url}/jwks.json"),
            )
            child = start_api(port, env_of(wanted, **aws_env(moto)), log)
            try:
                async with AsyncClient(base_url=url, headers=headers, timeout=30.0) as client:
                    await until(lambda: accepts(LOOPBACK, port), 60.0)
                    assert (await client.get("/api/mocs")).status_code == 200
                    before = backends(server)
                    version = rotation.prepare("new")
                    change("new")
                    statuses = await crowd(client, server, address, len(before) + 3)
                    during = backends(server)
                    rotation.finish(version)
                    statuses += await crowd(client, server, address, len(during) + 3)
                    after = backends(server)
            finally:
                child.stop(30.0)
        assert set(statuses) == {200}
        assert before < during < after
        told = log.read_text()
        assert "database_unavailable" not in told
        assert "database_secret_unavailable" not in told


CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lego'"


class Rotation:
    """A secret that holds `old`, and the steps in which Secrets Manager rotates it."""

    def __init__(self) -> None:
        self._client: Any = boto3.client("secretsmanager", region_name=REGION)
        made = self._client.create_secret(Name=f"rotated-{id(self)}", SecretString=json.dumps({"password": "old"}))
        self.arn: str = made["ARN"]
        self._version: str = made["VersionId"]

    def prepare(self, password: str) -> str:
        """Write the new password down beside the current one."""
        text = json.dumps({"password": password})
        made = self._client.put_secret_value(SecretId=self.arn, SecretString=text, VersionStages=["AWSPENDING"])
        return str(made["VersionId"])

    def finish(self, version: str) -> None:
        """Make it the current one."""
        self._client.update_secret_version_stage(
            SecretId=self.arn, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=self._version
        )


def backends(server: Postgres) -> set[str]:
    """The service's connections, as PostgreSQL knows them."""
    return set(server.run("SELECT pid FROM pg_stat_activity WHERE usename = 'lego'"))


async def crowd(client: AsyncClient, server: Postgres, address: Address, requests: int) -> list[int]:
    """The statuses of so many requests that need a connection each at the same time."""
    holder = await asyncpg.connect(server.dsn(address.database))
    try:
        async with holder.transaction():
            await holder.execute("LOCK moc_instructions IN ACCESS EXCLUSIVE MODE")
            asked = [asyncio.ensure_future(client.get("/api/mocs")) for _ in range(requests)]
            await until(lambda: len(backends(server)) >= requests)
    finally:
        await holder.close()
    return [(await one).status_code for one in asked]
