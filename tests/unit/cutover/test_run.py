"""`cutover run`: up the ladder by itself, back by itself, and never on by guessing."""

from datetime import timedelta

from cutover.core.models import Side, Weights
from cutover.core.record import Kind
from tests.fakes.world import fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import HOUR, RUN, raised, soon


def test_it_climbs_the_ladder_with_a_bake_at_each_step() -> None:
    world = fake_world()

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]
    assert world.ledger.kinds().count("baked") == 3
    assert world.ledger.kinds()[-1] == "finished"
    assert world.clock.now() - START > 3 * timedelta(minutes=30)


def test_it_stops_after_the_bake_of_the_step_that_was_asked_for() -> None:
    world = fake_world()

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert "baked at ecs 90 / lambda 10" in result.stdout
    assert raised(world) == [(90, 10)]
    assert "finished" not in world.ledger.kinds()


def test_it_goes_on_from_where_an_earlier_one_stopped() -> None:
    world = fake_world()
    invoke(world, "run", "--until", "10", "--yes")

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]


def test_a_finished_migration_stays_finished() -> None:
    world = fake_world()
    invoke(world, *RUN)
    before = len(world.weights.applied)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert len(world.weights.applied) == before
    assert world.ledger.kinds().count("finished") == 1


def test_failing_gates_take_everything_back() -> None:
    world = fake_world()
    world.failing_lambda(0.2, START + timedelta(minutes=10))

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert world.live == Weights(100, 0)
    assert raised(world) == [(90, 10), (100, 0)]
    assert "Lambda error rate" in world.ledger.last(Kind.ROLLED_BACK).reason
    assert "INSYNC" in result.stdout


def test_gates_are_judged_while_a_change_is_still_pending() -> None:
    world = fake_world(timing={"insync_timeout": "1h"})
    world.weights.pending = timedelta(minutes=50)
    world.failing_lambda(1.0)

    invoke(world, *RUN)

    assert raised(world)[-1] == (100, 0)
    assert "settled" not in world.ledger.kinds()
    assert world.ledger.last(Kind.INTENT).time - START < timedelta(minutes=15)


def test_a_rate_between_the_limits_never_advances_and_ends_as_a_hold() -> None:
    world = known_world(90, 10, **soon())
    world.failing_lambda(0.015, START - 9 * HOUR)

    result = invoke(world, *RUN)

    assert result.exit_code == 6
    assert "held for 2h" in result.stderr
    assert raised(world) == []
    assert world.live == Weights(90, 10)
    assert world.ledger.kinds()[-1] == "stopped"


def test_missing_telemetry_never_advances_and_never_rolls_back() -> None:
    world = known_world(90, 10, **soon())
    world.blind()

    result = invoke(world, *RUN)

    assert result.exit_code == 9
    assert "no telemetry for 2h" in result.stderr
    assert raised(world) == []


def test_a_gap_in_telemetry_that_ends_only_costs_its_time() -> None:
    world = known_world(90, 10, timedelta(0), **soon())
    world.metrics.silent = lambda _, start: timedelta(minutes=5) <= start - START < timedelta(minutes=25)

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert timedelta(minutes=50) < world.clock.now() - START < timedelta(minutes=70)


def test_a_cause_that_both_sides_share_holds_instead_of_rolling_back() -> None:
    world = known_world(90, 10, timedelta(0), **soon())
    world.failing_lambda(0.5)
    world.metrics.error_rate[Side.ECS] = lambda start: 0.5 if start >= START else 0.0

    result = invoke(world, *RUN)

    assert result.exit_code == 6
    assert "common cause" in result.stderr
    assert raised(world) == []


def test_after_a_rollback_it_refuses_until_somebody_resumes() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert "smoke" in result.stderr
    assert "cutover resume --reason" in result.stderr
    assert raised(world) == [(100, 0)]


def test_a_ladder_with_too_long_a_step_is_refused_with_its_number() -> None:
    world = fake_world(ladder=[{"weight": 30, "bake": "1h"}, {"weight": 100, "bake": "1h"}])

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert "a step of 30 points from 0% is over the limit of 10" in result.stderr
    assert raised(world) == []


def test_a_migration_does_not_begin_while_ecs_itself_is_failing() -> None:
    world = fake_world()
    world.metrics.error_rate[Side.ECS] = lambda start: 0.3 if start < START + HOUR else 0.0

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert world.ledger.last(Kind.INTENT).time > START + HOUR
    assert raised(world) == [(90, 10)]


def test_a_migration_does_not_begin_blind() -> None:
    world = fake_world(**soon())
    world.blind()

    result = invoke(world, *RUN)

    assert result.exit_code == 9
    assert "no telemetry for 2h" in result.stderr
    assert raised(world) == []


def test_errors_that_are_counted_late_are_still_seen() -> None:
    world = fake_world()
    late = timedelta(minutes=6)
    world.metrics.error_rate[Side.SERVERLESS] = lambda start: 0.5 if world.clock.now() - start > late else 0.0

    assert invoke(world, *RUN).exit_code == 4
    assert world.live == Weights(100, 0)
