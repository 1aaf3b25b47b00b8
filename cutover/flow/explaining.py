"""The gates with everything that they decide from."""

from dataclasses import dataclass
from datetime import timedelta

from cutover.core.explain import Explanation, explain
from cutover.core.models import Judgement, Weights
from cutover.flow.checking import check
from cutover.flow.journal import Journal


@dataclass(frozen=True, slots=True)
class Explained:
    """A judgement, and the explanation of its error gate; None where there is no evidence."""

    judgement: Judgement
    weights: Weights
    span: str
    explanation: Explanation | None


def explained(journal: Journal, window: timedelta | None) -> Explained:
    """Judge the newest `window`, or all since the live weights settled, and tell what from."""
    checked, settings = check(journal, window), journal.world.settings
    evidence = checked.exam.evidence
    told = explain(evidence, settings.steps, settings.limits) if evidence else None
    return Explained(checked.judgement, checked.weights, checked.span, told)
