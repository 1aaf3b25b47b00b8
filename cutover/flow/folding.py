"""The state that a ledger tells, for everybody who reads one."""

from collections.abc import Sequence

from cutover.core.reading import read
from cutover.core.record import Broken, Event
from cutover.core.state import NOTHING, State
from cutover.ports import LedgerUnavailable


def state_of(events: Sequence[Event], state: State = NOTHING, last: Event | None = None) -> State:
    """The state after all events. Raises LedgerUnavailable where one of them, though chained, makes no sense.

    Whoever knew the `state` after `last` says so, and only what was written since is folded.
    """
    try:
        return read(events, state, last)
    except Broken as error:
        raise LedgerUnavailable(
            f"the ledger can't be read: {error}; find out who wrote that line (cutover never does), then move the"
            " ledger away, or name another: the next command begins a new one from the live records"
        ) from error
