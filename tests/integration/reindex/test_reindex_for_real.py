"""`cutover reindex` as it is typed, with a settings file, on the embedded servers: every alias, and its bad days."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.core.reindex.models import ALIASES
from cutover.rehearsal.stack.ports import free_port
from tests.integration.reindex.aliases import MOCS, ROWS, Place, place
from tests.unit.cutover.invoking import NEUTRAL

__all__ = ["place"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that name the place."""
    monkeypatch.setenv("DATABASE_URL", place.dsn)
    return written(tmp_path, place.url)


def written(folder: Path, endpoint: str, more: str = "") -> Path:
    """A settings file."""
    path = folder / "cutover.toml"
    path.write_text(
        f'name = "api.example.com"\nhosted_zone_id = "Z1"\n[ecs]\nload_balancer = "app/a/1"\n[lambda]\napi_id = "a"\n'
        f'[aws]\nendpoint_url = "http://127.0.0.1:{free_port()}"\n'
        f'[reindex]\nendpoint = "{endpoint}"\ngolden_queries = 3\n{more}'
    )
    return path


def typed(config: Path, *words: str) -> Result:
    """What `cutover reindex WORDS` does."""
    return CliRunner(env=NEUTRAL).invoke(cli, ["--config", str(config), "reindex", *words])


def said(config: Path, *words: str) -> Any:
    """Its document."""
    result = typed(config, *words, "--json")
    return json.loads(result.stdout)


def test_all_indices_are_made_verified_and_swapped_by_one_command(config: Path, place: Place) -> None:
    result = typed(config, "run", "all", "--swap", "--allow-empty", "--yes")

    assert result.exit_code == 0, result.output
    assert place.is_equal()
    assert [place.ask("GET", f"/{alias}/_count")["count"] for alias in ALIASES] == [ROWS, 0, 0]
    ledger = (config.parent / ".cutover" / "ledger.jsonl").read_text()
    assert [json.loads(line)["kind"] for line in ledger.splitlines()] == ["reindexed"] * 3
    assert sorted(path.name for path in (config.parent / ".cutover" / "reindex").glob("*.json")) == sorted(
        f"{alias}.json" for alias in ALIASES
    )


def test_the_plan_and_the_status_tell_the_truth_before_and_after(config: Path) -> None:
    before = said(config, "plan", MOCS)["indices"][0]
    typed(config, "run", MOCS, "--yes")
    after = said(config, "status", MOCS)

    assert (before["rows"], before["serving"], before["checkpoint"]) == (ROWS, None, None)
    assert after["indices"][0]["checkpoint"]["verification"]["documents"] == ROWS
    assert after["next"].endswith("reindex swap moc_instructions")


def test_a_table_that_nobody_may_index_is_exit_2_without_its_secret(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")

    result = typed(config, "plan", MOCS)

    assert result.exit_code == 2
    assert "the environment variable DATABASE_URL (reindex.database_url_env) has to hold" in result.stderr


def test_a_database_out_of_reach_is_exit_10(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres:s3cret@127.0.0.1:{free_port()}/x")

    result = typed(config, "status", MOCS)

    assert result.exit_code == 10
    assert "s3cret" not in result.output


@pytest.mark.usefixtures("config")
def test_a_search_cluster_out_of_reach_is_exit_10(tmp_path: Path) -> None:
    result = typed(written(tmp_path, f"http://127.0.0.1:{free_port()}"), "plan")

    assert result.exit_code == 10
    assert "goes on where it was" in result.stderr


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(config: Path, place: Place) -> None:
    place.sql(
        "INSERT INTO moc_instructions (id, user_id, title, type, created_at, updated_at) SELECT gen_random_uuid(),"
        " 'u' || n, repeat('brick ', 200), 'moc', now(), now() FROM generate_series(1, 800) AS made(n)"
    )
    config.write_text(config.read_text() + "batch_bytes = 10000\nin_flight = 1\n")
    run = [sys.executable, "-m", "cutover", "--config", str(config), "reindex", "run", MOCS, "--yes"]
    child = subprocess.Popen(
        run, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    for line in child.stdout:
        if b"  load  " in line and b"load  0 of" not in line:
            break
    child.send_signal(signal.SIGINT)
    _, problems = child.communicate(timeout=60)

    assert child.returncode == 130, problems
    checkpoint = json.loads((config.parent / ".cutover" / "reindex" / f"{MOCS}.json").read_text())
    assert checkpoint["phase"] == "loading"
    assert 0 < checkpoint["indexed"] < ROWS + 800
    again = said(config, "run", MOCS, "--yes")
    assert again["exit"] == 0
    assert again["indices"][0]["resumed"] is True
