"""Whatever is known, said or unknown: a plan that gives Lambda less is never refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutover.core.models import Finding, Judgement, Side, Snapshot, Verdict, Weights, Why
from cutover.core.plan import Demand, Known, Plan, Refused, Wish
from cutover.core.planning import plan_shift
from cutover.core.policy import Policy
from cutover.core.record import Event, Kind
from cutover.core.standing import Freeze, Standing
from cutover.core.state import Phase, State
from cutover.core.surroundings import Concurrency, Deploy, EcsCapacity, Ipv6, Surroundings
from cutover.core.zone import Sides
from tests.fakes.zone import weighted

SIDES = Sides("ecs", "lambda")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OTHERS = tuple(record.body for record in weighted(10, 90, "A", "AAAA"))
AGES = st.timedeltas(timedelta(0), timedelta(days=30))
SMALL = st.integers(0, 5)


def events(kind: Kind, **facts: Any) -> st.SearchStrategy[Event | None]:
    made = AGES.map(lambda age: Event(1, NOW - age, kind, "ada", "host", "test", "why", **facts))
    return st.none() | made


FINDINGS = st.builds(
    Finding,
    gate=st.sampled_from(["error-rate", "p95", "telemetry", "share"]),
    side=st.sampled_from(Side),
    verdict=st.sampled_from(Verdict),
    text=st.just("a finding"),
    why=st.sampled_from([None, *Why]),
)
JUDGEMENTS = st.none() | st.builds(
    Judgement, verdict=st.sampled_from(Verdict), findings=st.lists(FINDINGS, max_size=3).map(tuple)
)
FREEZES = st.builds(
    Freeze, id=st.just("f1"), start=AGES.map(lambda age: NOW - age), end=AGES.map(lambda age: NOW + age),
    reason=st.just("launch"), actor=st.just("ada"),
)  # fmt: skip
STANDINGS = st.builds(
    Standing,
    paused=events(Kind.PAUSED),
    promoted=st.none() | st.integers(0, 100),
    freezes=st.lists(FREEZES, max_size=2).map(tuple),
    drill=events(Kind.DRILLED),
    drilling=events(Kind.INTENT),
    verified=events(Kind.VERIFIED, evidence={"ok": False}),
    switched=events(Kind.SWITCHED),
)
SURROUNDINGS = st.builds(
    Surroundings,
    alarms=st.none() | st.just(("a",)) | st.just(()),
    deploys=st.none() | AGES.map(lambda age: (Deploy("stack", NOW - age),)),
    concurrency=st.none() | st.builds(Concurrency, limit=SMALL, used_peak=SMALL),
    capacity=st.none() | st.builds(EcsCapacity, running=SMALL, desired=SMALL, least=st.none() | SMALL),
    ipv6=st.none() | st.builds(Ipv6, ecs=st.booleans(), serverless=st.booleans()),
    unknown=st.dictionaries(st.sampled_from(["alarms", "deploys", "concurrency", "capacity", "ipv6"]), st.just("no")),
)
STATES = st.builds(
    State,
    phase=st.sampled_from(Phase),
    weights=st.none() | st.just(Weights(50, 50)),
    records=st.sampled_from([(), OTHERS]),
    rolled_back=events(Kind.ROLLED_BACK),
    standing=STANDINGS,
)
KNOWN = st.builds(
    Known,
    state=STATES,
    judgement=JUDGEMENTS,
    blindness=st.just("away"),
    now=st.just(NOW),
    policy=st.builds(Policy, first_step=SMALL, later_step=SMALL, drill_above=SMALL, warm_floor=SMALL),
    surroundings=SURROUNDINGS,
    demand=st.none() | st.builds(Demand, requests_per_second=st.just(100.0), seconds_per_request=st.just(1.0)),
)
HASHES = st.sampled_from(["", "0123456789ab"])
quickly = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@quickly
@given(known=KNOWN, live=st.integers(0, 100), less=st.integers(0, 100), plan_hash=HASHES)
def test_a_plan_that_lowers_is_never_refused(known: Known, live: int, less: int, plan_hash: str) -> None:
    target = live - min(live, less)
    snapshot = Snapshot(tuple(weighted(100 - live, live, "A", "AAAA")))

    plan = plan_shift(snapshot, SIDES, Wish(target, plan_hash), known)

    assert isinstance(plan, Plan)
    assert plan.after == Weights.of_serverless(target)


@quickly
@given(known=KNOWN, live=st.integers(0, 99))
def test_one_that_raises_is_refused_by_the_standing_rules(known: Known, live: int) -> None:
    snapshot = Snapshot(tuple(weighted(100 - live, live, "A", "AAAA")))

    plan = plan_shift(snapshot, SIDES, Wish(live + 1), known)

    stands = known.state.standing.paused or known.state.rolled_back or known.surroundings.alarms
    assert not stands or isinstance(plan, Refused)
