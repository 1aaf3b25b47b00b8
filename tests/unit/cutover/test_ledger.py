"""The ledger file: ordered, chained, and still readable after whatever happened to the process that wrote it."""

import errno
import json
import logging
import multiprocessing
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cutover.core.record import Event, Kind, chained, encode
from cutover.ledger.file import FileLedger
from cutover.ledger.locking import locked
from cutover.ports import LedgerMoved, LedgerUnavailable, Locked

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def event(reason: str, previous: Event | None = None) -> Event:
    """One line behind `previous`."""
    return chained(Event(0, NOW, Kind.JUDGED, "ada", "host", "run", reason=reason), previous)


def filled(path: Path, count: int) -> tuple[FileLedger, list[Event]]:
    """A ledger with so many lines."""
    ledger, events = FileLedger(path), list[Event]()
    for number in range(count):
        events.append(event(f"line {number}", events[-1] if events else None))
        ledger.append(events[-1])
    return ledger, events


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    ledger, events = filled(tmp_path / "deep" / "down" / "ledger.jsonl", 3)

    assert list(ledger.events()) == events


def test_a_ledger_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert list(FileLedger(tmp_path / "none.jsonl").events()) == []


def test_it_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    filled(tmp_path / "ledger.jsonl", 1)

    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o077 == 0


def test_a_number_that_is_taken_is_refused(tmp_path: Path) -> None:
    ledger, events = filled(tmp_path / "ledger.jsonl", 2)

    with pytest.raises(LedgerMoved, match="line 2"):
        ledger.append(event("other", events[0]))

    assert list(ledger.events()) == events


def test_a_line_behind_another_ledgers_is_refused(tmp_path: Path) -> None:
    ledger, _ = filled(tmp_path / "ledger.jsonl", 2)

    with pytest.raises(LedgerMoved):
        ledger.append(event("mine", event("b", event("a"))))


@pytest.mark.parametrize("cut", [1, 5, 40, 200])
def test_a_line_cut_off_by_a_crash_does_not_count_and_is_kept_aside(
    tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ledger.jsonl"
    _, events = filled(path, 2)
    with path.open("ab") as file:
        file.write(encode(event("lost", events[-1])).encode()[:cut])
    ledger = FileLedger(path)

    with caplog.at_level(logging.WARNING):
        assert list(ledger.events()) == events
        ledger.events()
    ledger.append(event("next", events[-1]))

    assert [e.reason for e in ledger.events()] == ["line 0", "line 1", "next"]
    assert len((tmp_path / "ledger.jsonl.torn").read_bytes()) == cut + 1
    assert len(caplog.messages) == 1
    assert "ledger.jsonl.torn" in caplog.messages[0]


def test_a_cut_inside_a_character_is_a_cut_too(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    _, events = filled(path, 1)
    with path.open("ab") as file:
        file.write(b'{"reason":"\xc3')

    assert list(FileLedger(path).events()) == events


def test_a_last_line_that_only_lacks_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    _, events = filled(path, 2)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    ledger = FileLedger(path)

    ledger.append(event("next", events[-1]))

    assert [e.reason for e in ledger.events()] == ["line 0", "line 1", "next"]
    assert not (tmp_path / "ledger.jsonl.torn").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0].replace(b"line 0", b"line X"), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[0], b"rubbish\n", *lines[1:]],
        lambda lines: [lines[0], b"\xff\xfe\n", *lines[1:]],
        lambda lines: [lines[1], lines[0], lines[2]],
    ],
)
def test_a_broken_chain_refuses_and_says_what_to_do(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "ledger.jsonl"
    ledger, events = filled(path, 3)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    before = path.read_bytes()

    with pytest.raises(LedgerUnavailable, match="then move the file away"):
        ledger.events()
    with pytest.raises(LedgerUnavailable):
        ledger.append(event("next", events[-1]))

    assert path.read_bytes() == before


def test_an_untouched_ledger_is_read_without_writing_every_line_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.jsonl"
    rich = {"bake": {"hash": "x", "part": 0.5}, "findings": ['says "hash":"" ✓', "\x1b"], "none": None}
    previous = chained(Event(0, NOW, Kind.INTENT, "ada", "h", "run", before=(100, 0), after=(90, 10)), None)
    events = [previous, chained(Event(0, NOW, Kind.JUDGED, "ada", "h", "run", evidence=rich), previous)]
    path.write_text("".join(encode(each) + "\n" for each in events))
    monkeypatch.setattr("cutover.ledger.chain.check_chain", lambda _: pytest.fail("it spells every line anew"))

    assert list(FileLedger(path).events()) == events


def test_a_line_that_is_only_spelled_in_another_way_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    _, events = filled(path, 3)
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]), indent=None)
    path.write_text("\n".join(lines) + "\n")

    assert list(FileLedger(path).events()) == events


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ledger = FileLedger(tmp_path / "file" / "ledger.jsonl")

    with pytest.raises(LedgerUnavailable, match=r"can't write the ledger .* set ledger.path"):
        ledger.append(event("x"))
    with pytest.raises(LedgerUnavailable, match="can't write beside"):
        ledger.keep("rollback-1.json", "{}")
    with pytest.raises(LedgerUnavailable, match="can't lock"), ledger.lease("run"):
        pytest.fail("the lease must not be given")


