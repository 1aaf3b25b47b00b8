"""Taking up a name whose record is a simple one: two weighted records in its place, in one batch, the same answer."""

import json
from dataclasses import replace

from cutover.core import batch
from cutover.core.adopting import BINDINGS, LambdaTarget, Unfit, plan_adoption, way_back
from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.plan import HASH_DIGITS, Plan, Rule
from cutover.core.record import Kind
from cutover.core.retired import decommissioned, dns_rung, is_plain
from cutover.core.state import Phase, State
from cutover.core.zone import Sides, changed_by_others, points_at, record_of, traffic
from cutover.exits import Exit
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.running import interrupted, run
from cutover.flow.sending import reconcile, send

_NEXT = "cutover doctor; cutover verify; then cutover drill"


def prepare(journal: Journal, target: LambdaTarget) -> Plan | Weights:
    """The exchange as it would be now; the weights where the name is weighted already. Changes nothing.

    Stops with DRIFT where others' records are in the way, with REFUSED where these can't be adopted.
    """
    journal.refresh()
    return _planned(journal, journal.world.weights.read(), target)


def is_known(journal: Journal) -> bool:
    """Whether the ledger knows that the name is weighted, and nothing of that is open."""
    state = journal.state
    return bool(state.records) and state.intent is None and state.phase is Phase.STEADY


def adopt(journal: Journal, target: LambdaTarget, planned: Plan, reason: str) -> Outcome:
    """Under the lease: plan again, send, and follow it until it is settled."""
    with journal.leased():
        driver = Driver(journal, Goal(Aim.SETTLED), began_at=journal.refresh().seq)
        found = _planned(journal, journal.world.weights.read(), target)
        if isinstance(found, Weights):
            return _taken_over(journal, driver, reason)
        if found.hash != planned.hash:
            raise Stop(_changed(found))
        if journal.state.intent:
            journal.write(
                Kind.ABANDONED, reason="the live record is a simple one: it was not carried out, or is undone"
            )
        try:
            send(journal, found, reason, {"adopts": True, "simple": _keep_way_back(journal, found)})
        except KeyboardInterrupt:
            return interrupted(journal)
        types = ", ".join(dict.fromkeys(record.type for record in found.records_after.records))
        return _followed(driver, f"adopted: {types} of {journal.world.settings.name} are weighted")


def take_over(journal: Journal, reason: str) -> Outcome:
    """Write down that the name is weighted, where that is news; follow an adoption that was cut off to its end."""
    with journal.leased():
        driver = Driver(journal, Goal(Aim.SETTLED), began_at=journal.refresh().seq)
        return _taken_over(journal, driver, reason)


def already(live: Weights) -> Outcome:
    """The outcome where there is nothing to adopt."""
    return Outcome(Exit.DONE, f"already weighted: {live}, and the ledger knows it", "cutover status")


def _planned(journal: Journal, snapshot: Snapshot, target: LambdaTarget) -> Plan | Weights:
    sides = journal.world.settings.sides
    _must_not_be_retired(journal.state, snapshot, sides)
    found = plan_adoption(snapshot, sides, target)
    if isinstance(found, Unfit):
        exit_ = Exit.DRIFT if found.is_foreign else Exit.REFUSED
        raise Stop(Outcome(exit_, found.text, found.way_on, Rule.DRIFT.value if found.is_foreign else found.rule))
    if isinstance(found, Weights):
        _must_be_ours(journal.state, snapshot)
    return found


def _must_not_be_retired(state: State, snapshot: Snapshot, sides: Sides) -> None:
    """An adoption takes a plain record for that of ECS. After the end it is Lambda's."""
    if (rung := dns_rung(state)) and is_plain(state, snapshot):
        raise Stop(drifted(decommissioned(rung)))
    homes = {p for r in map(record_of, state.records) if r.set_identifier == sides.serverless for p in _places(r)}
    for record in traffic(snapshot):
        if record.set_identifier is None and record.type not in BINDINGS and homes.intersection(_places(record)):
            raise Stop(_lambdas(record))


def _places(record: RecordSet) -> list[str]:
    return points_at(json.loads(record.body))


def _lambdas(record: RecordSet) -> Outcome:
    text = f"the plain {record.type} record points at {_places(record)[0]}, which is Lambda's by the ledger, not ECS's"
    way_on = "put both sides' records back in Route 53; cutover drift shows what the ledger knows of them"
    return Outcome(Exit.REFUSED, text, way_on)


def _must_be_ours(state: State, snapshot: Snapshot) -> None:
    if state.intent is None and state.records and (drift := changed_by_others(traffic(snapshot), state.records)):
        raise Stop(drifted(drift))


def _taken_over(journal: Journal, driver: Driver, reason: str) -> Outcome:
    is_first = not journal.state.records
    reconcile(journal, journal.world.weights.read())
    weights = journal.state.weights
    if journal.state.phase in {Phase.PROPAGATING, Phase.SETTLING}:
        return _followed(driver, "adopted")
    news = f"; the ledger knows it from now on ({reason})" if is_first else ""
    return Outcome(Exit.DONE, f"already weighted: {weights}{news}", _NEXT)


def _followed(driver: Driver, done: str) -> Outcome:
    outcome = run(driver)
    if outcome.exit is not Exit.DONE:
        return outcome
    text = f"{done}, {driver.journal.state.weights}, settled: clients get the same answers as before"
    return replace(outcome, text=text, way_on=_NEXT)


def _keep_way_back(journal: Journal, plan: Plan) -> str:
    """The batch that makes simple records again, for the day when nobody wants weights any more."""
    world = journal.world
    document = way_back(plan, batch.comment(world.settings.stage, journal.state.seq + 1, journal.actor))
    return world.ledger.keep(f"before-adoption-{journal.state.seq + 1}.json", json.dumps(document, indent=2))


def _changed(found: Plan) -> Outcome:
    text = f"the plan is {found.hash[:HASH_DIGITS]} by now: the live records have changed since it was shown"
    return Outcome(Exit.REFUSED, text, "cutover adopt --dry-run shows what it would be", Rule.PLAN.value)
