"""The ledger in DynamoDB: one order among machines, read little by little, and no line twice."""

import json
from pathlib import Path
from threading import Barrier, Thread

import pytest

from cutover.core.record import Event, encode
from cutover.ledger.dynamodb import LARGEST_BYTES
from cutover.ports import LedgerMoved, LedgerUnavailable
from tests.unit.cutover.ledger.table import Shared, event, refused, silence


def test_what_one_machine_wrote_another_reads_in_order(shared: Shared) -> None:
    _, events = shared.filled(12)

    assert list(shared.machine("b").events()) == events


def test_migrations_in_one_table_do_not_see_each_other(shared: Shared) -> None:
    shared.filled(2)

    assert list(shared.machine(migration="other").events()) == []


def test_a_number_that_is_taken_is_refused(shared: Shared) -> None:
    _, events = shared.filled(2)

    with pytest.raises(LedgerMoved, match="line 2"):
        shared.machine("b").append(event("other", events[0]))

    assert list(shared.machine("c").events()) == events


def test_a_number_taken_after_the_last_look_is_refused_by_the_table(shared: Shared) -> None:
    ledger, events = shared.filled(1)
    theirs = event("theirs", events[0])
    shared.client.before["put_item"] = [lambda: shared.edit(2, encode(theirs))]

    with pytest.raises(LedgerMoved, match="line 2"):
        ledger.append(event("mine", events[0]))

    assert list(ledger.events()) == [events[0], theirs]


def test_what_is_known_is_not_read_again(shared: Shared) -> None:
    ledger, events = shared.filled(3)
    shared.remove(1)

    assert list(ledger.events()) == events


def test_many_lines_come_in_pages(shared: Shared) -> None:
    writer, last = shared.machine(), None
    for number in range(5):
        last = event(f"line {number}", last, text="x" * 250_000)
        writer.append(last)
    shared.client.called.clear()

    reader = shared.machine("b")

    assert [e.seq for e in reader.events()] == [1, 2, 3, 4, 5]
    assert shared.client.called == ["query", "query"]


@pytest.mark.parametrize("line", ['{"seq":2}', "rubbish", ""])
def test_an_edited_item_is_told_with_what_to_do(shared: Shared, line: str) -> None:
    shared.filled(3)
    shared.edit(2, line)

    with pytest.raises(LedgerUnavailable, match=r"migration 'api': .* then name another migration in \[ledger\]"):
        shared.machine("b").events()


def test_an_item_that_was_taken_out_is_told(shared: Shared) -> None:
    shared.filled(3)
    shared.remove(2)

    with pytest.raises(LedgerUnavailable, match="broken at sequence 3"):
        shared.machine("b").events()


def test_a_reason_that_was_changed_is_told_also_by_whoever_reads_on(shared: Shared) -> None:
    reader = shared.machine("b")
    _, events = shared.filled(2)
    reader.events()
    changed = json.loads(encode(event("new", events[-1]))) | {"reason": "another"}
    shared.edit(3, json.dumps(changed))

    with pytest.raises(LedgerUnavailable, match="broken at sequence 3"):
        reader.events()


def test_raw_lines_are_shown_whatever_they_are(shared: Shared) -> None:
    _, events = shared.filled(2)
    shared.edit(2, "rubbish")

    assert list(shared.machine("b").raw()) == [encode(events[0]), "rubbish"]


def test_a_line_whose_answer_was_lost_is_recognised(shared: Shared) -> None:
    ledger, events = shared.filled(1)
    shared.client.after["put_item"] = [silence()]
    mine = event("mine", events[0])

    ledger.append(mine)

    assert list(shared.machine("b").events()) == [events[0], mine]
    assert shared.client.called[-4:-1] == ["put_item", "put_item", "get_item"]


def test_a_line_that_another_thread_has_read_already_counts_once(shared: Shared) -> None:
    ledger, events = shared.filled(1)
    mine = event("mine", events[0])

    def arrived_and_read() -> None:
        shared.edit(2, encode(mine))
        ledger.events()

    shared.client.before["put_item"] = [arrived_and_read]

    ledger.append(mine)

    assert list(ledger.events()) == [events[0], mine]


def test_a_throttled_line_is_written_once(shared: Shared) -> None:
    ledger, events = shared.filled(1)
    shared.client.before["put_item"] = [refused("ProvisionedThroughputExceededException"), refused("x", status=500)]

    ledger.append(event("mine", events[0]))

    assert [e.reason for e in shared.machine("b").events()] == ["line 0", "mine"]


def test_machines_that_write_at_once_lose_nothing(shared: Shared) -> None:
    start = Barrier(3)

    def write(name: str) -> None:
        ledger, written = shared.machine(name), 0
        start.wait(10)
        while written < 10:
            events = ledger.events()
            try:
                ledger.append(event(f"{name} {written}", events[-1] if events else None))
            except LedgerMoved:
                continue
            written += 1

    writers = [Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    events = shared.machine("d").events()
    assert [e.seq for e in events] == list(range(1, 31))
    assert sorted(e.reason for e in events) == sorted(f"{n} {i}" for n in "abc" for i in range(10))


def test_one_ledger_in_several_threads_keeps_every_line_once(shared: Shared) -> None:
    ledger, events = shared.filled(20)
    reader, seen = shared.machine("b"), list[list[Event]]()
    readers = [Thread(target=lambda: seen.append(list(reader.events()))) for _ in range(4)]
    for one in readers:
        one.start()
    for one in readers:
        one.join(60)

    assert seen == [events] * 4
    assert list(ledger.events()) == events


def test_documents_are_kept_here_and_for_other_machines(shared: Shared, tmp_path: Path) -> None:
    place = shared.machine("a").keep("rollback-7.json", '{"a": 1}')
    shared.machine("a").keep("rollback-8.json", "{}")

    assert Path(place) == tmp_path / "a" / "rollback-7.json"
    assert json.loads(Path(place).read_text()) == {"a": 1}
    assert shared.machine("b").documents() == {"rollback-7.json": '{"a": 1}', "rollback-8.json": "{}"}


def test_documents_are_no_events(shared: Shared) -> None:
    ledger, events = shared.filled(1)
    ledger.keep("rollback-7.json", "{}")

    assert list(shared.machine("b").events()) == events


def test_a_document_is_kept_here_also_if_the_table_is_away(shared: Shared) -> None:
    ledger = shared.machine("a")
    shared.client.before["put_item"] = [refused("AccessDeniedException")]

    place = ledger.keep("rollback-7.json", "{}")

    assert Path(place).read_text() == "{}\n"
    assert shared.machine("b").documents() == {}
    assert shared.machine("a").documents() == {"rollback-7.json": "{}\n"}


def test_a_document_too_large_for_the_table_says_where_it_is(shared: Shared) -> None:
    place = shared.machine("a").keep("rollback-7.json", "x" * (LARGEST_BYTES + 1))

    told = shared.machine("b").documents()["rollback-7.json"]
    assert told.startswith("300001 bytes, too large for the table:")
    assert place in told


def test_a_document_that_cannot_be_kept_here_is_told(shared: Shared, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way")

    with pytest.raises(LedgerUnavailable, match="can't write beside"):
        shared.machine("a").keep("rollback-7.json", "{}")

    assert shared.machine("b").documents() == {}
