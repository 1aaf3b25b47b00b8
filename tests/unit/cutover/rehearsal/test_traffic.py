"""The journal is followed while it grows; Locust is told everything by one private file."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal import traffic
from cutover.rehearsal.stack.process import CHECKOUT, Program
from cutover.rehearsal.traffic import JournalReader, Load, Second, start_traffic
from loadtests._journal import Journal

SEEN = {
    "requests": 3,
    "errors": 1,
    "wrong": 0,
    "answers": 2,
    "latencies_ms": [1.0, 2.0, 3.0],
    "problems": ["status 500"],
}


def line(moment: int, **sides: Any) -> bytes:
    return json.dumps({"second": moment, "sides": sides}).encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def test_a_journal_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert JournalReader(tmp_path / "traffic.jsonl").read() == ()


def test_each_side_of_a_line_is_a_second_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    append(path, line(100, ecs=SEEN, **{"lambda": {**SEEN, "errors": 0}}))
    assert JournalReader(path).read() == [
        Second(100, "ecs", 3, 1, 0, 2, [1.0, 2.0, 3.0], ["status 500"]),
        Second(100, "lambda", 3, 0, 0, 2, [1.0, 2.0, 3.0], ["status 500"]),
    ]


def test_only_what_was_added_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    reader = JournalReader(path)
    for moment in (100, 101, 102):
        append(path, line(moment, ecs=SEEN))
        assert [second.time for second in reader.read()] == [moment]
    assert reader.read() == []


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    whole = line(101, ecs=SEEN)
    for cut in (1, len(whole) // 2, len(whole) - 1):
        path.unlink(missing_ok=True)
        reader = JournalReader(path)
        append(path, line(100, ecs=SEEN) + whole[:cut])
        assert [second.time for second in reader.read()] == [100]
        assert reader.read() == []
        append(path, whole[cut:] + line(102, ecs=SEEN))
        assert [second.time for second in reader.read()] == [101, 102]


def test_what_the_load_test_writes_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "traffic.jsonl"
    now = [100.4]
    journal = Journal(path, clock=lambda: now[0])
    journal.dns_answer("lambda")
    journal.request("lambda", 12.34, None, answered=True)
    journal.request("ecs", 99.0, "status 502", answered=False)
    now[0] = 101.0
    journal.request("ecs", 5.0, "not a page", answered=True)
    journal.close()
    assert JournalReader(path).read() == [
        Second(100, "lambda", 1, 0, 0, 1, [12.3], []),
        Second(100, "ecs", 1, 1, 0, 0, [99.0], ["status 502"]),
        Second(101, "ecs", 1, 0, 1, 0, [5.0], ["not a page"]),
    ]


def test_locust_is_told_everything_by_a_file_that_nobody_else_can_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs: list[Program] = []
    monkeypatch.setattr(traffic, "Child", programs.append)
    _, journal = start_traffic(
        tmp_path,
        tmp_path / "logs",
        public_port=8000,
        dns_port=5353,
        tokens={"alice": "token-of-alice"},
        load=Load(7, 2.5),
    )
    settings = tmp_path / "traffic.json"
    assert stat.S_IMODE(settings.stat().st_mode) == 0o600
    assert journal == tmp_path / "logs" / "traffic.jsonl"
    assert json.loads(settings.read_text()) == {
        "host": "http://api.lego-moc.example.test:8000",
        "dns": ["127.0.0.1", 5353],
        "sides": {"127.0.1.1": "ecs", "127.0.1.2": "lambda"},
        "tokens": {"alice": "token-of-alice"},
        "requests_per_second": 2.5,
        "journal": str(journal),
    }
    [program] = programs
    command = list(program.command)
    assert command[:5] == [sys.executable, "-m", "locust", "-f", str(CHECKOUT / "loadtests" / "locustfile.py")]
    assert command[command.index("--users") + 1] == command[command.index("--spawn-rate") + 1] == "7"
    assert "--headless" in command
    assert program.env == {"LEGO_TRAFFIC": str(settings)}
    assert "token-of-alice" not in " ".join(command), "a token in a command line is seen by everybody on the machine"


def test_the_load_test_understands_that_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from loadtests._settings import traffic as told

    monkeypatch.setattr(traffic, "Child", lambda program: program)
    start_traffic(
        tmp_path, tmp_path, public_port=8000, dns_port=5353, tokens={"alice": "token-of-alice"}, load=Load(7, 2.5)
    )
    monkeypatch.setenv("LEGO_TRAFFIC", str(tmp_path / "traffic.json"))
    settings = told()
    assert (settings.dns, settings.tokens, settings.sides) == (
        ("127.0.0.1", 5353),
        {"alice": "token-of-alice"},
        traffic.SIDES,
    )
    assert (settings.journal, settings.requests_per_second) == (tmp_path / "traffic.jsonl", 2.5)
