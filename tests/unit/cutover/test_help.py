"""The main help, made without loading a command; what a shell completes; and that nothing heavy starts too early."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete, CompletionItem
from click.testing import CliRunner

from cutover import commands
from cutover.cli import cli
from cutover.commands._summaries import SECTIONS, SUMMARIES
from cutover.core.plan import OVERRIDABLE, Rule
from tests.unit.cutover.invoking import NEUTRAL

ROOT = Path(__file__).parents[3]
LONGEST = 62  # so that name and summary fit on a line of 80 columns
AWS, DNS, SCREEN = ("boto3", "botocore"), ("dns",), ("rich.live",)
NAMES = sorted(path.stem for path in Path(commands.__path__[0]).glob("[a-z]*.py"))


def help_of(*words: str) -> str:
    """What `cutover WORDS` prints."""
    result = CliRunner(env=NEUTRAL).invoke(cli, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout


def loaded(code: str) -> set[str]:
    """The modules that are loaded in a process of its own when that code has run."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(chr(10), *sys.modules)"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(("CUTOVER_JSON", "CUTOVER_QUIET"), "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return {*told.stdout.splitlines()[-1].split()}


def run(*words: str) -> str:
    """Code that runs the command line as a script does."""
    call = f"cli.main({list(words)!r}, prog_name='cutover')"
    return f"from cutover.cli import cli\ntry:\n    {call}\nexcept SystemExit:\n    pass"


def test_every_command_has_its_place_and_no_place_is_empty() -> None:
    assert sorted(SUMMARIES) == NAMES
    assert sum(map(len, SECTIONS.values())) == len(SUMMARIES)


@pytest.mark.parametrize("name", NAMES)
def test_a_summary_is_how_the_commands_own_help_begins(name: str) -> None:
    command: click.Command = importlib.import_module(f"cutover.commands.{name}").command
    first = " ".join((command.help or "").split("\n\n")[0].split())

    assert first.startswith(SUMMARIES[name])
    assert first[len(SUMMARIES[name])] in ".,:; "
    assert len(SUMMARIES[name]) <= LONGEST


def test_the_main_help_groups_the_commands_by_what_one_wants_to_do() -> None:
    shown = help_of("--help")

    headings = [line[:-1] for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Options", *SECTIONS]
    for name, summary in SUMMARIES.items():
        assert f"  {name.ljust(max(map(len, NAMES)))}  {summary}\n" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_command_that_nobody_described_is_listed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.cli.SUMMARIES", {"status": "Show what is true now"})
    monkeypatch.setattr("cutover.cli.SECTIONS", {"Look": {"status": "Show what is true now"}, "Gone": {"gone": "x"}})

    shown = help_of("--help")

    assert "Other:\n" in shown
    assert "  rollback" in shown
    assert "Gone" not in shown


def test_the_exit_codes_are_all_in_the_main_help() -> None:
    shown = help_of("--help")

    for code in (*range(15), 130):
        assert f" {code} " in shown, code


def test_the_help_of_shift_names_every_rule_that_can_be_set_aside() -> None:
    shown = help_of("shift", "--help")

    listed = " ".join(shown.split("Rules: ")[1].split(".")[0].split())
    assert listed.split(", ") == list(OVERRIDABLE)
    assert Rule.SUM not in listed.split(", ")


@pytest.mark.parametrize("words", [("--help",), ("rollback", "--help"), ("--version",)])
def test_help_loads_neither_aws_nor_dns_nor_other_commands(words: tuple[str, ...]) -> None:
    modules = loaded(run(*words))

    assert not {*AWS, *DNS, *SCREEN, "cutover.world", "cutover.rehearsal", "asyncio", "ssl"} & modules
    mine = {f"cutover.commands.{word}" for word in words}
    assert {name for name in modules if name.startswith("cutover.commands.") and "._" not in name} <= mine


def test_status_loads_only_what_it_asks_with() -> None:
    world = "from tests.fakes.world import known_world\nfrom cutover import cli as it\nworld = known_world(90, 10)\n"
    modules = loaded(f"{world}it.real_world = lambda options: world.ports\n{run('status')}")

    assert "cutover.commands.status" in modules
    assert not {*AWS, *DNS, *SCREEN, "cutover.commands.watch", "cutover.commands.run", "cutover.rehearsal"} & modules


def completed(*words: str) -> list[str]:
    """What a shell offers for the last of these words."""
    found: list[CompletionItem] = BashComplete(cli, {}, "cutover", "_CUTOVER_COMPLETE").get_completions(
        list(words[:-1]), words[-1]
    )
    return [item.value for item in found]


def test_a_shell_completes_every_command() -> None:
    assert completed("") == NAMES
    assert completed("ro") == ["rollback"]
    assert completed("--pro") == ["--profile"]
    assert completed("lock", "") == ["break", "show"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_the_readme_tells_how_to_load(shell: str) -> None:
    script = subprocess.run(
        [sys.executable, "-m", "cutover"],
        cwd=ROOT,
        env={**os.environ, "_CUTOVER_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    assert f"_CUTOVER_COMPLETE={shell}_complete" in script
    assert f"_CUTOVER_COMPLETE={shell}_source cutover" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_completing_loads_no_command() -> None:
    code = (
        "import os\nos.environ.update(_CUTOVER_COMPLETE='bash_complete', COMP_WORDS='cutover ', COMP_CWORD='1')\n"
        f"{run()}"
    )

    modules = loaded(code)
    assert not {name for name in modules if name.startswith("cutover.commands.") and "._" not in name}
    assert not {"rich", "msgspec", "cutover.ports"} & modules, "a shell waits for it at every <TAB>"


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_the_main_help_loads_nothing_that_carries_a_command_out(word: str) -> None:
    assert not {"rich", "msgspec", "cutover.ports"} & loaded(run(word))


def test_a_missing_value_names_the_commands_own_help() -> None:
    result = CliRunner(env=NEUTRAL).invoke(cli, ["--json", "check", "--window"])

    assert json.loads(result.stdout)["next"] == "cutover check --help"
