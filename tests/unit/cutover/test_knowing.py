"""What a plan is checked against: the kill switch's own word, and the demand by the newest p95 there is."""

from datetime import timedelta
from threading import Event

import pytest

from cutover.core.models import Evidence, LatencyWindow, Minute, SideEvidence, Weights
from cutover.core.plan import Demand
from cutover.core.surroundings import Surroundings
from cutover.flow.knowing import demand, surroundings, unmeasured
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import shift

FIVE = timedelta(minutes=5)


def side(*p95s: float | None, minutes: int = 10, per_minute: int = 600) -> SideEvidence:
    counted = tuple(Minute(START + timedelta(minutes=i), per_minute, 0, 0) for i in range(minutes))
    return SideEvidence(counted, tuple(LatencyWindow(START + FIVE * i, FIVE, p, 9) for i, p in enumerate(p95s)))


def evidence(ecs: SideEvidence, serverless: SideEvidence) -> Evidence:
    return Evidence(START, START, Weights(90, 10), ecs, serverless)


def with_switch(**fields: object) -> FakeWorld:
    """A world with a kill switch."""
    world = known_world(100, 0)
    world.switch.is_set_up = True
    for name, value in fields.items():
        setattr(world.switch, name, value)
    return world


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"lambda_serves": False}, "the kill switch is thrown by its own word"),
        ({"failing": "s3 said no"}, "the rule 'kill-switch' can't be checked: s3 said no"),
    ],
)
def test_a_switch_that_the_ledger_knows_nothing_of_refuses_a_raise(fields: dict[str, object], sentence: str) -> None:
    world = with_switch(**fields)

    code, said = shift(world, 10)

    assert code == 8
    assert sentence in said
    assert "rule: kill-switch" in said
    assert world.weights.applied == []


def test_a_switch_that_serves_stands_in_nobodys_way() -> None:
    assert shift(with_switch(), 10)[0] == 0


def test_a_run_does_not_raise_while_the_switch_is_thrown_by_hand() -> None:
    world = with_switch(lambda_serves=False)

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 0
    assert "waiting: the kill switch is thrown" in result.stdout
    assert world.weights.applied == []


def test_a_switch_that_hangs_is_not_known_after_the_time_there_is() -> None:
    world = with_switch()
    answered = Event()
    world.switch.serving = lambda: answered.wait(60)  # type: ignore[method-assign]

    found = surroundings(world.ports, 0.05)
    answered.set()

    assert found.serving is None
    assert found.unknown == {"serving": "the kill switch did not answer in time"}


def test_without_a_switch_nobody_is_asked() -> None:
    world = known_world(100, 0)
    world.switch.failing = "nobody should ask"

    assert surroundings(world.ports, 1.0) == Surroundings()


@pytest.mark.parametrize(
    ("ecs", "serverless", "seconds"),
    [((100.0, 300.0), (200.0,), 0.3), ((100.0, None), (200.0, None), 0.2), ((), (400.0, None, None), 0.4)],
)
def test_the_demand_is_by_the_newest_window_that_has_a_p95(
    ecs: tuple[float | None, ...], serverless: tuple[float | None, ...], seconds: float
) -> None:
    found = evidence(side(*ecs), side(*serverless))

    assert demand(found) == Demand(20.0, seconds)


def test_traffic_without_any_p95_has_no_demand_but_a_longest_one() -> None:
    found = evidence(side(None), side())

    assert demand(found) is None
    assert unmeasured(found) == Demand(20.0, 30.0, has_p95=False)


def test_no_traffic_has_neither() -> None:
    found = evidence(side(minutes=0), side(per_minute=0))

    assert demand(found) is None
    assert unmeasured(found) is None
    assert unmeasured(evidence(side(minutes=0), side(minutes=0))) is None
