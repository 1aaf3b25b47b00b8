"""How long to put up with a hold, with silence, with a rollback that can't be sent; and what of it is written down."""

from datetime import datetime, timedelta

from cutover.core.durations import format_duration
from cutover.core.models import Judgement, Verdict, Why
from cutover.core.plan import ENDING, Refused
from cutover.core.record import Kind
from cutover.core.state import Phase, judged
from cutover.exits import Exit
from cutover.flow.examine import Exam
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.flow.sending import judged_evidence

BLIND_PAGE = BLOCKED_PAGE = timedelta(minutes=5)
HEARTBEAT_MINUTES = 60  # of counted bake between two ledger lines, so that `status` without a network is not too old
# How every step begins: too few requests to say anything, which is not worth a line.
NOT_KNOWN_YET = judged(Verdict.HOLD, [Why.SAMPLES.value])


class Patience:
    """Remembers since when something has been wrong, and ends the run when that is too long."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._settings = journal.world.settings
        self._trouble_since: datetime | None = None
        self._is_told = False  # of the trouble
        self._failing_since: datetime | None = None

    def with_trouble(self, trouble: Outcome | None) -> None:
        """Tell people when nothing could be done for long, and stop when it was so for `give_up_after`."""
        if trouble is None:
            self._trouble_since, self._is_told = None, False
            return
        self._trouble_since = self._trouble_since or self._journal.now()
        lasted = self._journal.now() - self._trouble_since
        if lasted >= BLOCKED_PAGE and not self._is_told:
            self._is_told = True
            reason = f"nothing could be done for {format_duration(lasted)}, the gates are judged: {trouble.text}"
            evidence = {"blocked": True, "exit": int(trouble.exit)}
            BestEffortJournal.after(self._journal).write(Kind.JUDGED, reason=reason, evidence=evidence)
        if lasted >= self._settings.span("give_up_after"):
            raise Stop(trouble)

    def with_rule(self, refusal: Refused) -> None:
        """Write down, once, which rule the next step waits for.

        Stop when it was one that time does not mend, for `give_up_after`.
        """
        state = self._journal.state
        if state.waiting != refusal.rule:
            reason = f"waiting for the rule {refusal.rule.value!r}: {refusal.text}"
            self._journal.write(Kind.JUDGED, reason=reason, evidence={"waiting": refusal.rule.value})
            return
        lasted = self._journal.now() - (state.waiting_since or self._journal.now())
        if refusal.rule not in ENDING and lasted >= self._settings.span("give_up_after"):
            text = f"waited for {format_duration(lasted)}: {refusal.text}; the weights stay"
            raise Stop(Outcome(Exit.REFUSED, text, refusal.way_on, refusal.rule.value))

    def with_rollback(self, trouble: Outcome, reason: str, undo: str) -> Outcome:
        """The trouble of a rollback that could not be sent, until it has been so for `insync_timeout`."""
        self._failing_since = self._failing_since or self._journal.now()
        way_on = f"cutover rollback, again and again; or without this tool: {undo}" if undo else "cutover rollback"
        told = Outcome(
            trouble.exit, f"the gates FAIL ({reason}) and the rollback did not go out: {trouble.text}", way_on
        )
        if self._journal.now() - self._failing_since >= self._settings.span("insync_timeout"):
            raise Stop(told)
        return told

    def with_verdict(self, exam: Exam) -> None:
        """Write the verdict down when it is a new one, or once an hour; stop when a hold lasts for `give_up_after`."""
        if self._journal.state.phase is not Phase.STEADY:
            return
        stuck = is_stuck(exam)
        self._write(exam, stuck)
        self._page_if_blind(exam)
        since = self._journal.state.stuck_since
        if since and self._journal.now() - since >= self._settings.span("give_up_after"):
            raise Stop(_given_up(exam.judgement, format_duration(self._journal.now() - since)))

    def _page_if_blind(self, exam: Exam) -> None:
        """Write once that telemetry has been missing for long, so that people are told."""
        state, judgement = self._journal.state, exam.judgement
        if state.paged or not state.stuck_since or not judgement.held_for(Why.BLIND):
            return
        lasted = self._journal.now() - state.stuck_since
        if lasted >= BLIND_PAGE:
            missing = "; ".join(judgement.reasons)
            reason = f"telemetry has been missing for {format_duration(lasted)}, and the weights stay. {missing}"
            facts = judged_evidence(judgement) | {"judged": state.verdict, "stuck": True, "paged": True}
            bake = {"bake": exam.clock.plain()} if exam.clock else {}
            self._journal.write(Kind.JUDGED, reason=reason, evidence=facts | bake)

    def _write(self, exam: Exam, stuck: bool) -> None:
        word = judged(exam.judgement.verdict, [f.why.value for f in exam.judgement.findings if f.why])
        state = self._journal.state
        beat = exam.clock.counted_minutes // HEARTBEAT_MINUTES if exam.clock else 0
        if not state.verdict and word == NOT_KNOWN_YET and not stuck:
            return
        is_told = state.verdict == word and (state.stuck_since is not None) == stuck
        if is_told and beat <= state.judged_minutes // HEARTBEAT_MINUTES:
            return
        bake = {"bake": exam.clock.plain()} if exam.clock else {}
        facts = judged_evidence(exam.judgement) | bake | {"judged": word, "stuck": stuck}
        self._journal.write(Kind.JUDGED, reason=_said(exam.judgement), evidence=facts)


def _said(judgement: Judgement) -> str:
    if judgement.verdict is Verdict.PASS:
        return "PASS"
    return f"{judgement.verdict.value.upper()}: {'; '.join(judgement.reasons)}"


def is_stuck(exam: Exam) -> bool:
    """Whether waiting is not what mends it: held for anything but samples, or still held when the bake has enough."""
    if exam.judgement.verdict is not Verdict.HOLD:
        return False
    whys = {finding.why for finding in exam.judgement.findings if finding.verdict is Verdict.HOLD}
    return whys != {Why.SAMPLES} or (exam.clock is not None and exam.clock.enough)


def _given_up(judgement: Judgement, lasted: str) -> Outcome:
    why = "; ".join(judgement.reasons)
    if judgement.held_for(Why.BLIND):
        return Outcome(
            Exit.TELEMETRY_UNAVAILABLE,
            f"no telemetry for {lasted}, and the weights stay. {why}",
            "cutover check, until it is back; then cutover run",
        )
    return Outcome(
        Exit.HOLD,
        f"held for {lasted}: {why}; the weights stay",
        'cutover run waits on; cutover shift --override gates="reason" goes on against it; cutover rollback goes back',
    )
