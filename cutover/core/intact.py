"""Ledger lines of which some may be damaged or make no sense: what of them still holds together."""

from collections.abc import Iterable
from dataclasses import dataclass

from cutover.core.reading import read_on
from cutover.core.record import Broken, Event, check_chain, decode
from cutover.core.state import State


@dataclass(frozen=True, slots=True)
class Intact:
    """The events as far as the chain holds; `trouble` says where and how it ends before the last line."""

    events: tuple[Event, ...]
    lines: int
    trouble: str = ""


def intact(lines: Iterable[str]) -> Intact:
    """Read and check them one by one, from the first to the first that is damaged."""
    stored, events, state = list(lines), list[Event](), State()
    for number, line in enumerate(stored, 1):
        try:
            event = decode(line)
            check_chain([event], events[-1] if events else None)
            state = read_on(state, event)
        except Broken as error:
            return Intact(tuple(events), len(stored), f"line {number}: {error}")
        events.append(event)
    return Intact(tuple(events), len(stored))
