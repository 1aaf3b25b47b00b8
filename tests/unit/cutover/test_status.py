"""`cutover status`: everything true on one screen, with or without a network."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from click.testing import CliRunner

from cutover.cli import cli
from cutover.core.models import Side, Snapshot, Weights
from cutover.core.record import Event, Kind
from cutover.flow.look.looking import take
from cutover.ports import Answers, ControlPlaneUnavailable, NotAllowed
from tests.fakes.world import fake_world, known_world
from tests.fakes.zone import START, weighted
from tests.unit.cutover.invoking import NEUTRAL, invoke, status


def test_one_screen_says_what_is_asked_answered_and_observed() -> None:
    world = known_world(90, 10)

    screen = status(world)

    assert "BAKING 10%  PASS" in screen
    assert "ECS  90 ██████████████████░░  10 Lambda  settled 2h ago" in screen
    assert "ECS  90 ██████████████████░░  10 Lambda  ± 5.9 of 100 asked" in screen
    assert "ECS  90 ██████████████████░░  10 Lambda  9 000 in 15m" in screen
    assert "error-rate  Lambda  PASS  0%" in screen
    assert "0.05%  < 1%" in screen
    assert "0% → [10% now] → 50% → 100%" in screen
    assert "1h58m of 30m" in screen
    assert "Lambda 50% by cutover run: the bake is complete" in screen
    assert "cutover rollback" in screen


def test_it_changes_nothing() -> None:
    world = fake_world()

    status(world)

    assert world.ledger.lines == []
    assert not [name for name in world.calls.names if "apply" in name or "append" in name]


def test_every_line_fits_on_80_columns() -> None:
    world = known_world(90, 10)
    world.failing_lambda(0.015, START - timedelta(days=1))

    for line in status(world).splitlines():
        assert len(line) <= 80 or line.startswith("  HOLD"), line


def test_name_servers_are_asked_with_the_targets_of_both_sides() -> None:
    world = known_world(90, 10)

    status(world)

    assert world.names.asked == [{Side.ECS: ("ecs.target.example.",), Side.SERVERLESS: ("lambda.target.example.",)}]


def test_the_plain_line_that_goes_back_is_shown_whole() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert "aws route53 change-resource-record-sets --hosted-zone-id Z123 --change-batch file:///ledger/" in status(
        world
    )


def test_in_a_rehearsal_the_plain_line_goes_to_the_stand_in() -> None:
    world = fake_world(aws={"endpoint_url": "http://127.0.0.1:4566", "profile": "a b"})
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    line = "--change-batch file:///ledger/rollback-2.json --profile 'a b' --endpoint-url http://127.0.0.1:4566\n"
    assert line in status(world)


def test_when_the_next_step_is_due_is_told() -> None:
    world = known_world(90, 10, timedelta(minutes=12))

    screen = status(world)

    assert "Lambda 50% by cutover run, at the earliest Sun 22 Nov 09:20 UTC" in screen
    assert "            in 20m, when the bake ends" in screen


def test_without_requests_no_time_is_promised() -> None:
    world = known_world(90, 10, timedelta(minutes=12))
    world.metrics.silent = lambda *_: True

    screen = status(world)

    assert "by cutover run, when the bake is complete" in screen
    assert "none counted yet" in screen


def test_without_a_network_it_shows_the_ledger_and_its_age() -> None:
    world = known_world(90, 10, timedelta(hours=3))
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]
    world.blind("no route to host")

    screen = status(world)

    assert "by the ledger, 3h ago" in screen
    assert "Route 53: Route 53 did not answer within 30 s" in screen
    assert "no route to host" in screen


def test_the_last_known_bake_is_shown_with_its_age() -> None:
    world = known_world(90, 10, timedelta(hours=3))
    bake = {"counted_minutes": 90, "required_minutes": 2880, "requests": 1, "required_requests": 2, "complete": False}
    world.write(Kind.JUDGED, time=START - timedelta(hours=1), evidence={"bake": bake, "judged": "pass"})
    world.blind()

    assert "1h30m of 48h counted 1h ago" in status(world)


def test_an_earlier_steps_bake_is_not_taken_for_this_ones() -> None:
    world = known_world(90, 10)
    world.write(Kind.JUDGED, evidence={"bake": {"counted_minutes": 90, "required_minutes": 2880}})
    world.write(Kind.ADOPTED, after=(90, 10), evidence={"records": sorted(r.body for r in world.weights.records)})
    world.blind()

    assert "1h30m" not in status(world)


def test_a_name_server_that_hangs_does_not_hold_it_up() -> None:
    world = known_world(90, 10)
    released = threading.Event()

    class Hanging:
        def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
            released.wait(30)
            return Answers({}, 0)

    world.names = Hanging()  # type: ignore[assignment]

    picture = take(world.ports, deadline_seconds=0.3)

    released.set()
    assert picture.answers is None
    assert "the name servers did not answer in time" in picture.problems
    assert picture.exam is not None


def test_route_53_that_hangs_is_told_once() -> None:
    world = known_world(90, 10)
    released = threading.Event()

    def hanging() -> Snapshot:
        released.wait(30)
        return Snapshot(())

    world.weights.read = hanging  # type: ignore[method-assign]

    picture = take(world.ports, deadline_seconds=0.2)

    released.set()
    assert picture.live is None
    assert picture.problems == ("Route 53 did not answer in time",)


def test_silent_name_servers_and_strange_answers_are_told() -> None:
    world = known_world(90, 10)
    world.names.sample = lambda *_: Answers({Side.ECS: 0, Side.SERVERLESS: 0}, 0)  # type: ignore[method-assign]
    assert "the zone's name servers did not answer" in status(world)

    world.names.sample = lambda *_: Answers({Side.ECS: 80, Side.SERVERLESS: 10}, 10)  # type: ignore[method-assign]
    assert "10 point elsewhere" in status(world)


def test_a_broken_ledger_is_a_problem_and_not_the_end() -> None:
    world = known_world(90, 10)
    world.ledger.unreadable = "the ledger's chain is broken at sequence 3"

    screen = status(world)

    assert "LEDGER UNREADABLE  PASS" in screen
    assert "chain is broken" in screen
    assert "ECS  90" in screen
    assert "10 Lambda  ledger unreadable" in screen
    assert "no ledger yet" not in screen
    assert "nothing, until the ledger can be read" in screen


def test_without_a_ledger_no_bake_is_invented() -> None:
    broken, new = known_world(90, 10), fake_world(90, 10)
    broken.ledger.unreadable = "the ledger's chain is broken at sequence 3"

    for world in (broken, new):
        assert "  bake " not in status(world)
        assert json.loads(status(world, "--json"))["bake"] is None


def test_a_long_ledger_takes_no_time_from_the_other_questions() -> None:
    world = known_world(90, 10)
    really_read = world.ledger.events

    def slowly() -> Sequence[Event]:
        time.sleep(0.4)
        return really_read()

    world.ledger.events = slowly  # type: ignore[method-assign]

    picture = take(world.ports, deadline_seconds=0.3)

    assert picture.problems == ()
    assert picture.live == Weights(90, 10)
    assert picture.exam is not None
    assert picture.answers is not None


def test_weights_that_nobody_knows_are_shown_as_such() -> None:
    world = fake_world()
    world.weights.failing["read"] = [ControlPlaneUnavailable("away")]

    screen = status(world)

    assert "not known" in screen
    assert "cutover status, when Route 53 answers" in screen


@pytest.mark.parametrize(
    ("columns", "gone"),
    [(72, []), (60, []), (48, ["limit"]), (34, ["value", "limit", "requests"])],
)
def test_what_a_gate_says_is_whole_on_a_narrow_terminal(columns: int, gone: list[str]) -> None:
    world = known_world(90, 10)

    narrow = CliRunner(env={**NEUTRAL, "COLUMNS": str(columns)}).invoke(cli, ["status"], obj=world.ports)

    head = next(line for line in narrow.stdout.splitlines() if line.startswith("  gate"))
    assert [name for name in ("side", "says", "value", "limit", "requests") if name not in head.split()] == gone
    assert "error-rate  Lambda  PASS" in narrow.stdout


def test_a_finished_migration_says_so() -> None:
    world = fake_world()
    invoke(world, "run", "--yes", "--quiet")

    assert "nothing: finished" in status(world)


def test_the_last_bake_is_what_is_left_at_the_top() -> None:
    world = known_world(0, 100, timedelta(minutes=5))

    assert "cutover run, until the last bake is complete" in status(world)


def test_records_that_the_ledger_never_saw_are_judged_as_they_are() -> None:
    world = fake_world(50, 50)

    screen = status(world)

    assert "no ledger yet" in screen
    assert "50 ██████████░░░░░░░░░░  50" in screen


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda world: None, 0),
        (lambda world: world.failing_lambda(0.5, START - timedelta(days=1)), 3),
        (lambda world: invoke(world, "rollback"), 4),
        (lambda world: world.weights.set_by_hand(70, 30), 5),
        (lambda world: world.failing_lambda(0.015, START - timedelta(days=1)), 6),
        (lambda world: setattr(world.ledger, "unreadable", "the chain is broken"), 8),
        (lambda world: world.blind(), 9),
        (lambda world: world.weights.failing.update(read=[NotAllowed("AccessDenied")]), 10),
    ],
)
def test_the_exit_code_tells_the_state_when_it_is_asked_to(prepare, code) -> None:  # type: ignore[no-untyped-def]
    world = known_world(90, 10)
    prepare(world)

    result = invoke(world, "status", "--exit-code", "--json")

    assert result.exit_code == code
    assert json.loads(result.stdout)["exit"] == code


def test_the_json_document_has_everything() -> None:
    world = known_world(90, 10)

    document = json.loads(status(world, "--json"))

    assert document["schema"] == "cutover.status/1"
    assert document["weights"] == {"ecs": 90, "lambda": 10}
    assert document["weights_source"] == "route53"
    assert document["dns"] == {"answers": 100, "lambda": 10, "ecs": 90, "unknown": 0}
    assert document["observed"] == {"lambda_share": 0.1, "requests": 9000}
    assert document["verdict"] == "pass"
    assert document["bake"]["complete"] is True
    assert document["next_step"] == {"lambda": 50, "bake_seconds": 1800, "min_requests": 500}
    assert document["rollback"][0] == "cutover rollback"
    assert document["problems"] == []


def test_the_json_document_of_a_dark_world_is_one_too() -> None:
    world = fake_world()
    world.weights.failing["read"] = [ControlPlaneUnavailable("away")] * 2
    world.blind()

    document = json.loads(status(world, "--json"))

    assert document["weights"] is None
    assert document["dns"] is None
    assert document["verdict"] is None


def test_two_types_of_records_are_one_split() -> None:
    world = fake_world()
    world.weights.records = weighted(90, 10, "A", "AAAA", "HTTPS")

    assert "ECS  90" in status(world)
