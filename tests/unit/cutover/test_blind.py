"""Without telemetry nothing is raised and nothing rolled back; people are told, and keys that expire only delay it."""

from datetime import datetime, timedelta

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import NotAllowed, TelemetryUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import HOUR, RUN, raised, soon

EXPIRED = NotAllowed("cloudwatch:GetMetricData: the credentials have expired; aws sso login --profile prod")


def blind_between(world: FakeWorld, begin: timedelta, end: timedelta, error: BaseException) -> None:
    """CloudWatch raises that in this time."""
    world.metrics.failing = lambda now: error if begin <= now - START < end else None


def pages(world: FakeWorld) -> list[str]:
    """The urgent notices."""
    return [notice.title for notice in world.notifier.told if notice.urgent]


def test_a_cloudwatch_that_is_throttled_for_four_polls_costs_nothing_but_time() -> None:
    world = known_world(90, 10, timedelta(0))
    throttled = TelemetryUnavailable("cloudwatch:GetMetricData: Throttling")
    blind_between(world, timedelta(minutes=10), timedelta(minutes=14), throttled)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert raised(world) == [(50, 50), (0, 100)]
    assert pages(world) == []


def test_an_hour_without_telemetry_holds_leaves_the_weights_and_pages_once() -> None:
    world = known_world(90, 10, timedelta(0))
    blind_between(world, timedelta(minutes=10), timedelta(minutes=10) + HOUR, TelemetryUnavailable("Throttling"))
    seen: list[Weights] = []
    world.clock.then.append(lambda now: seen.append(world.live) if now - START < HOUR else None)

    result = invoke(world, *RUN)

    assert set(seen) == {Weights(90, 10)}
    assert len(pages(world)) == 1
    assert pages(world)[0].startswith("api.example.com: BLIND: telemetry has been missing for 5m")
    assert "Throttling" in pages(world)[0]
    assert "the weights stay" in pages(world)[0]
    assert result.exit_code == 0


def test_the_page_comes_after_five_minutes() -> None:
    world = known_world(90, 10, timedelta(0), **soon())
    blind_between(world, timedelta(minutes=10), timedelta(days=1), TelemetryUnavailable("Throttling"))

    invoke(world, *RUN)

    first = next(line for line in world.ledger.lines if line.evidence.get("stuck"))
    paged = next(line for line in world.ledger.lines if line.evidence.get("paged"))
    assert timedelta(minutes=5) <= paged.time - first.time < timedelta(minutes=7)


def test_a_scheduler_pages_once_too() -> None:
    world = known_world(90, 10, timedelta(0))
    blind_between(world, timedelta(0), timedelta(days=1), TelemetryUnavailable("Throttling"))
    for _ in range(20):
        invoke(world, "run", "--once", "--yes")
        world.pass_time(timedelta(minutes=1))

    assert len([title for title in pages(world) if "BLIND" in title]) == 1


def test_the_second_time_it_pages_again() -> None:
    world = known_world(90, 10, timedelta(0), **soon())

    def twice(now: datetime) -> BaseException | None:
        minutes = (now - START) // timedelta(minutes=1)
        return TelemetryUnavailable("Throttling") if 6 <= minutes < 16 or 26 <= minutes < 36 else None

    world.metrics.failing = twice

    invoke(world, *RUN)

    assert len(pages(world)) == 2


def test_a_hold_for_another_reason_is_no_page() -> None:
    world = known_world(90, 10, timedelta(0), **soon())
    world.metrics.share = lambda _, __: 0.6

    invoke(world, *RUN)

    assert not [line for line in world.ledger.lines if line.evidence.get("paged")]


def test_keys_that_expire_while_it_bakes_are_told_with_their_mend_and_polling_goes_on() -> None:
    world = known_world(90, 10, timedelta(0))
    blind_between(world, timedelta(minutes=10), timedelta(minutes=40), EXPIRED)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert raised(world) == [(50, 50), (0, 100)]
    assert any("aws sso login --profile prod" in line.reason for line in world.ledger.lines if line.kind is Kind.JUDGED)
    assert "aws sso login --profile prod" in pages(world)[0]


def test_keys_that_expire_for_route_53_too_leave_the_weights_and_polling_goes_on() -> None:
    world = known_world(90, 10, timedelta(0))
    blind_between(world, timedelta(minutes=10), timedelta(minutes=20), EXPIRED)

    def expired(now: datetime) -> None:
        if timedelta(minutes=10) <= now - START < timedelta(minutes=20):
            world.weights.failing["read"] = [
                NotAllowed("route53:ListResourceRecordSets: the credentials have expired; aws sso login --profile prod")
            ]
        elif now - START < timedelta(minutes=21):
            world.weights.failing.clear()

    world.clock.then.append(expired)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert "aws sso login --profile prod" in result.stdout
    assert raised(world) == [(50, 50), (0, 100)]
