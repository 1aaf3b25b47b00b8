"""The command line itself: help, loading, streams that close, ends that nobody expected."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import cutover
from cutover.__main__ import main
from cutover.cli import cli
from cutover.core.models import Weights
from cutover.core.record import Kind
from tests.fakes.world import fake_world, known_world
from tests.unit.cutover.invoking import NEUTRAL, invoke

ROOT = Path(__file__).parents[3]
COMMANDS = ["check", "history", "resume", "rollback", "run", "shift", "status"]


def python(code: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run that code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_is_listed_with_a_sentence() -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, ["-h"])

    assert result.exit_code == 0
    assert set(COMMANDS) <= set(result.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_leads_with_an_example(name: str) -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert f"  cutover {name}" in result.stdout
    assert result.stdout.index(f"  cutover {name}") < result.stdout.index("Options:")


def test_no_command_shows_the_help_and_is_a_usage_error() -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, [])

    assert result.exit_code == 2
    assert "cutover rollback" in result.stderr


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert cutover.__version__ == project["version"]
    assert CliRunner(env=NEUTRAL).invoke(cli, ["--version"]).stdout == f"cutover, version {project['version']}\n"


def test_a_command_loads_nothing_that_it_does_not_use() -> None:
    loaded = python("import sys, cutover.cli; cutover.cli.cli.get_command(None, 'status'); print(*sys.modules)").stdout

    assert "cutover.commands.status" in loaded.split()
    assert not {"boto3", "botocore", "dns", "cutover.commands.run", "cutover.world", "cutover.rehearsal"} & {
        *loaded.split()
    }


def test_building_a_world_loads_no_client_yet() -> None:
    code = (
        "import sys; from cutover.world import build_world; from tests.fakes.world import settings_with;"
        "build_world(settings_with()); print(*sys.modules)"
    )

    assert not {"boto3", "botocore", "dns"} & {*python(code).stdout.split()}


@pytest.mark.parametrize("words", [("--json", "status"), ("status", "--json")])
def test_global_options_go_before_and_after_the_command(words: tuple[str, ...]) -> None:
    assert json.loads(invoke(known_world(90, 10), *words).stdout)["schema"] == "cutover.status/1"


def test_global_options_come_from_the_environment() -> None:
    world = known_world(90, 10)

    result = CliRunner(env={**NEUTRAL, "CUTOVER_JSON": "1"}).invoke(cli, ["status"], obj=world.ports)

    assert json.loads(result.stdout)["weights"] == {"ecs": 90, "lambda": 10}


def test_a_usage_error_is_a_document_where_documents_are_asked_for() -> None:
    result = CliRunner(env={**NEUTRAL, "CUTOVER_JSON": "1"}).invoke(cli, ["shift"])

    document = json.loads(result.stdout)
    assert (document["schema"], document["exit"]) == ("cutover.error/1", 2)
    assert document["next"] == "cutover shift --help"


def test_what_nobody_expected_is_a_sentence_and_exit_1() -> None:
    world = fake_world()
    world.weights.failing["read"] = [ZeroDivisionError("division by zero")]

    result = invoke(world, "rollback")

    assert result.exit_code == 1
    assert "this is a bug: ZeroDivisionError: division by zero" in result.stderr
    assert "Traceback" not in result.stderr


def test_debugging_shows_where() -> None:
    world = fake_world()
    world.weights.failing["read"] = [ZeroDivisionError("division by zero")]

    result = CliRunner(env={**NEUTRAL, "CUTOVER_DEBUG": "1"}).invoke(cli, ["rollback"], obj=world.ports)

    assert result.exit_code == 1
    assert "Traceback" in result.stderr


def test_an_interrupted_question_ends_as_interrupted() -> None:
    world = fake_world()
    world.weights.failing["read"] = [KeyboardInterrupt()]

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 130
    assert "next: cutover status" in result.stdout


def test_colours_are_for_terminals_that_want_them() -> None:
    world = known_world(90, 10)

    wanted = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert "\x1b[" in wanted.invoke(cli, ["status"], obj=world.ports, color=True).stdout
    assert "\x1b[3" not in wanted.invoke(cli, ["status", "--no-color"], obj=world.ports, color=True).stdout

    unwanted = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"})
    assert "\x1b[3" not in unwanted.invoke(cli, ["status"], obj=world.ports, color=True).stdout


def test_columns_decide_the_width_of_a_screen() -> None:
    world = known_world(90, 10)

    wide = CliRunner(env={**NEUTRAL, "COLUMNS": "110"}).invoke(cli, ["status"], obj=world.ports)

    assert wide.stdout.splitlines()[1] == "─" * 110


WORLD = """
import sys
from datetime import timedelta
from tests.fakes.world import fake_world, known_world
from cutover.__main__ import main
from cutover import cli
world = known_world(50, 50)
cli.real_world = lambda options: world.ports
"""


@pytest.mark.parametrize("words", [["status"], ["history"], ["run", "--yes"], ["--json", "status"]])
def test_a_reader_that_went_away_is_no_error(words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-c", f"{WORLD}\nsys.argv = ['cutover', *{words!r}]\nmain()"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write)

    assert process.returncode == 0
    assert process.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_rollback_is_carried_out_even_if_its_words_have_nowhere_to_go() -> None:
    code = f"{WORLD}\nsys.argv = ['cutover', 'rollback']\ntry:\n    main()\nfinally:\n    assert world.live.ecs == 100"
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=full, timeout=60, check=False
        )

    assert process.returncode == 0


def test_a_terminal_without_utf_8_gets_question_marks() -> None:
    ended = python(f"{WORLD}\nsys.argv = ['cutover', 'status']\nmain()", PYTHONIOENCODING="ascii")

    assert ended.returncode == 0
    assert "?" in ended.stdout


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_being_told_to_end_saves_the_state(name: str) -> None:
    code = (
        f"{WORLD}\n"
        "import os, signal\n"
        "for number in (signal.SIGTERM, signal.SIGHUP):\n"
        "    signal.signal(number, signal.SIG_DFL)\n"  # whatever the tests' own starter ignores
        "world.metrics.per_minute = 0\n"
        f"world.clock.then.append(lambda _: os.kill(os.getpid(), signal.{name}))\n"
        "sys.argv = ['cutover', 'run', '--yes']\n"
        "try:\n    main()\nfinally:\n    print(world.ledger.kinds()[-1], world.live, file=sys.stderr)"
    )

    ended = python(code)

    assert ended.returncode == 130
    assert "next: cutover run  # goes on\n      cutover rollback  # goes back\n" in ended.stdout
    assert "stopped ecs 50 / lambda 50" in ended.stderr


@pytest.mark.parametrize("ignored", [(), (signal.SIGHUP,), (signal.SIGHUP, signal.SIGTERM)])
def test_only_signals_that_nobody_ignores_interrupt(
    ignored: tuple[signal.Signals, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up: list[int] = []
    monkeypatch.setattr("signal.getsignal", lambda number: signal.SIG_IGN if number in ignored else signal.SIG_DFL)
    monkeypatch.setattr("signal.signal", lambda number, _: set_up.append(number))
    monkeypatch.setattr("cutover.__main__.cli", lambda **_: None)

    main()

    assert sorted(set_up) == sorted({signal.SIGHUP, signal.SIGTERM} - {*ignored})


def test_under_nohup_a_run_outlives_its_terminal() -> None:
    code = (
        f"import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n{WORLD}\n"
        "world.clock.then.append(lambda _: os.kill(os.getpid(), signal.SIGHUP))\n"
        "sys.argv = ['cutover', 'run', '--yes']\n"
        "main()"
    )

    ended = python(code)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "finished: ecs 0 / lambda 100" in ended.stdout


@pytest.mark.parametrize("closed", ["0", "1", "2", "0, 1, 2"])
@pytest.mark.parametrize("words", [["rollback"], ["--json", "status"], ["run", "--yes", "--once"]])
def test_a_closed_stream_stops_no_command(closed: str, words: list[str], tmp_path: Path) -> None:
    code = (
        f"{WORLD}\n"
        "import os\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "from cutover.ledger.file import FileLedger\n"
        f"ledger = FileLedger(Path({str(tmp_path)!r}) / 'ledger.jsonl')\n"
        "cli.real_world = lambda options: replace(world.ports, ledger=ledger)\n"
        f"sys.argv = ['cutover', *{words!r}]\n"
        "try:\n    main()\n"
        f"finally:\n    ledger.events()\n    Path({str(tmp_path)!r}, 'live').write_text(str(world.live))"
    )
    (tmp_path / "code.py").write_text(code)
    closing = f"import os, sys\nfor number in ({closed},):\n    os.close(number)\n"
    closing += f"os.execv(sys.executable, [sys.executable, {str(tmp_path / 'code.py')!r}])"

    ended = python(closing, PYTHONPATH=str(ROOT))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert (tmp_path / "live").read_text() == ("ecs 100 / lambda 0" if words == ["rollback"] else "ecs 50 / lambda 50")


def test_a_ledger_line_shows_that_it_was_interrupted() -> None:
    world = known_world(50, 50)

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)
    world.metrics.per_minute = 0

    assert invoke(world, "run", "--yes").exit_code == 130
    assert world.ledger.last(Kind.STOPPED).reason.startswith("interrupted")
    assert world.live == Weights(50, 50)


def test_a_shell_completes_commands_and_options() -> None:
    def completed(words: str, index: int) -> str:
        env = {"_CUTOVER_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(index)}
        return python("from cutover.__main__ import main; main()", **env).stdout

    assert completed("cutover st", 1) == "plain,status\n"
    assert "plain,--lambda-weight" in completed("cutover shift --la", 2)
    assert completed("cutover nonsense --la", 2).strip() == ""
