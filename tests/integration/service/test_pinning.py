"""Nothing that the API sends to PostgreSQL pins a connection of RDS Proxy: read from the server's own statement log."""

import functools
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import service.domains
from cutover.rehearsal.stack.ports import LOOPBACK
from service.db.access import SESSION
from service.direct_uploads import DirectUploads
from service.files import Files
from service.settings import Postgres as Address
from tests.integration.postgres import Postgres
from tests.integration.service.conftest import Open
from tests.integration.service.walk import Walk, not_walked
from tests.integration.user_pool import Pool

NOWHERE = f"{LOOPBACK}:1"
DESCRIPTION = Path(service.domains.__file__).parents[1] / "openapi.json"
# What AWS names as pinning (RDS User Guide, "Avoiding pinning an RDS Proxy"), as PostgreSQL's log would show it.
PINNING = re.compile(
    r"""^\s*(SET|RESET|DISCARD|LISTEN|UNLISTEN|PREPARE|EXECUTE|DEALLOCATE|DECLARE|LOAD|CLOSE)\b
      | \bset_config\s*\( | \bpg_(try_)?advisory\w* | \b(nextval|setval|lastval|currval)\s*\(
      | \bCREATE\s+(GLOBAL\s+|LOCAL\s+)?TEMP(ORARY)?\b | \bINTO\s+TEMP(ORARY)?\b | \bpg_temp\b
      | \bDECLARE\b.*\bCURSOR\b | \bLOCK\s+TABLE\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
MOST_STATEMENT_BYTES = 16 * 1024  # a longer text pins, whatever it says
# What the proxy takes in a start-up message and keeps for the client without pinning it; `options` it refuses.
KNOWN_AT_THE_START = {
    "application_name",
    "client_encoding",
    "DateStyle",
    "TimeZone",
    "extra_float_digits",
    "search_path",
}
_LINE = re.compile(r"^\d{4}-\d\d-\d\d [^\[]*\[\d+\] (?P<kind>[A-Z]+): +(?P<text>.*)", re.DOTALL)
# Every statement is logged when it is executed, and, by its duration, when it is parsed: that is where a name pins.
_STATEMENT = re.compile(
    r"(duration: [\d.]+ ms  )?(statement|(parse|bind|execute) (?P<name>\S+)): (?P<sql>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as the server has seen it; `name` of its prepared statement, None: it was sent as plain text."""

    name: str | None
    sql: str


@pytest.fixture
def logged(fragile_postgres: tuple[Postgres, str]) -> tuple[Postgres, Address]:
    """A database each of whose statements is logged."""
    server, template = fragile_postgres
    dsn = server.create_database(template)
    database = dsn.rpartition("/")[2]
    settings = {"log_statement": "'all'", "log_min_duration_statement": "0", "timezone": "'Asia/Tokyo'"}
    for name, value in settings.items():
        server.run(f"ALTER DATABASE {database} SET {name} = {value}")
    return server, server.address(dsn)


def statements(log: str) -> Iterator[Sent]:
    """The statements in a server's log; lines that begin with a tab go on."""
    for entry in re.split(r"\n(?!\t)", log):
        line = _LINE.match(entry)
        found = line and line["kind"] == "LOG" and _STATEMENT.match(line["text"])
        if found:
            yield Sent(found["name"], found["sql"])


def pinning(sent: Sequence[Sent]) -> list[Sent]:
    """Those that would pin."""
    return [
        one
        for one in sent
        if one.name not in (None, "<unnamed>")
        or PINNING.search(one.sql)
        or len(one.sql.encode()) > MOST_STATEMENT_BYTES
    ]


def repositories() -> Iterator[type]:
    """Every class that speaks SQL."""
    for module in pkgutil.walk_packages(service.domains.__path__, "service.domains."):
        if module.name.endswith(".repository"):
            for name, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if name.endswith("Repository") and found.__module__ == module.name:
                    yield found
    yield Files
    yield DirectUploads


@pytest.fixture
def never_called(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The methods that speak SQL, less those that have been called since."""
    left: set[str] = set()

    def noting(label: str, method: Any) -> Any:
        @functools.wraps(method)
        def noted(*args: Any, **kwargs: Any) -> Any:
            left.discard(label)
            return method(*args, **kwargs)

        return noted

    for owner in repositories():
        for name, method in vars(owner).items():
            if inspect.isfunction(method) and not name.startswith("__"):
                label = f"{owner.__name__}.{name}"
                left.add(label)
                monkeypatch.setattr(owner, name, noting(label, method))
    return left


@pytest.mark.parametrize("searching", ["OpenSearch", "PostgreSQL"])
async def test_no_repository_call_pins_a_connection(
    open_api: Open, logged: tuple[Postgres, Address], never_called: set[str], pool: Pool, index: str, searching: str
) -> None:
    server, address = logged
    assert len(never_called) > 70
    engine = {"opensearch_endpoint": f"http://{NOWHERE}"} if searching == "PostgreSQL" else {}
    begin = server.log.stat().st_size
    async with open_api(postgres=address, redis_endpoint=NOWHERE, on_lambda=True, **engine) as api:
        walk = Walk(api)
        await walk.everything()
        zone = await api.runtime.database.fetch_row("SELECT current_setting('timezone') AS zone")
        named = await api.runtime.database.fetch("SELECT name FROM pg_prepared_statements WHERE name <> ''")
    sent = list(statements(server.log.read_bytes()[begin:].decode()))
    assert pinning(sent) == []
    assert (dict(zone or {}), list(named)) == ({"zone": "UTC"}, [])
    assert len({one.sql for one in sent}) > 80
    assert not_walked(walk.taken, json.loads(DESCRIPTION.read_bytes())["paths"]) == set()
    if searching == "PostgreSQL":
        assert never_called == set()


async def test_the_cache_of_prepared_statements_which_ecs_has_would_pin(
    open_api: Open, logged: tuple[Postgres, Address]
) -> None:
    server, address = logged
    begin = server.log.stat().st_size
    async with open_api(postgres=address, redis_endpoint=NOWHERE) as api:
        assert (await api.get("/api/mocs")).status_code == 200
    found = pinning(list(statements(server.log.read_bytes()[begin:].decode())))
    assert any("__asyncpg_stmt" in str(one.name) for one in found)


def test_the_start_up_message_says_only_what_the_proxy_keeps_without_pinning() -> None:
    assert set(SESSION) <= KNOWN_AT_THE_START


@pytest.mark.parametrize(
    "sql",
    [
        "SET timezone = 'UTC'", "set local x = 1", "RESET ALL", "DISCARD ALL", "LISTEN x", "UNLISTEN *",
        "PREPARE a AS x", "DEALLOCATE a", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "SELECT set_config('jit', 'off', false)",
        "SELECT pg_advisory_unlock_all()", "SELECT pg_try_advisory_xact_lock(1)", "SELECT nextval('s')",
        "CREATE TEMP TABLE x (a int)", "SELECT 1 INTO TEMPORARY x", "LOCK TABLE x", f"SELECT '{'x' * 17000}'",
    ],
)  # fmt: skip
def test_what_pins_is_recognised(sql: str) -> None:
    log = f"2026-01-01 00:00:00.000 UTC [17] LOG:  execute <unnamed>: {sql}\n2026-01-01 00:00:00 UTC [17] LOG:  x"
    assert [one.sql for one in pinning(list(statements(log)))] == [sql]


def test_a_named_statement_is_recognised_and_a_plain_one_is_let_pass() -> None:
    entries = [
        "execute s1: SELECT 1",
        "statement: BEGIN;",
        "execute <unnamed>: UPDATE t\n\tSET a = 1",
        "duration: 0.012 ms  parse s2: SELECT 2",
        "duration: 0.012 ms",
        "other: SET x",
    ]
    log = "\n".join(f"2026-01-01 00:00:00.000 UTC [17] LOG:  {entry}" for entry in entries)
    assert [one.name for one in statements(log)] == ["s1", None, "<unnamed>", "s2"]
    assert pinning(list(statements(log))) == [Sent("s1", "SELECT 1"), Sent("s2", "SELECT 2")]
