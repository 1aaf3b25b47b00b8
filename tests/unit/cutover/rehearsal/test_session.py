"""`cutover rehearse` and `up` from start to end, on a stack that is played."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal import session
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.screen import LiveScreen, PlainScreen
from cutover.rehearsal.stack.plan import Clockwork, Places
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.wish import Wish
from tests.unit.cutover.rehearsal.recordings import BACK, DONE, EPOCH, happy, outcome, rolled_back

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


class FakeChild:
    def __init__(self, pid: int) -> None:
        self.pid = pid


class FakeStack:
    """A stack that counts its ends; `downs` are the servers that are down at each asking."""

    places = Places(1, 2, 3, 4, 5, 6, 7, 8, 9)
    clock = Clockwork(60.0, EPOCH)
    children = {"valkey": FakeChild(11), "search": FakeChild(12)}

    def __init__(self) -> None:
        self.stops = 0
        self.downs: list[Sequence[str] | Exception] = []

    def stop(self) -> None:
        self.stops += 1

    def bring_back(self) -> Sequence[str]:
        found = self.downs.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def describe(self) -> dict[str, Any]:
        return {name: f"where {name} is" for name in session.AT_A_LOOK} | {"tokens": {"alice": "eyJ"}}


class Starter:
    """Stands in for the class Stack; `fails` is why it can't start."""

    def __init__(self, stack: FakeStack) -> None:
        self.stack, self.fails = stack, ""
        self.asked: list[tuple[Path, float]] = []

    def start(self, logs: Path, factor: float, say: Callable[[str], None]) -> FakeStack:
        self.asked.append((logs, factor))
        say("starting PostgreSQL")
        if self.fails:
            raise DidNotStart(self.fails)
        logs.mkdir(parents=True)
        return self.stack


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Starter]:
    before = {number: signal.getsignal(number) for number in HANDLED}
    starter = Starter(FakeStack())
    monkeypatch.setattr(session, "Stack", starter)
    monkeypatch.setattr(session, "LOOK_SECONDS", 0.001)
    yield starter
    for number, handler in before.items():
        signal.signal(number, handler)


def comes_to(monkeypatch: pytest.MonkeyPatch, found: Outcome | BaseException) -> None:
    """What the rehearsal itself will come to."""

    class Played:
        def __init__(self, wish: Wish, _stack: Any, screen: Any) -> None:
            self.wish = wish
            screen.say("cutover run")

        def run(self) -> Outcome:
            if isinstance(found, BaseException):
                raise found
            return replace(found, wish=self.wish)

    monkeypatch.setattr(session, "Rehearsal", Played)


def ctrl_c_after(monkeypatch: pytest.MonkeyPatch, *before: Callable[[], None]) -> None:
    """Each look does the next of these; then somebody types Ctrl-C."""
    left = list(before)

    def sleep(_seconds: float) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    monkeypatch.setattr("cutover.rehearsal.session.time.sleep", sleep)


