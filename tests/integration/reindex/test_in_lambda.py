"""The Lambda functions of a distributed reindex on real servers: what is left comes back, and who is signed in to."""

import asyncio
import datetime
import json
import logging
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cutover.core.reindex.models import DatabaseUnreachable
from cutover.core.reindex.ranges import spans
from cutover.reindex import in_lambda
from cutover.reindex.in_lambda import Database, plan, url_of
from cutover.reindex.source import open_source
from cutover.reindex.task import SPARE_SECONDS, Servers
from tests.integration.reindex.aliases import MOCS, ROWS, Place, place
from tests.integration.reindex.test_reindex_task import Ending

__all__ = ["place"]
STATE_BYTES = 256 * 1024  # that Step Functions hands on


@pytest.fixture
def servers(place: Place) -> Servers:
    """The place, by URLs without a token: its PostgreSQL knows neither TLS nor IAM."""
    return Servers(place.url, place.dsn)


def load(event: dict[str, Any], context: Ending | None, servers: Callable[[], Servers]) -> dict[str, Any]:
    """The function, with event and answer as Lambda hands them on: as JSON."""
    answered = in_lambda.load(json.loads(json.dumps(event)), context, servers)
    answer: dict[str, Any] = json.loads(json.dumps(answered))
    return answer


def test_the_numbers_of_all_ranges_load_everything(place: Place, servers: Servers) -> None:
    planned = plan({"alias": MOCS, "ranges": 3}, None, lambda: servers)
    numbers = planned.pop("numbers")

    done = [load({**planned, "number": number}, Ending(900), lambda: servers) for number in numbers]

    assert numbers == [0, 1, 2]
    assert sum(one["indexed"] for one in done) == ROWS
    assert [one["left"] for one in done] == [[], [], []]
    assert place.is_equal(planned["index"])


def test_as_many_ranges_as_there_may_be_fit_into_a_state(servers: Servers) -> None:
    planned = plan({"alias": MOCS, "ranges": 10_000}, None, lambda: servers)

    assert len(planned["numbers"]) == 10_000
    assert len(json.dumps(planned)) < STATE_BYTES / 4


def test_what_is_left_is_the_next_event_until_nothing_is(place: Place, servers: Servers) -> None:
    planned = plan({"alias": MOCS, "ranges": 1}, None, lambda: servers)
    event = {**planned, "number": 0}
    del event["numbers"]

    cut = load(event, Ending(0), lambda: servers)
    done = load(cut, Ending(900), lambda: servers)

    assert cut["left"]
    assert done["left"] == []
    assert done["indexed"] >= ROWS
    assert place.is_equal(planned["index"])


def test_an_item_that_would_only_just_be_begun_is_left(place: Place, servers: Servers) -> None:
    planned = plan({"alias": MOCS, "ranges": 2}, None, lambda: servers)
    named = {name: planned[name] for name in ("alias", "index", "run")}
    ends = [None if span.until is None else str(span.until) for span in spans(2)]
    work = {**named, "left": [{**named, "until": ends[0]}, {**named, "after": ends[0]}]}

    late = load(work, Ending(2 * SPARE_SECONDS - 1), lambda: servers)
    done = load(late, Ending(900), lambda: servers)

    assert 0 < late["indexed"] < ROWS
    assert late["left"] == [work["left"][1]]
    assert (done["indexed"], done["left"]) == (ROWS, [])
    assert place.is_equal(planned["index"])


def test_rows_that_cannot_be_indexed_are_counted_and_the_first_are_named(
    place: Place, servers: Servers, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_lambda, "MOST_LETTERS", 1)
    monkeypatch.setattr(in_lambda, "MOST_REASON", 10)
    bad = sorted(place.titles())[:2]
    place.sql(f"UPDATE moc_instructions SET created_at = '0044-03-15 BC' WHERE id IN ('{bad[0]}', '{bad[1]}')")
    planned = plan({"alias": MOCS, "ranges": 1}, None, lambda: servers)
    del planned["numbers"]

    with caplog.at_level(logging.INFO):
        done = load({**planned, "number": 0}, None, lambda: servers)

    assert done["dead"] == 2
    assert [letter["id"] in bad for letter in done["letters"]] == [True]
    assert len(done["letters"][0]["reason"]) == 10
    warned = [record for record in caplog.records if record.message == "row_not_indexed"]
    assert sorted(record.id for record in warned) == bad  # type: ignore[attr-defined]  # of `extra`


@dataclass
class Listener:
    """A PostgreSQL that speaks TLS only, asks for the password, and knows nobody. `heard`: what it was told."""

    certificate: Path
    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(asyncio.IncompleteReadError, ssl.SSLError, ConnectionError):
            await reader.readexactly(8)  # "may I speak TLS?"
            writer.write(b"S")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            await writer.start_tls(context)
            (size,) = struct.unpack("!i", await reader.readexactly(4))
            self.heard.append(await reader.readexactly(size - 4))
            writer.write(struct.pack("!cii", b"R", 8, 3))  # the password, as it is
            _, size = struct.unpack("!ci", await reader.readexactly(5))
            self.heard.append(await reader.readexactly(size - 4))
            said = b"SFATAL\0C28P01\0Mnobody is known here\0\0"
            writer.write(struct.pack("!ci", b"E", len(said) + 4) + said)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Listener]:
    """A Listener that is called localhost, by its own word."""
    listener = Listener(_certificate(folder))
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await server.wait_closed()


def _certificate(folder: Path) -> Path:
    """A certificate for localhost that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


async def _try(url: str) -> None:
    await open_source(url, MOCS, patience_seconds=0.0)


PASSWORD = "proxy:5432/?Action=connect&DBUser=a@b&X-Amz-Credential=A%2Fus-east-1%2Frds-db"


async def test_postgresql_hears_user_and_token_as_they_are(tmp_path: Path) -> None:
    async with listening(tmp_path) as listener:
        database = Database("localhost", listener.port, "lego", "a@b")

        with pytest.raises(DatabaseUnreachable, match="nobody is known here"):
            await _try(url_of(database, PASSWORD, str(listener.certificate)))

    startup, password = listener.heard
    assert b"user\0a@b\0" in startup
    assert b"database\0lego\0" in startup
    assert password == PASSWORD.encode() + b"\0"


@pytest.mark.parametrize("wrong", ["certificate", "name"])
async def test_a_server_that_nobody_vouches_for_never_hears_the_token(tmp_path: Path, wrong: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with listening(tmp_path) as listener:
        trusted = _certificate(other) if wrong == "certificate" else listener.certificate
        host = "localhost" if wrong == "certificate" else "127.0.0.1"

        with pytest.raises(DatabaseUnreachable, match="certificate verify failed"):
            await _try(url_of(Database(host, listener.port, "lego", "a"), PASSWORD, str(trusted)))

    assert listener.heard == []
