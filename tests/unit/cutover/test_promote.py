"""`cutover promote`: a pause let go, a bake ended; the gates and the rules hold all the same, in every state."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, weighted
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.scripting import shift, sick

PROMOTE = ("promote", "--reason", "looks good", "--yes")
SKIP = (*PROMOTE, "--skip-bake")
YOUNG = timedelta(minutes=12)


def baking(age: timedelta = YOUNG) -> FakeWorld:
    """A world whose bake is half done, with enough requests to be judged."""
    world = known_world(90, 10, age)
    world.metrics.per_minute = 6000
    return world


def test_it_ends_the_bake_of_the_live_weight_and_a_run_goes_on_at_once() -> None:
    world = baking()

    result = invoke(world, *SKIP)

    assert result.exit_code == 0, result.output
    event = world.ledger.last(Kind.PROMOTED)
    assert (event.after, event.reason, event.evidence) == (
        (90, 10),
        "looks good",
        {"skip_bake": True, "verdict": "pass"},
    )
    assert "promoted: the bake of Lambda 10% is ended by hand" in result.stdout
    assert invoke(world, "run", "--once", "--yes").exit_code == 0
    assert world.live == Weights(50, 50)


def test_without_it_a_run_waits_for_the_bake() -> None:
    world = baking()

    invoke(world, "run", "--once", "--yes")

    assert world.live == Weights(90, 10)


def test_a_pause_is_let_go_and_the_bake_goes_on() -> None:
    world = baking()
    invoke(world, "pause", "--reason", "look", "--yes")

    result = invoke(world, *PROMOTE)

    assert result.exit_code == 0
    assert "lifts     the pause of 22 Nov 09:00 UTC (look)" in result.stdout
    assert "the pause is lifted, the bake goes on" in result.stdout
    assert world.ledger.last(Kind.PROMOTED).evidence["skip_bake"] is False
    invoke(world, "run", "--once", "--yes")
    assert world.live == Weights(90, 10)


def test_a_pause_is_let_go_by_ending_the_bake_too() -> None:
    world = baking()
    invoke(world, "pause", "--reason", "look", "--yes")

    assert invoke(world, *SKIP).exit_code == 0
    invoke(world, "run", "--once", "--yes")
    assert world.live == Weights(50, 50)


def test_it_needs_no_lease_and_counts_for_a_run_at_work() -> None:
    world = baking()
    world.ledger.held_by = "run by grace"

    assert invoke(world, *SKIP).exit_code == 0


def test_it_asks_first_and_has_a_dry_run() -> None:
    world = baking()

    assert invoke(world, "promote", "--reason", "x", "--skip-bake").exit_code == 2
    assert typed(world, "n\n", "promote", "--reason", "x", "--skip-bake").exit_code == 130
    shown = invoke(world, "promote", "--reason", "x", "--skip-bake", "--dry-run", "--json")
    document = json.loads(shown.stdout)
    assert (document["schema"], document["ends_bake_of"], document["verdict"]) == ("cutover.promote/1", 10, "pass")
    assert document["next_step"]["lambda"] == 50
    assert world.ledger.kinds() == ["adopted"]


@pytest.mark.parametrize(
    ("rate", "code", "said"),
    [(0.09, 3, "the gates say FAIL: Lambda error rate 8.33%"), (0.015, 6, "the gates say HOLD")],
)
def test_gates_that_do_not_pass_refuse_with_their_numbers(rate: float, code: int, said: str) -> None:
    world = sick(rate=rate)

    result = invoke(world, *SKIP)

    assert result.exit_code == code
    assert said in result.stderr
    assert "%" in result.stderr
    assert "promoted" not in world.ledger.kinds()


def test_without_telemetry_it_refuses() -> None:
    world = baking()
    world.blind("AccessDenied")

    assert invoke(world, *SKIP).exit_code == 9


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("freeze", "add", "--for", "1h", "--reason", "launch", "--yes"), 14, "frozen until"),
    ],
)
def test_a_rule_that_stands_in_the_way_of_the_next_step_refuses(words: tuple[str, ...], code: int, said: str) -> None:
    world = baking()
    invoke(world, *words)

    result = invoke(world, *SKIP)

    assert result.exit_code == code
    assert said in result.stderr
    assert "promoted" not in world.ledger.kinds()


def test_at_the_top_no_rule_is_asked_and_the_last_bake_ends() -> None:
    world = known_world(0, 100, YOUNG)
    world.metrics.per_minute = 6000
    invoke(world, "freeze", "add", "--for", "1h", "--reason", "launch", "--yes")

    assert invoke(world, *SKIP).exit_code == 0
    assert invoke(world, "run", "--once", "--yes").exit_code == 0
    assert world.ledger.kinds()[-1] == "finished"


def new() -> FakeWorld:
    return fake_world(90, 10)


def at_home() -> FakeWorld:
    return known_world(100, 0)


def sending() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 50)
    return world


def propagating() -> FakeWorld:
    world = known_world(90, 10)
    shift(world, 50)
    return world


def rolled_back() -> FakeWorld:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")
    return world


def rolling_back() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")] * 9
    invoke(world, "rollback")
    world.weights.failing.clear()
    return world


def finished() -> FakeWorld:
    world = known_world(0, 100)
    world.write(Kind.FINISHED, after=(0, 100))
    return world


def drifted() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.set_by_hand(50, 50)
    return world


def unreadable() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.records = weighted(90, 20)
    return world


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (new, 8, "its bake has not begun"),
        (at_home, 8, "nothing is baking: Lambda is at 0%"),
        (sending, 8, "is sending by the ledger"),
        (propagating, 8, "is settling by the ledger"),
        (rolled_back, 8, "rolled back 22 Nov 09:01 UTC by arn:aws:iam::123456789012:user/ada: smoke"),
        (rolling_back, 8, "is not confirmed yet"),
        (finished, 0, "nothing to promote: ecs 0 / lambda 100 is the ladder's last step"),
        (drifted, 5, "the live records are not those that the ledger last knew"),
        (unreadable, 5, "sum to 110"),
    ],
)
def test_in_every_state_ending_a_bake_has_its_answer(make: Callable[[], FakeWorld], code: int, said: str) -> None:
    world = make()

    result = invoke(world, *SKIP)

    assert result.exit_code == code, result.output
    assert said in result.output
    assert "promoted" not in world.ledger.kinds()


@pytest.mark.parametrize(
    ("make", "said"),
    [(at_home, "nothing to promote at ecs 100 / lambda 0"), (baking, "nothing to promote at ecs 90 / lambda 10")],
)
def test_without_a_pause_there_is_nothing_to_let_go(make: Callable[[], FakeWorld], said: str) -> None:
    world = make()

    result = invoke(world, *PROMOTE)

    assert result.exit_code == 0
    assert said in result.stdout
    assert "promoted" not in world.ledger.kinds()


def test_a_bake_that_was_ended_is_not_ended_twice() -> None:
    world = baking()
    invoke(world, *SKIP)

    result = invoke(world, *SKIP)

    assert result.exit_code == 0
    assert "promoted already: the bake of Lambda 10% is ended by hand" in result.stdout
    assert world.ledger.kinds().count("promoted") == 1


def test_weights_that_changed_meanwhile_are_not_promoted() -> None:
    world = baking()
    world.ledger.before_append.append(lambda: world.write(Kind.ROLLED_BACK, reason="smoke", after=(100, 0)))

    result = invoke(world, *SKIP)

    assert result.exit_code == 7
    assert "the weights were changed meanwhile, so nothing was promoted" in result.stderr


def test_the_next_bake_is_not_ended_with_this_one() -> None:
    world = baking()
    invoke(world, *SKIP)
    shift(world, 50, "--wait", "settled")

    invoke(world, "run", "--once", "--yes")

    assert world.live == Weights(50, 50)
    assert world.clock.time > START
