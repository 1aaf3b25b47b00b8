"""What every command owes whoever types it: a plan to look at first, a question, and no change without an answer."""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pytest

from cutover import commands
from cutover.commands._summaries import SUMMARIES
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import invoke

NAMES = sorted(path.stem for path in Path(commands.__path__[0]).glob("[a-z]*.py"))
REASON = ("--reason", "x")

# Every command that changes something, with what must be said of it besides.
CHANGES: Mapping[str, Sequence[str]] = {
    "adopt": (),
    "compare": ("--baseline", "https://a.test", "--candidate", "https://b.test", "--path", "/health"),
    "dashboard annotate": (),
    "decommission approve": REASON,
    "decommission archive": (),
    "decommission drain": (),
    "decommission hold": (),
    "drift": ("--fix", "adopt", *REASON),
    "drill": (),
    "freeze add": ("--for", "48h", *REASON),
    "freeze rm": ("f1",),
    "load run": ("smoke", "--target", "https://a.test"),
    "lock break": REASON,
    "pause": REASON,
    "promote": ("--skip-bake", *REASON),
    "reindex prune": (),
    "reindex rollback": ("moc_instructions",),
    "reindex run": (),
    "reindex swap": (),
    "resume": REASON,
    "run": (),
    "shift": ("--lambda-weight", "50"),
}
# Those that only look.
LOOKS: Mapping[str, Sequence[str]] = {
    "check": (),
    "cost": (),
    "dashboard list": (),
    "dashboard show": ("cutover",),
    "decommission plan": (),
    "doctor": (),
    "freeze list": (),
    "gates backtest": ("--days", "1"),
    "gates explain": (),
    "history": (),
    "lock show": (),
    "plan": ("--lambda-weight", "50"),
    "reindex plan": (),
    "reindex status": (),
    "status": (),
    "watch": ("--once",),
}
# Those that do not ask with --yes, and why.
OTHERS: Mapping[str, str] = {
    "decommission delete": "each name is typed, which no --yes may take the place of",
    "dashboard preview": "writes a page anew that is made of what is asked, and nothing else",
    "export bundle": "writes a file that was not there before, and nothing else",
    "init": "writes a file that was not there before, and nothing else",
    "load report": "writes a page anew that is made of what lies beside it, and nothing else",
    "rehearse": "changes nothing but a folder of its own",
    "rehearse up": "changes nothing but a folder of its own",
    "reindex verify": "looks, and keeps what it saw beside the checkpoint",
    "rollback": "must not be kept waiting by a question; --print shows it",
    "verify": "looks, and keeps what it saw in the ledger",
}


def leaves() -> Mapping[str, click.Command]:
    """Every command that does something, by its words."""
    found: dict[str, click.Command] = {}
    for name in NAMES:
        command: click.Command = importlib.import_module(f"cutover.commands.{name}").command
        if isinstance(command, click.Group):
            found |= {f"{name} {word}": one for word, one in command.commands.items()}
        if not isinstance(command, click.Group) or command.invoke_without_command:
            found[name] = command
    return found


LEAVES = leaves()


def flags(command: click.Command) -> set[str]:
    """Its options."""
    return {name for param in command.params for name in param.opts}


def baking() -> FakeWorld:
    """At 10, with a bake under way."""
    return known_world(90, 10)


def changed(world: FakeWorld) -> bool:
    """Whether anything is other than in `baking`."""
    ports = (world.switch.thrown, world.ecs.raised_to, world.ledger.kept, world.ledger.held_by, world.notifier.told)
    return bool(world.weights.applied or len(world.ledger.lines) != 1 or any(ports))


def test_every_command_is_of_one_kind_and_has_its_summary() -> None:
    assert sorted([*CHANGES, *LOOKS, *OTHERS]) == sorted(LEAVES)
    assert {name.split()[0] for name in LEAVES} == set(SUMMARIES)


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_something_can_be_seen_first_and_can_be_scripted(name: str) -> None:
    assert {"--dry-run", "--yes"} <= flags(LEAVES[name])


@pytest.mark.parametrize("name", LOOKS)
def test_what_only_looks_has_nothing_to_ask(name: str) -> None:
    assert not {"--dry-run", "--yes"} & flags(LEAVES[name])


@pytest.mark.parametrize("name", [*CHANGES, *OTHERS])
def test_each_can_tell_programs_what_it_did(name: str) -> None:
    assert {"--json", "--quiet", "--config"} <= flags(LEAVES[name])


@pytest.mark.parametrize("name", CHANGES)
def test_without_a_terminal_and_without_yes_it_is_exit_2_before_anything_is_asked_or_changed(name: str) -> None:
    world = baking()

    result = invoke(world, *name.split(), *CHANGES[name])

    assert result.exit_code == 2, result.output
    assert not changed(world)
    if name == "decommission archive":  # says first that the settings name nothing to copy
        assert "archive.bucket" in result.stderr
    else:
        assert "no terminal to ask on: add --yes, or --dry-run" in result.stderr
        assert world.calls.names == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_dry_run_changes_nothing(name: str) -> None:
    world = baking()

    result = invoke(world, *name.split(), *CHANGES[name], "--dry-run")

    assert result.exit_code in {0, 2, 5, 8}, result.output
    assert "No such option" not in result.stderr
    assert not changed(world)


@pytest.mark.parametrize("name", LOOKS)
def test_looking_changes_nothing(name: str) -> None:
    world = baking()

    result = invoke(world, *name.split(), *LOOKS[name])

    assert result.exit_code != 1, result.output
    assert not changed(world)
