"""`cutover run`: up the ladder by itself, back by itself, and never on by guessing."""

import json
from datetime import datetime, timedelta
from typing import Any

from click.testing import CliRunner

from cutover.cli import cli
from cutover.core.models import Side, Snapshot, Weights
from cutover.core.record import Kind
from cutover.flow.journal import BestEffortJournal
from cutover.flow.rollback import roll_back
from cutover.ports import ControlPlaneUnavailable, LedgerMoved, NotAllowed
from cutover.render.output import Output
from cutover.render.running import TextReport
from tests.fakes.world import START, FakeWorld, fake_world, known_world
from tests.unit.cutover.invoking import NEUTRAL, invoke, typed

RUN = ("run", "--yes")
HOUR = timedelta(hours=1)


def soon(**timing: str) -> dict[str, Any]:
    """Settings with these timings."""
    return {"timing": {"give_up_after": "2h", **timing}}


def at(world: FakeWorld, after: timedelta, what: str, *args: object) -> None:
    """Call that method of the fake weights once so much time has passed."""

    def call(now: datetime) -> None:
        if now - START >= after:
            world.clock.then.remove(call)
            getattr(world.weights, what)(*args)

    world.clock.then.append(call)


def raised(world: FakeWorld) -> list[tuple[int, int]]:
    """The weights that were set, in order."""
    return [after for _, after in world.weights.applied]


def test_it_climbs_the_ladder_with_a_bake_at_each_step() -> None:
    world = fake_world()

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]
    assert world.ledger.kinds().count("baked") == 3
    assert world.ledger.kinds()[-1] == "finished"
    assert world.clock.now() - START > 3 * timedelta(minutes=30)


def test_it_shows_the_ladder_and_asks_first() -> None:
    world = fake_world()

    result = typed(world, "n\n", "run")

    assert result.exit_code == 130
    assert "Lambda 10%" in result.stdout
    assert raised(world) == []
    assert world.ledger.lines == []


def test_a_dry_run_shows_the_ladder_and_stops() -> None:
    world = fake_world()

    result = invoke(world, "run", "--dry-run")

    assert result.exit_code == 0
    assert "Lambda 50%" in result.stdout
    assert world.ledger.lines == []


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


def test_records_changed_by_hand_stop_it_untouched() -> None:
    world = known_world(90, 10, timedelta(0))
    at(world, timedelta(minutes=9), "set_by_hand", 70, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "Weight 30 instead of 10" in result.stderr
    assert raised(world) == []
    assert [world.ledger.lines[-2].kind, world.ledger.lines[-1].kind] == [Kind.DRIFT, Kind.STOPPED]


def test_records_that_do_not_sum_to_100_are_a_drift_at_once() -> None:
    world = fake_world(90, 20)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "sum to 110" in result.stderr
    assert world.ledger.lines == []


def test_a_rollback_by_somebody_else_ends_it() -> None:
    world = known_world(90, 10, timedelta(0))

    def by_somebody(now: datetime) -> None:
        if now - START >= timedelta(minutes=9):
            world.clock.then.remove(by_somebody)
            roll_back(BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True))), "it smells")

    world.clock.then.append(by_somebody)

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "rolled back meanwhile" in result.stdout
    assert "it smells" in result.stdout
    assert raised(world) == [(100, 0)]


def test_a_control_plane_that_is_away_for_a_while_costs_nothing() -> None:
    world = fake_world()

    def away(now: datetime) -> None:
        if now - START >= timedelta(minutes=12):
            world.clock.then.remove(away)
            world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(5)]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert "Route 53 did not answer" in result.stdout
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]


def test_a_control_plane_that_stays_away_ends_it_in_the_end() -> None:
    world = known_world(90, 10, timedelta(0), **soon())

    def away(now: datetime) -> None:
        world.weights.failing["read"] = [NotAllowed("the credentials have expired; aws sso login")]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 10
    assert "aws sso login" in result.stderr
    assert raised(world) == []


def test_a_rollback_that_cannot_be_sent_is_tried_again_and_again_and_then_shouted_about() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def away(_: datetime) -> None:
        world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer")]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 10
    assert "the rollback did not go out" in result.stderr
    assert world.ledger.kinds().count("intent") > 3
    assert world.live == Weights(90, 10)


