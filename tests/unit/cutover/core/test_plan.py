"""The plan: its hash covers exactly what it does; going back needs the least."""

from datetime import timedelta

import pytest

from cutover.core.models import Snapshot, Weights
from cutover.core.plan import Known as KnownState
from cutover.core.plan import Plan, Refused, Rule, Wish
from cutover.core.planning import plan_rollback, plan_shift
from cutover.core.policy import Policy
from cutover.core.state import State
from cutover.core.words import count, milliseconds, percent, plural, printable, roughly
from cutover.core.zone import Drift, Sides
from tests.fakes.zone import record, weighted

SIDES = Sides("ecs", "lambda")
UNKNOWN = KnownState(State(), None, "CloudWatch is away", policy=Policy(drill_above=100))


def plan(target: int, ecs: int = 50, serverless: int = 50) -> Plan:
    """A plan that only lowers."""
    found = plan_shift(Snapshot(tuple(weighted(ecs, serverless))), SIDES, Wish(target), UNKNOWN)
    assert isinstance(found, Plan)
    return found


def test_the_hash_is_the_same_for_the_same_records_and_another_for_any_other() -> None:
    assert plan(20).hash == plan(20).hash
    assert len({plan(20).hash, plan(10).hash, plan(20, 60, 40).hash}) == 3


def test_a_plan_knows_whether_it_raises_and_changes() -> None:
    assert (plan(20).raises, plan(20).changes) == (False, True)
    assert (plan(50).raises, plan(50).changes) == (False, False)


def test_unreadable_telemetry_is_named_in_its_own_words() -> None:
    found = plan_shift(Snapshot(tuple(weighted(50, 50))), SIDES, Wish(60), UNKNOWN)

    assert isinstance(found, Refused)
    assert (found.rule, found.number) == (Rule.TELEMETRY, "no data")
    assert "CloudWatch is away" in found.text


def test_a_refusal_carries_number_limit_and_the_way_on() -> None:
    found = plan_shift(Snapshot(tuple(weighted(100, 0))), SIDES, Wish(30), UNKNOWN)

    assert isinstance(found, Refused)
    assert (found.rule, found.number, found.limit) == (Rule.STEP, "30", "10")
    assert found.way_on == "cutover shift --lambda-weight 10"


def test_a_rollback_plan_needs_no_readable_weights() -> None:
    found = plan_rollback(Snapshot(tuple(weighted(0, 0, "A", "AAAA"))), SIDES)

    assert isinstance(found, Plan)
    assert (found.before, found.after) == (Weights(50, 50), Weights(100, 0))


@pytest.mark.parametrize(("live", "share"), [((1, 255), 100), ((90, 30), 25), ((200, 0), 0)])
def test_a_rollback_plan_names_the_nearest_share_of_odd_weights(live: tuple[int, int], share: int) -> None:
    found = plan_rollback(Snapshot(tuple(weighted(*live))), SIDES)

    assert isinstance(found, Plan)
    assert found.before.serverless == share


def test_there_is_no_rollback_plan_without_both_sides() -> None:
    assert isinstance(plan_rollback(Snapshot((record("A", "ecs", 100),)), SIDES), Drift)
    assert isinstance(plan_rollback(Snapshot(()), SIDES), Drift)


def test_numbers_are_written_in_one_way() -> None:
    assert [percent(v) for v in (0.0, 0.0031, 0.01, 0.125, 1.0)] == ["0%", "0.31%", "1%", "12.5%", "100%"]
    assert (count(1234567), milliseconds(1250.4)) == ("1 234 567", "1 250 ms")
    assert (plural(1, "minute"), plural(0, "minute")) == ("1 minute", "0 minutes")
    spans = [timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=31, minutes=12), timedelta(hours=2)]
    assert [roughly(span) for span in spans] == ["5s", "5m", "31h12m", "2h"]
    assert [roughly(timedelta(days=6, hours=h)) for h in (0, 4)] == ["6d", "6d4h"]
    assert printable("a\x1b[2Jb\nc") == "a [2Jb c"
