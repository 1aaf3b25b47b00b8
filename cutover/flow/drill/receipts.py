"""What remains of a drill: its own rollback lifted, the receipt in the ledger, and as a document beside it."""

import json
from typing import Any

from cutover.core.drilling import Receipt
from cutover.core.record import Event, Kind
from cutover.core.state import State
from cutover.flow.drill.stopwatch import Stopwatch
from cutover.flow.journal import Journal
from cutover.flow.verbs.saying import say


def file_receipt(journal: Journal, watch: Stopwatch, receipt: Receipt, reason: str, began_at: int) -> bool:
    """Write it all down; whether Lambda may be raised again. A drill that did not go well leaves its rollback standing.

    The rollback is lifted first: a process that dies in between leaves no receipt that nobody confirmed. Raises
    LedgerMoved, LedgerUnavailable.
    """
    journal.refresh()
    lifted = receipt.ok and _lifted(journal, watch, reason, began_at)
    document = {"reason": reason, "actor": journal.actor, "time": journal.now().isoformat(), **receipt.plain()}
    journal.world.ledger.keep(f"drill-{journal.state.seq + 1}.json", json.dumps(document, indent=2))
    seconds = receipt.answers_seconds or 0.0
    why = f"{reason}: back in {seconds:.0f} s" if receipt.ok else f"{reason}: {'; '.join(receipt.problems)}"
    say(journal, Kind.DRILLED, lambda _: {"reason": why, "evidence": dict(receipt.plain())})
    return lifted


def _lifted(journal: Journal, watch: Stopwatch, reason: str, began_at: int) -> bool:
    """Lift the drill's own rollback, and no other's: whoever else went back since it began meant it."""

    def facts(state: State) -> dict[str, Any] | None:
        newer = [event for event in journal.world.ledger.events() if event.seq > began_at]
        if state.rolled_back is None or any(_goes_back(event) and not watch.wrote(event) for event in newer):
            return None
        return {"reason": reason, "evidence": {"drill": True}}

    return say(journal, Kind.RESUMED, facts) is not None


def _goes_back(event: Event) -> bool:
    return event.kind is Kind.ROLLED_BACK or bool(event.evidence.get("rollback"))
