"""What comes next and when: the bake, the quiet time after a deploy, a freeze; and what time does not mend."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cutover.core.ahead import Due, ahead
from cutover.core.bake import BakeClock
from cutover.core.models import MINUTE, Snapshot, Step, Weights
from cutover.core.plan import Known
from cutover.core.policy import Policy
from cutover.core.standing import Freeze, Standing
from cutover.core.state import Phase, State
from cutover.core.surroundings import NOTHING_KNOWN, Deploy, Surroundings
from cutover.core.zone import Sides
from tests.fakes.zone import weighted

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STEPS = tuple(Step(weight, timedelta(minutes=30), 500) for weight in (10, 50, 100))
SIDES = Sides("ecs", "lambda")
HALF = BakeClock(10, 30, 1000, 500, complete=False)
DONE = BakeClock(30, 30, 1000, 500, complete=True)
NOBODY = BakeClock(10, 30, 0, 500, complete=False)
NO_DRILL = Policy(drill_above=100)


def due(
    clock: BakeClock | None, around: Surroundings = NOTHING_KNOWN, standing: Standing | None = None, live: int = 10
) -> tuple[datetime | None, Due]:
    """When the next step is due, and by what."""
    state = State(phase=Phase.STEADY, weights=Weights.of_serverless(live), standing=standing or Standing())
    known = Known(state, None, now=NOW, policy=NO_DRILL, surroundings=around)
    found = ahead(STEPS, Snapshot(tuple(weighted(100 - live, live))), SIDES, known, clock)
    assert found is not None
    return found.due, found.by


def freeze(start: int, end: int) -> Standing:
    """A freeze between these minutes from now."""
    return Standing(freezes=(Freeze("f1", NOW + MINUTE * start, NOW + MINUTE * end, "sale", "ada"),))


def deployed(minutes_ago: int) -> Surroundings:
    """A deploy so long ago."""
    return Surroundings(deploys=(Deploy("stack api", NOW - MINUTE * minutes_ago), Deploy("old", NOW - MINUTE * 99)))


@pytest.mark.parametrize(
    ("clock", "minutes", "by"),
    [(HALF, 20, Due.BAKE), (DONE, 0, Due.NOW), (NOBODY, None, Due.NEVER), (None, None, Due.NEVER)],
)
def test_a_bake_decides_first(clock: BakeClock | None, minutes: int | None, by: Due) -> None:
    assert due(clock) == (None if minutes is None else NOW + MINUTE * minutes, by)


def test_with_all_on_ecs_there_is_nothing_to_bake() -> None:
    assert due(None, live=0) == (NOW, Due.NOW)


@pytest.mark.parametrize(("promoted", "by"), [(10, Due.NOW), (50, Due.BAKE)])
def test_a_bake_that_was_ended_by_hand_is_over(promoted: int, by: Due) -> None:
    assert due(HALF, standing=Standing(promoted=promoted))[1] is by


@pytest.mark.parametrize(("ago", "minutes", "by"), [(5, 25, Due.DEPLOY), (10, 20, Due.BAKE), (20, 20, Due.BAKE)])
def test_a_quiet_time_that_outlasts_the_bake_decides(ago: int, minutes: int, by: Due) -> None:
    assert due(HALF, deployed(ago)) == (NOW + MINUTE * minutes, by)


@pytest.mark.parametrize(
    ("start", "end", "minutes", "by"),
    [(15, 60, 60, Due.FREEZE), (-5, 10, 20, Due.BAKE), (20, 21, 21, Due.FREEZE), (21, 60, 20, Due.BAKE)],
)
def test_a_freeze_that_the_end_lies_in_decides(start: int, end: int, minutes: int, by: Due) -> None:
    assert due(HALF, standing=freeze(start, end)) == (NOW + MINUTE * minutes, by)


def test_at_the_top_and_in_drift_nothing_is_ahead() -> None:
    known = Known(State(), None, now=NOW)

    assert ahead(STEPS, Snapshot(tuple(weighted(0, 100))), SIDES, known, DONE) is None
    assert ahead(STEPS, Snapshot(tuple(weighted(90, 20))), SIDES, known, DONE) is None


def test_only_rules_that_time_does_not_mend_and_no_other_line_tells_stand() -> None:
    state = State(phase=Phase.STEADY, weights=Weights(90, 10), standing=freeze(-5, 60))
    known = Known(state, None, "no telemetry", NOW, Policy(), deployed(5))

    found = ahead(STEPS, Snapshot(tuple(weighted(90, 10))), SIDES, known, DONE)

    assert found is not None
    assert [refused.rule.value for refused in found.stands] == ["drill"]
    drilled = ahead(STEPS, Snapshot(tuple(weighted(90, 10))), SIDES, replace(known, policy=NO_DRILL), DONE)
    assert drilled is not None
    assert drilled.stands == ()
