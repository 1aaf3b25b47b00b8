"""From the facts to the findings: which judgement gets which of them, and what the settings leave out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from cutover.core.account import LARGEST_BODY_BYTES, LOGGED_DAYS
from cutover.core.doctor import access, back, records, sides
from cutover.core.doctor.findings import Diagnosis, Level, Theme, counts
from cutover.core.ladder import next_step
from cutover.core.models import Side, Snapshot, Weights
from cutover.core.retired import known_bodies, retired
from cutover.core.state import Phase
from cutover.core.words import plural
from cutover.core.zone import Drift, read_weights
from cutover.exits import Exit
from cutover.flow.doctor.gathering import Facts
from cutover.flow.outcome import Outcome
from cutover.ports import World
from cutover.settings import Settings


def diagnose(world: World, facts: Facts) -> Sequence[Diagnosis]:
    """Every finding, in the order of the themes."""
    found = [
        *_access(world.settings, facts),
        *_records(world.settings, facts),
        *_telemetry(world.settings, facts),
        *_sides(world.settings, facts),
        *_ledger(world.settings, facts),
        *_back(world, facts),
        *_raising(world.settings, facts),
    ]
    order = list(Theme)
    return sorted(found, key=lambda one: order.index(one.theme))


def ending(found: Sequence[Diagnosis]) -> Outcome:
    """How the preflight ends: refused while anything must be mended."""
    number = counts(found)
    bad = number[Level.MUST_MEND]
    rest = f"{number[Level.OK]} ok, {plural(number[Level.WARNING], 'warning')}, {number[Level.NOT_CHECKED]} not checked"
    if bad:
        names = ", ".join(one.check for one in found if one.level is Level.MUST_MEND)
        return Outcome(Exit.REFUSED, f"{bad} must be mended ({names}); {rest}", "cutover doctor, when that is mended")
    ended = any(one.check == records.ENDED for one in found)
    way_on = "cutover decommission plan" if ended else "cutover run"
    return Outcome(Exit.DONE, f"nothing must be mended: {rest}", way_on)


def _access(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    yield access.settings(unnamed(settings))
    yield access.credentials(facts.account, facts.now, _bakes_left(settings, _serverless(settings, facts)))
    yield access.permission(facts.account, settings.hosted_zone_id)
    yield access.clock(facts.account)
    yield access.zone(facts.account, settings.name, settings.hosted_zone_id)


def _records(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    snapshot, both = facts.snapshot, settings.sides
    if not isinstance(snapshot, Snapshot):
        yield records.unreadable(snapshot)
        return
    if rung := retired(facts.state, snapshot):
        yield records.ended(rung)
        yield records.ttl(snapshot)
        return
    yield records.shares(snapshot, both)
    if not facts.state.intent:
        yield records.known(snapshot, known_bodies(facts.state, snapshot))
    yield records.ttl(snapshot)
    yield from records.target_health(snapshot, both, facts.account.target_groups)
    yield records.ipv6(facts.surroundings)
    live = read_weights(snapshot, both)
    if facts.answers and isinstance(live, Weights):
        on_its_way = facts.state.phase in {Phase.SENDING, Phase.PROPAGATING}
        yield records.name_servers(facts.answers.by_side, facts.answers.unknown, None if on_its_way else live)


def _telemetry(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    where = _dimensions(settings)
    for side in [Side.SERVERLESS] if _is_ended(facts) else Side:
        yield sides.metrics(side, facts.metrics[side], where[side])
    yield sides.alarms(facts.surroundings)


def _sides(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    policy, now = settings.policy, _serverless(settings, facts)
    if _is_ended(facts):  # nothing is raised any more, and ECS is to go
        yield sides.bodies(facts.account, LARGEST_BODY_BYTES, LOGGED_DAYS)
        return
    step = next_step(settings.steps, Weights.of_serverless(now))
    yield sides.capacity(facts.surroundings, policy, now)
    yield sides.concurrency(facts.surroundings, policy, facts.demand, now, step.weight if step else now)
    yield sides.bodies(facts.account, LARGEST_BODY_BYTES, LOGGED_DAYS)


def _ledger(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    yield back.ledger(facts.state, facts.ledger_trouble)
    if not facts.ledger_trouble:
        yield back.lease(facts.holder, facts.lease_trouble)
    if table := back.table(facts.account, settings.ledger.table):
        yield table


def _back(world: World, facts: Facts) -> Iterator[Diagnosis]:
    settings, snapshot = world.settings, facts.snapshot if isinstance(facts.snapshot, Snapshot) else None
    if _is_ended(facts):  # the plain record has no health check, and its own line back is the rung's
        yield back.notifications(_channels(settings))
        return
    yield back.kill_switch(snapshot, settings.sides, is_set_up=world.switch.is_set_up, serving=facts.serving)
    yield back.drill(facts.state, settings.policy, facts.now)
    yield back.documents(facts.state, facts.missing_document)
    yield back.notifications(_channels(settings))


def _raising(settings: Settings, facts: Facts) -> Iterator[Diagnosis]:
    yield back.standing(facts.state)
    yield back.calendar(facts.state, settings.policy, facts.now)
    yield sides.deploys(facts.surroundings, settings.policy, facts.now)


def _is_ended(facts: Facts) -> bool:
    return isinstance(facts.snapshot, Snapshot) and retired(facts.state, facts.snapshot) is not None


def unnamed(settings: Settings) -> Sequence[str]:
    """Each optional part that the settings leave out, and what that switches off where no other finding tells."""
    parts = {
        "ecs.service": settings.ecs.service,
        "lambda.functions": settings.serverless.functions,
        "lambda.rds_proxy (the time to borrow a connection is not watched)": settings.serverless.rds_proxy,
        "safety.veto_alarms": settings.safety.veto_alarms,
        "safety.stacks": settings.safety.stacks,
        "kill_switch.bucket": settings.kill_switch.bucket,
        "notify": _channels(settings),
        "ledger.table (this machine alone knows the state)": settings.ledger.table,
        "archive.bucket (nothing is kept of what is deleted)": settings.archive.bucket,
        "freeze.weekly (no freeze of every week)": settings.freeze.weekly,
    }
    return [part for part, named in parts.items() if not named]


def _channels(settings: Settings) -> Sequence[str]:
    notify = settings.notify
    named = {"SNS": notify.sns_topic, "Slack": notify.slack_webhook_env, "a command": notify.command}
    return [name for name, given in named.items() if given]


def _dimensions(settings: Settings) -> Mapping[Side, str]:
    region, serverless = settings.aws.region, settings.serverless
    return {
        Side.ECS: f"AWS/ApplicationELB, LoadBalancer {settings.ecs.load_balancer!r}, in {region}",
        Side.SERVERLESS: f"AWS/ApiGateway, ApiId {serverless.api_id!r}, Stage {serverless.api_stage!r}, in {region}",
    }


def _serverless(settings: Settings, facts: Facts) -> int:
    """Lambda's weight now, in percent: the live one, or the one that the ledger knows."""
    live = read_weights(facts.snapshot, settings.sides) if isinstance(facts.snapshot, Snapshot) else None
    weights = facts.state.weights if live is None or isinstance(live, Drift) else live
    return weights.serverless if weights else 0


def _bakes_left(settings: Settings, serverless: int) -> timedelta:
    return sum((step.bake for step in settings.steps if step.weight >= max(1, serverless)), timedelta(0))
