"""Everything that a rung of the decommission ladder is checked against, gathered; and its refusals as outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cutover.core.decommission import Facts, Obstacle, Rung, Way, approvals, begun, finished_at, taken
from cutover.core.durations import parse_duration
from cutover.core.estate import Inventory
from cutover.core.models import Snapshot, Weights
from cutover.core.oci import uncovered
from cutover.core.parts import Part, PartKind, parts
from cutover.core.record import Event
from cutover.core.retired import ALONE, retired
from cutover.core.zone import Drift, changed_by_others, read_weights, traffic
from cutover.exits import Exit
from cutover.flow.checking import check
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import World

JUDGED = timedelta(hours=1)  # of the newest traffic: what is about to lose its way back must be well now
_EXITS = {
    Way.REFUSED: Exit.REFUSED,
    Way.DRIFT: Exit.DRIFT,
    Way.GATES_FAIL: Exit.GATES_FAILED,
    Way.GATES_HOLD: Exit.HOLD,
    Way.BLIND: Exit.TELEMETRY_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Looked:
    """The facts, and the records that they were read from."""

    facts: Facts
    snapshot: Snapshot


def look(journal: Journal, repositories: Sequence[str] = ()) -> Looked:
    """Read everything; changes nothing. `repositories`: whose archive is to be compared. Raises what ports raise."""
    world = journal.world
    checked = check(journal, JUDGED)  # reads the ledger, too
    events, snapshot = world.ledger.events(), world.weights.read()
    drained = journal.state.standing.rungs.get(Rung.DRAIN)
    inventory = _saved(drained)
    facts = Facts(
        now=journal.now(),
        state=journal.state,
        finished_at=finished_at(events),
        live=_live(journal, snapshot),
        judgement=checked.judgement,
        scale=world.estate.scale(),
        floor=world.settings.policy.warm_floor,
        hold=parse_duration(world.settings.archive.hold),
        actor=journal.actor,
        two_people=world.settings.archive.two_people,
        session_names_prove=world.settings.archive.session_names_prove,
        approvals=approvals(events),
        shared_with=inventory.shared_with if inventory else (),
        uncovered={repository: _uncovered(world, repository, journal) for repository in repositories},
    )
    return Looked(facts, snapshot)


def must_be_set_up(world: World) -> None:
    """Stop where the settings name no ECS service."""
    if not world.estate.is_set_up:
        text = "the settings name no ECS service, so there is nothing to scale or delete: set ecs.cluster, ecs.service"
        raise Stop(Outcome(Exit.USAGE, text, "cutover decommission plan, when that is set"))


def must_be_free(against: Sequence[Obstacle]) -> None:
    """Stop at the first obstacle."""
    if against:
        raise Stop(stopped(against[0]))


def stopped(obstacle: Obstacle) -> Outcome:
    """An obstacle as the end of a command."""
    return Outcome(_EXITS[obstacle.way], obstacle.text, obstacle.way_on, obstacle.name)


def all_parts(journal: Journal) -> tuple[Part, ...]:
    """What a deletion is made of, first to last; from the inventory of the drain, or as it is now before that."""
    world, drained = journal.world, journal.state.standing.rungs.get(Rung.DRAIN)
    inventory = _saved(drained) or world.estate.inventory()
    settings = world.settings
    repositories = settings.archive.repositories if world.archive.is_set_up else ()
    places = dict(drained.evidence.get("documents", {})) if drained else {}
    if simple := taken(journal.state, PartKind.DNS.rung):
        places[PartKind.DNS.value] = str(simple.evidence["undo"])
    return parts(inventory, settings.name, repositories, places)


def left(journal: Journal, every: Sequence[Part]) -> tuple[Part, ...]:
    """Those that are still there. The live state decides, whatever the ledger says."""
    return tuple(part for part in every if is_there(journal, part))


def is_there(journal: Journal, part: Part) -> bool:
    """Whether it is still to be deleted."""
    world = journal.world
    if part.kind is PartKind.DNS:
        return taken(journal.state, part.rung) is None
    if part.kind is PartKind.REPOSITORY:
        return world.archive.images(part.name) is not None
    return world.estate.present(part)


def keep(journal: Journal, name: str, text: str) -> dict[str, str]:
    """Store a document beside the ledger and in the bucket: where it is, by which it is told apart from others."""
    world, numbered = journal.world, f"decommission-{journal.state.seq + 1}-{name}.json"
    place = world.ledger.keep(numbered, text)
    copy = world.archive.keep(numbered, text)
    return {name: place, **({f"{name} in the bucket": copy} if copy else {})}


def said(rung: str, reason: str, *, begun: bool = False) -> str:
    """How the ledger's line tells of a rung."""
    return f"{rung} {'begun ' if begun else ''}({reason})"


def saved_scale(event: Event | None) -> dict[str, Any]:
    """The size that was written down before a rung lowered it."""
    return dict(event.evidence.get("saved", {})) if event else {}


def is_begun(journal: Journal, rung: Rung) -> Event | None:
    """The line of a rung that was cut off."""
    return begun(journal.state, rung)


def _saved(event: Event | None) -> Inventory | None:
    raw = event.evidence.get("inventory") if event else None
    return Inventory.of(raw) if raw else None


def _live(journal: Journal, snapshot: Snapshot) -> Weights | Drift:
    """The weights, all on Lambda where its plain record is the only one left, or the drift."""
    state = journal.state
    if retired(state, snapshot):
        return ALONE
    records, done = traffic(snapshot), taken(state, PartKind.DNS.rung)
    if done and (changed := changed_by_others(records, done.evidence["records"])):
        return changed
    live = read_weights(snapshot, journal.world.settings.sides)
    if isinstance(live, Drift) or not state.records:
        return live
    return changed_by_others(records, state.records) or live


def _uncovered(world: World, repository: str, journal: Journal) -> tuple[str, ...]:
    """What of the repository is not in the newest receipt, or of the receipt not in the bucket."""
    images = world.archive.images(repository)
    if images is None:
        return ()
    receipt, event = world.archive.receipt(repository), journal.state.standing.rungs.get(Rung.ARCHIVE)
    hashes = event.evidence.get("receipts", {}) if event else {}
    if receipt is None or hashes.get(repository) != receipt.hash:
        return tuple(images) or ("its receipt",)
    return (*uncovered(images, receipt), *world.archive.verify(receipt))
