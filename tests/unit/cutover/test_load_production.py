"""Load on production: never unasked, known to the ledger before its first request, and no evidence for a bake."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from cutover.core.load.order import Ended
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, known_world, settings_with
from tests.fakes.zone import START
from tests.unit.cutover.core.load.test_tokens import ALICE
from tests.unit.cutover.invoking import invoke, status

RUN = ("load", "run", "sustained", "--yes", "--target")
WANTED = ("--prod", "--reason", "before the sale")
MINUTE = timedelta(minutes=1)
REFUSED, RUNS = 8, 0


@pytest.fixture(autouse=True)
def test_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their tokens are in the environment."""
    monkeypatch.setenv("LEGO_TOKENS", ALICE)


def production(**more: Any) -> FakeWorld:
    """A world at Lambda 10% for two hours; the stage's name says that it is production."""
    world = known_world(90, 10)
    world.settings = settings_with(**more)
    return world


def loaded(world: FakeWorld) -> list[tuple[str, timedelta, timedelta, bool]]:
    """Who was loaded by the ledger, from when to when (from START), and whether that is over."""
    return [
        (said["target"], *(datetime.fromisoformat(said[key]) - START for key in ("start", "end")), "ended" in said)
        for said in (event.evidence for event in world.ledger.lines if event.kind is Kind.LOADED)
    ]


@pytest.mark.parametrize(
    ("target", "settings", "code"),
    [
        ("public", {}, REFUSED),
        ("ecs", {}, REFUSED),
        ("lambda", {}, REFUSED),
        ("https://api.example.com", {}, REFUSED),
        ("https://API.example.com:443/", {}, REFUSED),
        ("https://ecs.target.example", {}, REFUSED),
        ("https://lambda.target.example", {}, REFUSED),
        ("https://alb.example.com", {"ecs": {"load_balancer": "app/a/1", "url": "https://alb.example.com"}}, REFUSED),
        ("https://any.example.com", {"name": "*.example.com"}, REFUSED),
        ("https://api.lego-moc.example.com", {"stage": "staging"}, REFUSED),
        ("https://api.lego-moc.example.com", {"load": {"production": "no"}}, REFUSED),
        ("public", {"stage": "staging", "load": {"production": "yes"}}, REFUSED),
        ("https://staging.example.org", {}, RUNS),
        ("public", {"stage": "staging"}, RUNS),
        ("public", {"load": {"production": "no"}}, RUNS),
        ("http://127.0.0.1:9000", {}, RUNS),
        ("ecs", {"ecs": {"load_balancer": "app/a/1", "url": "http://localhost:9000"}}, RUNS),
    ],
)
def test_production_is_refused_however_it_is_called(target: str, settings: dict[str, Any], code: int) -> None:
    world = production(**settings)

    result = invoke(world, *RUN, target)

    assert result.exit_code == code, result.output
    assert len(world.load.orders) == (code == RUNS)
    assert loaded(world) == []
    if code == REFUSED:
        again = f'cutover load run sustained --target {target.rstrip("/")} --prod --reason "why"'
        assert "is production: a load test there is wanted by name, and has a reason" in result.stderr
        assert f"next: {again}  # runs it, and its minutes leave the bake's evidence" in result.stderr


@pytest.mark.parametrize("words", [("--prod",), ("--reason", "x")])
def test_the_word_and_the_reason_are_both_wanted(words: tuple[str, ...]) -> None:
    world = production()

    assert invoke(world, *RUN, "public", *words).exit_code == REFUSED
    assert world.load.orders == []


