"""Judging the newest traffic by itself, for a person who wants to know now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.core.models import Judgement, Weights
from cutover.core.words import roughly
from cutover.core.zone import read_weights
from cutover.flow.examine import UNKNOWN_AGE, Exam, Examiner, exposed
from cutover.flow.journal import Journal
from cutover.flow.metering import of_look
from cutover.ports import ControlPlaneUnavailable, LedgerUnavailable, NotAllowed


@dataclass(frozen=True, slots=True)
class Checked:
    """A judgement with its evidence, the weights it was made for, and the interval in words."""

    exam: Exam
    weights: Weights
    span: str

    @property
    def judgement(self) -> Judgement:
        """What the gates say."""
        return self.exam.judgement


def check(journal: Journal, window: timedelta | None) -> Checked:
    """Judge the newest `window` of settled minutes, as far as the live weights were asked in it; None: all of those."""
    _read_ledger(journal)
    weights, examiner = _weights(journal), Examiner(journal.world)
    until = examiner.settled(journal.now())
    since = _since(journal, weights, until, window)
    exam = examiner.between(weights, since, until, baking=False, standing=journal.state.standing)
    journal.world.meter.put(of_look(journal.now(), weights, exam.judgement))
    return Checked(exam, weights, f"{since:%d %b %H:%M} to {until:%H:%M} UTC, {roughly(until - since)}")


def _since(journal: Journal, weights: Weights, until: datetime, window: timedelta | None) -> datetime:
    began = journal.state.since or journal.state.sent_at
    if began and weights == journal.state.weights and weights.serverless:
        return min(max(until - window, began) if window else began, until)
    return until - (window or UNKNOWN_AGE)


def _read_ledger(journal: Journal) -> None:
    try:
        journal.refresh()
    except LedgerUnavailable as error:
        journal.report.note(str(error))


def _weights(journal: Journal) -> Weights:
    known = exposed(journal.state)
    try:
        live = read_weights(journal.world.weights.read(), journal.world.settings.sides)
    except (ControlPlaneUnavailable, NotAllowed) as error:
        journal.report.note(f"{error}; judged by the ledger's weights, {known}")
        return known
    return live if isinstance(live, Weights) else known
