"""The ways back that need no `cutover`: the batch and the plain `aws` lines, for the day when the tool is gone."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from cutover.core import batch
from cutover.core.models import Snapshot
from cutover.core.plan import Plan
from cutover.core.planning import plan_return, plan_rollback
from cutover.core.retired import dns_rung, retired, undo_of
from cutover.core.state import State
from cutover.core.zone import Drift, Sides
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Stop, drifted
from cutover.settings import Settings

PRINT_SECONDS = 10.0  # real ones, for Route 53 to say what is live; then what the ledger knows has to do


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A batch that gives ECS everything whatever the weights are by then, and the one line that sends it."""

    batch: dict[str, Any]
    line: str
    source: str  # what the records were taken from


def ready_made(journal: BestEffortJournal) -> ReadyMade:
    """Made of the live records, or of those that the ledger last knew; changes and writes nothing.

    Stops with DRIFT where there are no records to go back to; raises what WeightStore.read raises.
    """
    world, known = journal.world, journal.refresh().records
    world.weights.hurry(PRINT_SECONDS)
    try:
        snapshot, source = world.weights.read(), "the live records"
    except KNOWN_ERRORS:
        if not known:
            raise
        snapshot, source = Snapshot(()), "the records that the ledger last knew"
    finally:
        world.weights.hurry(None)
    plan = homeward_plan(journal.state, snapshot, world.settings.sides)
    if isinstance(plan, Drift):
        raise Stop(drifted(plan))
    comment = batch.comment(world.settings.stage, journal.state.seq + 1, "by-hand")
    if plan.adopts:  # from the end: a weighted record can't be made beside a plain one, which has to go with it
        document = batch.exchange(plan.records_before, plan.records_after, comment)
    else:
        document = batch.way_back(plan.records_after.records, world.settings.sides, comment)
    return ReadyMade(document, plain_line(world.settings, json.dumps(document, separators=(",", ":"))), source)


def homeward_plan(state: State, snapshot: Snapshot, sides: Sides) -> Plan | Drift:
    """The plan that gives ECS everything, also from the end, at which the name has one plain record a type."""
    rung = retired(state, snapshot)
    return plan_return(state, rung, snapshot, sides) if rung else plan_rollback(snapshot, sides, state.records)


def plain_line(settings: Settings, change_batch: str) -> str:
    """The `aws` line that sends this batch, a document or file://PLACE."""
    aws = settings.aws
    given = {"--profile": aws.profile, "--endpoint-url": aws.endpoint_url}
    options = "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
    return (
        f"aws route53 change-resource-record-sets --hosted-zone-id {settings.hosted_zone_id}"
        f" --change-batch {shlex.quote(change_batch)}{options}"
    )


def by_hand(journal: BestEffortJournal) -> str:
    """What to do when Route 53 can't be told from here: again, plainly, in the console, by Lambda's health check."""
    settings, switch = journal.world.settings, journal.world.switch
    ecs, serverless = settings.ecs.set_identifier, settings.serverless.set_identifier
    rung = dns_rung(journal.state)
    ways = [
        f"weighted records again, as they were at Lambda 100%: {undo_of(rung)}" if rung else "",
        "cutover rollback, again and again",
        f"or without this tool: {journal.state.undo}" if journal.state.undo else "",
        f"or in the Route 53 console, zone {settings.hosted_zone_id}: {settings.name} {ecs!r} to weight 100,"
        f" {serverless!r} to 0, of every type",
        f"or without Route 53's API, by Lambda's health check: {switch.by_hand}" if switch.is_set_up else "",
    ]
    return "; ".join(way for way in ways if way)