def test_a_rollback_goes_out_as_soon_as_route_53_is_back() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(3)]

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert world.live == Weights(100, 0)


def test_a_change_that_stays_pending_is_sent_again_and_then_given_up() -> None:
    world = fake_world()
    world.weights.pending = None

    result = invoke(world, *RUN)

    assert result.exit_code == 11
    assert raised(world) == [(90, 10)] * 4
    assert world.live == Weights(90, 10)


def test_a_change_that_was_late_is_taken_up_by_the_next_run() -> None:
    world = fake_world()
    world.weights.pending = None
    invoke(world, *RUN)
    world.weights.pending = timedelta(seconds=30)

    assert invoke(world, *RUN).exit_code == 0


def test_a_change_id_that_route_53_forgot_is_sent_again() -> None:
    world = fake_world()
    world.weights.forgotten.add("/change/C0001")

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert raised(world) == [(90, 10), (90, 10)]


def test_an_answer_that_was_lost_is_found_out_from_the_live_records() -> None:
    world = fake_world()
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert world.ledger.lines[3].reason == "found live after an interruption"
    assert world.live == Weights(90, 10)


def test_a_raise_that_was_refused_is_abandoned_and_tells_why() -> None:
    world = fake_world()
    world.weights.failing["apply"] = [NotAllowed("route53:ChangeResourceRecordSets: AccessDenied")]

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 10
    assert world.ledger.kinds()[-2:] == ["abandoned", "stopped"]
    assert world.live == Weights(100, 0)


def test_failing_gates_roll_back_even_when_the_ledger_is_gone() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5, START + timedelta(minutes=5))

    def full(now: datetime) -> None:
        if now - START >= timedelta(minutes=5):
            world.ledger.unwritable = "No space left on device"

    world.clock.then.append(full)

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "No space left on device" in result.stderr
    assert world.live == Weights(100, 0)


def test_without_a_ledger_nothing_is_raised() -> None:
    world = known_world(90, 10)
    world.ledger.unwritable = "Read-only file system"

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 8
    assert "Read-only file system" in result.stderr
    assert raised(world) == []


def test_a_line_that_somebody_else_wrote_first_only_delays_it() -> None:
    world = fake_world()

    def overtaken() -> None:
        raise LedgerMoved("ledger line 1 was written by somebody else meanwhile")

    world.ledger.before_append.append(overtaken)

    assert invoke(world, "run", "--until", "10", "--yes").exit_code == 0


def test_two_at_once_are_one_too_many() -> None:
    world = fake_world()
    world.ledger.holder = "run by ada (process 7)"

    result = invoke(world, *RUN)

    assert result.exit_code == 7
    assert "run by ada (process 7)" in result.stderr
    assert raised(world) == []


def test_ctrl_c_leaves_the_weights_and_says_how_to_go_on_and_back() -> None:
    world = fake_world()

    def interrupt(now: datetime) -> None:
        if now - START >= timedelta(minutes=9):
            world.clock.then.clear()
            raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *RUN)

    assert result.exit_code == 130
    assert "the weights stay at ecs 90 / lambda 10" in result.stdout
    assert "cutover run" in result.stdout
    assert "cutover rollback" in result.stdout
    assert world.ledger.last(Kind.STOPPED).evidence["exit"] == 130
    assert raised(world) == [(90, 10)]
    assert world.ledger.holder == ""


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


def test_a_ladder_that_begins_above_until_is_a_usage_error() -> None:
    result = invoke(fake_world(), "run", "--until", "5", "--yes")

    assert result.exit_code == 2
    assert "--until 5 is below the ladder's first step, 10" in result.stderr


def test_one_tick_at_a_time_gets_to_the_top_too() -> None:
    world = fake_world()

    codes = set()
    while "finished" not in world.ledger.kinds():
        codes.add(invoke(world, "run", "--once", "--yes").exit_code)
        world.pass_time(timedelta(minutes=1))

    assert codes == {0}
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]


def test_one_tick_tells_its_state_in_json() -> None:
    world = known_world(90, 10, timedelta(minutes=20))

    result = invoke(world, "--json", "run", "--once", "--yes")

    tick, end = (json.loads(line) for line in result.stdout.splitlines()[-2:])
    assert tick["state"] == "BAKING 10%"
    assert tick["bake"]["counted_minutes"] == 18
    assert (end["event"], end["exit"]) == ("end", 0)