def test_a_good_rehearsal_leaves_its_papers_and_stops_the_stack(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(monkeypatch, outcome(happy()))
    wish = Wish(tmp_path / "out", quick=True)
    assert session.rehearse(wish, as_json=False, quiet=False, keep=False) == 0
    assert starter.asked == [(tmp_path / "out" / "logs", 60.0)]
    assert starter.stack.stops == 1
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["exit"] == 0
    assert (tmp_path / "out" / "report.html").read_text().startswith("<!doctype html>")
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines[:2] == ["… starting PostgreSQL", "… cutover run"]
    assert lines[-1] == f"report: {tmp_path / 'out' / 'report.html'}"


def test_json_is_one_document_on_stdout_and_the_rest_on_stderr(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(monkeypatch, outcome(rolled_back(), BACK))
    wish = Wish(tmp_path / "out", injection=Injection.parse("errors@50"))
    assert session.rehearse(wish, as_json=True, quiet=False, keep=False) == 4
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert (document["schema"], document["exit"], document["inject"]) == ("cutover.rehearsal/1", 4, "errors@50")
    assert document == json.loads((tmp_path / "out" / "summary.json").read_text())
    assert document["seconds_to_start"] < 5
    assert printed.err.splitlines() == ["… starting PostgreSQL", "… cutover run"]


def test_quiet_leaves_nothing_but_the_exit_code(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(monkeypatch, outcome(happy(), BACK))
    assert session.rehearse(Wish(tmp_path / "out"), as_json=False, quiet=True, keep=False) == 12
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_stack_that_does_not_start_is_told_with_its_reason(
    starter: Starter, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    starter.fails = "Valkey ended with 1; its log ends:\nno memory"
    code = session.rehearse(Wish(tmp_path / "out"), as_json=as_json, quiet=False, keep=False)
    printed = capsys.readouterr()
    assert code == 1
    assert printed.err.endswith("The rehearsal could not be held: Valkey ended with 1; its log ends:\nno memory\n")
    if as_json:
        assert json.loads(printed.out) == {"schema": "cutover.error/1", "exit": 1, "message": starter.fails}
    assert starter.stack.stops == 0


def test_a_rehearsal_that_cannot_be_held_stops_the_stack(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(monkeypatch, DidNotStart("no traffic after 30 s"))
    assert session.rehearse(Wish(tmp_path / "out"), as_json=False, quiet=True, keep=False) == 1
    assert capsys.readouterr().err == "The rehearsal could not be held: no traffic after 30 s\n"
    assert starter.stack.stops == 1
    assert not (tmp_path / "out" / "report.html").exists()


def test_ctrl_c_in_the_middle_stops_the_stack(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    comes_to(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        session.rehearse(Wish(tmp_path / "out"), as_json=False, quiet=True, keep=False)
    assert starter.stack.stops == 1


def test_papers_that_cannot_be_written_stop_the_stack_too(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    comes_to(monkeypatch, outcome(happy()))
    (tmp_path / "out" / "summary.json").mkdir(parents=True)
    monkeypatch.setattr(starter, "start", lambda *_: starter.stack)
    with pytest.raises(IsADirectoryError):
        session.rehearse(Wish(tmp_path / "out"), as_json=False, quiet=True, keep=False)
    assert starter.stack.stops == 1


def test_keep_leaves_everything_up_until_ctrl_c(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comes_to(monkeypatch, outcome(happy(), DONE))
    seen: list[int] = []
    ctrl_c_after(monkeypatch, lambda: seen.append(starter.stack.stops))
    assert session.rehearse(Wish(tmp_path / "out"), as_json=False, quiet=False, keep=True) == 0
    assert (seen, starter.stack.stops) == ([0], 1)
    printed = capsys.readouterr().out
    assert "curl where lambda_url is/api/mocs -H 'Authorization: Bearer eyJ'" in printed
    assert f"cutover --config {tmp_path / 'out' / 'cutover.toml'} status" in printed
    assert printed.endswith("Ctrl-C stops everything.\n")


def test_up_says_where_everything_is_and_waits(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ctrl_c_after(monkeypatch)
    assert session.stand_up(Wish(tmp_path / "out"), as_json=False, quiet=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "where" in line][:8] == [
        f"{name:<18}where {name} is" for name in session.AT_A_LOOK
    ]
    assert (tmp_path / "out" / "cutover.toml").is_file()
    assert starter.stack.stops == 1


def test_up_with_json_is_one_line_that_comes_before_the_wait(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    ctrl_c_after(monkeypatch, lambda: lines.append(capsys.readouterr().out))
    assert session.stand_up(Wish(tmp_path / "out"), as_json=True, quiet=True) == 0
    [line] = lines
    assert line.count("\n") == 1
    assert json.loads(line) == starter.stack.describe() | {"settings": str(tmp_path / "out" / "cutover.toml")}
    assert capsys.readouterr().out == ""


def test_ctrl_c_while_it_is_told_where_everything_is_ends_it_well(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(_document: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "_print", interrupted)
    assert session.stand_up(Wish(tmp_path / "out"), as_json=True, quiet=True) == 0
    assert starter.stack.stops == 1


@pytest.mark.parametrize("as_json", [False, True])
def test_a_stack_that_does_not_come_up_is_told(
    starter: Starter, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    starter.fails = "edge ended with 1"
    assert session.stand_up(Wish(tmp_path / "out"), as_json=as_json, quiet=True) == 1
    printed = capsys.readouterr()
    assert printed.err == "The rehearsal could not be held: edge ended with 1\n"
    assert bool(printed.out) is as_json


def usr1() -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


def test_usr1_brings_back_what_is_down(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    starter.stack.downs = [["valkey", "search"], []]
    ctrl_c_after(monkeypatch, usr1, lambda: None, usr1)
    assert session.stand_up(Wish(tmp_path / "out"), as_json=False, quiet=False) == 0
    assert starter.stack.downs == []
    assert [line for line in capsys.readouterr().out.splitlines() if "is back" in line] == [
        "valkey is back, pid 11",
        "search is back, pid 12",
    ]


def test_what_cannot_be_brought_back_is_told_and_the_rest_stays_up(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    starter.stack.downs = [DidNotStart("Valkey ended with 1; its log ends:\n[bind] in use"), ["valkey"]]
    ctrl_c_after(monkeypatch, usr1, usr1)
    assert session.stand_up(Wish(tmp_path / "out"), as_json=False, quiet=False) == 0
    printed = capsys.readouterr().out
    assert "Valkey ended with 1; its log ends:\n[bind] in use\nvalkey is back, pid 11\n" in printed


def test_a_background_job_hears_ctrl_c_too(starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as shells start their background jobs
    monkeypatch.setattr("cutover.rehearsal.session.time.sleep", lambda _: os.kill(os.getpid(), signal.SIGINT))
    assert session.stand_up(Wish(tmp_path / "out"), as_json=True, quiet=True) == 0
    assert starter.stack.stops == 1


def test_a_second_ctrl_c_does_not_cut_the_stopping_short(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ctrl_c_after(monkeypatch)
    stop = starter.stack.stop

    def interrupted_stop() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        stop()

    monkeypatch.setattr(starter.stack, "stop", interrupted_stop)
    assert session.stand_up(Wish(tmp_path / "out"), as_json=True, quiet=True) == 0
    assert starter.stack.stops == 1


def test_a_folder_is_the_one_asked_for_or_named_by_the_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert session.folder_for(Path("mine")) == tmp_path / "mine"
    made = session.folder_for(None)
    assert made.parent == tmp_path / "rehearsals"
    assert len(made.name) == len("20260101-120000")
    assert not made.exists()


@pytest.mark.parametrize(
    ("terminal", "quiet", "kind"), [(True, False, LiveScreen), (True, True, PlainScreen), (False, False, PlainScreen)]
)
def test_only_a_terminal_gets_the_live_screen(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool, kind: type
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    console = session._console(as_json=False, quiet=quiet)
    assert isinstance(session._screen(console, "a rehearsal"), kind)
