"""What the commands of `reindex` share: one alias after the other, each with its own end, told on one screen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypedDict

from cutover.commands._session import Session
from cutover.core.record import Kind
from cutover.core.reindex.models import SearchRefused
from cutover.core.reindex.run import Moved, Phase, Progress, Seen, SwapWish
from cutover.core.reindex.swap import foresee_swap, plan_rollback
from cutover.data_ports import Reindexing
from cutover.exits import Exit
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, outcome_of
from cutover.flow.reindexing import deleted, foreseen, gone, moved, ran, verified
from cutover.render import reindexing as screens

NAME = "reindex"
NOT_THERE = 404


class Allowed(TypedDict):
    """What a person allows in a swap."""

    accept_dead: int
    allow_empty: bool
    replace_index: bool


class RunFlags(Allowed):
    """What can be said of a run."""

    swap: bool
    fresh: bool
    loaded: str
    reason: str
    dry_run: bool
    yes: bool


def wish(flags: Allowed) -> SwapWish:
    """What the flags allow."""
    return SwapWish(
        accept_dead=flags["accept_dead"], allow_empty=flags["allow_empty"], replace_index=flags["replace_index"]
    )


def must_be_set_up(session: Session) -> None:
    """Stop where the settings name no search cluster."""
    if not session.world.reindexing.is_set_up:
        text = "the settings name no search cluster, so there is nothing to reindex: set reindex.endpoint"
        raise Stop(Outcome(Exit.USAGE, text, "cutover reindex plan, when that is set"))


@dataclass
class Work:
    """One command over its aliases: each by itself, so that one that is not equal does not keep the others."""

    session: Session
    action: str
    aliases: tuple[str, ...]
    reason: str = ""
    _documents: list[dict[str, Any]] = field(default_factory=list)

    @property
    def reindexing(self) -> Reindexing:
        """What does the work."""
        return self.session.world.reindexing

    def asked(
        self, question: str, screen: Any, dry_run: bool, yes: bool, foresee: Callable[[Seen], Outcome] | None = None
    ) -> int | None:
        """Show what will be done and ask; the exit code where that is all. `foresee`: the end of a dry run."""
        if not dry_run:
            self.session.must_be_able_to_ask(yes=yes)
        must_be_set_up(self.session)
        if dry_run:
            done = Outcome(Exit.DONE, "nothing was changed", "the same without --dry-run")
            return self.each(lambda alias: self.seen(alias, screen, foresee or (lambda _: done)))
        for alias in self.aliases if not yes else ():
            self.session.output.show(*screen(self.reindexing.look(alias), self.session.output))
        self.session.ask(question, yes=yes)
        return None

    def each(self, act: Callable[[str], Outcome]) -> int:
        """Do it for every alias. A server that is out of reach ends it, and so does Ctrl-C."""
        must_be_set_up(self.session)
        ended: list[Outcome] = []
        for alias in self.aliases:
            self._documents.append({"alias": alias})
            outcome = self._one(act, alias)
            self._documents[-1] |= self.session.output.ending(outcome)
            ended.append(outcome)
            if not self.session.output.as_json:
                self.session.output.tell(outcome)
            if outcome.exit in {Exit.CONTROL_PLANE_UNAVAILABLE, Exit.INTERRUPTED}:
                break
        worst = next((outcome for outcome in ended if outcome.exit is not Exit.DONE), ended[-1])
        if self.session.output.as_json:
            return self.session.output.finish(NAME, worst, {"action": self.action, "indices": self._documents})
        return int(worst.exit)

    def seen(self, alias: str, screen: Any, end: Callable[[Seen], Outcome]) -> Outcome:
        """Look, and show it."""
        seen = self.reindexing.look(alias)
        self.session.output.show(*screen(seen, self.session.output))
        self._documents[-1] |= screens.document(seen)
        return end(seen)

    def run(self, alias: str, flags: RunFlags) -> Outcome:
        """A run, and the swap if that was asked for and all is well."""
        telling = Telling(self.session, self.reason, self.action)
        try:
            done = self.reindexing.run(alias, telling, fresh=flags["fresh"], loaded=flags["loaded"])
        finally:
            telling.end()
        self.session.output.show(*screens.found(done))
        self._documents[-1] |= screens.ran_document(done)
        outcome = ran(done, flags["accept_dead"] if flags["swap"] else 0)
        if outcome.exit is not Exit.DONE or not flags["swap"] or done.position.phase is Phase.DONE:
            return outcome
        return self.swap(alias, wish(flags))

    def verify(self, alias: str) -> Outcome:
        """A verification."""
        telling = Telling(self.session, self.reason, self.action)
        try:
            done = self.reindexing.verify(alias, telling)
        except SearchRefused as error:
            seen = self.reindexing.look(alias) if error.status == NOT_THERE else None
            if seen and seen.position and seen.is_gone:
                return gone(alias, seen.position.index)
            raise
        finally:
            telling.end()
        self.session.output.show(*screens.found(done))
        self._documents[-1] |= screens.ran_document(done)
        return verified(done)

    def foresee_swap(self, seen: Seen, wish: SwapWish) -> Outcome:
        """The end that a swap would have."""
        return foreseen(seen.standing.alias, foresee_swap(seen, wish, self.session.world.clock.now()))

    def foresee_rollback(self, seen: Seen) -> Outcome:
        """The end that a swap back would have."""
        return foreseen(seen.standing.alias, plan_rollback(seen.standing))

    def swap(self, alias: str, wish: SwapWish) -> Outcome:
        """A swap."""
        return self._moved(lambda telling: self.reindexing.swap(alias, wish, telling), back=False)

    def roll_back(self, alias: str) -> Outcome:
        """A swap back."""
        return self._moved(lambda telling: self.reindexing.roll_back(alias, telling), back=True)

    def prune(self, alias: str, everything: bool, dry_run: bool) -> Outcome:
        """A prune."""
        done = self.reindexing.prune(alias, everything=everything, dry_run=dry_run)
        self.session.output.show(*screens.pruned(done, dry_run=dry_run))
        self._documents[-1] |= screens.pruned_document(done)
        return deleted(done, dry_run=dry_run)

    def _moved(self, move: Callable[["Telling"], Moved], *, back: bool) -> Outcome:
        telling = Telling(self.session, self.reason, self.action)
        try:
            done = move(telling)
        finally:
            telling.end()
        self._documents[-1] |= {"moved": dict(done.plain())}
        return moved(done, back=back)

    def _one(self, act: Callable[[str], Outcome], alias: str) -> Outcome:
        try:
            return act(alias)
        except Stop as stop:
            return stop.outcome
        except KeyboardInterrupt:
            text = f"{alias}: stopped; what was done is kept"
            return Outcome(Exit.INTERRUPTED, text, f"cutover reindex {self.action} {alias} goes on where it was")
        except KNOWN_ERRORS as error:
            return outcome_of(error)


class Telling:
    """Hears of a reindex: a line on the screen, and the ledger when an alias has moved."""

    def __init__(self, session: Session, reason: str, action: str) -> None:
        self._session, self._reason, self._action = session, reason, action
        self._teller, self._told = screens.Teller(session.output), False

    def progress(self, progress: Progress) -> None:
        """Show it."""
        self._told = True
        self._teller.tell(progress)

    def note(self, text: str) -> None:
        """Say it on a line of its own."""
        self.end()
        self._session.output.warn(text)

    def moved(self, moved: Moved) -> None:
        """Write it down; a ledger that is gone is told, and stops nothing."""
        self.end()
        journal = BestEffortJournal.after(self._session.journal())
        journal.command = f"{NAME} {self._action}"
        journal.refresh()
        reason = f"{moved.alias}: {moved.before or 'nothing'} → {moved.after} ({self._reason})"
        journal.write(Kind.REINDEXED, reason=reason, evidence=dict(moved.plain()))

    def end(self) -> None:
        """Leave the line that is overwritten."""
        output = self._session.output
        self._teller.end()
        if self._told and output.is_live and not output.quiet:
            output.new_line()
        self._told = False
