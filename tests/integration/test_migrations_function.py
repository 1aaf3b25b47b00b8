"""The Lambda function that migrates: what a deployment gets from it, in time, and when it is refused."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from alembic.script import Script, ScriptDirectory

from service.db.migrations.gate import WouldBreak
from service.db.migrations.refusal import DatabaseIsNewer, MigrationRefused
from service.entrypoints.migrations import handler
from service.settings import MissingSettings
from tests.fakes.lambda_events import Context
from tests.fakes.log_lines import log_lines
from tests.integration.catalog import catalog_of
from tests.integration.postgres import Postgres
from tests.integration.servers import REGION, logs, moto, moto_server
from tests.integration.service.env import postgres_env_of
from tests.integration.test_migrations import open_transaction

__all__ = ["logs", "moto", "moto_server"]

REVISIONS = ["0001", "0002", "0003", "0004", "0005"]
BREAKING = "ALTER TABLE wishlist_items DROP COLUMN category"


@pytest.fixture(autouse=True)
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator["Lines"]:
    """What the function logs; how this process logs is as it was afterwards."""
    with log_lines():
        yield Lines(capsys)


class Lines:
    """The lines on standard output, as Lambda takes them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._told: list[dict[str, Any]] = []

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event; every line is one JSON object."""
        self._told += [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        return [line for line in self._told if line.get("message") == event]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database is named yet."""
    for name in ("HOST", "PORT", "DATABASE", "USERNAME", "PASSWORD", "SECRET_ARN", "IAM", "TLS", "CA_FILE"):
        monkeypatch.delenv(f"POSTGRES_{name}", raising=False)


