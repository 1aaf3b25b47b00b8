"""The rungs that change how many ECS tasks there are: written down first, asked for, waited for; and their undo."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from cutover.core.decommission import Rung, against_drain, against_hold, taken
from cutover.core.estate import Scale
from cutover.core.record import Kind
from cutover.core.words import plural
from cutover.exits import Exit
from cutover.flow.decommission.ladder import is_begun, keep, look, must_be_free, must_be_set_up, said, saved_scale
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import World

POLL = timedelta(seconds=15)
PATIENCE = timedelta(minutes=15)  # a task takes minutes to start, and drains its connections for five
Told = Callable[[str], None]


def hold(journal: Journal, tasks: int, reason: str, told: Told) -> Outcome:
    """Bring ECS down to so many tasks, under the lease; the hold counts from its end."""
    world = journal.world
    must_be_set_up(world)
    with journal.leased():
        facts = look(journal).facts
        must_be_free(against_hold(facts, tasks))
        now = facts.scale or Scale(0, 0)
        wanted = Scale(tasks, tasks, None if now.least is None else tasks, now.most)
        since = taken(journal.state, Rung.HOLD)
        if since and (now.desired, now.least) == (wanted.desired, wanted.least):
            text = f"ECS is at its warm floor since {since.time:%d %b %H:%M} UTC: {now}"
            return Outcome(Exit.DONE, text, "cutover decommission plan")
        _take(journal, Rung.HOLD, now, reason, {})
        _reach(world, wanted, told)
        journal.write(Kind.RUNG, reason=said("hold", reason), evidence=_evidence(journal, Rung.HOLD))
    text = f"ECS is held at {plural(tasks, 'task')} for {world.settings.archive.hold} from now"
    return Outcome(Exit.DONE, text, "cutover decommission drain, when that is over; cutover decommission hold --undo")


def drain(journal: Journal, reason: str, told: Told) -> Outcome:
    """Export everything, then end the last ECS task, under the lease."""
    world = journal.world
    must_be_set_up(world)
    with journal.leased():
        facts = look(journal).facts
        must_be_free(against_drain(facts))
        now = facts.scale or Scale(0, 0)
        if taken(journal.state, Rung.DRAIN) and now.desired == now.running == 0:
            return Outcome(Exit.DONE, "ECS is drained already: no task runs", "cutover decommission plan")
        _take(journal, Rung.DRAIN, now, reason, _exported(journal))
        bounds = None if now.least is None else 0
        _reach(world, Scale(0, 0, bounds, bounds), told)
        journal.write(Kind.RUNG, reason=said("drain", reason), evidence=_evidence(journal, Rung.DRAIN))
    way_on = "cutover decommission archive; cutover decommission delete; cutover decommission drain --undo"
    return Outcome(Exit.DONE, "ECS is drained: no task runs, a rollback would find none", way_on)


def undo(journal: Journal, rung: Rung, reason: str, told: Told) -> Outcome:
    """Bring ECS back to the size before that rung. Needs no lease and no gates: more capacity is always safe."""
    world = journal.world
    must_be_set_up(world)
    journal.refresh()
    saved = saved_scale(journal.state.standing.rungs.get(rung))
    if not saved:
        return Outcome(Exit.DONE, f"nothing to undo: the rung {rung.value!r} is not taken", "cutover decommission plan")
    now = world.estate.scale()
    if now is None:
        text = "the ECS service is gone: it must be made again before it can be scaled"
        raise Stop(Outcome(Exit.REFUSED, text, "cutover decommission plan shows from which document"))
    wanted = Scale.of(saved)
    _reach(world, Scale(max(wanted.desired, now.desired), 0, wanted.least, wanted.most), told, at_least=True)
    above = [Rung.DRAIN, Rung.HOLD] if rung is Rung.HOLD else [rung]
    for one in above:
        if one in journal.state.standing.rungs:
            facts = {"rung": one.value, "undone": True, "saved": saved}
            journal.insist(Kind.RUNG, reason=said(f"{one.value} undone", reason), evidence=facts)
    return Outcome(Exit.DONE, f"ECS runs {plural(wanted.desired, 'task')} again", "cutover decommission plan")


def _exported(journal: Journal) -> dict[str, Any]:
    """The inventory and its documents; those of a drain that was cut off are kept as they were."""
    if event := is_begun(journal, Rung.DRAIN):
        return {key: event.evidence[key] for key in ("inventory", "documents")}
    inventory = journal.world.estate.inventory()
    places: dict[str, str] = {}
    for name, text in journal.world.estate.export(inventory).items():
        places |= keep(journal, name, text)
    return {"inventory": inventory.plain(), "documents": places}


def _take(journal: Journal, rung: Rung, now: Scale, reason: str, more: Mapping[str, Any]) -> None:
    """Write what it is before it is lowered, unless an earlier attempt has done so: then it is lower by now."""
    earlier = saved_scale(journal.state.standing.rungs.get(rung))
    evidence = {
        "rung": rung.value,
        "begun": True,
        "resource": journal.world.settings.ecs.service,
        "undo": f"cutover decommission {rung.value} --undo",
        "saved": earlier or now.plain(),
        **more,
    }
    journal.write(Kind.RUNG, reason=said(rung.value, reason, begun=True), evidence=evidence)


def _evidence(journal: Journal, rung: Rung) -> dict[str, Any]:
    """That of the rung as it was begun."""
    written = journal.state.standing.rungs[rung].evidence
    return {key: value for key, value in written.items() if key != "begun"}


def _reach(world: World, wanted: Scale, told: Told, *, at_least: bool = False) -> None:
    """Ask for it, and wait until so many tasks run, or more where autoscaling may ask for more. Stops: TIMED_OUT."""
    world.estate.set_scale(wanted)
    began = world.clock.now()
    while True:
        now = world.estate.scale()
        if now is not None and _is_reached(now, wanted, at_least=at_least):
            return
        if world.clock.now() - began >= PATIENCE:
            text = f"ECS was told to run {plural(wanted.desired, 'task')}, and it is {now or 'gone'} after 15 min"
            raise Stop(Outcome(Exit.TIMED_OUT, text, "the same command goes on; cutover decommission plan"))
        told(str(now))
        world.clock.sleep(POLL)


def _is_reached(now: Scale, wanted: Scale, *, at_least: bool) -> bool:
    if at_least:
        return now.running >= wanted.desired
    return now.running == now.desired == wanted.desired
