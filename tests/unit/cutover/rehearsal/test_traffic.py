"""The traffic's lines are followed while they grow; Locust is told everything by one private file."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from cutover.core.load.lines import Cell, Note, Resources
from cutover.core.load.lines import Second as Seen
from cutover.rehearsal import traffic
from cutover.rehearsal.stack.process import CHECKOUT, Program
from cutover.rehearsal.traffic import JournalReader, Load, Second, set_rate, start_traffic


def seen(moment: int, *sides: str) -> Seen:
    """Three requests of each side, on two routes; one failed."""
    second = Seen(moment, dns=dict.fromkeys(sides, 2), problems=["GET /api/mocs: status 500"])
    for side in sides:
        for route, times in (("GET /api/mocs", (1.0, 2.0)), ("POST /api/mocs", (3.0,))):
            cell = second.cell(("rehearsal", side, route))
            cell.requests += len(times)
            for ms in times:
                cell.response.add(ms)
        second.cell(("rehearsal", side, "GET /api/mocs")).errors = 1
    return second


def line(moment: int, *sides: str) -> bytes:
    return seen(moment, *sides).line().encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Program, Path]:
    programs: list[Program] = []
    monkeypatch.setattr(traffic, "Child", programs.append)
    _, lines = start_traffic(
        tmp_path,
        tmp_path / "logs",
        public_port=8000,
        dns_port=5353,
        tokens={"alice": "token-of-alice"},
        load=Load(7, 220),
    )
    return programs[0], lines


def test_lines_that_are_not_there_yet_are_none(tmp_path: Path) -> None:
    assert not JournalReader(tmp_path / "seconds.ndjson").read()


def test_each_side_of_a_line_is_a_second_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "seconds.ndjson"
    append(path, line(100, "ecs", "lambda"))

    assert JournalReader(path).read() == [
        Second(100, "ecs", 3, 1, 0, 2, [1.0, 2.0, 3.0], ["GET /api/mocs: status 500"]),
        Second(100, "lambda", 3, 1, 0, 2, [1.0, 2.0, 3.0], []),
    ]


def test_throttles_are_wrong_answers_here_and_what_others_were_asked_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "seconds.ndjson"
    second = Seen(100, dns={"lambda": 1})
    second.cells = {
        ("rehearsal", "ecs", "GET /a"): Cell(requests=4, wrong=1, throttled=2),
        ("rehearsal", "s3", "POST to the file store"): Cell(requests=1, errors=1),
    }
    append(path, second.line().encode() + b"\n")

    assert JournalReader(path).read() == [
        Second(100, "lambda", 0, 0, 0, 1, [], []),
        Second(100, "ecs", 4, 0, 3, 0, [], []),
    ]


def test_what_is_no_second_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "seconds.ndjson"
    for other in (Note(100, "text"), Resources(100, 2, {"machine": 1.0})):
        append(path, other.line().encode() + b"\n")

    assert JournalReader(path).read() == []


def test_only_what_was_added_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "seconds.ndjson"
    reader = JournalReader(path)
    for moment in (100, 101, 102):
        append(path, line(moment, "ecs"))
        assert [second.time for second in reader.read()] == [moment]
    assert reader.read() == []


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "seconds.ndjson"
    whole = line(101, "ecs")
    for cut in (1, len(whole) // 2, len(whole) - 1):
        path.unlink(missing_ok=True)
        reader = JournalReader(path)
        append(path, line(100, "ecs") + whole[:cut])
        assert [second.time for second in reader.read()] == [100]
        assert reader.read() == []
        append(path, whole[cut:] + line(102, "ecs"))
        assert [second.time for second in reader.read()] == [101, 102]


def test_locust_is_told_everything_by_a_file_that_nobody_else_can_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, lines = told(tmp_path, monkeypatch)

    settings, folder = tmp_path / "traffic.json", tmp_path / "logs" / "traffic"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    assert lines == folder / "seconds.ndjson"
    assert json.loads(settings.read_text()) == {
        "host": "http://api.lego-moc.example.test:8000",
        "dns": ["127.0.0.1", 5353],
        "sides": {"127.0.1.1": "ecs", "127.0.1.2": "lambda"},
        "tokens": {"alice": "token-of-alice"},
        "persons": 7,
        "rate_file": str(folder / "rate"),
        "folder": str(folder),
        "verdict": False,
        "clean": False,
        "seed": 1,
    }
    command = list(program.command)
    assert command[:5] == [sys.executable, "-m", "locust", "-f", str(CHECKOUT / "loadtests" / "locustfile.py")]
    assert "--headless" in command
    assert program.env == {"LEGO_TRAFFIC": str(settings)}
    assert "token-of-alice" not in " ".join(command), "a token in a command line is seen by everybody on the machine"


def test_the_load_test_understands_that_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from loadtests._options import profile_of
    from loadtests._settings import traffic as understood

    program, lines = told(tmp_path, monkeypatch)
    settings = understood(program.env)
    nothing: Any = None

    assert (settings.dns, settings.tokens, settings.sides) == (
        ("127.0.0.1", 5353),
        {"alice": "token-of-alice"},
        traffic.SIDES,
    )
    assert (settings.folder, settings.persons, settings.verdict, settings.clean) == (lines.parent, 7, False, False)
    assert profile_of(settings, nothing).highest == 220


def test_the_rate_can_be_changed_while_it_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, lines = told(tmp_path, monkeypatch)
    assert lines.with_name("rate").read_text() == "220\n"

    set_rate(lines, 17.5)

    assert lines.with_name("rate").read_text() == "17.5\n"
    assert sorted(path.name for path in lines.parent.iterdir()) == ["rate"]


def test_an_older_rehearsals_lines_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, lines = told(tmp_path, monkeypatch)
    append(lines, line(100, "ecs"))

    told(tmp_path, monkeypatch)

    assert not lines.exists()
