"""A drive from beginning to end: one at a time, its stop written down, an interruption included."""

from dataclasses import replace

from cutover.core.record import Kind
from cutover.core.state import unfinished_rollback
from cutover.exits import Exit
from cutover.flow.driver import Driver
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.outcome import Outcome


def run(driver: Driver, *, once: bool = False) -> Outcome:
    """Drive until there is an outcome, or for one tick; whatever else ends it leaves the weights and says so."""
    journal = driver.journal
    try:
        outcome = _tick(driver) if once else driver.drive()
    except KeyboardInterrupt:
        outcome = interrupted(journal)
        is_saved = note_stop(journal, outcome)
        return replace(outcome, text=f"{outcome.text}; the state is saved") if is_saved else outcome
    if outcome.exit not in {Exit.DONE, Exit.ROLLED_BACK}:
        note_stop(journal, outcome)
    return outcome


def interrupted(journal: Journal) -> Outcome:
    """The outcome of Ctrl-C and of being told to end."""
    if unfinished_rollback(journal.state):
        return Outcome(Exit.INTERRUPTED, "interrupted while going back to ECS", "cutover rollback finishes it")
    way_on = "cutover run goes on; cutover rollback goes back"
    if journal.state.intent:
        return Outcome(Exit.INTERRUPTED, "interrupted while a change was being sent: it may or may not be live", way_on)
    return Outcome(
        Exit.INTERRUPTED, f"interrupted: the weights stay at {journal.state.weights or 'what they are'}", way_on
    )


def note_stop(journal: Journal, outcome: Outcome) -> bool:
    """Write down that and why it ended, if the ledger can be written: whether it could."""
    last = BestEffortJournal.after(journal)
    if last.refresh().stopped != outcome.text:  # a scheduler's every tick would say the same
        last.write(Kind.STOPPED, reason=outcome.text, evidence={"exit": int(outcome.exit)})
    return not last.lost


def _tick(driver: Driver) -> Outcome:
    tick, outcome = driver.look()
    if found := outcome or tick.trouble:
        return found
    if tick.waiting:
        return Outcome(Exit.DONE, f"one tick done: {tick.label}; waiting: {tick.waiting.text}", tick.waiting.way_on)
    return Outcome(Exit.DONE, f"one tick done: {tick.label}", "cutover status")