def test_one_tick_gives_up_after_the_same_time_as_a_long_run() -> None:
    world = known_world(90, 10, **soon())
    world.blind()

    codes = []
    for _ in range(130):
        codes.append(invoke(world, "run", "--once", "--yes").exit_code)
        world.pass_time(timedelta(minutes=1))

    assert codes.index(9) == 120
    assert raised(world) == []


def test_every_json_line_has_what_a_program_needs() -> None:
    result = invoke(fake_world(), "run", "--yes", "--json", "--until", "10")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["schema"] for line in lines} == {"cutover.run/1"}
    for line in lines[:-1]:
        assert {"time", "event", "asked_weight", "verdict", "findings", "bake", "state"} <= line.keys()
    assert lines[-1]["event"] == "end"
    assert lines[-1]["exit"] == 0
    baking = [line["bake"] for line in lines if line["event"] == "tick" and line["bake"]]
    assert baking[-1].keys() >= {"counted_minutes", "required_minutes", "requests", "required_requests"}


def test_quiet_leaves_the_end_only() -> None:
    result = invoke(fake_world(), "run", "--yes", "--quiet", "--until", "10")

    assert result.stdout.count("\n") < 25
    assert "judged" not in result.stdout
    assert "baked at ecs 90 / lambda 10" in result.stdout


def test_records_changed_after_a_change_was_cut_off_are_a_drift() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "shift", "--lambda-weight", "50", "--yes")
    world.weights.set_by_hand(70, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "Weight 30 instead of 50" in result.stderr
    assert raised(world) == []


def test_records_that_are_no_weights_any_more_stop_it() -> None:
    world = known_world(90, 10, timedelta(0))
    at(world, timedelta(minutes=5), "set_by_hand", 90, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "sum to 120" in result.stderr
    assert raised(world) == []


def test_a_rollback_that_came_just_before_a_raise_arrived_is_made_good() -> None:
    world = fake_world()

    def just_before() -> None:
        back = BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True)))
        world.write(Kind.ROLLED_BACK, reason="it smells", after=(100, 0), actor=back.actor)

    apply = world.weights.apply

    def overtaken(before: Snapshot, after: Snapshot, comment: str) -> str:
        just_before()
        world.weights.apply = apply  # type: ignore[method-assign]
        return apply(before, after, comment)

    world.weights.apply = overtaken  # type: ignore[method-assign]

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "rolled back meanwhile" in result.stdout
    assert world.live == Weights(100, 0)


def test_windows_grow_with_the_first_data_of_a_quiet_side() -> None:
    world = fake_world()
    world.metrics.per_minute = 300

    result = invoke(world, "run", "--until", "10", "--yes", "--json")

    assert result.exit_code == 0
    assert "requests in 10m) is under 500 ms" in result.stdout


def test_ctrl_c_in_the_middle_of_going_back_says_so() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def interrupt(_: datetime) -> None:
        if world.weights.applied:
            world.clock.then.clear()
            raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *RUN)

    assert result.exit_code == 130
    assert "interrupted while going back to ECS" in result.stdout
    assert "cutover rollback finishes it" in result.stdout
    assert invoke(world, *RUN).exit_code == 4


def test_a_terminal_sees_one_line_that_changes() -> None:
    world = fake_world()
    terminal = {**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm", "TTY_INTERACTIVE": "1", "COLUMNS": "80"}

    words = ["run", "--yes", "--until", "10"]
    result = CliRunner(env=terminal).invoke(cli, words, obj=world.ports, color=True)

    lines = result.stdout.split("\n")
    assert result.exit_code == 0
    assert max(line.count("\r") for line in lines) > 10
    assert all(len(part) < 130 for line in lines for part in line.split("\r\x1b[2K"))


def test_a_lost_ledger_is_a_note_in_json() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def full(_: datetime) -> None:
        world.ledger.unwritable = "disk full"

    world.clock.then.append(full)

    result = invoke(world, *RUN, "--json")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in lines if line["event"] == "note"] == [
        "the ledger is out of reach, so this is not recorded: disk full"
    ]
    assert lines[-1]["exit"] == 4
