"""The paths of a rollback: the weights first, the kill switch when Route 53 hangs or says no, ECS's tasks beside it."""

import json
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from cutover.core.models import Snapshot, Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.exits import Exit
from cutover.flow import journal as journal_module
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import Outcome
from cutover.flow.retreat import in_time as in_time_module
from cutover.flow.retreat import lever
from cutover.flow.retreat.in_time import in_time
from cutover.flow.retreat.lever import FAILED, NOT_SET_UP, THROWN, UNTOUCHED, Lever
from cutover.flow.retreat.rollback import Haste, Path, Retreat, roll_back
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed, SwitchUnavailable
from cutover.render.output import Output
from cutover.render.running import TextReport
from tests.fakes.around import FakeSwitch
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import record
from tests.unit.cutover.invoking import invoke

HOME = Weights(100, 0)
AWAY = ControlPlaneUnavailable("Route 53 did not answer within 18 s (ServiceUnavailable)")
HASTY = Haste(throw_after_seconds=0.05, accept_within_seconds=0.2, give_up_after_seconds=0.3)


def switched(serverless: int = 50, **settings: Any) -> FakeWorld:
    """A world with a kill switch."""
    world = known_world(100 - serverless, serverless, **settings)
    world.switch.is_set_up = True
    return world


def out_of_reach(world: FakeWorld, error: BaseException = AWAY) -> FakeWorld:
    """The world without Route 53's API."""
    world.weights.failing["read"] = [error] * 9
    return world


def retreat(world: FakeWorld, path: Path = Path.AUTO, haste: Haste = HASTY) -> Retreat:
    """A rollback as the command makes it."""
    return Retreat(BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True))), "it smells", path, haste)


def document(world: FakeWorld, *words: str) -> dict[str, Any]:
    """What it says in JSON."""
    said: dict[str, Any] = json.loads(invoke(world, "--json", "rollback", *words).stdout)
    return said


def hanging(world: FakeWorld) -> Event:
    """Route 53 takes questions and never answers, until the event is set."""
    until, read = Event(), world.weights.read

    def hang() -> Snapshot:
        until.wait(10)
        return read()

    world.weights.read = hang  # type: ignore[method-assign]
    return until


def test_while_route_53_works_the_kill_switch_is_not_touched() -> None:
    world = switched()

    said = document(world)

    assert (said["exit"], said["kill_switch"], said["path"]) == (0, "not thrown", "auto")
    assert world.switch.thrown == []
    assert "switched" not in world.ledger.kinds()
    assert world.live == HOME


def test_route_53_has_a_budget_until_it_has_taken_the_change_and_then_none() -> None:
    world = switched()

    invoke(world, "rollback")

    assert world.weights.hurried[:2] == [18.0, None]
    assert world.weights.hurried[-1] is None


@pytest.mark.parametrize("error", [AWAY, NotAllowed("the credentials have expired; aws sso login --profile prod")])
def test_without_route_53_the_kill_switch_is_thrown_and_it_is_exit_10(error: BaseException) -> None:
    world = out_of_reach(switched(), error)

    result = invoke(world, "rollback", "--reason", "checkout fails")

    assert result.exit_code == 10
    assert str(error) in result.stderr
    assert "the kill switch is thrown" in result.stderr
    assert world.switch.thrown == [(False, "checkout fails")]
    assert world.ledger.kinds()[1:] == ["switched", "stopped"]
    assert fold(world.ledger.lines).standing.switched == world.ledger.lines[1]
    assert world.weights.applied == []


def test_without_route_53_the_ways_on_are_the_console_the_plain_line_and_the_health_check() -> None:
    world = switched(0)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    world.weights.failing["apply"] = [AWAY]

    said = invoke(world, "rollback").stderr

    assert "Route 53 console, zone Z123: api.example.com 'ecs' to weight 100, 'lambda' to 0, of every type" in said
    assert "aws route53 change-resource-record-sets --hosted-zone-id Z123 --change-batch file:///ledger/roll" in said
    assert f"by Lambda's health check: {world.switch.by_hand}" in said


def test_the_ledger_being_gone_as_well_keeps_nobody_from_the_kill_switch() -> None:
    world = out_of_reach(switched())
    world.ledger.unreadable = "no such table"

    said = document(world)

    assert (said["exit"], said["kill_switch"], said["recorded"]) == (10, "thrown", False)
    assert world.switch.thrown


