"""The database password from Secrets Manager: fetched when needed, fetched anew when it was changed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import boto3
import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from service.settings import Postgres as Address
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.servers import REGION
from tests.integration.service.api import MOC, assert_failure
from tests.integration.service.conftest import Open

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
