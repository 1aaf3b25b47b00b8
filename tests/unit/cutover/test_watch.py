"""`cutover watch`: it goes on whatever is away, says since when, asks for little, and changes nothing."""

import json
import threading
import time
from datetime import datetime, timedelta

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Kind
from cutover.flow.examine import floor
from cutover.flow.look.looking import Looker
from cutover.ports import ControlPlaneUnavailable, NotAllowed
from tests.fakes.world import fake_world, known_world
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.watching import PATIENCE, looked, screen, watched

MINUTE = timedelta(minutes=1)
AWAY = ControlPlaneUnavailable("Route 53 did not answer within 30 s")


def test_once_is_one_screen_with_everything() -> None:
    world = known_world(90, 10)

    result = invoke(world, "watch", "--once")

    assert result.exit_code == 0
    for said in (
        "BAKING 10%  PASS", "answers   ECS  90", "last 32m", "▁▁▁▁▁▁", "bake      1h58m of 30m",
        "next      Lambda 50%", "events    2h ago     adopted     Lambda 10%", "go back   cutover rollback",
    ):  # fmt: skip
        assert said in result.stdout
    assert world.clock.slept == []


def test_it_changes_nothing_and_takes_no_lease() -> None:
    world = known_world(90, 10)
    world.ledger.held_by, lines = "run by ada", list(world.ledger.lines)

    watched(world, 3, "--json")

    assert world.ledger.lines == lines
    assert world.weights.applied == []
    assert world.ledger.held_by == "run by ada"


def test_json_is_one_document_a_look_and_each_is_whole() -> None:
    world = known_world(90, 10)

    documents = [json.loads(line) for line in watched(world, 3, "--json", "--interval", "90s").stdout.splitlines()]

    assert [document["schema"] for document in documents] == ["cutover.watch/1"] * 3
    assert [document["time"][11:16] for document in documents] == ["09:00", "09:01", "09:03"]
    assert documents[0]["verdict"] == "pass"
    assert world.clock.slept == [timedelta(seconds=90)] * 3


def test_the_interval_is_real_time() -> None:
    world = known_world(90, 10)
    world.clock.factor = 60.0

    watched(world, 2, "--json")

    assert world.clock.slept == [timedelta(minutes=5)] * 2, "five real seconds, sixty times as fast"


def test_a_look_costs_one_list_and_a_minute_one_reading_of_each_side() -> None:
    world = known_world(90, 10)

    watched(world, 13, "--json")

    assert world.calls.names.count("before read") == 13
    for side in Side:
        readings = world.calls.names.count(f"before metrics {side.value}")
        assert readings <= 5, "a few at first, and one a minute later"
    assert len(world.names.asked) == world.surveyor.asked == 2


def test_later_readings_ask_only_for_what_is_new() -> None:
    world, asked = known_world(90, 10, timedelta(days=2)), []
    really_read = world.metrics.read

    def read(side: Side, since: datetime, until: datetime, window: timedelta) -> object:
        asked.append(until - since)
        return really_read(side, since, until, window)

    world.metrics.read = read  # type: ignore[method-assign,assignment]
    looker = Looker(world.ports, thorough=True)
    looker.look(PATIENCE)
    asked.clear()

    world.pass_time(MINUTE)
    looker.look(PATIENCE)

    assert len(asked) == 2
    assert max(asked) <= timedelta(minutes=30)


def test_without_a_terminal_it_tells_only_what_is_new() -> None:
    world = known_world(90, 10)

    def happen(look: int) -> None:
        if look == 2:
            world.write(Kind.PAUSED, reason="wait")

    lines = watched(world, 4, then=happen).stdout.splitlines()

    assert len(lines) == 3
    assert "BAKING 10%" in lines[0]
    assert "paused" in lines[1]
    assert "PAUSED 10%" in lines[2]


def test_lines_tell_a_drift_and_what_is_away() -> None:
    world = known_world(90, 10)
    world.weights.failing["read"] = [AWAY]

    lines = watched(world, 3, then=lambda _: world.weights.set_by_hand(70, 30)).stdout.splitlines()

    assert "Route 53: Route 53 did not answer within 30 s" in lines[0]
    assert "DRIFT" in lines[1]
    assert "Weight 30 instead of 10" in lines[1]


def test_an_interruption_of_the_first_look_is_no_error() -> None:
    world = known_world(90, 10)

    def interrupted() -> None:
        raise KeyboardInterrupt

    world.ledger.events = interrupted  # type: ignore[method-assign,assignment]

    assert invoke(world, "watch").exit_code == 0


@pytest.mark.parametrize("words", [["--interval", "0s"], ["--interval", "5"]])
def test_an_interval_is_a_duration(words: list[str]) -> None:
    world = known_world(90, 10)

    assert invoke(world, "watch", *words).exit_code == 2
    assert world.calls.names == []