def test_a_switch_that_fails_too_is_told_with_the_line_for_the_hand() -> None:
    world = out_of_reach(switched())
    world.switch.failing = "s3://switches/lambda-serves: timed out; to throw it by hand: aws s3api put-object"

    said = document(world)

    assert said["exit"] == 10
    assert said["kill_switch"] == f"failed: {world.switch.failing}"
    assert "aws s3api put-object" in said["message"]
    assert "switched" not in world.ledger.kinds()


def test_without_a_switch_it_says_so() -> None:
    world = out_of_reach(known_world(50, 50))

    said = document(world)

    assert (said["exit"], said["kill_switch"]) == (10, "not set up")
    assert "there is no kill switch (kill_switch.bucket in the settings)" in said["message"]


def test_the_path_dns_leaves_the_switch_alone() -> None:
    world = out_of_reach(switched())

    said = document(world, "--path", "dns")

    assert (said["exit"], said["kill_switch"]) == (10, "not thrown")
    assert world.switch.thrown == []


def test_the_path_dns_goes_back_like_the_others() -> None:
    world = switched()

    assert document(world, "--path", "dns")["exit"] == 0
    assert world.live == HOME


def test_the_path_kill_throws_it_at_once_and_leaves_the_weights() -> None:
    world = switched()

    result = invoke(world, "rollback", "--path", "kill", "--reason", "Route 53 is slow")

    assert result.exit_code == 0
    assert "the weights stay at ecs 50 / lambda 50" in result.stdout
    assert "next: cutover rollback" in result.stdout
    assert world.switch.thrown == [(False, "Route 53 is slow")]
    assert world.calls.names == ["before append switched", "after append switched"]
    assert invoke(world, "run", "--once", "--yes").exit_code == 0
    assert world.live == Weights(50, 50)


@pytest.mark.parametrize(
    ("failing", "code", "said"), [("timed out", 10, "the kill switch failed: timed out"), ("", 2, "no kill")]
)
def test_the_path_kill_that_leads_nowhere_is_no_success(failing: str, code: int, said: str) -> None:
    world = switched()
    world.switch.failing, world.switch.is_set_up = failing, bool(failing)

    result = invoke(world, "rollback", "--path", "kill")

    assert result.exit_code == code
    assert said in result.stderr
    assert "switched" not in world.ledger.kinds()


def test_a_switch_that_is_thrown_already_is_no_second_line() -> None:
    world = out_of_reach(switched())

    invoke(world, "rollback")
    out_of_reach(world)
    invoke(world, "rollback")

    assert world.ledger.kinds().count("switched") == 1
    assert len(world.switch.thrown) == 2


def test_a_rollback_that_hangs_throws_the_switch_meanwhile_and_is_cut_off() -> None:
    world = switched()
    until, mine = hanging(world), retreat(world)

    outcome = in_time(mine)

    assert outcome.exit is Exit.CONTROL_PLANE_UNAVAILABLE
    assert "did not take the change within 0 s; the kill switch is thrown" in outcome.text
    assert "Route 53 console" in outcome.way_on
    assert mine.kill_switch == THROWN
    assert world.ledger.kinds()[1:] == ["switched", "stopped"]
    until.set()


def test_a_rollback_that_gets_through_after_the_switch_was_thrown_leaves_it_thrown_and_says_so() -> None:
    world = switched()
    until, mine = hanging(world), retreat(world, haste=Haste(0.05, 5, 10))
    throw = world.switch.throw

    def thrown(*, serving: bool, reason: str) -> None:
        throw(serving=serving, reason=reason)
        until.set()

    world.switch.throw = thrown  # type: ignore[method-assign]

    outcome = in_time(mine)

    assert outcome.exit is Exit.DONE
    assert "INSYNC" in outcome.text
    assert "the kill switch was thrown on the way and stays so, until cutover resume puts it back" in outcome.text
    assert world.live == HOME
    assert not world.switch.lambda_serves
    assert world.ledger.kinds()[1:] == ["intent", "applied", "insync", "rolled-back", "switched"]


def test_a_switch_that_failed_on_the_way_is_told_even_where_dns_got_through() -> None:
    world = switched()
    until, mine = hanging(world), retreat(world, haste=Haste(0.05, 5, 10))

    def failing(*, serving: bool, reason: str) -> None:
        until.set()
        raise SwitchUnavailable("timed out")

    world.switch.throw = failing  # type: ignore[method-assign]

    assert "the kill switch failed: timed out" in in_time(mine).text


def test_a_ledger_that_hangs_in_the_very_end_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_time_module, "LAST_WORDS_SECONDS", 0.05)
    world, never = switched(), Event()
    until, mine = hanging(world), retreat(world)
    world.ledger.before_append.append(lambda: (never.wait(10), None)[1])

    outcome = in_time(mine)

    assert outcome.exit is Exit.CONTROL_PLANE_UNAVAILABLE
    assert world.ledger.kinds() == ["adopted"]
    until.set()
    never.set()