def test_a_ledger_that_is_a_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="can't read the ledger"):
        FileLedger(tmp_path).events()


def test_a_disk_that_fills_up_in_the_middle_of_a_line_is_told_and_mended_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, events = filled(tmp_path / "ledger.jsonl", 1)
    really_write = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(errno.ENOSPC, "No space left on device")
        return really_write(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr("os.write", half)
        with pytest.raises(LedgerUnavailable, match="No space left on device"):
            ledger.append(event("lost", events[-1]))
    ledger.append(event("next", events[-1]))

    assert [e.reason for e in ledger.events()] == ["line 0", "next"]


def test_documents_are_kept_beside_it(tmp_path: Path) -> None:
    place = FileLedger(tmp_path / "new" / "ledger.jsonl").keep("rollback-1.json", '{"a": 1}')

    assert Path(place) == tmp_path / "new" / "rollback-1.json"
    assert json.loads(Path(place).read_text()) == {"a": 1}


def test_only_one_holds_the_lease(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.jsonl"

    told = pytest.raises(Locked, match=rf"run by ada \(process {os.getpid()}\) is at work")
    with FileLedger(path).lease("run by ada"), told, FileLedger(path).lease("shift by bob"):
        pytest.fail("the lease must not be given")

    with FileLedger(path).lease("shift by bob"):
        assert "shift by bob" in (path.parent / "ledger.jsonl.lease").read_text()


def _append_many(path: Path, name: str) -> None:
    ledger = FileLedger(path)
    written = 0
    while written < 20:
        events = ledger.events()
        try:
            ledger.append(event(f"{name} {written}", events[-1] if events else None))
        except LedgerMoved:
            continue
        written += 1


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(path, name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    events = FileLedger(path).events()
    assert [e.seq for e in events] == list(range(1, 41))
    assert sorted(e.reason for e in events) == sorted(f"{n} {i}" for n in "ab" for i in range(20))


def test_a_writer_stopped_in_the_middle_does_not_hang_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, events = filled(tmp_path / "ledger.jsonl", 1)
    monkeypatch.setattr("cutover.ledger.locking.LOCK_SECONDS", 0.05)

    with locked(tmp_path / "ledger.jsonl"), pytest.raises(LedgerUnavailable, match="another process holds its lock"):
        FileLedger(tmp_path / "ledger.jsonl").append(event("next", events[-1]))


def test_an_event_with_other_contents_than_its_hash_is_refused(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path / "ledger.jsonl")

    with pytest.raises(LedgerMoved):
        ledger.append(replace(event("x"), reason="y"))
