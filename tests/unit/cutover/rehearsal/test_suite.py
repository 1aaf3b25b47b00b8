"""All scenarios in turn, on rehearsals that are played: none stops the others, Ctrl-C leaves what there is."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from cutover.rehearsal import suite
from cutover.rehearsal.library import named
from cutover.rehearsal.rows import Row
from cutover.rehearsal.scenario import Scenario
from cutover.rehearsal.stack.process import Program
from cutover.rehearsal.suite import Suite, hold_all, last_line, starting
from cutover.rehearsal.suite_screen import LiveList, PlainList

NAMES = ("happy", "errors-at-50", "dns-stuck")
SCENARIOS = [named(name) for name in NAMES]


class Played:
    """Rehearsals that end at the third look; `fails` could not be held, `interrupted` is one at which Ctrl-C comes.

    `breaks` ends otherwise than the summary in its folder says.
    """

    def __init__(self, fails: str = "", wrong: str = "", interrupted: str = "", breaks: str = "") -> None:
        self.fails, self.wrong, self.interrupted, self.breaks = fails, wrong, interrupted, breaks
        self.name, self.looks = "", 0
        self.did: list[str] = []

    def start(self, scenario: Scenario, folder: Path) -> "Played":
        self.did.append(f"start {scenario.name}")
        self.name, self.looks = scenario.name, 0
        (folder / "rehearsal.log").write_text("… starting\n… cutover run\n\n")
        if scenario.name == self.fails:
            (folder / "rehearsal.log").write_text("The rehearsal could not be held: no memory\n")
        else:
            passed = scenario.name != self.wrong
            checks = [] if passed else [{"name": "ended as it must", "passed": False, "detail": "exit 1, expected 4"}]
            (folder / "summary.json").write_text(
                json.dumps(
                    {"exit": self._code, "passed": passed, "run_exit": int(scenario.expect.exit), "reason": "so",
                     "checks": checks, "weights": {"asked": {"ecs": 0, "lambda": 100}}}
                )
            )  # fmt: skip
        return self

    @property
    def exit_code(self) -> int | None:
        self.looks += 1
        if self.name == self.interrupted:
            raise KeyboardInterrupt
        if self.looks <= 2:
            return None
        return 2 if self.name == self.breaks else self._code

    @property
    def _code(self) -> int:
        return 12 if self.name == self.wrong else 0

    def stop(self, timeout_seconds: float = 5.0) -> None:
        self.did.append(f"stop {self.name}")


class Screen:
    """Remembers."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begins(self, scenario: Scenario) -> None:
        self.told.append(f"begins {scenario.name}")

    def look(self, doing: str) -> None:
        self.told.append(doing)

    def ended(self, row: Row) -> None:
        self.told.append(f"ended {row.name} {row.passed}")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "LOOK_SECONDS", 0.0)


def held(folder: Path, played: Played) -> tuple[Sequence[Row], bool, Screen]:
    screen = Screen()
    mine = Suite(folder, played.start, screen)
    interrupted = mine.hold(SCENARIOS)
    return mine.rows, interrupted, screen


def test_each_is_held_after_the_one_before_has_stopped(tmp_path: Path) -> None:
    played = Played()
    rows, interrupted, screen = held(tmp_path, played)
    assert played.did == [f"{what} {name}" for name in NAMES for what in ("start", "stop")]
    assert [(row.name, row.passed, row.report) for row in rows] == [(n, True, f"{n}/report.html") for n in NAMES]
    assert not interrupted
    assert screen.told[:4] == ["begins happy", "… cutover run", "… cutover run", "ended happy True"]


@pytest.mark.parametrize("bad", [{"fails": "errors-at-50"}, {"wrong": "errors-at-50"}])
def test_one_that_goes_wrong_does_not_stop_the_others(tmp_path: Path, bad: dict[str, str]) -> None:
    rows, interrupted, _ = held(tmp_path, Played(**bad))
    assert ([row.passed for row in rows], interrupted) == ([True, False, True], False)
    expected = {"fails": "The rehearsal could not be held: no memory", "wrong": "ended as it must: exit 1, expected 4"}
    assert rows[1].reason == expected[next(iter(bad))]


def test_a_summary_that_is_not_of_this_rehearsal_is_not_believed(tmp_path: Path) -> None:
    rows, _, _ = held(tmp_path, Played(breaks="errors-at-50"))
    assert [(row.passed, row.report) for row in rows] == [(True, rows[0].report), (False, ""), (True, rows[2].report)]
    assert (rows[1].actual, rows[1].reason) == ("could not be held", "… cutover run")


def test_ctrl_c_stops_the_one_under_way_and_begins_no_other(tmp_path: Path) -> None:
    played = Played(interrupted="errors-at-50")
    rows, interrupted, _ = held(tmp_path, played)
    assert played.did[-2:] == ["start errors-at-50", "stop errors-at-50"]
    assert [(row.name, row.passed, row.actual) for row in rows[1:]] == [("errors-at-50", False, "interrupted")]
    assert (rows[0].passed, interrupted) == (True, True)


@pytest.mark.parametrize(
    ("played", "code"), [(Played(), 0), (Played(wrong="dns-stuck"), 12), (Played(interrupted="dns-stuck"), 130)]
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_page_a_document_and_a_table_are_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    played: Played, code: int, as_json: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(suite, "every", lambda: SCENARIOS)
    monkeypatch.setattr(suite, "starting", lambda quick: played.start)
    assert hold_all(tmp_path / "out", quick=True, as_json=as_json, quiet=False) == code
    printed = capsys.readouterr()
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (told["exit"], told["quick"], len(told["scenarios"])) == (code, True, 3)
    assert "errors-at-50" in (tmp_path / "out" / "index.html").read_text()
    words = printed.err if as_json else printed.out
    assert f"reports: {tmp_path / 'out' / 'index.html'}" in words
    assert ("FAIL  dns-stuck: " in words) == (code != 0)
    assert (json.loads(printed.out) == told) if as_json else not printed.err


def test_a_rehearsal_is_started_as_a_person_would_its_words_in_a_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs: list[Program] = []
    monkeypatch.setattr(suite, "Child", programs.append)
    for quick in (True, False):
        starting(quick=quick)(named("dns-stuck"), tmp_path)
    words = [sys.executable, "-m", "cutover", "rehearse", "--scenario", "dns-stuck"]
    assert [list(program.command) for program in programs] == [
        [*words, "--quick", "--out", str(tmp_path)],
        [*words, "--out", str(tmp_path)],
    ]
    assert programs[0].log == tmp_path / "rehearsal.log"


@pytest.mark.parametrize(("text", "last"), [("", ""), ("a\n b \n\n", "b"), ("a\nhalf", "half")])
def test_the_newest_line_of_a_log(tmp_path: Path, text: str, last: str) -> None:
    (tmp_path / "log").write_text(text)
    assert last_line(tmp_path / "log") == last
    assert last_line(tmp_path / "none") == ""


@pytest.mark.parametrize(("terminal", "kind"), [(True, LiveList), (False, PlainList)])
def test_only_a_terminal_gets_the_live_list(terminal: bool, kind: type) -> None:
    console = Console(force_terminal=terminal)
    assert isinstance(suite._screen(console, SCENARIOS), kind)
