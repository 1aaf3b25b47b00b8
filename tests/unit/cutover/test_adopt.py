"""`cutover adopt`: simple records become weighted ones in one batch; killed anywhere, the next one takes it up."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.adopting import LambdaTarget
from cutover.core.models import Snapshot, Weights
from cutover.core.record import Kind
from cutover.core.state import Phase, fold
from cutover.core.zone import Sides, read_weights
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import record, weighted
from tests.unit.cutover.invoking import invoke, status, typed

SIDES = Sides("ecs", "lambda")
REGIONAL = "d-abc123.execute-api.us-east-1.amazonaws.com"
NAMED = ("--lambda-target", REGIONAL, "--lambda-zone", "Z1UJRXOUMOOFQ8")
# What is sent where a change id was lost: the same once more, to have one to follow.
AGAIN = ((100, 0), (100, 0))
ADOPT = ("adopt", *NAMED, "--yes", "--reason", "the migration begins")


def simple_world(*types: str) -> FakeWorld:
    """A world whose name has a simple record of each type."""
    world = fake_world()
    world.weights.records = [record(type_, None, None) for type_ in types or ("A",)]
    return world


def live(world: FakeWorld) -> object:
    return read_weights(Snapshot(tuple(world.weights.records)), SIDES)


def test_it_replaces_the_record_in_one_batch_and_follows_it_until_it_is_settled() -> None:
    world = simple_world("A", "AAAA")

    result = invoke(world, *ADOPT, "--lambda-ipv6")

    assert result.exit_code == 0, result.output
    assert live(world) == Weights(100, 0)
    assert len(world.weights.applied) == 1
    assert len(world.weights.records) == 4
    assert world.ledger.kinds()[:4] == ["intent", "applied", "insync", "settled"]
    assert "adopted: A, AAAA of api.example.com are weighted, ecs 100 / lambda 0, settled" in result.stdout
    state = fold(world.ledger.lines)
    assert (state.phase, state.weights, sorted(state.records)) == (
        Phase.STEADY,
        Weights(100, 0),
        sorted(r.body for r in world.weights.records),
    )


def test_the_intent_says_who_why_and_that_no_weights_were_asked_before() -> None:
    world = simple_world()

    invoke(world, *ADOPT)

    intent = world.ledger.last(Kind.INTENT)
    assert (intent.before, intent.after, intent.reason) == (None, (100, 0), "the migration begins")
    assert intent.evidence["adopts"] is True
    assert world.weights.comments == ["cutover/production/1/arn:aws:iam::123456789012:user/ada"]


def test_both_ways_back_are_kept_before_anything_is_sent() -> None:
    world = simple_world()
    before = json.loads(world.weights.records[0].body)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("away")]

    invoke(world, *ADOPT)

    undo = json.loads(world.ledger.kept["before-adoption-1.json"])
    assert [c["Action"] for c in undo["Changes"]] == ["DELETE", "DELETE", "CREATE"]
    assert undo["Changes"][2]["ResourceRecordSet"] == before
    home = json.loads(world.ledger.kept["rollback-1.json"])
    assert [(c["Action"], c["ResourceRecordSet"]["Weight"]) for c in home["Changes"]] == [
        ("UPSERT", 100),
        ("UPSERT", 0),
    ]
    assert world.ledger.last(Kind.INTENT).evidence["simple"] == "/ledger/before-adoption-1.json"


def test_a_dry_run_shows_the_pair_and_changes_nothing() -> None:
    world = simple_world()

    result = invoke(world, "adopt", *NAMED, "--dry-run", "--health-check", "0c1d-hc")

    assert result.exit_code == 0
    assert "A     simple" in result.stdout
    assert f"alias {REGIONAL}.  health check 0c1d-hc" in result.stdout
    assert world.weights.applied == []
    assert world.ledger.lines == []
    assert world.ledger.kept == {}


def test_it_asks_first_and_a_shift_can_follow() -> None:
    world = simple_world()

    assert typed(world, "n\n", "adopt", *NAMED).exit_code == 130
    assert world.weights.applied == []
    assert typed(world, "y\n", "adopt", *NAMED).exit_code == 0
    assert invoke(world, "shift", "--lambda-weight", "10", "--yes").exit_code == 0
    assert world.live == Weights(90, 10)


def test_a_type_that_is_weighted_already_is_not_shown_as_new() -> None:
    world = fake_world()
    world.weights.records = [*weighted(100, 0, "A"), record("HTTPS", None, None, AliasTarget=None, TTL=60,
                             ResourceRecords=[{"Value": '1 . alpn="h2"'}])]  # fmt: skip

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.stdout.splitlines() if line.startswith("  from")] == [["from", "HTTPS"]]
    assert live(world) == Weights(100, 0)
    assert len(world.weights.records) == 4


def test_a_simple_record_in_the_place_of_known_weights_is_adopted_anew_and_a_rollback_stands() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")
    world.weights.records = [record("A", None, None)]

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0, result.output
    assert live(world) == Weights(100, 0)
    assert invoke(world, "shift", "--lambda-weight", "10", "--yes").exit_code == 8


def test_the_target_is_asked_of_api_gateway_where_it_is_not_named() -> None:
    world = simple_world("A", "AAAA")
    world.targets.found = LambdaTarget(REGIONAL, "Z1UJRXOUMOOFQ8", ipv6=True)

    result = invoke(world, "adopt", "--yes", "--health-check", "hc-1", "--json")

    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["schema"], document["plan"]["after"]) == ("cutover.adopt/1", {"ecs": 100, "lambda": 0})
    lambdas = [json.loads(r.body) for r in world.weights.records if r.set_identifier == "lambda"]
    assert {(r["AliasTarget"]["DNSName"], r["HealthCheckId"]) for r in lambdas} == {(f"{REGIONAL}.", "hc-1")}


def test_a_target_that_api_gateway_does_not_know_has_to_be_named() -> None:
    result = invoke(simple_world(), "adopt", "--yes")

    assert result.exit_code == 2
    assert "API Gateway names no custom domain api.example.com here" in result.stderr


def test_an_api_gateway_that_does_not_answer_is_out_of_reach() -> None:
    world = simple_world()
    world.targets.failing = ControlPlaneUnavailable("apigateway:GetDomainName: no answer")

    assert invoke(world, "adopt", "--yes").exit_code == 10
    assert world.ledger.lines == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lambda-target", REGIONAL), "--lambda-target and --lambda-zone belong together"),
        (("--lambda-zone", "Z1"), "--lambda-target and --lambda-zone belong together"),
        (("--lambda-target", "not a host", "--lambda-zone", "Z1"), "'not a host' is not a host name, such as d-abc123"),
        (("--lambda-target", REGIONAL, "--lambda-zone", "z-1"), "'z-1' is not a zone id"),
        ((*NAMED, "--health-check", "a b"), "'a b' is not a health check's id"),
    ],
)
def test_wrong_targets_are_told(words: tuple[str, ...], said: str) -> None:
    world = simple_world()

    result = invoke(world, "adopt", "--yes", *words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert world.calls.names == []


@pytest.mark.parametrize(
    ("records", "code", "said"),
    [
        ([], 5, "no A, AAAA, CNAME or HTTPS record at all"),
        ([record("A", "eu", None, Region="eu-west-1")], 5, "another routing policy"),
        ([*weighted(90, 10), record("A", "blue", 5)], 5, "a third A record 'blue'"),
        ([record("A", None, None), record("AAAA", None, None)], 8, "clients with IPv6 would stay at ECS"),
        (
            [record("A", None, None, AliasTarget=None, TTL=300, ResourceRecords=[{"Value": "192.0.2.1"}])],
            8,
            "a TTL of 300 s",
        ),
    ],
)
def test_what_can_not_be_adopted_is_refused_and_left_alone(records: list[Any], code: int, said: str) -> None:
    world = fake_world()
    world.weights.records = list(records)

    result = invoke(world, *ADOPT)

    assert result.exit_code == code
    assert said in result.stderr
    assert "next: " in result.stderr
    assert (world.weights.applied, world.ledger.lines) == ([], [])


def test_a_refused_twin_names_its_rule() -> None:
    assert "rule: ipv6 (exit 8)" in invoke(simple_world("A", "AAAA"), *ADOPT).stderr


def test_weighted_records_are_taken_as_they_are_where_the_ledger_does_not_know_them() -> None:
    world = fake_world(90, 10)

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0
    assert "already weighted: ecs 90 / lambda 10; the ledger knows it from now on" in result.stdout
    assert world.ledger.kinds() == ["adopted"]
    assert world.weights.applied == []


def test_a_dry_run_writes_nothing_of_weighted_records() -> None:
    world = fake_world(90, 10)

    result = invoke(world, "adopt", *NAMED, "--dry-run")

    assert (result.exit_code, world.ledger.lines) == (0, [])
    assert "already weighted: ecs 90 / lambda 10; nothing was changed" in result.stdout


def test_weighted_records_that_the_ledger_knows_are_told_and_need_no_lease() -> None:
    world = known_world(90, 10)
    world.ledger.held_by = "run by grace"

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0
    assert "already weighted: ecs 90 / lambda 10, and the ledger knows it" in result.stdout
    assert len(world.ledger.lines) == 1


@pytest.mark.parametrize("words", [("rollback",), ("pause", "--reason", "x", "--yes")])
def test_in_other_states_it_says_so_too(words: tuple[str, ...]) -> None:
    world = known_world(90, 10)
    invoke(world, *words)
    lines = len(world.ledger.lines)

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0
    assert "already weighted" in result.stdout
    assert len(world.ledger.lines) == lines


def test_weights_that_others_changed_are_a_drift_and_not_adopted() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(50, 50)

    result = invoke(world, *ADOPT)

    assert result.exit_code == 5
    assert "Weight 50 instead of" in result.stderr
    assert world.ledger.kinds() == ["adopted"]


def test_at_work_elsewhere_it_gives_way() -> None:
    world = simple_world()
    world.ledger.held_by = "adopt by grace"

    assert invoke(world, *ADOPT).exit_code == 7
    assert world.weights.applied == []


def test_a_record_that_changed_after_the_plan_was_shown_is_refused() -> None:
    world = simple_world()
    lease = world.ledger.lease

    def overtaken(holder: str):  # type: ignore[no-untyped-def]
        world.weights.records = [record("A", None, None, HealthCheckId="new")]
        return lease(holder)

    world.ledger.lease = overtaken  # type: ignore[method-assign]

    result = invoke(world, *ADOPT)

    assert result.exit_code == 8
    assert "the live records have changed since it was shown" in result.stderr
    assert world.weights.applied == []


def test_what_somebody_else_adopted_after_the_plan_was_shown_is_taken_over() -> None:
    world = simple_world()
    lease = world.ledger.lease

    def overtaken(holder: str):  # type: ignore[no-untyped-def]
        world.weights.records = weighted(100, 0)
        return lease(holder)

    world.ledger.lease = overtaken  # type: ignore[method-assign]

    assert invoke(world, *ADOPT).exit_code == 0
    assert world.ledger.kinds() == ["adopted"]


def test_a_batch_that_route_53_refuses_is_abandoned() -> None:
    world = simple_world()
    world.weights.failing["apply"] = [ChangedMeanwhile("A is not as it was read")]

    assert invoke(world, *ADOPT).exit_code == 5
    assert world.ledger.kinds() == ["intent", "abandoned"]
    assert invoke(world, *ADOPT).exit_code == 0


def test_an_answer_that_was_lost_is_found_live_by_the_next() -> None:
    world = simple_world()
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("no answer within 30 s")]

    assert invoke(world, *ADOPT).exit_code == 10
    result = invoke(world, *ADOPT)

    assert result.exit_code == 0, result.output
    assert [kind for kind in world.ledger.kinds() if kind != "applied"][:3] == ["intent", "insync", "settled"]
    assert set(world.weights.applied[1:]) == {AGAIN}


def test_an_adoption_that_was_never_carried_out_is_explained_and_begun_again() -> None:
    world = simple_world()
    world.weights.failing["apply"] = [ControlPlaneUnavailable("no answer within 30 s")]
    invoke(world, *ADOPT)

    screen = status(world)
    assert "the A record is a simple one" in screen
    assert "cutover adopt" in screen
    for words in (("run", "--yes"), ("shift", "--lambda-weight", "10", "--yes"), ("resume", "--reason", "x", "--yes")):
        result = invoke(world, *words)
        assert result.exit_code == 5, words
        assert "next: cutover adopt" in result.stderr
    assert invoke(world, "rollback").exit_code == 5
    assert world.weights.applied == []

    assert invoke(world, *ADOPT).exit_code == 0
    assert live(world) == Weights(100, 0)
    assert fold(world.ledger.lines).drift == ""


def test_ctrl_c_while_it_is_sent_saves_the_state() -> None:
    world = simple_world()
    world.weights.failing["apply-answer"] = [KeyboardInterrupt()]

    assert invoke(world, *ADOPT).exit_code == 130
    assert invoke(world, *ADOPT).exit_code == 0


def test_without_insync_it_times_out_and_the_next_goes_on() -> None:
    world = simple_world()
    world.weights.pending = None

    assert invoke(world, *ADOPT).exit_code == 11
    world.weights.pending = timedelta(0)

    assert invoke(world, *ADOPT).exit_code == 0
    assert fold(world.ledger.lines).phase is Phase.STEADY
