"""A rehearsed rollback: a little traffic to Lambda, seen in the answers, and back by the very code of `rollback`."""

from dataclasses import dataclass, replace
from typing import Any

from cutover.core.drilling import Receipt, SwitchTimes, questions_for
from cutover.core.plan import Plan
from cutover.core.record import Kind
from cutover.exits import Exit
from cutover.flow.drill.answering import Answering, all_ecs, told, with_lambda
from cutover.flow.drill.before_drill import RESCUE, DrillWish, Prepared, prepare
from cutover.flow.drill.receipts import file_receipt
from cutover.flow.drill.stopwatch import Stopwatch
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.outcome import Outcome
from cutover.flow.retreat.in_time import in_time
from cutover.flow.retreat.rollback import Retreat
from cutover.flow.running import interrupted, run
from cutover.flow.sending import judged_evidence, reconcile, send
from cutover.flow.verbs.saying import say
from cutover.ports import ControlPlaneUnavailable, LedgerMoved, LedgerUnavailable, NotAllowed, SwitchUnavailable

# What ends the way out and leaves everything as it is: it went back already, a person said stop, others changed it.
LEFT_ALONE = frozenset({Exit.ROLLED_BACK, Exit.INTERRUPTED, Exit.DRIFT})
_MEND = 'cutover verify shows what is answered; mend that; then cutover resume --reason "mended", and cutover drill'


@dataclass(frozen=True, slots=True)
class Drilled:
    """How a drill ended. `receipt` None: it never came to the way back."""

    outcome: Outcome
    receipt: Receipt | None = None


