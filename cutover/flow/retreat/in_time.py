"""A whole rollback that ends in time, whatever hangs on the way; and its failure written down for the others."""

from contextlib import suppress

from cutover.core.record import Kind
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, outcome_of
from cutover.flow.retreat.by_hand import by_hand
from cutover.flow.retreat.rollback import Retreat

LAST_WORDS_SECONDS = 2.0  # real ones, for the ledger to take the line of a rollback that was cut off
_WELL = frozenset({Exit.DONE, Exit.ROLLED_BACK, Exit.USAGE, Exit.INTERRUPTED})


def in_time(retreat: Retreat) -> Outcome:
    """Its outcome: cut off if Route 53 has not taken it in time; once it has, INSYNC may take all its time."""
    going = ask(retreat.go)
    going.add_done_callback(lambda _: retreat.taken.set())
    journal = retreat.journal
    try:
        if not retreat.taken.wait(retreat.haste.give_up_after_seconds):
            return _cut_off(retreat)
        outcome = going.result()
    except Stop as stop:
        outcome = stop.outcome
    except KeyboardInterrupt:
        return Outcome(Exit.INTERRUPTED, "interrupted: whether it all went back is open", "cutover rollback")
    except KNOWN_ERRORS as error:
        failed = outcome_of(error)
        outcome = Outcome(failed.exit, failed.text, by_hand(journal))
    _note_failure(journal, outcome)
    return outcome


def _cut_off(retreat: Retreat) -> Outcome:
    outcome, last = retreat.cut_off(), BestEffortJournal.after(retreat.journal)

    def last_words() -> None:
        retreat.record(last)
        _note_failure(last, outcome)

    with suppress(TimeoutError):
        ask(last_words).exception(LAST_WORDS_SECONDS)
    return outcome


def _note_failure(journal: BestEffortJournal, outcome: Outcome) -> None:
    if outcome.exit not in _WELL and journal.state.stopped != outcome.text:
        journal.write(Kind.STOPPED, reason=outcome.text, evidence={"exit": int(outcome.exit)})
