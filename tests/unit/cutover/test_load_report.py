"""`cutover load report`: a run's page anew, two runs side by side, and what is said of them."""

import json
from pathlib import Path

import pytest

from cutover.commands._session import Session
from cutover.core.load.run import LoadRun, Target, meta_of
from cutover.load.tables import json_of
from tests.fakes.world import fake_world
from tests.unit.cutover.core.load.made import Came, flat, made, spiky
from tests.unit.cutover.invoking import invoke

FAST, SLOW = made(flat(seconds=60)), made(flat(seconds=60), lambda second: Came(ms=300.0 + second))
SLOW.target = Target("lambda", "https://api.test")


def kept(folder: Path, run: LoadRun) -> str:
    """The run's folder, as a run leaves it that was killed before its end."""
    folder.mkdir()
    (folder / "run.json").write_bytes(json_of(meta_of(run)))
    (folder / "seconds.ndjson").write_text("".join(f"{second.line()}\n" for second in run.seconds))
    return str(folder)


def test_a_run_is_told_again_with_its_page(tmp_path: Path) -> None:
    folder = kept(tmp_path / "a", FAST)

    result = invoke(fake_world(), "load", "report", folder)

    assert result.exit_code == 0, result.output
    assert "steady: 6 000 of 6 000 (100%) · p50/p95/p99 100 ms / 100 ms / 100 ms" in result.stdout
    assert "PASS: ecs holds flat" in result.stdout
    assert f"next: open {folder}/report.html" in result.stdout
    assert "<svg" in (tmp_path / "a" / "report.html").read_text()
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"run.json", "seconds.ndjson", "report.html"}


def test_what_did_not_pass_is_no_failure_of_the_report(tmp_path: Path) -> None:
    failing = made(flat(), lambda _: Came(ms=900.0))

    result = invoke(fake_world(), "load", "report", kept(tmp_path / "a", failing))

    assert result.exit_code == 0
    assert "FAILED p95 in steady: 900 ms, under 500 ms wanted" in result.stdout


def test_programs_get_the_summary_and_where_the_page_is(tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    result = invoke(fake_world(), "load", "report", kept(tmp_path / "a", FAST), "--out", str(page), "--json")

    told = json.loads(result.stdout)
    assert (told["schema"], told["standing"], told["report"]) == ("cutover.load/1", "pass", str(page))
    assert page.is_file()
    assert not (tmp_path / "a" / "report.html").exists()


def test_two_runs_are_set_side_by_side(tmp_path: Path) -> None:
    first, second = kept(tmp_path / "a", FAST), kept(tmp_path / "b", SLOW)

    result = invoke(fake_world(), "load", "report", first, second)

    assert result.exit_code == 0, result.output
    phase = next(line for line in result.stdout.splitlines() if line.startswith("  steady"))
    assert " ".join(phase.split()) == "steady 100 ms 356 ms 100 ms 359 ms 0% 0% B lambda is slower ×3.56"
    assert "GET /api/mocs" in result.stdout
    assert "flat on lambda against flat on ecs: steady is slower" in result.stdout
    assert (tmp_path / "a" / "compare.html").is_file()


def test_runs_that_are_alike_are_said_to_be(tmp_path: Path) -> None:
    first, second = kept(tmp_path / "a", FAST), kept(tmp_path / "b", FAST)

    result = invoke(fake_world(), "load", "report", first, second)

    assert "no phase differs by more than noise" in result.stdout


def test_what_only_one_of_them_has_is_left_blank_and_cautioned(tmp_path: Path) -> None:
    first, second = kept(tmp_path / "a", FAST), kept(tmp_path / "b", made(spiky()))

    shown = invoke(fake_world(), "load", "report", first, second)
    told = json.loads(invoke(fake_world(), "load", "report", first, second, "--json").stdout)

    assert "They were asked for different loads" in shown.stdout
    assert (told["schema"], told["same_profile"]) == ("cutover.load.comparison/1", False)
    (calm,) = (row for row in told["rows"] if (row["phase"], row["route"]) == ("calm", ""))
    assert calm["first"] is None
    assert calm["second"]["response"]["p95_ms"] == 100.0
    assert (calm["p95_ratio"], calm["difference"]) == (None, "too little to tell")


@pytest.mark.parametrize("which", [0, 1])
def test_a_folder_without_a_run_is_told(tmp_path: Path, which: int) -> None:
    (tmp_path / "empty").mkdir()
    folders = [kept(tmp_path / "a", FAST), str(tmp_path / "empty")]

    result = invoke(fake_world(), "load", "report", *folders[which:])

    assert result.exit_code == 2
    assert "no load test's folder, as it has no run.json" in result.stderr


def test_a_page_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    page = str(tmp_path / "nowhere" / "page.html")

    result = invoke(fake_world(), "load", "report", kept(tmp_path / "a", FAST), "--out", page)

    assert result.exit_code == 2
    assert f"{page} can't be written: No such file or directory" in result.stderr


def test_a_report_needs_no_settings(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from cutover.cli import cli
    from tests.unit.cutover.invoking import NEUTRAL

    session = Session(lambda _: pytest.fail("no world is needed"))

    result = CliRunner(env=NEUTRAL).invoke(cli, ["load", "report", kept(tmp_path / "a", FAST)], obj=session)

    assert result.exit_code == 0, result.output