def test_a_ledger_that_does_not_answer_is_waited_for_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "READ_SECONDS", 0.05)
    world, never = known_world(50, 50), Event()

    def hang() -> list[Any]:
        never.wait(10)
        return []

    world.ledger.events = hang  # type: ignore[method-assign]

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "it did not answer within 0 s" in result.stderr
    assert world.live == HOME
    never.set()


def test_a_rollback_of_a_run_throws_the_switch_as_well() -> None:
    world = switched()
    world.failing_lambda(0.5)
    world.clock.then.append(lambda _: world.weights.failing.update(apply=[AWAY]))
    world.weights.failing["apply"] = [AWAY]

    result = invoke(world, "run", "--yes")

    assert result.exit_code == 10
    assert "the rollback did not go out" in result.stderr
    assert "the kill switch is thrown" in result.stderr
    assert world.ledger.kinds().count("switched") == 1


def test_records_that_never_stand_still_leave_the_kill_switch() -> None:
    world = switched()
    world.weights.failing["apply"] = [ChangedMeanwhile("not as it was read") for _ in range(9)]

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "somebody else is writing them; the kill switch is thrown" in result.stderr


def test_pending_for_ever_is_told_with_the_other_path_and_stays_sticky() -> None:
    world = switched()
    world.weights.pending = None

    result = invoke(world, "rollback")

    assert result.exit_code == 11
    assert "INSYNC did not come in time" in result.stderr
    assert "cutover rollback --path kill" in result.stderr
    assert world.switch.thrown == []
    assert invoke(world, "resume", "--reason", "well", "--yes").exit_code == 8
    assert invoke(world, "run", "--once", "--yes").exit_code != 0
    assert world.live == HOME


def test_a_finished_migration_goes_back_too() -> None:
    world = known_world(0, 100)
    world.write(Kind.FINISHED, after=(0, 100))

    assert invoke(world, "rollback").exit_code == 0
    assert world.live == HOME
    assert not fold(world.ledger.lines).finished


def test_a_name_without_weights_has_nothing_to_go_back_to_and_people_hear_of_it() -> None:
    world = fake_world()
    world.weights.records = [record("A", "lambda", 100)]

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert world.weights.applied == []
    assert [notice.urgent for notice in world.notifier.told] == [True]


def test_a_lever_that_nobody_holds_is_untouched() -> None:
    switch = FakeSwitch(is_set_up=True)

    assert Lever(switch, "", 1).fate() == UNTOUCHED
    assert Lever(FakeSwitch(), "", 1).fate() == NOT_SET_UP
    assert switch.thrown == []


def test_a_lever_can_be_pulled_after_it_was_let_go_of() -> None:
    switch = FakeSwitch(is_set_up=True)
    held = Lever(switch, "late", 10)
    held.arm()
    held.let_go()
    assert held.fate() == UNTOUCHED

    held.pull()

    assert held.fate() == THROWN
    assert switch.thrown == [(False, "late")]


def test_a_switch_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lever, "THROW_SECONDS", 0.05)
    never, switch = Event(), FakeSwitch(is_set_up=True)
    switch.throw = lambda **_: (never.wait(10), None)[1]  # type: ignore[method-assign]
    held = Lever(switch, "", 10)

    held.pull()

    assert held.fate().startswith(f"{FAILED}: it took over 0 s; by hand: {switch.by_hand}")
    never.set()


def test_the_path_dns_that_is_cut_off_does_not_touch_the_switch() -> None:
    world = switched()
    until = hanging(world)

    outcome: Outcome = in_time(retreat(world, Path.DNS))

    assert outcome.text == "Route 53 did not take the change within 0 s"
    assert world.switch.thrown == []
    until.set()


def test_the_time_in_which_it_ends_leaves_room_for_starting_and_telling() -> None:
    haste = Haste()

    assert haste.throw_after_seconds + lever.THROW_SECONDS <= haste.accept_within_seconds < haste.give_up_after_seconds
    assert haste.give_up_after_seconds + in_time_module.LAST_WORDS_SECONDS + 3 <= 25


def test_the_plain_function_of_a_run_is_the_same_rollback() -> None:
    world = known_world(50, 50)
    journal = BestEffortJournal(world.ports, "run", TextReport(Output(quiet=True)))

    assert roll_back(journal, "gates FAIL", Exit.ROLLED_BACK).exit is Exit.ROLLED_BACK
    assert world.clock.slept[0] == timedelta(seconds=5)
