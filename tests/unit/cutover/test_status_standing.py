"""`cutover status` about what people have said and shown: pauses, freezes, drills, leases; and what comes next."""

import json
from datetime import timedelta

import pytest

from cutover.core.record import Kind
from cutover.core.surroundings import Deploy, Surroundings
from cutover.flow.look.looking import Looker, take
from cutover.ports import LedgerUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, status

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def lines(world: FakeWorld, name: str) -> list[str]:
    """The screen's lines of that name, without it."""
    return [line[12:] for line in status(world).splitlines() if line.startswith(f"  {name} ")]


def test_nothing_said_takes_no_line() -> None:
    screen = status(known_world(90, 10))

    for name in ("paused", "switch", "alarms", "frozen", "freeze", "drill", "at work", "retiring", "but first"):
        assert f"\n  {name} " not in screen


def test_a_pause_is_told_with_its_age_and_reason() -> None:
    world = known_world(90, 10)
    world.write(Kind.PAUSED, time=START - HOUR, reason="waiting for the\x1b database team")

    screen = status(world)

    assert "PAUSED 10%" in screen
    assert "  paused    1h ago by somebody: waiting for the  database team" in screen
    assert "but first paused: paused 22 Nov 08:00 UTC" in screen
    assert "cutover resume" in screen


def test_a_weekly_freeze_names_its_opening_and_is_what_the_next_step_waits_for() -> None:
    world = known_world(90, 10, freeze={})  # Sunday, within Fri 12:00 to Mon 08:00

    assert lines(world, "frozen") == ["until Mon 23 Nov 08:00 UTC: Fri 12:00 to Mon 08:00 UTC"]
    assert "at the earliest Mon 23 Nov 08:00 UTC\n            in 23h, when the freeze ends\n" in status(world)


def test_a_named_freeze_that_is_to_come_is_told() -> None:
    world = known_world(90, 10)
    for number, start in enumerate((3 * DAY, 2 * DAY, -2 * DAY)):
        said = {"id": f"f{number}", "start": (START + start).isoformat(), "end": (START + start + DAY).isoformat()}
        world.write(Kind.FROZEN, reason=f"sale {number}", evidence=said)

    assert lines(world, "freeze") == ["in 48h: Tue 24 Nov 09:00 to Wed 25 Nov 09:00 UTC: sale 1"]
    assert lines(world, "frozen") == []


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"ok": True, "answers_seconds": 41.4, "insync_seconds": 20.0}, "back on ECS in 41 s  3d ago"),
        ({"ok": True}, "went well  3d ago"),
    ],
)
def test_a_drills_receipt_is_told_with_its_time_and_age(evidence: dict[str, object], said: str) -> None:
    world = known_world(90, 10, 5 * DAY)
    world.write(Kind.DRILLED, time=START - 3 * DAY, evidence=evidence)

    assert lines(world, "drill") == [said]


def test_a_drill_without_an_end_is_told() -> None:
    world = known_world(100, 0)
    bodies = sorted(r.body for r in world.weights.records)
    drill = {"drill": True, "records": bodies}
    world.write(Kind.INTENT, time=START - 2 * MINUTE, before=(100, 0), after=(99, 1), evidence=drill)

    assert lines(world, "drill") == ["under way, or cut off, since 2m ago"]


def test_whoever_is_at_work_is_named_and_will_take_the_step() -> None:
    world = known_world(90, 10)
    world.ledger.held_by = "run by ada (process 7)"

    screen = status(world)

    assert lines(world, "at work") == ["run by ada (process 7)"]
    assert "Lambda 50% by the run at work: the bake is complete" in screen


def test_a_ledger_that_cannot_tell_who_is_at_work_tells_nobody() -> None:
    world = known_world(90, 10)

    def away() -> None:
        raise LedgerUnavailable("away")

    world.ledger.holder = away  # type: ignore[method-assign]

    assert lines(world, "at work") == []


def test_a_kill_switch_that_was_thrown_is_told() -> None:
    world = known_world(90, 10)
    world.write(Kind.SWITCHED, time=START - HOUR, reason="Route 53 is away", evidence={"serving": False})

    assert lines(world, "switch") == ["thrown 1h ago by somebody: Lambda gets no traffic, whatever the weights"]


def test_rungs_of_the_decommission_ladder_are_told_in_the_order_they_were_taken() -> None:
    world = known_world(0, 100, 20 * DAY)
    world.write(Kind.RUNG, time=START - 3 * DAY, evidence={"rung": "hold"})
    world.write(Kind.RUNG, time=START - HOUR, evidence={"rung": "drain"})

    assert lines(world, "retiring") == ["hold 3d ago, drain 1h ago"]


def test_a_rule_that_waiting_does_not_satisfy_is_told_with_the_way_on() -> None:
    world = known_world(90, 10, safety={"drill_above": 10})

    screen = status(world)

    assert "  but first drill: the receipt of a rollback drill does not exist" in screen
    assert "            cutover drill  # when Lambda is at 0 again\n" in screen
    assert [r["rule"] for r in json.loads(status(world, "--json"))["ahead"]["stands"]] == ["drill"]


