"""TLS on the way to PostgreSQL: who is believed, and that nothing goes in the clear where it must not."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from service.db.credentials import Credentials
from service.db.database import Database
from service.db.iam import auth_token
from service.db.migrate import upgrade
from service.db.migrations.connecting import DatabaseSettings, access_of
from service.db.migrations.refusal import MigrationRefused
from service.kernel.errors import Unavailable
from service.kernel.signature_v4 import AwsKeys
from service.settings import MissingSettings
from service.settings import Postgres as Address
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, assert_failure
from tests.integration.service.certificates import Authority
from tests.integration.service.conftest import Open
from tests.integration.service.rds_proxy import RdsProxy, rds_proxy

REGION = "us-east-1"
KEYS = AwsKeys("ASIAEXAMPLE", "secret", "a-session")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture
def ca(authority: Authority, tmp_path: Path) -> str:
    """The file that makes the proxy's authority believed."""
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.pem)
    return str(path)


@pytest.fixture
def tls(authority: Authority, tmp_path: Path) -> SSLContext:
    """What a server at 127.0.0.1 shows."""
    certificate, key = authority.server("127.0.0.1")
    path = tmp_path / "server.pem"
    path.write_bytes(certificate + key)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
async def proxy(postgres: Postgres, tls: SSLContext) -> AsyncIterator[RdsProxy]:
    async with rds_proxy(RdsProxy(postgres.port, tls)) as listening:
        yield listening


@pytest.fixture
def address(postgres: Postgres, proxy: RdsProxy, database: str) -> Address:
    return postgres.address(database, proxy.port)


@asynccontextmanager
async def opened(address: Address, keys: AwsKeys | None = None) -> AsyncIterator[Database]:
    database = Database(address, Credentials(address, REGION, keys), pool_size=1, statement_cache=0)
    try:
        yield database
    finally:
        await database.close()


async def ping(address: Address) -> None:
    async with opened(address) as database:
        await database.ping()


async def test_a_server_whose_authority_and_host_are_right_is_believed(
    proxy: RdsProxy, address: Address, ca: str
) -> None:
    await ping(replace(address, tls="verify", ca_file=ca))
    assert (proxy.encrypted, proxy.plain) == (1, 0)


@pytest.mark.parametrize("believed", ["the system's authorities", "another authority of ours"])
async def test_a_server_of_an_unknown_authority_is_not_talked_to(
    proxy: RdsProxy, address: Address, believed: str, tmp_path: Path, lines: LogLines
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(Authority.new().pem)
    ca_file = str(other) if "another" in believed else None
    with pytest.raises(Unavailable, match="The database is not available"):
        await ping(replace(address, tls="verify", ca_file=ca_file))
    (line,) = lines.of("database_unavailable")
    assert "CERTIFICATE_VERIFY_FAILED" in line["error"]
    assert (proxy.encrypted, proxy.plain) == (0, 0)


async def test_a_server_of_another_name_is_not_talked_to(
    proxy: RdsProxy, address: Address, ca: str, lines: LogLines
) -> None:
    with pytest.raises(Unavailable):
        await ping(replace(address, host="localhost", tls="verify", ca_file=ca))
    assert "Hostname mismatch" in lines.of("database_unavailable")[0]["error"]
    assert (proxy.encrypted, proxy.plain) == (0, 0)


@pytest.mark.parametrize(
    ("host", "tls_mode"), [("127.0.0.1", "require"), ("localhost", "require"), ("127.0.0.1", "prefer")]
)
async def test_require_and_prefer_encrypt_whoever_it_is(
    proxy: RdsProxy, address: Address, host: str, tls_mode: str
) -> None:
    await ping(replace(address, host=host, tls=tls_mode))
    assert (proxy.encrypted, proxy.plain) == (1, 0)


async def test_off_encrypts_nothing(proxy: RdsProxy, address: Address) -> None:
    await ping(replace(address, tls="off"))
    assert (proxy.encrypted, proxy.plain) == (0, 1)


@pytest.mark.parametrize("tls_mode", ["verify", "require"])
async def test_a_server_without_tls_is_refused_where_tls_is_wanted(postgres: Postgres, tls_mode: str) -> None:
    with pytest.raises(Unavailable):
        await ping(replace(postgres.address(postgres.dsn()), tls=tls_mode))


@pytest.mark.parametrize("tls_mode", ["prefer", "off"])
async def test_a_server_without_tls_will_do_otherwise(postgres: Postgres, tls_mode: str) -> None:
    await ping(replace(postgres.address(postgres.dsn()), tls=tls_mode))


async def test_through_the_api_it_is_the_usual_503(open_api: Open, address: Address) -> None:
    async with open_api(postgres=replace(address, tls="verify")) as api:
        assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")


async def test_a_file_without_certificates_stops_the_start_by_its_name(address: Address, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    wanted = replace(address, tls="verify", ca_file=str(empty))
    with pytest.raises(MissingSettings, match="POSTGRES_CA_FILE holds no certificates"):
        Database(wanted, Credentials(wanted, REGION), pool_size=1, statement_cache=0)


async def test_a_migration_says_that_the_certificate_is_not_believed(address: Address) -> None:
    settings = DatabaseSettings(replace(address, tls="verify"), REGION, None, "INFO")
    with pytest.raises(MigrationRefused, match=r"certificate is not believed.*POSTGRES_CA_FILE"):
        await asyncio.to_thread(upgrade, access_of(settings))


class TestIam:
    """A proxy that takes nothing but tokens."""

    @pytest.fixture
    def judged(self) -> list[str]:
        """What was shown as a password."""
        return []

    @pytest.fixture
    async def proxy(self, postgres: Postgres, tls: SSLContext, judged: list[str]) -> AsyncIterator[RdsProxy]:
        def right(password: str) -> bool:
            judged.append(password)
            (stamp,) = re.findall(r"X-Amz-Date=(\w+)", password) or [""]
            signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            address = replace(postgres.address("/", guarded.port), iam=True)
            return password == auth_token(address, REGION, KEYS, signed)

        guarded = RdsProxy(postgres.port, tls, right)
        async with rds_proxy(guarded) as listening:
            yield listening

    @pytest.fixture
    def address(self, postgres: Postgres, proxy: RdsProxy, database: str, ca: str) -> Address:
        address = postgres.address(database, proxy.port)
        return replace(address, password=None, iam=True, tls="verify", ca_file=ca)

    async def test_requests_are_served_by_tokens_alone(
        self, open_api: Open, address: Address, proxy: RdsProxy, judged: list[str], lines: LogLines
    ) -> None:
        async with open_api(postgres=address, aws_keys=KEYS, on_lambda=True) as api:
            assert (await api.post("/api/mocs", MOC)).status_code == 201
            assert (await api.get("/api/mocs")).json()["total"] == 1
        assert (proxy.encrypted, proxy.plain, len(judged)) == (1, 0, 1)
        assert judged[0] not in lines.stream.getvalue()

    async def test_a_refused_token_is_503_and_no_token_is_logged(
        self, open_api: Open, address: Address, judged: list[str], lines: LogLines
    ) -> None:
        async with open_api(postgres=address, aws_keys=AwsKeys("AKIDOTHER", "other")) as api:
            assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")
        assert len(judged) == 2
        assert "InvalidAuthorizationSpecificationError" in lines.of("database_unavailable")[0]["error"]
        assert "X-Amz-Signature" not in lines.stream.getvalue()
