"""Migrations from the command line: the deployment's own command, and Alembic's for those who write revisions."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from service.db import migrate
from service.db.migrations.refusal import MigrationRefused
from service.settings import MissingSettings
from tests.integration.catalog import catalog_of
from tests.integration.postgres import Postgres
from tests.integration.production import PRODUCTION

MIGRATIONS = Path(migrate.__file__).parent / "migrations"
ROOT = MIGRATIONS.parents[2]


def settings(postgres: Postgres, dsn: str, **changes: str) -> Mapping[str, str]:
    """The environment of a deployment; the password is not looked at by a server that trusts everybody."""
    return {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(postgres.port),
        "POSTGRES_DATABASE": dsn.rpartition("/")[2],
        "POSTGRES_USERNAME": "postgres",
        "POSTGRES_PASSWORD": "p@ss/w:rd%",
        **changes,
    }


@pytest.fixture
def alembic(monkeypatch: pytest.MonkeyPatch, postgres: Postgres, database: str) -> Config:
    """Alembic as a developer starts it: no connection is handed over, the environment names the database."""
    for name, value in settings(postgres, database).items():
        monkeypatch.setenv(name, value)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def test_the_command_says_what_it_applied_and_then_that_there_is_nothing_to_do(
    postgres: Postgres, empty_database: str
) -> None:
    run = [sys.executable, "-m", "service.db.migrate"]
    environment = {**os.environ, **settings(postgres, empty_database)}
    answers = [
        subprocess.run(run, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
        for _ in range(2)
    ]
    assert answers == ["applied 0001\napplied 0002\napplied 0003\napplied 0004\napplied 0005\n", "nothing to do\n"]


def test_three_deployments_at_once_apply_each_revision_once(postgres: Postgres, empty_database: str) -> None:
    postgres.run(PRODUCTION, empty_database)
    command_line = [sys.executable, "-m", "service.db.migrate"]
    environment = {**os.environ, **settings(postgres, empty_database)}
    started = [
        subprocess.Popen(
            command_line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert sorted(out for out, _ in said) == [
        "applied 0002\napplied 0003\napplied 0004\napplied 0005\n",
        *["nothing to do\n"] * 2,
    ]
    adopted = [err for _, err in said if "The tables are production's: taken as revision 0001." in err]
    assert len(adopted) == 1


def test_the_command_goes_back_when_told_how_far(
    postgres: Postgres, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate.main(["--down-to", "0002"], settings(postgres, database)) == 0
    assert capsys.readouterr().out == "undone 0005\nundone 0004\nundone 0003\n"
    assert migrate.main([], settings(postgres, database)) == 0
    assert capsys.readouterr().out == "applied 0003\napplied 0004\napplied 0005\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"POSTGRES_PORT": "x5432"}, "POSTGRES_PORT is not a port number: 'x5432'"),
        ({"POSTGRES_PORT": "1"}, "PostgreSQL does not answer: "),
        ({"POSTGRES_DATABASE": "nowhere"}, 'PostgreSQL says: database "nowhere" does not exist'),
    ],
)
def test_a_wrong_setting_is_one_line_on_standard_error_without_the_password(
    postgres: Postgres, database: str, capsys: pytest.CaptureFixture[str], changes: dict[str, str], reason: str
) -> None:
    assert migrate.main([], settings(postgres, database, **changes)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Not migrated: ")
    assert reason in said.err
    assert "p@ss" not in said.err
    assert said.err.count("\n") == 1


def test_missing_settings_are_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate.main([], {"POSTGRES_HOST": "h", "POSTGRES_PORT": "1", "POSTGRES_USERNAME": "u"}) == 1
    said = capsys.readouterr().err
    assert said.startswith("Not migrated: ")
    for missing in ("POSTGRES_DATABASE is missing", "POSTGRES_PASSWORD or POSTGRES_SECRET_ARN is missing"):
        assert missing in said


def test_alembic_itself_finds_the_migrated_database_up_to_date(alembic: Config) -> None:
    command.check(alembic)


def test_alembic_itself_will_not_go_below_0001(alembic: Config, postgres: Postgres, database: str) -> None:
    command.downgrade(alembic, "0001")
    before = catalog_of(postgres, database)
    with pytest.raises(MigrationRefused, match="would delete production's data"):
        command.downgrade(alembic, "base")
    assert catalog_of(postgres, database) == before


def test_a_script_instead_of_a_migration_is_refused_and_runs_nothing(alembic: Config, postgres: Postgres) -> None:
    with pytest.raises(MigrationRefused, match="leave out --sql"):
        command.upgrade(alembic, "head", sql=True)


def test_a_new_revision_starts_from_a_clean_template(alembic: Config, tmp_path: Path) -> None:
    alembic.set_main_option("path_separator", "newline")
    alembic.set_main_option("version_locations", f"{MIGRATIONS / 'versions'}\n{tmp_path}")
    command.revision(alembic, "Say what it adds", rev_id="0006", version_path=str(tmp_path))
    (made,) = tmp_path.glob("*.py")
    text = made.read_text()
    assert text.startswith('"""Say what it adds."""\n')
    assert 'down_revision = "0005"' in text.replace("'", '"')
    compile(text, made.name, "exec")


def test_alembic_needs_the_settings_too(alembic: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTGRES_HOST")
    with pytest.raises((MissingSettings, CommandError), match="POSTGRES_HOST"):
        command.current(alembic)
