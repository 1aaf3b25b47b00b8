"""The end of the migration: one plain record a type that points at Lambda, as the rung `delete-dns` has written it."""

from dataclasses import replace

from cutover.core.models import Snapshot, Weights
from cutover.core.parts import PartKind
from cutover.core.record import Event
from cutover.core.state import State
from cutover.core.zone import Drift, DriftKind, Sides, changed_by_others, read_weights, traffic

ALONE = Weights(0, 100)
_AFTER_DNS = tuple(f"{kind.rung}:" for kind in PartKind if kind is not PartKind.DNS)


def retired(state: State, snapshot: Snapshot) -> Event | None:
    """The line of the rung that wrote the live records; None where they are others, or it does not stand."""
    rung = dns_rung(state)
    is_live = rung is not None and changed_by_others(traffic(snapshot), _written(rung)) is None
    return rung if is_live else None


def dns_rung(state: State) -> Event | None:
    """The line by which the name became plain, begun or done, until it is undone."""
    return state.standing.rungs.get(PartKind.DNS.rung)


def decommissioned(rung: Event) -> Drift:
    """That end in the words of a drift, for all that needs weighted records; it is nobody's mistake."""
    return Drift(
        DriftKind.DECOMMISSIONED,
        f"decommissioned {rung.time:%d %b %H:%M} UTC by {rung.actor}: one plain record points at Lambda, which has"
        " all traffic, and there are no weights to change",
        f"{undo_of(rung)}; cutover decommission plan shows what is left of ECS",
    )


def undo_of(rung: Event) -> str:
    """The plain line that makes weighted records again."""
    return str(rung.evidence.get("undo", ""))


def weights_of(state: State, snapshot: Snapshot, sides: Sides) -> Weights | Drift:
    """The asked weights, as `read_weights`; where Lambda's plain record is all there is, that it is the end."""
    rung = retired(state, snapshot)
    return decommissioned(rung) if rung else read_weights(snapshot, sides)


def with_side(state: State, snapshot: Snapshot, sides: Sides) -> Snapshot:
    """The records with the side they belong to: a plain record of the end is Lambda's, with everything."""
    if retired(state, snapshot) is None:
        return snapshot
    return Snapshot(tuple(replace(r, set_identifier=sides.serverless, weight=100) for r in traffic(snapshot)))


def is_plain(state: State, snapshot: Snapshot) -> bool:
    """Whether the name was made plain and still is, whoever may have changed the records since."""
    return dns_rung(state) is not None and all(record.weight is None for record in traffic(snapshot))


def known_bodies(state: State, snapshot: Snapshot) -> tuple[str, ...]:
    """The bodies that the live records are to be compared with: those of the rung while the name is plain."""
    rung = dns_rung(state)
    return _written(rung) if rung and is_plain(state, snapshot) else state.records


def gone(state: State) -> tuple[Event, ...]:
    """The lines by which parts of ECS were deleted, or begun to be, in their order."""
    deleted = [event for name, event in state.standing.rungs.items() if name.startswith(_AFTER_DNS)]
    return tuple(sorted(deleted, key=lambda event: event.seq))


def _written(rung: Event) -> tuple[str, ...]:
    return tuple(rung.evidence.get("records", ()))