def test_further_rules_are_counted() -> None:
    world = known_world(90, 10, safety={"drill_above": 10})
    world.write(Kind.PAUSED, reason="wait")

    assert "but first paused" in status(world)
    assert "(and 1 more rule)" in " ".join(status(world).split())


def test_a_bake_that_was_ended_by_hand_makes_the_step_due() -> None:
    world = known_world(90, 10, 5 * MINUTE)
    world.write(Kind.PROMOTED, after=(90, 10), evidence={"skip_bake": True})

    assert ", when the gates pass" in status(world), "five minutes say nothing yet"

    world.pass_time(20 * MINUTE)
    assert "by cutover run: its bake was ended by hand" in status(world)


def test_minutes_that_did_not_count_are_told() -> None:
    world = known_world(90, 10, 12 * MINUTE)
    world.metrics.silent = lambda _, time: time == START - 6 * MINUTE

    assert "            21m and 600 requests" not in status(world)
    assert "21m still to come; 1 minute did not count" in status(world)


@pytest.mark.parametrize(
    ("ecs", "serverless", "said"),
    [(100, 0, "[0% now] → 10% → 50% → 100%"), (75, 25, "0% → 10% → [25% now, no step of the ladder] → 50% → 100%")],
)
def test_the_position_on_the_ladder_is_marked(ecs: int, serverless: int, said: str) -> None:
    assert lines(known_world(ecs, serverless), "ladder") == [said]


def test_the_position_tells_what_is_baked_and_what_is_finished() -> None:
    world = known_world(90, 10)
    world.write(Kind.BAKED, after=(90, 10))
    done = fake_world()
    invoke(done, "run", "--yes", "--quiet")

    assert lines(world, "ladder") == ["0% → [10% baked] → 50% → 100%"]
    assert lines(done, "ladder") == ["0% → 10% → 50% → [100% finished]"]


def test_status_does_not_ask_what_is_around_the_sides() -> None:
    world = known_world(90, 10)

    take(world.ports)

    assert world.surveyor.asked == 0, "it takes longer than status may"


def test_after_a_deploy_the_step_waits_for_the_quiet_time() -> None:
    world = known_world(90, 10)
    world.surveyor.found = Surroundings(deploys=(Deploy("stack api", START - 10 * MINUTE),))

    picture = Looker(world.ports, thorough=True).look(5.0)

    assert picture.ahead is not None
    assert (picture.ahead.due, picture.ahead.by.value) == (START + 20 * MINUTE, "deploy")


def test_the_json_document_tells_what_was_said() -> None:
    world = known_world(90, 10, freeze={})
    world.ledger.held_by = "run by ada"
    world.write(Kind.PAUSED, reason="wait")
    world.write(Kind.DRILLED, evidence={"ok": True})
    world.write(Kind.SWITCHED, evidence={"serving": False})
    world.write(Kind.RUNG, evidence={"rung": "hold"})
    start, end = START + DAY, START + 2 * DAY
    world.write(Kind.FROZEN, reason="sale", evidence={"id": "f1", "start": start.isoformat(), "end": end.isoformat()})

    document = json.loads(status(world, "--json"))

    assert document["paused"]["reason"] == "wait"
    assert document["drill"]["evidence"] == {"ok": True}
    assert document["kill_switch"]["thrown"]["kind"] == "switched"
    assert document["frozen_until"] == "2026-11-23T08:00:00.000+00:00"
    assert document["freezes"] == [
        {
            "id": "f1",
            "start": "2026-11-23T09:00:00.000+00:00",
            "end": "2026-11-24T09:00:00.000+00:00",
            "reason": "sale",
            "actor": "somebody",
        }
    ]
    assert document["at_work"] == {"name": "run by ada", "fence": 0, "until": None}
    assert list(document["rungs"]) == ["hold"]
    assert document["alarms"] is None


def test_a_change_between_the_two_readings_is_no_drift() -> None:
    world = known_world(100, 0)
    really_read = world.ledger.events
    stale = list(world.ledger.lines)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    answers = [tuple(stale)]
    world.ledger.events = lambda: answers.pop() if answers else really_read()  # type: ignore[method-assign]

    picture = take(world.ports)

    assert picture.drift is None
    assert picture.state.weights == picture.live == world.live


def test_records_read_before_the_ledgers_newest_change_are_not_held_against_it() -> None:
    world = known_world(100, 0)
    old = list(world.weights.records)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    world.weights.records, now = old, world.clock.time
    applied = world.ledger.last(Kind.APPLIED).time
    world.clock.time = applied - MINUTE

    picture = take(world.ports)

    world.clock.time = now
    assert picture.drift is None
    assert picture.live is not None
    assert picture.live.serverless == 10
