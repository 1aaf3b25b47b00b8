"""`cutover load run` through the real Locust, against a small server: the verdict, the papers, the reports."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.load.launching import CHECKOUT, Locust
from tests.fakes.world import fake_world, settings_with
from tests.integration.loadtests.small_server import Small, Told
from tests.unit.cutover.core.load.test_tokens import ALICE, EVE
from tests.unit.cutover.invoking import NEUTRAL

LIMITS = {"gates": {"p95_min_samples": 20}, "load": {"production": "no"}}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Load tests whose only journey a small server can answer."""
    folder = tmp_path / "checkout" / "loadtests"
    folder.mkdir(parents=True)
    one_question = CHECKOUT / "tests" / "integration" / "loadtests" / "one_question.py"
    (folder / "locustfile.py").symlink_to(one_question)
    (tmp_path / "tiny.toml").write_text('[[phase]]\nname = "tiny"\nrate = 20\nseconds = 4\n')
    (tmp_path / "tokens").write_text(f"{ALICE}\n{EVE}\n")
    return folder.parent


def run(place: Path, url: str, folder: str, checkout: Path) -> Result:
    """Run it as a script does."""
    world = fake_world()
    world.settings = settings_with(**LIMITS)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT)}
    words = ["load", "run", str(place / "tiny.toml"), "--target", url, "--tokens", str(place / "tokens")]
    words += ["--out", str(place / folder), "--yes", "--json", "--seed", "5"]
    ports = replace(world.ports, load=Locust(environ, checkout))
    return CliRunner(env=NEUTRAL).invoke(cli, words, obj=ports)


def reported(*folders: Path) -> Result:
    """`cutover load report` of these folders, which needs no settings."""
    return CliRunner(env=NEUTRAL).invoke(cli, ["load", "report", *map(str, folders)], obj=fake_world().ports)


def test_a_run_passes_writes_its_papers_and_can_be_compared(checkout: Path, tmp_path: Path) -> None:
    with Small().up() as server:
        results = [run(tmp_path, server.url, folder, checkout) for folder in ("a", "b")]

    for result in results:
        told = json.loads(result.stdout)
        assert result.exit_code == 0, result.output
        assert (told["schema"], told["standing"], told["exit"]) == ("cutover.load/1", "pass", 0)
        assert told["phases"][0]["requests"] >= 40
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert {"run.json", "seconds.ndjson", "summary.json", "routes.csv", "report.html", "locust.log"} <= names
    assert all(one.header("authorization").removeprefix("Bearer ") in {ALICE, EVE} for one in server.asked)
    assert ALICE not in (tmp_path / "a" / "locust.log").read_text()
    both = reported(tmp_path / "a", tmp_path / "b")
    assert both.exit_code == 0, both.output
    assert "GET /api/mocs" in both.stdout
    assert (tmp_path / "a" / "compare.html").read_text().startswith("<!doctype html>")


def test_a_server_that_fails_does_not_hold_it(checkout: Path, tmp_path: Path) -> None:
    with Small(rule=lambda _number, asked: Told(500 if "/api/" in asked.path else 200)).up() as server:
        result = run(tmp_path, server.url, "a", checkout)

    assert result.exit_code == 3, result.output
    assert json.loads(result.stdout)["standing"] == "fail"
