"""Reading on from what a reader knew already: only what follows is folded, and only if it does follow."""

from dataclasses import replace
from typing import Any

import pytest

from cutover.core.reading import read
from cutover.core.record import Broken, Event, Kind
from tests.fakes.world import known_world
from tests.unit.cutover.invoking import invoke

KNOWN = "only who knew the state can say this"


@pytest.fixture(scope="module")
def lines() -> list[Event]:
    """A ledger with a raise, a way back and its end."""
    world = known_world(100, 0)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    invoke(world, "rollback")
    invoke(world, "resume", "--reason", "mended", "--yes")
    return world.ledger.lines


def other(lines: list[Event], **changed: Any) -> list[Event]:
    """The ledger of somebody else: as long, and with another first line."""
    world = known_world(100, 0)
    world.ledger.lines.clear()
    for line in [replace(lines[0], **changed), *lines[1:]]:
        facts = {name: getattr(line, name) for name in ("time", "reason", "before", "after", "change_id", "evidence")}
        world.write(line.kind, **facts)
    return world.ledger.lines


def test_from_wherever_one_knew_it_the_state_is_the_same(lines: list[Event]) -> None:
    assert len(lines) > 8
    for known in range(1, len(lines) + 1):
        assert read(lines, read(lines[:known]), lines[known - 1]) == read(lines)


def test_what_was_known_is_not_folded_again(lines: list[Event]) -> None:
    known = replace(read(lines[:3]), undo=KNOWN, home_tasks=77)

    assert read(lines[:3], known, lines[2]) == known
    assert read(lines, known, lines[2]).home_tasks == 77


def test_another_ledger_or_a_shorter_one_is_folded_anew(lines: list[Event]) -> None:
    known = replace(read(lines), undo=KNOWN)
    others = other(lines, reason="another beginning")

    assert read(others, known, lines[-1]) == read(others)
    assert read(lines[:4], known, lines[-1]) == read(lines[:4])
    assert read([], known, lines[-1]) == read([])


def test_a_state_that_is_not_the_one_after_that_line_is_not_read_on_from(lines: list[Event]) -> None:
    later = replace(read(lines[:5]), undo=KNOWN)

    assert read(lines, later, lines[2]) == read(lines)


def test_a_line_that_makes_no_sense_is_named_wherever_one_reads_on() -> None:
    world = known_world(90, 10)
    known = read(world.ledger.lines)
    world.write(Kind.ADOPTED, after=(90, 20))

    with pytest.raises(Broken, match=r"^line 2 \(adopted\)"):
        read(world.ledger.lines, known, world.ledger.lines[0])
