"""The whole decommission ladder as it stands: what is done, what is next, and what stands in the way of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cutover.core.decommission import (
    Facts,
    Obstacle,
    Rung,
    against_delete,
    against_drain,
    against_hold,
    begun,
    hold_left,
    taken,
)
from cutover.core.parts import Part
from cutover.core.record import Event
from cutover.flow.decommission.ladder import all_parts, left, look, must_be_set_up
from cutover.flow.journal import Journal
from cutover.ports import NotFound


@dataclass(frozen=True, slots=True)
class RungSeen:
    """One rung. `event`: the line that says when it was taken, or begun."""

    rung: Rung
    is_done: bool
    event: Event | None
    is_begun: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The ladder. `upcoming` None: everything is done; `missing` says why the resources are not known."""

    facts: Facts
    rungs: Sequence[RungSeen]
    parts: Sequence[Part]
    left: Sequence[Part]
    upcoming: Rung | None
    against: Sequence[Obstacle]
    missing: str = ""

    @property
    def held_for(self) -> timedelta | None:
        """How much of the hold is left; None where it is not taken."""
        return hold_left(self.facts)


def overview(journal: Journal) -> Overview:
    """Look at everything; changes nothing. Raises what ports raise."""
    world = journal.world
    must_be_set_up(world)
    repositories = world.settings.archive.repositories if world.archive.is_set_up else ()
    facts = look(journal, repositories).facts
    parts, standing, missing = _resources(journal)
    rungs = [_seen(rung, facts, repositories, standing, bool(missing)) for rung in Rung]
    upcoming = next((seen.rung for seen in rungs if not seen.is_done), None)
    against = _against(facts, upcoming, standing)
    return Overview(facts, rungs, parts, standing, upcoming, against, missing)


def _resources(journal: Journal) -> tuple[Sequence[Part], Sequence[Part], str]:
    """All resources, those that are left, and why they are not known."""
    try:
        parts = all_parts(journal)
    except NotFound as error:
        return (), (), str(error)
    return parts, left(journal, parts), ""


def _seen(rung: Rung, facts: Facts, repositories: Sequence[str], standing: Sequence[Part], lost: bool) -> RungSeen:
    event = taken(facts.state, rung)
    done = {
        Rung.HOLD: event is not None,
        Rung.DRAIN: event is not None and (facts.scale is None or facts.scale.desired == 0),
        Rung.ARCHIVE: not repositories or (event is not None and not any(facts.uncovered.values())),
        Rung.DELETE: not standing and not lost,
    }
    return RungSeen(rung, done[rung], event or begun(facts.state, rung), begun(facts.state, rung) is not None)


def _against(facts: Facts, upcoming: Rung | None, standing: Sequence[Part]) -> list[Obstacle]:
    if upcoming is Rung.HOLD:
        return against_hold(facts, facts.floor)
    if upcoming is Rung.DRAIN:
        return against_drain(facts)
    if upcoming is Rung.DELETE and standing:
        return against_delete(facts, standing[0])
    return []
