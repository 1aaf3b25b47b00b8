"""The last rung: one resource at a time, each checked anew under the lease, saved, deleted and written down."""

import json
import shlex
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cutover.core import batch
from cutover.core.decommission import APPROVAL, Obstacle, Rung, against_delete, begun, taken
from cutover.core.models import RecordSet, Snapshot
from cutover.core.parts import Part, PartKind
from cutover.core.people import is_known
from cutover.core.record import Event, Kind
from cutover.core.retired import retired
from cutover.core.zone import canonical, traffic
from cutover.exits import Exit
from cutover.flow.decommission.ladder import all_parts, is_there, keep, left, look, must_be_free, must_be_set_up, said
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop
from cutover.flow.sending import wait_insync_of
from cutover.ports import World

POLL, PATIENCE = timedelta(seconds=10), timedelta(minutes=10)


def resources(journal: Journal) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Everything, and what of it is still there, first to last; changes nothing."""
    must_be_set_up(journal.world)
    journal.refresh()
    every = all_parts(journal)
    return every, left(journal, every)


def settle(journal: Journal, every: Sequence[Part]) -> None:
    """Write down what was deleted just before an earlier attempt was cut off: it is gone, and its line is missing."""
    gone = [part for part in every if begun(journal.state, part.rung) and not is_there(journal, part)]
    if gone:
        with journal.leased():
            journal.refresh()
            for part in gone:
                _record(journal, part, "found gone after an interruption", {})


def against(journal: Journal, part: Part) -> list[Obstacle]:
    """What stands against deleting it now."""
    return against_delete(look(journal, _repositories(part)).facts, part)


def delete(journal: Journal, part: Part, reason: str) -> str:
    """Delete it, under the lease; what was done, in words. Stops at whatever stands against it."""
    with journal.leased():
        looked = look(journal, _repositories(part))
        must_be_free(against_delete(looked.facts, part))
        if part.kind is PartKind.DNS:
            return _only_lambda(journal, part, looked.snapshot, reason)
        _record(journal, part, reason, {"begun": True})
        if part.kind is PartKind.REPOSITORY:
            journal.world.archive.delete(part.name)
        else:
            journal.world.estate.delete(part)
            _wait_gone(journal, part)
        _record(journal, part, reason, {})
    return f"{part.kind.value} {part.name} is deleted"


def approve(journal: Journal, reason: str) -> Outcome:
    """Let another person delete what is left and can't be brought back, within a day."""
    finals = [part.name for part in resources(journal)[1] if part.is_final]
    if not is_known(journal.actor):
        text = f"STS does not say who {journal.actor} is, so this approval would prove nothing"
        raise Stop(Outcome(Exit.REFUSED, text, "sign in: aws sso login, or name a profile with --profile", "approval"))
    if not finals:
        text = "nothing that can't be brought back is left"
        return Outcome(Exit.DONE, text, "cutover decommission plan")
    facts = {"rung": APPROVAL, "resource": Rung.DELETE.value, "parts": finals}
    journal.write(Kind.RUNG, reason=said(f"approve the deletion of {', '.join(finals)}", reason), evidence=facts)
    text = f"approved by {journal.actor} for 24 h: {', '.join(finals)}"
    return Outcome(Exit.DONE, text, "somebody else: cutover decommission delete")


def _repositories(part: Part) -> list[str]:
    """Whose archive has to be compared for it."""
    return [part.name] if part.kind is PartKind.REPOSITORY else []


def _record(journal: Journal, part: Part, reason: str, more: dict[str, Any]) -> Event:
    """A line before and one after the call: what is between them is found by looking whether it is still there."""
    drained = taken(journal.state, Rung.DRAIN)
    documents = drained.evidence.get("documents", {}) if drained else {}
    evidence = {"rung": part.rung, "resource": part.id, "undo": part.undo, "documents": documents} | more
    spelled = said(f"delete {part.kind.value} {part.name}", reason, begun="begun" in more)
    return journal.write(Kind.RUNG, reason=spelled, evidence=evidence)


def _wait_gone(journal: Journal, part: Part) -> None:
    """A service drains before it is gone; a load balancer holds its target groups for a moment."""
    clock = journal.world.clock
    began = clock.now()
    while journal.world.estate.present(part):
        if clock.now() - began >= PATIENCE:
            text = f"{part.kind.value} {part.name} was deleted, and is still there after 10 min"
            raise Stop(Outcome(Exit.TIMED_OUT, text, "cutover decommission delete goes on from there"))
        clock.sleep(POLL)


def _only_lambda(journal: Journal, part: Part, snapshot: Snapshot, reason: str) -> str:
    """Both sides' weighted records become one plain record a type, in one batch; its reverse is kept first."""
    world, earlier = journal.world, journal.state.standing.rungs.get(part.rung)
    records = traffic(snapshot)
    if earlier and retired(journal.state, snapshot):
        kept = {key: earlier.evidence[key] for key in ("undo", "documents", "records")}
        _record(journal, part, reason, kept)
        return f"{part.name} points at Lambda alone, found live after an interruption; to undo it: {kept['undo']}"
    plain = tuple(_plain(r) for r in records if r.set_identifier == world.settings.sides.serverless)
    before, after = Snapshot(records), Snapshot(plain)
    comment = batch.comment(world.settings.stage, journal.state.seq + 1, journal.actor)
    reverse = batch.exchange(after, before, comment)
    places = keep(journal, "dns-undo", json.dumps(reverse, indent=2))
    undo = (
        f"aws route53 change-resource-record-sets --hosted-zone-id {world.settings.hosted_zone_id}"
        f" --change-batch {shlex.quote('file://' + places['dns-undo'])}{_options(world)}"
    )
    facts: dict[str, Any] = {"undo": undo, "documents": places, "records": [record.body for record in plain]}
    _record(journal, part, reason, {**facts, "begun": True})
    journal.must_be_alone()
    change_id = world.weights.apply(before, after, comment)
    _record(journal, part, reason, {**facts, "change_id": change_id})
    wait_insync_of(journal, change_id, facts["records"])
    return f"{part.name} points at Lambda alone, INSYNC; to undo it: {undo}"


def _options(world: World) -> str:
    aws = world.settings.aws
    given = {"--profile": aws.profile, "--endpoint-url": aws.endpoint_url}
    return "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)


def _plain(record: RecordSet) -> RecordSet:
    """The record without weight; its health check goes too: with nothing to change over to it decides nothing."""
    raw = json.loads(record.body)
    body = {key: raw[key] for key in raw if key not in {"SetIdentifier", "Weight", "HealthCheckId"}}
    return RecordSet(record.name, record.type, None, None, canonical(body))
