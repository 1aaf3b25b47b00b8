"""The reckoning: usage of the newest days and since the first shift, priced, held against the plan's budgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.core import budgets
from cutover.core.budgets import Budget
from cutover.core.cost import Line, Total, double_run, rates, run_rate
from cutover.core.double_run import began, ended
from cutover.core.durations import parse_duration
from cutover.core.prices import AS_OF, REGION, SOURCE, Group
from cutover.core.record import Event
from cutover.core.state import State
from cutover.flow.examine import floor
from cutover.flow.folding import state_of
from cutover.ports import LedgerUnavailable, World

GRAIN = timedelta(minutes=5)  # CloudWatch's points that are asked for are no finer


@dataclass(frozen=True, slots=True)
class Meter:
    """What each side has cost from `since` to `until`, US dollars."""

    since: datetime
    until: datetime
    spent: Mapping[Group, Total]


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One reckoning. `meter` None: no shift is known, and `notes` say so."""

    since: datetime
    until: datetime
    share: float | None
    lines: Sequence[Line]
    budgets: Sequence[Budget]
    contradictions: Sequence[str]
    meter: Meter | None
    notes: Sequence[str]


def reckon(world: World) -> Reckoning:
    """Read usage and ledger; changes nothing, and raises nothing: what can't be asked is not known."""
    settings = world.settings.cost
    by = rates(settings.prices, settings.monthly, settings.rds_proxy_vcpus)
    events, state, lost = _told(world)
    until = floor(world.clock.now() - world.settings.span("data_delay"), GRAIN)
    since = until - parse_duration(settings.window)
    usage = world.usage.read(since, until)
    is_whole = _all_on_lambda(state, since)
    lines = run_rate(usage, by, is_whole=is_whole)
    limits = budgets.Limits(
        settings.serverless_budget, settings.total_budget, settings.projection, settings.savings, settings.ecs_monthly
    )
    first, last = began(events), ended(events)
    meter = None
    if first is not None and floor(first, GRAIN) < (end := floor(min(last or until, until), GRAIN)):
        start = floor(first, GRAIN)
        meter = Meter(start, end, double_run(world.usage.read(start, end), by))
    return Reckoning(
        since=since,
        until=until,
        share=1.0 if is_whole else usage.share,
        lines=lines,
        budgets=budgets.judge(lines, limits),
        contradictions=budgets.contradictions(by, limits),
        meter=meter,
        notes=_notes(world, lost, is_begun=first is not None),
    )


def _told(world: World) -> tuple[Sequence[Event], State, str]:
    """What the ledger says, or why it can't be read."""
    try:
        events = world.ledger.events()
        return events, state_of(events), ""
    except LedgerUnavailable as error:
        return (), State(), str(error)


def _all_on_lambda(state: State, since: datetime) -> bool:
    """Whether Lambda had everything in all of that time: an ECS without requests has no metrics to say so."""
    settled = state.since is not None and state.since <= since
    return settled and state.weights is not None and state.weights.serverless == 100


def _notes(world: World, lost: str, *, is_begun: bool) -> list[str]:
    region = world.settings.aws.region
    notes = [f"prices of {REGION}, {AS_OF}: {SOURCE}"]
    if region != REGION:
        notes.append(f"the service is in {region}, where prices differ: set [cost.prices]")
    if lost:
        notes.append(f"the double run is not known, for the ledger can't be read: {lost}")
    elif not is_begun:
        notes.append("the ledger knows of no traffic on Lambda: no double run yet")
    return [
        *notes,
        "on-demand, without free tier, savings plans and data transfer; requests over 512 KB count once; duration of"
        " provisioned environments is billed lower than here; tasks since the first shift are counted by their CPU"
        " samples, one a minute; provisioned and task sizes are those of now",
    ]