def use(monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def on_empty(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, empty_database: str) -> str:
    use(monkeypatch, postgres_env_of(postgres.address(empty_database)))
    return empty_database


@pytest.fixture
def on_production(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, production: str) -> str:
    use(monkeypatch, postgres_env_of(postgres.address(production)))
    return production


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Makes revision 0005 break the old backend, and declare what is put into this."""
    declared: dict[str, str] = {}
    walk = ScriptDirectory.iterate_revisions

    def upgrade() -> None:
        from alembic import op

        op.execute(BREAKING)

    def altered(self: ScriptDirectory, *args: Any, **kwargs: Any) -> Iterator[Script]:
        for step in walk(self, *args, **kwargs):
            if step.revision == "0005":
                monkeypatch.setattr(step.module, "upgrade", upgrade)
                for name, value in declared.items():
                    monkeypatch.setattr(step.module, name, value, raising=False)
            yield step

    monkeypatch.setattr(ScriptDirectory, "iterate_revisions", altered)
    return declared


def test_it_says_what_it_applied_and_then_that_there_was_nothing_to_do(on_empty: str, lines: Lines) -> None:
    assert [handler({}, Context()), handler(None, Context())] == [{"applied": REVISIONS}, {"applied": []}]
    assert [line["applied"] for line in lines.of("migrated")] == [REVISIONS, []]


def test_a_production_database_is_adopted(on_production: str) -> None:
    assert handler({"RequestType": "Create"}, Context()) == {"applied": REVISIONS[1:]}


def test_what_would_break_the_running_backend_fails_the_deployment_before_anything_is_changed(
    on_production: str, postgres: Postgres, declared: dict[str, str], lines: Lines
) -> None:
    before = catalog_of(postgres, on_production)
    with pytest.raises(WouldBreak, match="nothing was changed"):
        handler({}, Context())
    assert catalog_of(postgres, on_production) == before
    (line,) = lines.of("migration_would_break")
    assert (line["level"], line["revision"], line["statement"]) == ("error", "0005", BREAKING)
    assert "still reads and writes" in line["why"]
    assert line["instead"]
    assert len(lines.of("migration_refused")) == 1


@pytest.mark.parametrize("event", [{}, {"contract": False}, {"contract": "true"}, {"contract": 1}, [], "contract"])
def test_a_contraction_wants_to_be_asked_for_in_so_many_words(
    on_production: str, declared: dict[str, str], event: Any
) -> None:
    declared["contracts"] = "the backend of before is gone since May"
    with pytest.raises(WouldBreak, match="gone since May"):
        handler(event, Context())


def test_and_runs_when_it_is(on_production: str, postgres: Postgres, declared: dict[str, str]) -> None:
    declared["contracts"] = "the backend of before is gone since May"
    assert handler({"contract": True}, Context()) == {"applied": REVISIONS[1:]}
    assert "category" not in catalog_of(postgres, on_production).columns["wishlist_items"]


def test_an_empty_database_has_no_backend_to_break(on_empty: str, postgres: Postgres, declared: dict[str, str]) -> None:
    assert handler({}, Context()) == {"applied": REVISIONS}


def test_an_older_release_can_be_deployed_again_on_what_a_newer_one_has_made(
    on_production: str, postgres: Postgres, lines: Lines
) -> None:
    handler({}, Context())
    postgres.run("UPDATE alembic_version SET version_num = '9999'", on_production)
    before = catalog_of(postgres, on_production)
    assert handler({}, Context()) == {"applied": []}
    assert catalog_of(postgres, on_production) == before
    assert postgres.run("SELECT version_num FROM alembic_version", on_production) == ["9999"]
    (line,) = lines.of("database_is_newer")
    assert (line["level"], "revision 9999" in line["reason"]) == ("error", True)


def test_whoever_asks_for_a_contraction_is_told_that_there_is_none(on_production: str, postgres: Postgres) -> None:
    handler({}, Context())
    postgres.run("UPDATE alembic_version SET version_num = '9999'", on_production)
    with pytest.raises(DatabaseIsNewer, match="9999"):
        handler({"contract": True}, Context())


async def test_it_ends_in_time_and_leaves_nothing_half_done(
    on_production: str, postgres: Postgres, lines: Lines
) -> None:
    before = catalog_of(postgres, on_production)
    async with open_transaction(on_production, "SELECT * FROM moc_parts_lists"):
        context = Context(seconds_left=6.5)
        with pytest.raises(MigrationRefused, match=r"Not done within the 1\.\d+ s that there were"):
            await asyncio.to_thread(handler, {}, context)
        assert context.get_remaining_time_in_millis() > 2000
    assert catalog_of(postgres, on_production) == before
    assert await asyncio.to_thread(handler, {}, Context()) == {"applied": REVISIONS[1:]}


def test_settings_that_are_missing_are_named(lines: Lines) -> None:
    with pytest.raises(MissingSettings, match="POSTGRES_HOST is missing; POSTGRES_DATABASE is missing"):
        handler({}, Context())
    assert "POSTGRES_HOST" in lines.of("migration_refused")[0]["reason"]


def test_the_password_may_be_in_a_secret(
    monkeypatch: pytest.MonkeyPatch, moto: str, postgres: Postgres, empty_database: str
) -> None:
    client = boto3.client("secretsmanager", region_name=REGION)
    arn = client.create_secret(Name="migrations", SecretString=json.dumps({"password": "any"}))["ARN"]
    env = dict(postgres_env_of(postgres.address(empty_database)))
    del env["POSTGRES_PASSWORD"]
    use(monkeypatch, {**env, "POSTGRES_SECRET_ARN": arn, "AWS_REGION": REGION})
    assert handler({}, Context()) == {"applied": REVISIONS}


def test_a_secret_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, moto: str, postgres: Postgres, empty_database: str, lines: Lines
) -> None:
    env = dict(postgres_env_of(postgres.address(empty_database)))
    del env["POSTGRES_PASSWORD"]
    use(monkeypatch, {**env, "POSTGRES_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:1:secret:none"})
    with pytest.raises(MigrationRefused, match="no password to connect with; the log says why"):
        handler({}, Context())
    assert len(lines.of("database_secret_unavailable")) == 1


def test_the_function_is_named_as_lambda_wants_it(on_empty: str) -> None:
    code = "from service.entrypoints.migrations import handler; print(callable(handler))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True\n"
