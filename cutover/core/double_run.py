"""For how long both sides have run beside each other: from the first shift until the ECS service is deleted."""

from collections.abc import Sequence
from datetime import datetime

from cutover.core.parts import PartKind
from cutover.core.record import Event, Kind


def began(events: Sequence[Event]) -> datetime | None:
    """When Lambda was given traffic for the first time."""
    kinds = {Kind.APPLIED, Kind.ADOPTED}
    return next((e.time for e in events if e.kind in kinds and e.after and e.after[1] > 0), None)


def ended(events: Sequence[Event]) -> datetime | None:
    """When the ECS service was deleted."""
    return next((event.time for event in events if _is_deletion(event)), None)


def _is_deletion(event: Event) -> bool:
    of_service = str(event.evidence.get("rung", "")).startswith(PartKind.SERVICE.rung)
    return event.kind is Kind.RUNG and of_service and not event.evidence.get("begun")
