"""Driving the ladder tick by tick: every tick catches up, judges, and only then thinks of going on."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum

from cutover.core.judge import judge
from cutover.core.ladder import next_step
from cutover.core.models import Judge, Snapshot, Step, Verdict, Weights
from cutover.core.plan import WAITED_FOR, Plan, Refused, Wish
from cutover.core.planning import plan_shift
from cutover.core.record import Event, Kind
from cutover.core.rules import sticky
from cutover.core.state import Phase, State, unfinished_rollback
from cutover.core.zone import read_weights
from cutover.exits import Exit
from cutover.flow.examine import Exam, Examiner, as_live, exposed
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.knowing import known
from cutover.flow.metering import of_look
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, outcome_of, refused
from cutover.flow.patience import Patience
from cutover.flow.report import Tick
from cutover.flow.retreat.rollback import roll_back
from cutover.flow.sending import FIRST_POLL, follow, is_late, judged_evidence, late, reconcile, send
from cutover.ports import Locked


class Aim(IntEnum):
    """How far to drive."""

    INSYNC = 0
    SETTLED = 1
    BAKE = 2
    LADDER = 3


@dataclass(frozen=True, slots=True)
class Goal:
    """How far to drive, and up which steps."""

    aim: Aim
    steps: tuple[Step, ...] = ()


class Driver:
    """One migration under way. `tick` looks and acts once; `drive` ticks until there is an outcome."""

    def __init__(self, journal: Journal, goal: Goal, judge: Judge = judge, *, began_at: int | None = None) -> None:
        """`began_at`: the ledger's newest line before anything of this was done, if that is before the first tick."""
        self.journal, self.goal = journal, goal
        self._world = journal.world
        self._examiner = Examiner(journal.world, judge)
        self._patience = Patience(journal)
        self._began_at = began_at
        self._snapshot = Snapshot(())
        self._pauses: tuple[str, timedelta] = ("", FIRST_POLL)
        self._had_traffic = False  # Lambda had some since this began
        self._waiting: Outcome | None = None  # for a rule that stands in the way of the next step only for now
        self._shown: Tick | None = None  # what was reported of this look before something was done about it

    def drive(self) -> Outcome:
        """Tick until there is an outcome."""
        while True:
            if outcome := self.look()[1]:
                return outcome
            self._world.clock.sleep(self._pause())

    def look(self) -> tuple[Tick, Outcome | None]:
        """One tick, reported once: before what follows from it is done, or in the end."""
        tick, outcome = self.tick()
        if self._shown is None or (tick.trouble and tick.trouble != self._shown.trouble):
            self._tell(tick)
        return tick, outcome

    def tick(self) -> tuple[Tick, Outcome | None]:
        """Catch up, judge, act. The outcome is None while there is more to do; `trouble` says what failed this time."""
        exam, judged, trouble, outcome = None, None, None, None
        self._waiting = self._shown = None
        try:
            unread = self._heed_ledger()
            if begun := self._rollback_of_others():
                trouble = self._go_back(begun.reason, f"rolled back meanwhile by {begun.actor}: ")
            else:
                trouble = self._heed_zone(unread)
                judged = self._judged(unread)
                exam = self._examiner.examine(judged, self.journal.now())
                trouble = self._act(exam, judged, trouble)
                self._must_be_written(unread, trouble)
            self._patience.with_trouble(trouble)
        except Stop as stop:
            outcome = stop.outcome
        still = judged is not None and (judged.phase, judged.weights) == (
            self.journal.state.phase,
            self.journal.state.weights,
        )
        return self._seen(exam if still else None, trouble), outcome

    def _tried(self, action: Callable[[], object]) -> Outcome | None:
        """Do it; what stood in the way this time is told, and the next tick tries again. A lost lease ends it all."""
        try:
            action()
        except Locked as error:
            raise Stop(outcome_of(error)) from error
        except KNOWN_ERRORS as error:
            return outcome_of(error)
        return None

    def must_go_back(self) -> bool:
        """Whether somebody rolled back since this began, as far as the ledger can be read."""
        self._heed_ledger()
        return self._rollback_of_others() is not None

    def _heed_ledger(self) -> Outcome | None:
        """Read it; a ledger that can't be read tells at the beginning that this must not begin."""
        unread = self._tried(self.journal.refresh)
        if unread and self._began_at is None:
            raise Stop(unread)
        self._began_at = self.journal.state.seq if self._began_at is None else self._began_at
        return unread

    def _rollback_of_others(self) -> Event | None:
        """A rollback that nobody has confirmed, or that was made since we began: ours to see through either way.

        Made since we began, it may have found ECS at 100 a moment before a change of ours arrived.
        """
        begun = self.journal.state.rolled_back
        since_we_began = begun is not None and self._began_at is not None and begun.seq > self._began_at
        return begun if since_we_began else unfinished_rollback(self.journal.state)

    def _heed_zone(self, unread: Outcome | None) -> Outcome | None:
        """Read it, and bring the ledger and it together, if both can be read; then only a rollback may forbid more."""
        trouble = self._tried(self._read_zone) or unread or self._tried(self._reconcile)
        if self.goal.aim is Aim.LADDER and (refusal := sticky(self.journal.state)):
            raise Stop(refused(refusal))
        return trouble

    def _read_zone(self) -> None:
        self._snapshot = self._world.weights.read()

    def _reconcile(self) -> None:
        reconcile(self.journal, self._snapshot)

    def _judged(self, unread: Outcome | None) -> State:
        """What to judge by: what is live where the ledger can't tell."""
        if unread is None:
            return self.journal.state
        live = read_weights(self._snapshot, self._world.settings.sides)
        return as_live(self.journal.state, live, self.journal.now())

    def _must_be_written(self, unread: Outcome | None, trouble: Outcome | None) -> None:
        """Stop where the first line can't be written, or a person waits for one; what runs already guards on."""
        unwritten = unread is None and not self.journal.has_written
        if trouble and trouble.exit is Exit.REFUSED and (unwritten or self.goal.aim <= Aim.SETTLED):
            raise Stop(trouble)

    def _act(self, exam: Exam, judged: State, trouble: Outcome | None) -> Outcome | None:
        self._had_traffic = self._had_traffic or exposed(judged).serverless > 0
        if exam.judgement.verdict is Verdict.FAIL and exposed(judged).serverless:
            self._show(exam, trouble)
            return self._go_back("; ".join(exam.judgement.reasons))
        if trouble:
            self._must_not_be_late(trouble)
        return trouble or self._tried(lambda: self._go_on(exam))

    def _show(self, exam: Exam, trouble: Outcome | None = None) -> None:
        """Report what is decided from, before what is decided is written down."""
        self._shown = self._seen(exam, trouble)
        self._tell(self._shown)

    def _tell(self, tick: Tick) -> None:
        self.journal.report.tick(tick)
        self._world.meter.put(of_look(tick.time, tick.weights, tick.judgement, tick.clock))

    def _must_not_be_late(self, trouble: Outcome) -> None:
        """Stop where INSYNC is late and nothing could be followed; not if Route 53 still says that it has come."""
        state = self.journal.state
        if state.phase is not Phase.PROPAGATING or not is_late(self.journal):
            return
        with suppress(*KNOWN_ERRORS):
            if self._world.weights.in_sync(state.change_id):
                return
        raise Stop(late(state, trouble.text))

    def _go_back(self, reason: str, prelude: str = "") -> Outcome:
        """Roll back; returns only if Route 53 can't be told, to try again at the next tick."""
        back = BestEffortJournal.after(self.journal)
        try:
            done = roll_back(back, reason, Exit.ROLLED_BACK)
            raise Stop(replace(done, text=f"{prelude}{done.text}"))
        except KNOWN_ERRORS as error:
            return self._patience.with_rollback(outcome_of(error), reason, back.state.undo)
        finally:
            self.journal.state = back.state

    def _go_on(self, exam: Exam) -> None:
        follow(self.journal)
        self._patience.with_verdict(exam)
        state = self.journal.state
        if self.goal.aim is Aim.INSYNC and state.phase in {Phase.SETTLING, Phase.STEADY}:
            raise Stop(Outcome(Exit.DONE, f"INSYNC: {state.weights} on every name server", "cutover status"))
        if self.goal.aim is Aim.SETTLED and state.phase is Phase.STEADY:
            raise Stop(Outcome(Exit.DONE, f"settled at {state.weights}: the bake clock runs", "cutover status"))
        if state.phase is Phase.STEADY and self.goal.aim is Aim.LADDER and self._had_traffic:
            self._must_not_begin_anew(state)
        if state.phase is Phase.STEADY and self._ready(exam):
            self._climb(exam)

    def _must_not_begin_anew(self, state: State) -> None:
        """Stop where somebody took Lambda's last percent beside this run: no bake would keep it from giving some."""
        if state.weights and not state.weights.serverless:
            text = "Lambda was lowered to 0% beside this run, which gives it nothing again unasked"
            raise Stop(Outcome(Exit.REFUSED, text, "cutover run begins with the first step again"))

    def _ready(self, exam: Exam) -> bool:
        """Passing, and with traffic on Lambda also baked."""
        if exam.judgement.verdict is not Verdict.PASS or not self.journal.state.weights:
            return False
        weight = self.journal.state.weights.serverless
        promoted = weight and self.journal.state.standing.promoted == weight
        return not weight or promoted or (exam.clock is not None and exam.clock.complete)

    def _climb(self, exam: Exam) -> None:
        state = self.journal.state
        weights = exposed(state)
        step = next_step(self.goal.steps, weights) if self.goal.aim is Aim.LADDER else None
        plan = self._planned(step, exam) if step else None
        if isinstance(plan, Refused) and plan.rule in WAITED_FOR:
            self._waiting = refused(plan)
        self._show(exam)
        if weights.serverless and not state.baked:
            self.journal.write(Kind.BAKED, after=(weights.ecs, weights.serverless), evidence=_evidence(exam))
        if step is None or plan is None:
            raise Stop(self._arrived(weights))
        if self._waiting and isinstance(plan, Refused):
            self._patience.with_rule(plan)
        elif isinstance(plan, Refused):
            raise Stop(refused(plan))
        else:
            send(self.journal, plan, f"step to Lambda {step.weight}%", _evidence(exam))

    def _planned(self, step: Step, exam: Exam) -> Plan | Refused:
        wish = Wish(step.weight, top=self.goal.steps[-1].weight)
        return plan_shift(self._snapshot, self._world.settings.sides, wish, known(self.journal, exam))

    def _arrived(self, weights: Weights) -> Outcome:
        if next_step(self._world.settings.steps, weights) is None:
            if not self.journal.state.finished:
                self.journal.write(Kind.FINISHED, after=(weights.ecs, weights.serverless))
            return Outcome(Exit.DONE, f"finished: {weights}, and its bake is complete", "cutover status")
        return Outcome(Exit.DONE, f"baked at {weights}, as far as asked", "cutover run goes on")

    def _pause(self) -> timedelta:
        """Until the next tick: shorter while a change is under way, and doubling, as INSYNC is polled."""
        state, tick = self.journal.state, self._world.settings.span("tick")
        if state.phase is Phase.PROPAGATING:
            key, pause = self._pauses
            pause = min(2 * pause, tick) if key == state.change_id else min(FIRST_POLL, tick)
            self._pauses = (state.change_id, pause)
            return pause
        if state.phase is Phase.SETTLING and state.insync_at:
            left = state.insync_at + self._world.settings.span("settle") - self.journal.now()
            return min(tick, max(timedelta(seconds=1), left))
        return tick

    def _seen(self, exam: Exam | None, trouble: Outcome | None) -> Tick:
        state = self.journal.state
        return Tick(
            time=self.journal.now(),
            label=state.label,
            phase=state.phase,
            weights=state.weights,
            judgement=exam.judgement if exam else None,
            clock=exam.clock if exam else None,
            next_step=next_step(self.goal.steps, state.weights) if state.weights else None,
            trouble=trouble,
            waiting=self._waiting,
        )


def _evidence(exam: Exam) -> dict[str, object]:
    bake = {"bake": exam.clock.plain()} if exam.clock else {}
    return judged_evidence(exam.judgement) | bake
