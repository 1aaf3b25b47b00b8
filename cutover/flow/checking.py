"""Judging the newest traffic by itself, for a person who wants to know now."""

from dataclasses import dataclass
from datetime import timedelta

from cutover.core.models import Judgement, Weights
from cutover.core.words import roughly
from cutover.core.zone import read_weights
from cutover.flow.examine import Examiner, exposed
from cutover.flow.journal import Journal
from cutover.ports import ControlPlaneUnavailable, LedgerUnavailable, NotAllowed


@dataclass(frozen=True, slots=True)
class Checked:
    """A judgement, the weights it was made for, and the interval in words."""

    judgement: Judgement
    weights: Weights
    span: str


def check(journal: Journal, window: timedelta) -> Checked:
    """Judge the newest `window` of settled minutes, as far as the live weights were asked in it."""
    _read_ledger(journal)
    weights, examiner = _weights(journal), Examiner(journal.world)
    until = examiner.settled(journal.now())
    since = until - window
    began = journal.state.since or journal.state.sent_at
    if began and weights == journal.state.weights and weights.serverless:
        since = min(max(since, began), until)
    exam = examiner.between(weights, since, until, baking=False)
    return Checked(exam.judgement, weights, f"{since:%d %b %H:%M} to {until:%H:%M} UTC, {roughly(until - since)}")


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
