"""What every target stands on: one PostgreSQL with a database for each, Valkey, the pool's keys, tokens."""

import http.server
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.rehearsal.stack import servers
from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.tokens import TokenMaker
from service.db.migrate import upgrade
from service.search.indices import MAPPINGS, MOCS
from tests.integration.postgres import Postgres, running_postgres
from tests.integration.servers import send

USERS, MOCS_EACH, SIGNED_IN = 200, 200, 100
SEEDED = "seeded"
SEED = f"""INSERT INTO moc_instructions (user_id, title, type, author, description, parts_count, theme, tags,
  thumbnail_url, total_piece_count, created_at, updated_at)
 SELECT 'user-' || n % {USERS}, 'Castle no. ' || n, 'moc', 'Designer ' || n % 300,
  repeat('Gates, towers and a drawbridge. ', 1 + n % 6), 1 + n % 4000, (ARRAY['City', 'Castle', 'Space'])[1 + n % 3],
  jsonb_build_array('modular', 'tag-' || n % 40, 'tag-' || n % 7), 'https://files.example.com/' || n || '.webp',
  n % 4000, moment, moment
 FROM generate_series(1, {USERS * MOCS_EACH}) AS n, LATERAL (SELECT timestamp '2024-01-01' + n * interval '1 minute') AS
  of_row (moment);
VACUUM ANALYZE"""
NEWEST = """SELECT DISTINCT ON (user_id) user_id, id FROM moc_instructions ORDER BY user_id, updated_at DESC"""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where everything is; `users` names a file with a token and the id of an own MOC a line."""

    directory: Path
    postgres: Postgres
    valkey_port: int
    search_url: str
    jwks_url: str
    users: Path

    def database(self, name: str) -> str:
        """The DSN of that target's own copy of the seeded database, as it is in the beginning."""
        self.postgres.run(f"DROP DATABASE IF EXISTS {name} (FORCE); CREATE DATABASE {name} TEMPLATE {SEEDED}")
        return self.postgres.dsn(name)

    def cache(self, number: int) -> str:
        """`HOST:PORT/NUMBER`: one of Valkey's databases."""
        return f"{LOOPBACK}:{self.valkey_port}/{number}"

    def first_users(self) -> Sequence[tuple[str, str]]:
        """Token and own MOC of each signed-in user."""
        pairs = [line.split() for line in self.users.read_text().splitlines()]
        return [(token, moc) for token, moc in pairs]


@contextmanager
def opened(*, indexing: bool) -> Iterator[Stand]:
    """Start it all, seed it, stop it all. `indexing`: with a search engine that takes what is written."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, running_postgres() as postgres:
        directory = Path(name)
        tokens = TokenMaker.new()
        _seed(postgres)
        valkey_port, search_port = free_port(), free_port()
        children = [servers.start_valkey(valkey_port, directory / "valkey", directory / "valkey.log")]
        if indexing:
            children.append(servers.start_search(search_port, directory / "search.log"))
            send("PUT", f"http://{LOOPBACK}:{search_port}/{MOCS}", {"mappings": MAPPINGS[MOCS]})
        try:
            with _published(tokens) as jwks_url:
                users = _users(directory, postgres, tokens)
                yield Stand(directory, postgres, valkey_port, f"http://{LOOPBACK}:{search_port}", jwks_url, users)
        finally:
            for child in children:
                child.stop()


def _seed(postgres: Postgres) -> None:
    postgres.run(f"CREATE DATABASE {SEEDED}")
    upgrade(postgres.dsn(SEEDED))
    for statement in SEED.split(";"):
        postgres.run(statement, postgres.dsn(SEEDED))


def _users(directory: Path, postgres: Postgres, tokens: TokenMaker) -> Path:
    rows = [line.split("|") for line in postgres.run(NEWEST, postgres.dsn(SEEDED))[:SIGNED_IN]]
    path = directory / "users.txt"
    path.write_text("".join(f"{tokens.token(user)} {moc}\n" for user, moc in rows))
    return path


@contextmanager
def _published(tokens: TokenMaker) -> Iterator[str]:
    """The pool's keys on HTTP."""
    body = json.dumps(tokens.jwks()).encode()

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Keys)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/jwks.json"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
