"""Lines that people write beside a run at work: no lease is needed, whoever else writes at the same time."""

from collections.abc import Callable
from typing import Any

from cutover.core.record import Event, Kind
from cutover.core.state import State
from cutover.flow.journal import RETRIES, Journal
from cutover.ports import LedgerMoved


def say(journal: Journal, kind: Kind, facts: Callable[[State], dict[str, Any] | None]) -> Event | None:
    """Append one line whose fields `facts` makes of the state as it is then; None where it has nothing to say.

    Raises LedgerMoved if others keep writing, LedgerUnavailable.
    """
    left = RETRIES
    while (said := facts(journal.refresh())) is not None:
        try:
            return journal.write(kind, **said)
        except LedgerMoved:
            left -= 1
            if not left:
                raise
    return None