def test_a_dry_run_says_what_it_would_be_refused_for() -> None:
    result = invoke(production(), "load", "run", "sustained", "--target", "public", "--dry-run", "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["exit"], told["production"], told["requests"]) == (8, 8, True, 60_000)


def test_the_ledger_hears_of_it_before_the_first_request_and_of_the_true_end() -> None:
    world, before = production(), list[Any]()

    def meanwhile() -> None:
        before.extend(loaded(world))
        world.pass_time(7 * MINUTE)

    world.load.meanwhile = meanwhile

    result = invoke(world, *RUN, "public", *WANTED)

    assert result.exit_code == 0, result.output
    planned = timedelta(seconds=60 + 600 + 120)
    assert before == [("public", timedelta(0), planned, False)]
    assert loaded(world) == [*before, ("public", timedelta(0), 7 * MINUTE, True)]
    first, last = (event for event in world.ledger.lines if event.kind is Kind.LOADED)
    assert first.evidence["id"] == last.evidence["id"] == world.load.orders[0].id
    assert first.evidence["arrivals"] == 60_000
    assert first.reason == "sustained on public, at most 100 a second, until 09:13 UTC: before the sale"
    assert last.reason == "sustained on public is over (exit 0): before the sale"
    assert (first.command, last.evidence["exit"]) == ("load run", 0)
    assert world.load.orders[0].reason == "before the sale"
    assert world.load.orders[0].limits.abort_error_rate == world.settings.gates.fail_error_rate
    assert "prod      before the sale; its minutes do not count for the bake" in " ".join(result.stdout.split("\n"))


def test_people_are_told_and_the_plan_says_who() -> None:
    world = production(notify={"sns_topic": "arn:aws:sns:us-east-1:1:x", "slack_webhook_env": "HOOK"})

    result = invoke(world, *RUN, "lambda", *WANTED)

    assert "an outage in them does; told: sns, slack" in result.stdout
    assert [notice.title for notice in world.notifier.told] == [
        "api.example.com: load test, sustained on lambda, at most 100 a second, until 09:13 UTC: before the sale",
        "api.example.com: load test, sustained on lambda is over (exit 0): before the sale",
    ]
    assert not any(notice.urgent for notice in world.notifier.told)


@pytest.mark.parametrize(("ended", "code"), [(Ended(-9, log_end="Killed"), 1), (Ended(130, True, {}, "stopped"), 130)])
def test_a_run_that_was_cut_off_is_over_too(ended: Ended, code: int) -> None:
    world = production()
    world.load.ends = ended

    assert invoke(world, *RUN, "public", *WANTED).exit_code == code
    assert [over for *_, over in loaded(world)] == [False, True]
    assert world.ledger.last(Kind.LOADED).evidence["exit"] == code


def test_a_run_whose_own_process_dies_leaves_the_planned_interval() -> None:
    world = production()

    def dies() -> None:
        world.ledger.unwritable = "the machine is gone"
        raise KeyboardInterrupt

    world.load.meanwhile = dies

    invoke(world, *RUN, "public", *WANTED)

    assert [over for *_, over in loaded(world)] == [False]


def test_a_ledger_that_is_lost_meanwhile_is_told_and_does_not_hide_the_verdict() -> None:
    world = production()
    world.load.meanwhile = lambda: setattr(world.ledger, "unwritable", "disk full")

    result = invoke(world, *RUN, "public", *WANTED)

    assert result.exit_code == 0
    assert "PASS" in result.stdout
    assert "the ledger is out of reach, so this is not recorded: disk full" in result.output


@pytest.mark.parametrize("how", ["unreadable", "unwritable"])
def test_without_a_ledger_nothing_is_asked_of_production(how: str) -> None:
    world = production()
    setattr(world.ledger, how, "disk full")

    result = invoke(world, *RUN, "public", *WANTED)

    assert result.exit_code == REFUSED
    assert "disk full" in result.stderr
    assert world.load.orders == []


def test_without_a_ledger_staging_is_loaded_all_the_same() -> None:
    world = production(stage="staging")
    world.ledger.unreadable = "disk full"

    assert invoke(world, *RUN, "public").exit_code == 0


def test_a_rollback_that_is_going_on_refuses_it() -> None:
    world = production()
    world.weights.pending = None
    invoke(world, "rollback")

    result = invoke(world, *RUN, "public", *WANTED)

    assert result.exit_code == REFUSED
    assert "a rollback is going on since 22 Nov 09:00 UTC: nothing is loaded meanwhile" in result.stderr
    assert world.load.orders == []


def test_a_rollback_that_begins_between_the_plan_and_the_first_request_refuses_it() -> None:
    world = production()
    begun = {"before": (90, 10), "after": (100, 0), "evidence": {"rollback": True}}
    world.ledger.before_append.append(lambda: world.write(Kind.INTENT, **begun))

    result = invoke(world, *RUN, "public", *WANTED)

    assert result.exit_code == REFUSED
    assert world.load.orders == []
    assert loaded(world) == []


def test_another_load_test_that_is_under_way_refuses_it() -> None:
    world = production()
    others = {"id": "other", "start": world.clock.now().isoformat()}
    until = world.clock.now() + timedelta(minutes=10)
    world.write(Kind.LOADED, reason="sustained on public", evidence={**others, "end": until.isoformat()})

    refused = invoke(world, *RUN, "public", *WANTED)
    world.write(Kind.LOADED, evidence={**others, "end": world.clock.now().isoformat(), "ended": True})
    allowed = invoke(world, *RUN, "public", *WANTED)

    assert refused.exit_code == REFUSED
    assert f"is under way until {until:%d %b %H:%M} UTC: one at a time" in " ".join(refused.stderr.split())
    assert allowed.exit_code == 0
    assert len(world.load.orders) == 1


def test_another_load_test_that_begins_between_the_plan_and_the_first_request_refuses_it() -> None:
    world = production()
    now = world.clock.now()
    begun = {"id": "other", "start": now.isoformat(), "end": (now + timedelta(minutes=10)).isoformat()}
    world.ledger.before_append.append(lambda: world.write(Kind.LOADED, evidence=begun))

    assert invoke(world, *RUN, "public", *WANTED).exit_code == REFUSED
    assert world.load.orders == []


def test_somebody_elses_line_meanwhile_does_not_stop_it() -> None:
    world = production()
    world.ledger.before_append.append(lambda: world.write(Kind.PAUSED, reason="lunch"))

    assert invoke(world, *RUN, "public", *WANTED).exit_code == 0
    assert [over for *_, over in loaded(world)] == [False, True]


def test_where_route_53_can_not_be_asked_a_url_may_be_production() -> None:
    worlds = [production(), production(), production(stage="staging")]
    for world in worlds:
        world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer")]
    urls = ("https://api.example.com", "https://other.example.org", "https://other.example.org")

    codes = [invoke(world, *RUN, url).exit_code for world, url in zip(worlds, urls, strict=True)]

    assert codes == [REFUSED, 10, RUNS]


def under_way(world: FakeWorld) -> FakeWorld:
    """Its load test has begun three minutes ago and will take ten."""
    start, end = START - 3 * MINUTE, START + 7 * MINUTE
    said = {"id": "a", "start": start.isoformat(), "end": end.isoformat()}
    world.write(Kind.LOADED, time=start, reason="spike on public: sale", evidence=said)
    return world


def test_one_that_is_under_way_is_on_the_screens_until_it_is_over() -> None:
    world = under_way(production())

    assert "load      3m ago by somebody: spike on public: sale; its minutes do not count" in status(world)
    assert "load      3m ago by somebody: spike on public: sale" in invoke(world, "watch", "--once").stdout
    (told,) = json.loads(status(world, "--json"))["load_tests"]
    assert told["evidence"]["id"] == "a"
    world.pass_time(8 * MINUTE)
    assert "its minutes do not count" not in status(world)
    assert json.loads(status(world, "--json"))["load_tests"] == []


def test_history_tells_who_loaded_what_and_why() -> None:
    world = production()
    invoke(world, *RUN, "public", *WANTED)

    said = invoke(world, "history").stdout

    assert "sustained on public, at most 100 a second, until 09:13 UTC: before the sale  arn:aws:iam" in said
    assert "sustained on public is over (exit 0): before the sale" in said


def test_its_minutes_do_not_count_for_the_bake_and_the_gates_say_so() -> None:
    world, calm = production(), production()
    world.load.meanwhile = lambda: world.pass_time(10 * MINUTE)
    invoke(world, *RUN, "public", *WANTED)
    world.pass_time(10 * MINUTE)
    calm.pass_time(20 * MINUTE)

    counted, all_ = (json.loads(status(one, "--json"))["bake"]["counted_minutes"] for one in (world, calm))
    explained = invoke(world, "gates", "explain").stdout

    assert all_ - counted == 10
    assert "left out  10 minutes  of load tests, which do not count; an outage in them does" in explained
    assert json.loads(invoke(world, "gates", "explain", "--json").stdout)["left_out_minutes"] == 10
    assert "left out" not in invoke(calm, "gates", "explain").stdout


def test_load_does_not_excuse_an_outage() -> None:
    world = production()
    world.failing_lambda(1.0)
    world.load.meanwhile = lambda: world.pass_time(10 * MINUTE)

    invoke(world, *RUN, "public", *WANTED)

    assert invoke(world, "status", "--exit-code").exit_code == 3
