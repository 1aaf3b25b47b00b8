"""The shell of a page, with the bash of this machine."""

import os
import time
from pathlib import Path

import pytest

from tests.runbooks.page import Command
from tests.runbooks.shell import Shell, WrongOutput


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """One that knows where programs are, and no more."""
    return Shell(tmp_path / "home", tmp_path / "state", {"PATH": os.environ["PATH"]})


def test_variables_and_the_folder_are_kept_between_commands(shell: Shell) -> None:
    shell.run("export ALARM='a b\nc'; own=1; mkdir sub; cd sub")
    assert (
        shell.run('echo "$ALARM" $own; basename "$PWD"; env | grep -c -E "^(own)=" || true').output
        == "a b\nc 1\nsub\n0\n"
    )
    assert shell.run("printenv ALARM | tail -1").output == "c\n"


def test_variables_are_kept_when_a_command_fails(shell: Shell) -> None:
    assert shell.run("kept=2; false; echo no").exit == 1
    assert shell.run("echo $kept").output == "2\n"


@pytest.mark.parametrize("text", ["false; true", "false | true", "echo $nobody_has_set_it", "cat nothing.txt; true"])
def test_nothing_that_fails_is_passed_over(shell: Shell, text: str) -> None:
    assert shell.run(text).exit == 1


def test_both_outputs_are_seen_in_their_order(shell: Shell) -> None:
    assert shell.run("echo a; echo b >&2; echo c").output == "a\nb\nc\n"


def test_nothing_can_be_asked_of_whoever_follows_a_page(shell: Shell) -> None:
    assert shell.run("read answer").exit == 1


def test_what_takes_too_long_is_ended_with_all_that_it_started(shell: Shell) -> None:
    began = time.monotonic()
    with pytest.raises(WrongOutput, match=r"(?s)has not ended after 0.5 s.*begun"):
        shell.run("echo begun; sleep 60 | cat", timeout_seconds=0.5)
    assert time.monotonic() - began < 10


def test_a_command_that_does_as_its_page_says_is_followed(shell: Shell) -> None:
    shell.follow(Command(3, "echo 1.4 s; exit 3", ["… s"], exits=3), "a.md")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (Command(3, "echo b", ["a"]), r"(?s)a\.md:3\n\$ echo b\nwanted:.*a.*got:.*b"),
        (Command(3, "echo a; exit 4", ["a"]), r"(?s)a\.md:3\n\$ echo a; exit 4\nexit 4, not 0\na"),
        (Command(3, "echo a", ["a"], exits=3), "exit 0, not 3"),
        (Command(3, "echo a", []), "there is more than the page shows"),
    ],
)
def test_a_command_that_does_something_else_is_shown_with_its_line(
    shell: Shell, command: Command, message: str
) -> None:
    with pytest.raises(WrongOutput, match=message):
        shell.follow(command, "a.md")
