"""Looking for a drift and for who did it; taking the live records as known, or putting the known ones back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cutover.absent import NO_TRAIL
from cutover.core.drifting import Difference, differences, owner_of, plan_restoring
from cutover.core.models import Judgement, Snapshot, Weights
from cutover.core.plan import Plan, Rule, Wish
from cutover.core.record import Event, Kind
from cutover.core.retired import ALONE, decommissioned, dns_rung, is_plain, known_bodies, retired, undo_of
from cutover.core.rules import refusals
from cutover.core.state import State, unfinished_rollback
from cutover.core.words import plural, roughly
from cutover.core.zone import Drift, read_weights, traffic
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.examine import Examiner, as_live
from cutover.flow.journal import Journal
from cutover.flow.knowing import known
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, drifted, refused
from cutover.flow.running import interrupted
from cutover.flow.sending import judged_evidence, reconcile, send, wait_insync
from cutover.ports import RecordChange

PATIENCE_SECONDS = 15.0  # real ones, for CloudTrail
LATE = timedelta(minutes=15)  # CloudTrail learns of a change so much later, at most
REMEMBERED = timedelta(days=90)
MARGIN = timedelta(minutes=1)
_BY_STEPS = (
    "cutover rollback; at weight 0 mend Lambda's records in Route 53; cutover drift --fix adopt; then up by steps"
)
_KNOWING = frozenset({Kind.ADOPTED, Kind.APPLIED, Kind.ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class Sight:
    """What is live beside what the ledger knows. `changes`: who changed the name since, as far as anybody knows."""

    live: Weights | Drift
    known: Weights | None
    differences: tuple[Difference, ...]
    changes: Sequence[RecordChange] = ()
    remark: str = ""  # on what CloudTrail could say
    advice: str = ""
    retired: Event | None = None  # the rung after which Lambda's plain record is all there is

    @property
    def is_drift(self) -> bool:
        """Whether anything is other than it should be."""
        return bool(self.differences) or isinstance(self.live, Drift)


@dataclass(frozen=True, slots=True)
class Restoring:
    """A batch that puts the known records back; `judgement` where it gives Lambda more."""

    plan: Plan
    judgement: Judgement | None


def look(journal: Journal) -> Sight:
    """Compare; where there is a drift, ask who did it. Changes nothing. Raises what the ports raise."""
    state, snapshot = journal.refresh(), journal.world.weights.read()
    records = traffic(snapshot)
    bodies = sorted(record.body for record in records)
    if rung := retired(state, snapshot):
        return Sight(ALONE, ALONE, (), retired=rung)
    arrived = state.intent is not None and bodies == sorted(state.intent.evidence.get("records", ()))
    bodies_known = known_bodies(state, snapshot)
    found = () if arrived or not bodies_known else differences(records, bodies_known)
    sight = Sight(read_weights(snapshot, journal.world.settings.sides), state.weights, found)
    return _attributed(journal, sight) if sight.is_drift else sight


def take(journal: Journal, reason: str) -> Outcome:
    """Take the live records as known, under the lease. Changes nothing in Route 53."""
    with journal.leased():
        journal.refresh()
        _must_be_confirmed(journal)
        reconcile(journal, journal.world.weights.read(), accepted=reason)
    return Outcome(
        Exit.DONE,
        f"taken as known: {journal.state.weights}; its bake begins anew",
        "cutover run goes on from here",
    )


def prepare(journal: Journal) -> Restoring:
    """The batch that puts the known records back. Stops where that is refused: more of Lambda needs its gates."""
    world, state = journal.world, journal.state
    _must_be_confirmed(journal)
    snapshot, sides = world.weights.read(), world.settings.sides
    must_be_weighted(state, snapshot)
    plan = plan_restoring(snapshot, state.records, sides)
    if isinstance(plan, Drift):
        raise Stop(_unknown(plan))
    if plan.unguards and state.standing.switched:
        raise Stop(_held_down(state.standing.switched))
    if not plan.raises:
        return Restoring(plan, None)
    live = read_weights(snapshot, sides)
    exam = Examiner(world).examine(as_live(state, live, journal.now()), journal.now())
    facts = known(journal, exam, replace(state, records=()))  # the drift itself is what this is about
    if against := refusals(plan, Wish(plan.after.serverless), facts):
        first = refused(against[0])
        way_on = _BY_STEPS if against[0].rule is Rule.STEP else first.way_on
        raise Stop(replace(first, text=f"putting the records back gives Lambda more, and {first.text}", way_on=way_on))
    return Restoring(plan, exam.judgement)


def restore(journal: Journal, shown: Plan, reason: str) -> Outcome:
    """Put them back, under the lease, if the batch is still the one that was shown; wait for INSYNC."""
    with journal.leased():
        journal.refresh()
        restoring = prepare(journal)
        if restoring.plan.hash != shown.hash:
            raise Stop(_moved())
        try:
            send(journal, restoring.plan, reason, {"restores": True} | judged_evidence(restoring.judgement))
            wait_insync(journal)
        except KeyboardInterrupt:
            return interrupted(journal)
    return Outcome(Exit.DONE, f"put back, INSYNC: {journal.state.weights}", "cutover status; cutover run goes on")


def must_be_weighted(state: State, snapshot: Snapshot) -> None:
    """Stop where the name was made plain: what the ledger knew before that would bring the weights back."""
    if (rung := dns_rung(state)) and is_plain(state, snapshot):
        raise Stop(drifted(decommissioned(rung)))


def ending(sight: Sight, name: str) -> Outcome:
    """How a look ends."""
    if isinstance(sight.live, Drift) and not sight.differences:
        return drifted(sight.live)
    if sight.is_drift:
        records = len({difference.record for difference in sight.differences})
        return Outcome(
            Exit.DRIFT,
            f"{plural(records, 'record')} of {name} not as the ledger last knew",
            'if that is right: cutover drift --fix adopt --reason "…"; if not: cutover drift --fix restore --reason'
            ' "…", or cutover rollback',
            Rule.DRIFT.value,
        )
    if sight.retired:
        text = f"no drift: decommissioned {sight.retired.time:%d %b %H:%M} UTC, the plain records are as written then"
        return Outcome(Exit.DONE, text, undo_of(sight.retired))
    said = "no drift: the live records are those that the ledger knows, field by field"
    unknown = "no drift is known: the ledger is empty, and takes the live records at the first shift"
    return Outcome(Exit.DONE, said if sight.known else unknown, "cutover status")


def _attributed(journal: Journal, sight: Sight) -> Sight:
    world, now = journal.world, journal.now()
    if world.trail is NO_TRAIL:
        return replace(sight, remark="CloudTrail was not asked: AWS is a stand-in here")
    since = _known_since(journal, now)
    answer = ask(lambda: world.trail.changes(since, now))
    try:
        changes = answer.result(PATIENCE_SECONDS)
    except TimeoutError:
        return replace(sight, remark="CloudTrail did not answer in time; cutover drift asks again")
    except KNOWN_ERRORS as error:
        return replace(sight, remark=f"CloudTrail can't be asked who did it: {error}")
    others = [change for change in changes if change.agent != "cutover"]
    if not others:
        return replace(sight, remark=_silence(since, now))
    return replace(sight, changes=others, advice=_advice(others))


def _known_since(journal: Journal, now: datetime) -> datetime:
    """When the ledger last knew the records; CloudTrail forgets after 90 days."""
    times = [event.time for event in journal.world.ledger.events() if event.kind in _KNOWING]
    return max(now - REMEMBERED, times[-1] - MARGIN) if times else now - REMEMBERED


def _silence(since: datetime, now: datetime) -> str:
    return (
        f"CloudTrail knows of nobody who changed the name in the {roughly(now - since)} since the ledger last knew it;"
        f" it learns of a change up to {roughly(LATE)} late: ask again"
    )


def _advice(others: Sequence[RecordChange]) -> str:
    owner = owner_of(change.agent for change in reversed(others))
    if not owner:
        return ""
    return (
        f"these records are owned by {owner}: its next deploy will undo every shift. Take their weights out of that"
        " stack first (cutover alone sets them), or nothing put back here lasts"
    )


def _must_be_confirmed(journal: Journal) -> None:
    if begun := unfinished_rollback(journal.state):
        raise Stop(
            Outcome(
                Exit.REFUSED,
                f"the rollback of {begun.time:%d %b %H:%M} UTC by {begun.actor} is not confirmed yet",
                "cutover rollback",
                Rule.ROLLED_BACK.value,
            )
        )


def _held_down(switched: Event) -> Outcome:
    return Outcome(
        Exit.REFUSED,
        f"the kill switch was thrown {switched.time:%d %b %H:%M} UTC by {switched.actor}, and putting the records back"
        " would take the health check off Lambda's: the switch would hold nothing",
        'cutover drift --fix adopt --reason "…" keeps it; cutover resume puts the switch back',
        Rule.KILL_SWITCH.value,
    )


def _unknown(drift: Drift) -> Outcome:
    return Outcome(
        Exit.DRIFT,
        f"the ledger knows no whole set of records to put back: {drift.text}",
        "mend the records in Route 53; then: cutover drift",
        Rule.DRIFT.value,
    )


def _moved() -> Outcome:
    return Outcome(
        Exit.DRIFT, "the records changed again meanwhile, so nothing was sent", "cutover drift", Rule.DRIFT.value
    )
