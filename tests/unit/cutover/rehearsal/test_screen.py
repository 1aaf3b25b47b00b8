"""What a person sees: plain lines where nothing can be drawn anew, the whole picture on a terminal."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cutover.rehearsal import screen
from cutover.rehearsal.recording import Recording, Told
from cutover.rehearsal.screen import (
    LiveScreen,
    PlainScreen,
    bake_line,
    event_line,
    picture,
    recent,
    sparkline,
    summary_line,
)
from tests.unit.cutover.rehearsal.recordings import (
    BAKE,
    EPOCH,
    FACTOR,
    FAIL,
    HOLD,
    PASS,
    happy,
    ledger,
    recorded,
    rolled_back,
    said,
    second,
    tick,
    traffic,
)

LONG = {
    **HOLD,
    "text": "Lambda p95 is not known: " + "at most 12 requests in any window so far, and it takes 200; " * 3,
}


@pytest.fixture(autouse=True)
def sixty_minutes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.rehearsal.screen.time.time", lambda: EPOCH + 60)


def plain(width: int = 80) -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, width=width, color_system=None, highlight=False), written


def shown(what: Any, width: int) -> list[str]:
    """What is drawn, line by line, on a terminal of that many columns."""
    console = Console(file=io.StringIO(), width=width, record=True, color_system=None, legacy_windows=False)
    console.print(what)
    return console.export_text().splitlines()


def told_lines(recording: Recording) -> list[Text]:
    lines = [event_line(told, recording) for told in recording.told]
    return [line for line in lines if line is not None][-screen.EVENTS_SHOWN :]


def busy() -> Recording:
    """At 50%, with findings of every verdict, long words and a bake."""
    recording = happy()
    recording.add(tick(59, 50, PASS, HOLD, FAIL, LONG, bake=BAKE), EPOCH)
    return recording


RECORDINGS = {
    "nothing yet": None,
    "no data": recorded(),
    "warming up": recorded(seconds=traffic(50, 60, 0)),
    "happy": happy(),
    "busy": busy(),
    "rolled back": rolled_back(),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", RECORDINGS)
def test_the_picture_fits_the_terminal(name: str, width: int) -> None:
    recording = RECORDINGS[name]
    events = told_lines(recording) if recording else []
    lines = shown(picture("quick rehearsal, nothing goes wrong", "starting 40 users", recording, events), width)
    assert max(len(line) for line in lines) <= width
    assert lines[0] == "quick rehearsal, nothing goes wrong   everything here is simulated"


def test_before_anything_runs_the_picture_says_what_is_being_done() -> None:
    assert shown(picture("a rehearsal", "migrating and seeding", None, []), 80) == [
        "a rehearsal   everything here is simulated",
        "… migrating and seeding",
    ]


def test_without_a_look_at_the_gates_the_picture_says_what_is_being_done_and_knows_no_split() -> None:
    lines = shown(picture("a rehearsal", "cutover run", recorded(), []), 80)
    assert "time ×60   cutover run   60 simulated minutes" in lines
    assert [line.rstrip() for line in lines[3:6]] == [
        "asked    not known yet",
        "served   not known yet",
        "requests not known yet",
    ]
    assert lines[-1] == "go back at any time: cutover rollback"


def test_the_picture_shows_split_sides_gates_and_bake() -> None:
    recording = recorded([tick(59, 50, HOLD, bake=BAKE)], traffic(50, 60, 20), [(1, 10)])
    lines = [line.rstrip() for line in shown(picture("a rehearsal", "", recording, []), 120)]
    assert lines[1] == "time ×60   BAKING 50%   60 simulated minutes"
    assert lines[3:6] == [
        f"asked    {'█' * 40}  ecs 50 / lambda 50",
        f"served   {'█' * 40}  ecs 90 / lambda 10",
        f"requests {'█' * 40}  ecs 80 / lambda 20",
    ]
    assert lines[7].split("  ")[0] == "side"
    assert lines[8].split() == ["ECS", "80", "0", "0", "20", "20", "█" * 10]
    assert lines[9].split() == ["Lambda", "20", "0", "0", "20", "20", "█" * 10]
    assert lines[11] == f"HOLD p95 {HOLD['text']}"
    assert lines[12] == "bake  7/18 minutes, 240/250 requests"


@pytest.mark.parametrize(("percent", "blue", "orange"), [(0, 40, 0), (10, 36, 4), (50, 20, 20), (100, 0, 40)])
def test_a_bar_is_parted_by_the_split(percent: int, blue: int, orange: int) -> None:
    recording = recorded([tick(59, percent)])
    bars = screen.split_bars(recording)
    assert isinstance(bars, Table)
    asked = next(iter(bars.columns[1].cells))
    assert isinstance(asked, Text)
    spans = [(str(span.style), span.end - span.start) for span in asked.spans]
    assert [s for s in spans if s[1]] == [s for s in (("blue", blue), ("dark_orange", orange)) if s[1]]


def test_errors_and_wrong_answers_stand_out() -> None:
    recording = recorded(seconds=[second(59, "lambda", 10, errors=3), second(59, "ecs", 10)])
    errors = list(screen.sides_table(recording).columns[2].cells)
    assert [(str(cell), str(cell.style)) for cell in errors if isinstance(cell, Text)] == [("0", ""), ("3", "bold red")]


def test_a_finding_is_shown_as_it_is() -> None:
    finding = {**FAIL, "text": "over [5m] of [bold]anything[/bold] at /x[0]"}
    assert shown(screen.gates_table({"findings": [finding]}), 80) == [
        "FAIL error-rate over [5m] of [bold]anything[/bold] at /x[0]"
    ]


def test_there_are_no_gates_and_no_bake_before_the_first_judgement() -> None:
    assert shown(screen.gates_table({}), 80) in ([], [""])
    assert shown(screen.gates_table({"findings": None}), 80) in ([], [""])
    assert bake_line({"bake": None}).plain == ""


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (ledger("applied", 4, 5.25, 10), "   5.2′  applied     "),
        (
            ledger("intent", 3, 12, 0, after=[90, 10], reason="step to Lambda 10%"),
            "  12.0′  intent        ecs 90 / lambda 10  step to Lambda 10%",
        ),
        (said("note", 1, text="held [for] long"), "   1.0′  note          held [for] long"),
        (said("judged", 2, reason="HOLD: one; two; three"), "   2.0′  judged        HOLD: one (and 2 more)"),
        (said("end", 100, reason="all on Lambda", exit=0), " 100.0′  end           exit 0"),
    ],
)
def test_an_event_is_one_line(document: dict[str, Any], expected: str) -> None:
    recording = recorded([document])
    line = event_line(recording.told[0], recording)
    assert line is not None
    assert line.plain == expected


@pytest.mark.parametrize("document", [tick(1, 10), {"schema": "cutover.error/1"}])
def test_looks_are_no_events(document: dict[str, Any]) -> None:
    recording = recorded([document])
    assert event_line(recording.told[0], recording) is None


def test_the_line_between_tells_how_it_goes() -> None:
    recording = recorded([tick(59, 10, HOLD)], traffic(50, 60, 10))
    assert summary_line(recording) == (
        "  60.0′   BAKING 10%   ECS 90 req/s, p95 20 ms   Lambda 10 req/s, p95 20 ms   HOLD"
    )
    assert summary_line(recorded(seconds=traffic(50, 60, 0))) == (
        "  60.0′   warming up   ECS 100 req/s, p95 20 ms   Lambda 0 req/s, p95 - ms"
    )


def test_only_the_last_five_seconds_are_recent() -> None:
    assert [s.time - EPOCH for s in recent(recorded(seconds=traffic(40, 60, 0)))] == [55, 56, 57, 58, 59]
    assert recent(recorded()) == ()


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([0.0, 0.0], ""),
        ([1.0], "█"),
        ([0.0, 50.0, 100.0], "▁▄█"),
        ([100.0, 100.0], "██"),
        ([7.0, 14.0, 21.0, 28.0, 35.0, 42.0, 49.0], "▂▃▄▅▆▇█"),
    ],
)
def test_a_sparkline_is_as_high_as_its_highest_value(values: Sequence[float], bars: str) -> None:
    assert sparkline(values) == bars


def test_the_sparkline_shows_the_last_twenty_seconds_of_one_side() -> None:
    seconds = [
        second(minute, side, 1, latencies_ms=[float(minute)]) for minute in range(60) for side in ("ecs", "lambda")
    ]
    cells = list(screen.sides_table(recorded(seconds=seconds)).columns[6].cells)
    assert [len(str(cell)) for cell in cells] == [20, 20]


def test_plain_lines_are_one_line_each_however_narrow_the_terminal_is() -> None:
    console, written = plain(40)
    recording = recorded()
    with PlainScreen(console) as live:
        live.say("migrating and seeding: 2,000 MOCs of 50 users [bold]and more[/bold]")
        for document in (tick(1, 10, LONG), ledger("intent", 3, 12, 0, after=[90, 10], reason="x" * 200)):
            live.told(recording.add(document, EPOCH), recording)
    assert written.getvalue().splitlines() == [
        "… migrating and seeding: 2,000 MOCs of 50 users [bold]and more[/bold]",
        f"  12.0′  intent        ecs 90 / lambda 10  {'x' * 200}",
    ]


def test_between_events_a_plain_line_comes_every_few_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    console, written = plain()
    now = [1000.0]
    monkeypatch.setattr("cutover.rehearsal.screen.time.monotonic", lambda: now[0])
    live, recording = PlainScreen(console), recorded(seconds=traffic(50, 60, 0))
    live.look(recorded())
    assert written.getvalue() == ""
    for now[0] in (1000.0, 1000.3, 1004.9, 1005.0, 1009.9):
        live.look(recording)
    assert written.getvalue().splitlines() == [f"  {summary_line(recording)}"] * 2


def test_the_live_screen_draws_what_it_is_told_and_leaves_nothing_behind() -> None:
    written = io.StringIO()
    console = Console(file=written, width=100, height=50, force_terminal=True, color_system=None, legacy_windows=False)
    recording = busy()
    with LiveScreen(console, "quick rehearsal") as live:
        live.say("starting 40 users")
        for told in recording.told:
            live.told(told, recording)
        live.look(recording)
        drawn = console.render_lines(live._live.renderable, pad=False)
    text = "\n".join("".join(segment.text for segment in line) for line in drawn)
    assert "quick rehearsal   everything here is simulated" in text
    assert text.count("′  ") == screen.EVENTS_SHOWN
    assert "50.0′  finished      ecs 0 / lambda 100" in text
    assert "adopted" not in text, "only the newest events are shown"
    assert written.getvalue().endswith("\x1b[2K"), "the picture is wiped in the end"


def test_the_live_screen_shows_what_is_being_done_while_nothing_is_known() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with LiveScreen(console, "quick rehearsal") as live:
        live.say("migrating")
        live.told(Told(EPOCH, tick(1, 10)), recorded())
        [_, second_line] = console.render_lines(live._live.renderable, pad=False)
    assert "".join(segment.text for segment in second_line) == "… migrating"
    assert FACTOR == 60
