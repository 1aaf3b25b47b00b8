"""The ledger's changes as vertical annotations, and how they get into a dashboard beside what people wrote. Pure."""

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cutover.core.boards.board import parsed
from cutover.core.record import Event, Kind
from cutover.core.state import State, advance
from cutover.core.words import printable

MOST = 100  # annotations: the newest ones; a dashboard's JSON may have a megabyte
LONGEST = 60  # characters of a reason
BLUE, RED, GREY = "#0072b2", "#b3261e", "#7f7f7f"
_OURS = re.compile(r"· cutover #\d+$")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the traffic: when it was sent, in words, and the ledger line that tells of it."""

    at: datetime
    text: str
    seq: int
    color: str = BLUE

    @property
    def annotation(self) -> Mapping[str, Any]:
        """As CloudWatch has it; the end of the label says that it is ours."""
        when = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"color": self.color, "label": f"{self.text} · cutover #{self.seq}", "value": when}


def changes(events: Iterable[Event]) -> Sequence[Change]:
    """Every change of weights and of the kill switch that the ledger tells of, oldest first, at most MOST."""
    found, state = list[Change](), State()
    for event in events:
        before, state = state, advance(state, event)
        tell = _TELLS.get(event.kind)
        if tell and (change := tell(event, before, state)):
            found.append(change)
    return found[-MOST:]


def marked(body: str, found: Sequence[Change]) -> str:
    """The dashboard with exactly these changes in each chart over time; what people added stays. Raises BadBoard.

    The same text comes back where nothing is to be changed.
    """
    raw = parsed(body)
    new = copy.deepcopy(raw)
    for widget in new["widgets"]:
        properties = widget.get("properties", {})
        if widget["type"] == "metric" and properties.get("view", "timeSeries") == "timeSeries":
            _mark(properties, [dict(change.annotation) for change in found])
    return body if new == raw else json.dumps(new, separators=(",", ":"), ensure_ascii=False)


def count_of(body: str) -> int:
    """How many of our annotations each chart of the dashboard has at most. Raises BadBoard."""
    charts = (widget.get("properties", {}) for widget in parsed(body)["widgets"])
    return max((sum(map(_is_ours, _vertical(chart))) for chart in charts), default=0)


def _mark(properties: dict[str, Any], ours: Sequence[Mapping[str, Any]]) -> None:
    there = _vertical(properties)
    others = [one for one in there if not _is_ours(one)]
    if not there and not ours:
        return
    annotations = properties.get("annotations")
    annotations = annotations if isinstance(annotations, dict) else {}
    properties["annotations"] = {**annotations, "vertical": [*others, *ours]}


def _vertical(properties: Mapping[str, Any]) -> Sequence[Any]:
    annotations = properties.get("annotations")
    found = annotations.get("vertical") if isinstance(annotations, dict) else None
    return found if isinstance(found, list) else []


def _is_ours(annotation: Any) -> bool:
    return isinstance(annotation, dict) and bool(_OURS.search(str(annotation.get("label", ""))))


def _applied(event: Event, before: State, after: State) -> Change | None:
    """A change that Route 53 took; one that is sent again changes nothing more."""
    if after.weights is None or after.weights == before.weights:
        return None
    was = before.weights.serverless if before.weights else 0
    what = f"Lambda {was}% → {after.weights.serverless}%"
    drill = before.standing.drilling
    if drill is not None:
        return Change(event.time, f"drill: {what}", event.seq, GREY)
    begun = event if event.kind is Kind.ROLLED_BACK else before.intent
    if begun is not None and (begun is event or begun.evidence.get("rollback")):
        return Change(event.time, f"ROLLBACK {what}{_because(begun)}", event.seq, RED)
    return Change(event.time, what, event.seq)


def _adopted(event: Event, before: State, after: State) -> Change | None:
    """Somebody else's change that was taken as right; what is seen for the first time is none."""
    if not before.records or after.weights is None or after.weights == before.weights:
        return None
    return Change(event.time, f"changed by others: Lambda {after.weights.serverless}%", event.seq, GREY)


def _switched(event: Event, _: State, __: State) -> Change:
    if event.evidence.get("drill"):
        return Change(event.time, "drill: kill switch", event.seq, GREY)
    if event.evidence.get("serving"):
        return Change(event.time, "kill switch put back", event.seq)
    return Change(event.time, f"KILL SWITCH thrown{_because(event)}", event.seq, RED)


def _because(event: Event) -> str:
    said = printable(event.reason)
    short = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
    return f": {short}" if short else ""


_TELLS: Mapping[Kind, Callable[[Event, State, State], Change | None]] = {
    Kind.APPLIED: _applied,
    Kind.ADOPTED: _adopted,
    Kind.ROLLED_BACK: _applied,
    Kind.SWITCHED: _switched,
}
