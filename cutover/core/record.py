"""One line of the ledger: what happened, who did it, what was true before and after, chained by hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64


class Kind(StrEnum):
    """What a ledger line tells."""

    INTENT = "intent"  # a change of weights is about to be sent
    APPLIED = "applied"  # Route 53 took it (change_id)
    INSYNC = "insync"  # every name server has it
    SETTLED = "settled"  # caches had their time: the bake clock starts
    ABANDONED = "abandoned"  # an intent that was never sent, or was refused
    ADOPTED = "adopted"  # live weights found at start, taken as they are
    JUDGED = "judged"  # the verdict changed
    BAKED = "baked"  # the step's bake is complete
    ROLLED_BACK = "rolled-back"  # sticky until RESUMED
    RESUMED = "resumed"
    DRIFT = "drift"  # live records are not those of the ledger
    FINISHED = "finished"  # the last step has baked
    STOPPED = "stopped"  # a run ended without finishing: the reason says why
    PAUSED = "paused"  # nothing is raised until RESUMED; the gates are judged all the same
    PROMOTED = "promoted"  # a person ends the bake of the live weight (`evidence.skip_bake`), or lets a pause go
    FROZEN = "frozen"  # a window in which nothing is raised: evidence has id, start, end
    THAWED = "thawed"  # such a window is taken back: evidence has id
    DRILLED = "drilled"  # a rehearsed rollback, measured: the receipt
    VERIFIED = "verified"  # name servers and both sides were asked directly: evidence.ok
    UNLOCKED = "unlocked"  # a lease was broken by hand
    LOADED = "loaded"  # load of ours on production in [evidence.start, evidence.end), by evidence.id: no evidence
    SWITCHED = "switched"  # the kill switch was thrown (evidence.serving false) or put back
    RUNG = "rung"  # a rung of the decommission ladder was taken, or taken back (evidence.undone)
    REINDEXED = "reindexed"  # a search alias points to another index: evidence has alias, before, after


@dataclass(frozen=True, slots=True)
class Event:
    """One ledger line. Weights are "ecs/lambda" percent pairs such as [90, 10]; `evidence` holds plain JSON values."""

    seq: int
    time: datetime
    kind: Kind
    actor: str
    host: str
    command: str
    reason: str = ""
    plan_hash: str = ""
    before: tuple[int, int] | None = None
    after: tuple[int, int] | None = None
    change_id: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    prev_hash: str = GENESIS
    hash: str = ""


class Broken(Exception):
    """The ledger was edited or cut: the message names the line."""


def chained(event: Event, previous: Event | None) -> Event:
    """The event as the successor of `previous` (None: the first): numbered, linked and hashed."""
    linked = replace(
        event,
        seq=previous.seq + 1 if previous else 1,
        prev_hash=previous.hash if previous else GENESIS,
        hash="",
    )
    return replace(linked, hash=_digest(linked))


def encode(event: Event) -> str:
    """The event as one line of JSON."""
    return json.dumps(_plain(event), sort_keys=True, separators=(",", ":"))


def decode(line: str) -> Event:
    """The event of one line. Raises Broken when the line is not one."""
    try:
        raw = json.loads(line)
        for pair in ("before", "after"):
            raw[pair] = tuple(raw[pair]) if raw[pair] is not None else None
        return _typed(Event(**{**raw, "time": datetime.fromisoformat(raw["time"]), "kind": Kind(raw["kind"])}))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise Broken(f"not a ledger line: {line[:80]!r}") from error


def check_chain(events: Sequence[Event], previous: Event | None = None) -> None:
    """Raise Broken at the first event that is not the untouched successor of the one before it.

    `previous` is the one before the first (None: there is none).
    """
    for event in events:
        try:
            is_next = event == chained(event, previous)
        except (OverflowError, RecursionError):  # a time outside the calendar, evidence in a thousand brackets
            is_next = False
        if not is_next:
            raise Broken(f"the ledger's chain is broken at sequence {event.seq}: a line was edited, lost or added")
        previous = event


def _typed(event: Event) -> Event:
    """The event, if its fields are what every reader takes them for. Raises TypeError, ValueError."""
    texts = (event.actor, event.host, event.command, event.reason, event.plan_hash, event.change_id)
    if not isinstance(event.evidence, dict) or not all(isinstance(text, str) for text in texts):
        raise TypeError("a field is of another type")
    for pair in (event.before, event.after):
        if pair is not None and [type(share) for share in pair] != [int, int]:
            raise TypeError("weights are a pair of whole numbers")
    if event.time.tzinfo is None:
        raise ValueError("a time without its zone")
    return event


def _plain(event: Event) -> dict[str, Any]:
    return asdict(event) | {"time": event.time.astimezone(UTC).isoformat(timespec="milliseconds")}


def _digest(event: Event) -> str:
    return hashlib.sha256(encode(event).encode()).hexdigest()
