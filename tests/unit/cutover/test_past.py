"""How bursty ECS's errors are: read once from the day before, remembered by the ledger, never in anybody's way."""

from datetime import datetime, timedelta

from cutover.core.models import Burst, Limits, Side, Verdict, Weights
from cutover.core.record import Event, Kind
from cutover.core.standing import NOTHING_SAID, LoadTest, Standing
from cutover.core.state import fold
from cutover.flow.examine import Examiner
from cutover.flow.past import PAST, Past, bursts, client_past
from cutover.flow.sending import judged_evidence
from cutover.ports import NotAllowed, TelemetryUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke

HOUR = timedelta(hours=1)
LOAD = LoadTest("", START - PAST / 2, START, Event(1, START, Kind.LOADED, "ada", "host", "load run"))


def clumped(world: FakeWorld, every: int = 10, until: datetime = START + HOUR) -> FakeWorld:
    """ECS's errors come in clumps of twelve or so, every tenth minute, until that time."""
    world.metrics.error_rate[Side.ECS] = lambda time: 0.02 if time < until and time.minute % every == 0 else 0.0
    return world


def past_reads(world: FakeWorld) -> list[tuple[Side, datetime, datetime]]:
    """What was asked of the day before."""
    return [asked for asked in world.metrics.asked if asked[2] - asked[1] == PAST]


def test_the_day_before_the_bake_tells_the_burst() -> None:
    world = clumped(known_world(90, 10))

    exam = Examiner(world.ports).examine(fold(world.ledger.lines), START)

    assert exam.judgement.burst.phi > 5
    assert exam.evidence
    assert exam.evidence.burst == exam.judgement.burst
    assert "of ECS" in exam.judgement.burst.source


def test_it_is_read_once_for_each_share() -> None:
    world = clumped(known_world(90, 10))
    examiner, state = Examiner(world.ports), fold(world.ledger.lines)

    for minute in range(5):
        examiner.examine(state, START + timedelta(minutes=minute))

    since = START - 2 * HOUR
    assert past_reads(world) == [(Side.ECS, since - PAST, since)]


def test_it_stays_known_when_ecs_has_no_traffic_any_more() -> None:
    world = known_world(0, 100, timedelta(hours=3))
    world.weights.timeline = [(START - timedelta(days=30), 50), (START - timedelta(hours=3), 100)]
    clumped(world)

    exam = Examiner(world.ports).examine(fold(world.ledger.lines), START)

    assert exam.judgement.burst.phi > 3


def test_what_is_left_on_ecs_at_100_percent_tells_nothing() -> None:
    world = known_world(0, 100)
    past = Past(world.ports)

    assert all(minute.requests is None for minute in past.read(Weights(0, 100), START))
    assert bursts((), NOTHING_SAID, 10.0)[0].phi == 1.0


def test_where_nothing_can_be_seen_the_ledger_remembers() -> None:
    standing = Standing(burst=Burst(4.5, "1 440 errors in 1 440 minutes of ECS"))

    burst, clients = bursts((), standing, 10.0)

    assert burst == Burst(4.5, "the ledger: 1 440 errors in 1 440 minutes of ECS")
    assert clients.phi == 1.0


def test_what_is_seen_is_written_down_and_what_is_remembered_is_not() -> None:
    world = clumped(known_world(90, 10))
    exam = Examiner(world.ports).examine(fold(world.ledger.lines), START)

    facts = judged_evidence(exam.judgement)
    world.write(Kind.JUDGED, evidence=facts)

    standing = fold(world.ledger.lines).standing
    assert standing.burst
    assert standing.burst.phi == facts["burst"]["phi"]
    healthy = Examiner(known_world(0, 100).ports).examine(fold(known_world(0, 100).ledger.lines), START)
    assert "burst" not in judged_evidence(healthy.judgement)


def test_a_change_of_weights_leaves_what_is_known_of_bursts() -> None:
    world = known_world(90, 10)
    world.write(Kind.JUDGED, evidence={"burst": {"phi": 3.0, "source": "there"}})
    world.write(Kind.INTENT, before=(90, 10), after=(50, 50), evidence={"records": []})

    assert fold(world.ledger.lines).standing.burst == Burst(3.0, "there")


