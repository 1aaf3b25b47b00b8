"""Taking the lease from whoever holds it: written down first, and only from the holder that a person named."""

from cutover.core.record import Kind
from cutover.exits import Exit
from cutover.flow.journal import RETRIES, Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import Holder, LedgerMoved


def holder_named(found: Holder | None, name: str) -> Holder:
    """The holder, if that is its name. Stops with REFUSED if it is another's, with DONE if it is nobody's."""
    if found is None:
        raise Stop(free())
    if found.name != name.strip():
        text = f"the lease is held by {found.name!r}, not by {name.strip()!r}: nothing was broken"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover lock show"))
    return found


def break_lease(journal: Journal, confirmed: Holder, reason: str) -> Outcome:
    """Break that holder's lease, if it is still the one. Raises LedgerUnavailable, LedgerMoved: nothing was broken."""
    now = holder_named(journal.world.ledger.holder(), confirmed.name)
    if now.fence != confirmed.fence:
        text = f"{now.name!r} has another lease by now, number {now.fence}: nothing was broken"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover lock show"))
    _write(journal, now, reason)
    journal.world.ledger.break_lease()
    return Outcome(
        Exit.DONE,
        f"the lease of {now.name!r} is broken: before that process next raises Lambda's share it finds out, and stops;"
        " what it has sent already stays",
        "cutover status; then cutover run to go on, or cutover rollback",
    )


def free() -> Outcome:
    """The outcome when nobody holds it."""
    return Outcome(Exit.DONE, "nobody holds the lease", "cutover status")


def _write(journal: Journal, holder: Holder, reason: str) -> None:
    """Behind whatever the holder writes meanwhile."""
    evidence = {"holder": holder.name, "holder_host": holder.host, "fence": holder.fence}
    tries = 0
    while True:
        journal.refresh()
        try:
            journal.write(Kind.UNLOCKED, reason=reason, evidence=evidence)
        except LedgerMoved:
            tries += 1
            if tries == RETRIES:
                raise
        else:
            return