def test_without_route_53_the_last_weights_are_shown_with_their_age() -> None:
    world = known_world(90, 10)
    looker = Looker(world.ports, thorough=True)
    looker.look(PATIENCE)
    world.weights.failing["read"] = [AWAY, AWAY]
    world.pass_time(MINUTE)
    looker.look(PATIENCE)
    world.pass_time(3 * MINUTE)

    away = "\n".join(screen(looker.look(PATIENCE), world))

    assert "10 Lambda  as read 4m ago" in away
    assert "! Route 53 (since 22 Nov 09:01 UTC): Route 53 did not answer within 30 s" in away
    assert "± 5.9 of 100 asked" in away
    assert "name servers" not in away, "one sentence does"

    back = "\n".join(screen(looker.look(PATIENCE), world))
    assert "settled" in back
    assert "!" not in back


def test_without_telemetry_the_last_values_are_shown_with_their_age_and_no_verdict_of_then() -> None:
    world = known_world(90, 10)
    looker = Looker(world.ports, thorough=True)
    looker.look(PATIENCE)
    world.blind("CloudWatch's answer is not complete")
    world.pass_time(7 * MINUTE)

    away = "\n".join(screen(looker.look(PATIENCE), world))

    assert "BAKING 10%  HOLD" in away
    assert "as of 7m ago: nothing newer is known" in away
    assert "error-rate  Lambda  PASS" in away
    assert "HOLD  CloudWatch's answer is not complete" in away
    assert "9 000 in 15m, 7m ago" in away


def test_telemetry_that_is_away_is_asked_for_once_a_minute() -> None:
    world = known_world(90, 10)
    world.metrics.failing = lambda _: NotAllowed("AccessDenied")

    watched(world, 12, "--json")

    assert world.calls.names.count("before metrics lambda") <= 2


def test_a_ledger_that_is_away_leaves_the_last_state_and_is_told() -> None:
    world = known_world(90, 10)
    looker = Looker(world.ports, thorough=True)
    looker.look(PATIENCE)
    world.ledger.unreadable = "can't read the ledger"
    world.pass_time(2 * MINUTE)
    looker.look(PATIENCE)
    world.pass_time(2 * MINUTE)

    away = "\n".join(screen(looker.look(PATIENCE), world))

    assert "LEDGER UNREADABLE  PASS" in away
    assert "! ledger (since 22 Nov 09:02 UTC): can't read the ledger" in away
    assert "events    2h4m ago   adopted" in away
    assert "nothing, until the ledger can be read" in away


def test_a_world_that_is_all_away_is_a_screen_too() -> None:
    world = fake_world()
    world.weights.failing["read"] = [AWAY]
    world.ledger.unreadable = "away"
    world.blind()

    dark = "\n".join(screen(looked(world), world))

    assert "asked     not known" in dark
    assert "gates     nothing is known yet" in dark
    assert "cutover rollback" in dark


def test_weights_that_change_are_judged_anew() -> None:
    world = known_world(90, 10)
    looker = Looker(world.ports, thorough=True)
    looker.look(PATIENCE)
    world.pass_time(5 * MINUTE)
    invoke(world, "shift", "--lambda-weight", "50", "--yes")
    world.pass_time(5 * MINUTE)

    picture = looker.look(PATIENCE)

    assert picture.live == Weights(50, 50)
    assert picture.drift is None
    assert picture.exam is not None
    assert picture.exam.evidence is not None
    assert picture.exam.evidence.weights == Weights(50, 50)
    assert picture.trend.first_missing(floor(picture.now - 2 * MINUTE, MINUTE)) is None, (
        "the minutes before the shift are still known"
    )


def test_a_drift_is_judged_by_the_live_weights_without_reading_anew_each_time() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(50, 50)
    world.pass_time(timedelta(hours=2))
    looker = Looker(world.ports, thorough=True)

    pictures = [looker.look(PATIENCE) for _ in range(3)]

    assert [picture.exam.clock for picture in pictures if picture.exam] == [None] * 3
    assert world.calls.names.count("before metrics lambda") <= 4


def test_a_question_that_hangs_is_not_asked_again_and_its_answer_is_taken_when_it_comes() -> None:
    world, released = known_world(90, 10), threading.Event()
    really_read, asked = world.metrics.read, []

    def hanging(side: Side, since: datetime, until: datetime, window: timedelta) -> object:
        asked.append(side)
        released.wait(30)
        return really_read(side, since, until, window)

    world.metrics.read = hanging  # type: ignore[method-assign,assignment]
    looker = Looker(world.ports)

    first = looker.look(0.05)
    ends = time.monotonic() + 10
    while {*asked} != {*Side} and time.monotonic() < ends:
        time.sleep(0.01)
    before = list(asked)
    second = looker.look(0.05)

    assert first.exam is second.exam is None
    assert first.problems == ("CloudWatch did not answer in time",)
    assert asked == before

    released.set()
    assert looker.look(PATIENCE).exam is not None