def test_a_past_that_can_not_be_read_is_asked_again_and_stops_nothing() -> None:
    world = clumped(known_world(90, 10))
    errors: list[BaseException] = [TelemetryUnavailable("throttled"), NotAllowed("no")]
    world.metrics.failing = lambda _: errors.pop() if errors else None
    past, since = Past(world.ports), START - 2 * HOUR

    assert past.read(Weights(90, 10), since) == ()
    assert past.read(Weights(90, 10), since) == ()
    assert len(past.read(Weights(90, 10), since)) == 1440


def test_a_raise_keeps_the_burst_in_the_ledger() -> None:
    world = clumped(known_world(100, 0))

    assert invoke(world, "shift", "--lambda-weight", "10", "--yes").exit_code == 0

    assert world.ledger.last(Kind.INTENT).evidence["burst"]["phi"] > 5


def test_minutes_of_a_load_test_are_left_out_of_the_judgement() -> None:
    world = known_world(90, 10)
    since, until = START - timedelta(minutes=40), START - timedelta(minutes=20)
    world.metrics.share = lambda time, share: 0.9 if since <= time < until else share
    before = Examiner(world.ports).examine(fold(world.ledger.lines), START)
    world.write(Kind.LOADED, evidence={"start": since.isoformat(), "end": until.isoformat()})

    after = Examiner(world.ports).examine(fold(world.ledger.lines), START)

    assert before.clock
    assert after.clock
    assert after.evidence
    assert after.evidence.loads == ((since, until),)
    assert after.judgement.verdict is Verdict.PASS
    assert after.clock.counted_minutes == 118 - 20
    assert after.clock.counted_minutes > before.clock.counted_minutes


def refusing(world: FakeWorld, rate: float = 1.0) -> FakeWorld:
    """ECS answers 4% with 4xx, Lambda so many."""
    world.metrics.per_minute = 230
    world.metrics.client_error_rate = {Side.ECS: lambda _: 0.04, Side.SERVERLESS: lambda _: rate}
    return world


def moved(rate: float) -> FakeWorld:
    """Lambda has had all traffic for an hour, and half of it in the day before."""
    world = refusing(known_world(0, 100, HOUR), rate)
    world.weights.timeline = [(START - timedelta(days=30), 50), (START - HOUR, 100)]
    return world


def test_a_lambda_that_refuses_everything_never_finishes() -> None:
    world = moved(1.0)

    result = invoke(world, "check")

    assert result.exit_code == 3
    assert "times ECS's 4.35% in a high hour of 1 397 minutes of ECS before" in " ".join(result.output.split())
    assert invoke(moved(0.04), "check").exit_code == 0


def test_a_lambda_that_refuses_everything_never_finishes_where_ecs_was_never_seen() -> None:
    world = refusing(known_world(0, 100, HOUR))

    result = invoke(world, "run", "--yes", "--once")

    assert Kind.FINISHED not in {line.kind for line in world.ledger.lines}
    assert "nothing is known of ECS's to compare it with" in " ".join(result.output.split())


def test_the_4xx_that_ecs_had_are_known_from_the_ledger_when_it_has_been_without_traffic_for_days() -> None:
    before = Examiner(refusing(known_world(50, 50)).ports)
    seen = before.examine(fold(known_world(50, 50).ledger.lines), START).judgement
    world = refusing(known_world(0, 100, HOUR))
    world.write(Kind.JUDGED, evidence=judged_evidence(seen))

    exam = Examiner(world.ports).examine(fold(world.ledger.lines), START)

    assert exam.judgement.verdict is Verdict.FAIL
    assert any("of ECS before, by the ledger" in reason for reason in exam.judgement.reasons)
    assert "client_past" not in judged_evidence(exam.judgement)


def test_load_tests_are_left_out_of_the_4xx_that_ecs_had() -> None:
    world = refusing(known_world(50, 50))
    minutes = Past(world.ports).read(Weights(50, 50), START)

    half = client_past(minutes, Standing(load_tests=(LOAD,)), Limits())

    assert half
    assert half.minutes == 720
