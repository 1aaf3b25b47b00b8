"""Commands that people type beside a run: started as they would, and told with how they ended and what they said."""

import sys
from pathlib import Path

import pytest

from cutover.exits import Exit
from cutover.rehearsal import people
from cutover.rehearsal.people import Keyboard
from cutover.rehearsal.scenario import Typing
from cutover.rehearsal.stack.process import Program

DRIFT = Typing("drift --reason 'a b'", Exit.DRIFT)


class FakeChild:
    """A command that ends when the test says so."""

    made: list["FakeChild"]

    def __init__(self, program: Program) -> None:
        self.program, self.exit_code = program, None
        self.stopped = False
        FakeChild.made.append(self)

    def end(self, code: int, said: str) -> None:
        with self.program.log.open("a") as file:
            file.write(said)
        self.exit_code = code  # type: ignore[assignment]

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Keyboard:
    FakeChild.made = []
    monkeypatch.setattr(people, "Child", FakeChild)
    return Keyboard(tmp_path / "cutover.toml", tmp_path)


def test_it_is_typed_as_a_person_would_with_the_rehearsals_own_settings(keyboard: Keyboard, tmp_path: Path) -> None:
    keyboard.types(DRIFT, 10.0)
    [child] = FakeChild.made
    command = [sys.executable, "-m", "cutover", "--config", str(tmp_path / "cutover.toml"), "--no-color"]
    assert child.program.command == [*command, "drift", "--reason", "a b"]
    assert child.program.env["AWS_ACCESS_KEY_ID"] == "rehearsal"
    assert child.program.log.read_text() == "$ cutover drift --reason 'a b'\n"


def test_it_is_told_once_when_it_has_ended(keyboard: Keyboard) -> None:
    keyboard.types(DRIFT, 10.0)
    assert keyboard.busy
    assert keyboard.ended(11.0) == []
    FakeChild.made[0].end(5, "somebody changed it\n")
    [typed] = keyboard.ended(12.5)
    assert (typed.words, typed.time, typed.ended) == ("cutover drift --reason 'a b'", 10.0, 12.5)
    assert (typed.exit, typed.expected, typed.said) == (5, 5, "somebody changed it\n")
    assert keyboard.ended(13.0) == []
    assert not keyboard.busy


def test_of_a_long_answer_the_end_is_kept_and_the_log_has_all(keyboard: Keyboard) -> None:
    keyboard.types(DRIFT, 10.0)
    FakeChild.made[0].end(0, "x" * 10_000 + "end")
    [typed] = keyboard.ended(12.0)
    assert len(typed.said) == people.MOST_SAID
    assert typed.said.endswith("xend")
    assert len(FakeChild.made[0].program.log.read_text()) > 10_000


def test_two_people_type_at_once_each_with_a_log(keyboard: Keyboard) -> None:
    keyboard.types(DRIFT, 1.0)
    keyboard.types(Typing("status", Exit.DONE), 2.0)
    first, second = FakeChild.made
    assert [one.program.log.name for one in (first, second)] == ["typed-1.log", "typed-2.log"]
    second.end(0, "fine")
    assert [typed.words for typed in keyboard.ended(3.0)] == ["cutover status"]
    assert keyboard.busy


def test_in_the_end_nobody_goes_on_typing(keyboard: Keyboard) -> None:
    keyboard.types(DRIFT, 1.0)
    keyboard.stop()
    assert (FakeChild.made[0].stopped, keyboard.busy) == (True, False)