class Drill:
    """One drill, under the lease. `watch` has to be the journal's report."""

    def __init__(self, journal: Journal, watch: Stopwatch, wish: DrillWish, reason: str) -> None:
        self.journal, self.watch, self.wish, self.reason = journal, watch, wish, f"drill: {reason}"
        self._receipt = Receipt(wish.weight, questions_for(wish.weight))
        self._began_at = 0

    def carry_out(self, planned: Plan) -> Drilled:
        """Out, looked at, and back. Raises what the ports raise before anything is sent."""
        world = self.journal.world
        with self.journal.leased():
            self._began_at = self.journal.refresh().seq
            driver = Driver(self.journal, Goal(Aim.SETTLED), began_at=self._began_at)
            reconcile(self.journal, world.weights.read())
            ready = prepare(self.journal, self.wish, planned.hash)
            answering = Answering(world, ready.snapshot, self._receipt.questions)
            try:
                if ended := self._go_out(driver, ready):
                    return Drilled(ended)
                if self._receipt.ok:
                    self._look(answering)
                return self._go_back(answering)
            except KeyboardInterrupt:
                return Drilled(replace(interrupted(self.journal), way_on=RESCUE))

    def _go_out(self, driver: Driver, ready: Prepared) -> Outcome | None:
        """Give Lambda its percent; the outcome where that ends the drill, a problem noted where it only goes back."""
        evidence = judged_evidence(ready.exam.judgement) | {"drill": True}
        try:
            send(self.journal, ready.plan, self.reason, evidence)
        except ControlPlaneUnavailable as error:
            self._problem(f"Lambda {self.wish.weight}% was not confirmed: {error}")
            return None
        out = run(driver)
        if out.exit in LEFT_ALONE:
            way_on = out.way_on if out.exit is Exit.ROLLED_BACK else RESCUE
            return replace(out, text=f"the drill ended on its way out: {out.text}", way_on=way_on)
        if out.exit is not Exit.DONE:
            self._problem(f"Lambda {self.wish.weight}% did not settle: {out.text}")
        return None

    def _look(self, answering: Answering) -> None:
        """See Lambda in the answers, and go without it by the kill switch if that is to be tested."""
        seen = answering.until(with_lambda)
        self._receipt = replace(self._receipt, seen_seconds=seen)
        if seen is None:
            self._problem(f"Lambda {self.wish.weight}% never showed: {told(answering.last)}")
        elif self.wish.with_switch:
            self._test_switch(answering)

    def _test_switch(self, answering: Answering) -> None:
        """The line is written before the throw: a drill that dies in between leaves the rule `kill-switch` standing."""
        try:
            say(self.journal, Kind.SWITCHED, lambda _: self._switched(serving=False))
        except (LedgerMoved, LedgerUnavailable) as error:
            self._problem(f"the kill switch was not tested: {error}")
            return
        out = self._throw(answering)
        back = self._put_back(answering)
        if out is not None and back is not None:
            self._receipt = replace(self._receipt, switch=SwitchTimes(out, back))

    def _throw(self, answering: Answering) -> float | None:
        try:
            self.journal.world.switch.throw(serving=False, reason=self.reason)
        except (SwitchUnavailable, NotAllowed) as error:
            self._problem(f"the kill switch could not be thrown: {error}")
            return None
        out = answering.until(all_ecs)
        if out is None:
            self._problem(f"the kill switch did not take Lambda out of the answers: {told(answering.last)}")
        return out

    def _put_back(self, answering: Answering) -> float | None:
        try:
            self.journal.world.switch.throw(serving=True, reason=self.reason)
        except (SwitchUnavailable, NotAllowed) as error:
            self._problem(f"the kill switch could not be put back: {error}")
            return None
        self.journal.insist(Kind.SWITCHED, **self._switched(serving=True))
        back = answering.until(with_lambda)
        if back is None:
            self._problem(f"Lambda did not come back when the kill switch was put back: {told(answering.last)}")
        return back

    def _switched(self, *, serving: bool) -> dict[str, Any]:
        return {"reason": self.reason, "evidence": {"serving": serving, "drill": True}}

    def _go_back(self, answering: Answering) -> Drilled:
        began = self.journal.now()
        done = in_time(Retreat(BestEffortJournal.after(self.journal), self.reason))
        self._receipt = replace(
            self._receipt,
            accepted_seconds=self.watch.seconds_to(Kind.APPLIED, began),
            insync_seconds=self.watch.seconds_to(Kind.INSYNC, began),
        )
        if done.exit is not Exit.DONE:
            self._problem(f"the way back: {done.text}")
        elif answering.until(all_ecs) is None:
            self._problem(f"Route 53 is in sync, and {told(answering.last)}")
        else:
            spent = (self.journal.now() - began).total_seconds()
            self._receipt = replace(self._receipt, answers_seconds=spent)
        return Drilled(self._filed(done), self._receipt)

    def _filed(self, done: Outcome) -> Outcome:
        receipt = self._receipt
        try:
            lifted = file_receipt(self.journal, self.watch, receipt, self.reason, self._began_at)
        except (LedgerMoved, LedgerUnavailable) as error:
            text = f"{_summary(receipt)}, but its receipt could not be written: {error}"
            exit_ = Exit.REFUSED if receipt.ok else _exit(done)
            return Outcome(exit_, text, "cutover status; then cutover drill again")
        if not receipt.ok:
            return Outcome(_exit(done), _summary(receipt), _MEND if done.exit is Exit.DONE else done.way_on)
        if lifted:
            return Outcome(Exit.DONE, _summary(receipt), "cutover run, or cutover shift")
        text = f"{_summary(receipt)}; somebody else went back meanwhile, so Lambda stays at 0 until a resume"
        return Outcome(Exit.DONE, text, 'cutover history; then cutover resume --reason "what was mended"')

    def _problem(self, text: str) -> None:
        self._receipt = replace(self._receipt, problems=(*self._receipt.problems, text))


def _summary(receipt: Receipt) -> str:
    if not receipt.ok:
        return "the drill did not go well: " + "; ".join(receipt.problems)
    seconds = receipt.answers_seconds or 0.0
    return f"the drill went well: from Lambda {receipt.weight}% all answers were ECS's again within {seconds:.0f} s"


def _exit(done: Outcome) -> Exit:
    return Exit.MISMATCH if done.exit is Exit.DONE else done.exit
