"""What a ledger line and a look say in numbers; pure. What is not known is no number."""

from collections.abc import Sequence
from datetime import datetime

from cutover.core.bake import BakeClock
from cutover.core.metering import Measured, Reading
from cutover.core.models import Judgement, Verdict, Weights, Why
from cutover.core.record import Event, Kind
from cutover.core.state import State, unfinished_rollback
from cutover.flow.telling import QUIET_STOPS, is_of_drill

VERDICTS = {Verdict.PASS: 0.0, Verdict.HOLD: 1.0, Verdict.FAIL: 2.0}


def of_line(event: Event, before: State, after: State) -> Sequence[Reading]:
    """The readings of one ledger line, given the states around it."""
    found = [
        Reading(name, 1.0, event.time)
        for name, happened in ((Measured.ROLLBACKS, _rolls_back), (Measured.ABORTS, _aborts))
        if happened(event, before)
    ]
    if after.weights and after.weights != before.weights:
        found.append(_weight(after.weights, event.time))
    return found


def of_look(
    now: datetime, weights: Weights | None, judgement: Judgement | None, clock: BakeClock | None = None
) -> Sequence[Reading]:
    """The readings of one look at the world, of a command that drives, watches or checks; None is not known."""
    found = [_weight(weights, now)] if weights else []
    if judgement:
        found.append(Reading(Measured.GATE_VERDICT, VERDICTS[judgement.verdict], now))
        found.append(Reading(Measured.BLIND, float(judgement.held_for(Why.BLIND)), now))
    if clock:
        found.append(Reading(Measured.BAKE_PROGRESS, 100 * clock.part, now))
    return found


def _weight(weights: Weights, at: datetime) -> Reading:
    return Reading(Measured.LAMBDA_WEIGHT, float(weights.serverless), at)


def _rolls_back(event: Event, before: State) -> bool:
    """Whether it begins a rollback that is meant: sent by weights, by the kill switch alone, or found to be done."""
    if is_of_drill(event, before) or unfinished_rollback(before):
        return False
    if event.kind is Kind.INTENT:
        return bool(event.evidence.get("rollback"))
    if event.kind is Kind.SWITCHED:
        thrown = not event.evidence.get("serving") and not event.evidence.get("drill")
        return thrown and before.rolled_back is None
    return event.kind is Kind.ROLLED_BACK and before.rolled_back is None


def _aborts(event: Event, _: State) -> bool:
    """Whether a run ended before its weight; a rollback is counted as what it is."""
    return event.kind is Kind.STOPPED and event.evidence.get("exit", 0) not in QUIET_STOPS
