"""`cutover verify`: the truth asked directly, told, and kept for the safety rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from cutover.core.models import Side
from cutover.core.record import Kind
from cutover.core.verification import Told
from cutover.core.web import Heard, Place, Trouble
from cutover.settings import BadSettings, load
from tests.fakes.probes import healthy
from tests.fakes.world import FakeWorld, fake_world, known_world, settings_with
from tests.fakes.zone import record
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import shift

FAILING = Heard(3.0, 503, (("apigw-requestid", "A1="),))


def failing_lambda(world: FakeWorld) -> FakeWorld:
    """The same world, where Lambda answers 503."""
    world.probes.answer = lambda place, _: FAILING if place.host.startswith("lambda") else healthy(place)
    return world


def document(world: FakeWorld, *more: str) -> tuple[int, Any]:
    """Exit code and JSON."""
    result = invoke(world, "--json", "verify", *more)
    return result.exit_code, json.loads(result.stdout)


def test_what_is_as_asked_passes_and_is_kept() -> None:
    world = known_world(90, 10)

    result = invoke(world, "verify")

    assert result.exit_code == 0
    assert result.stdout.count("5 checks passed") == 1
    assert "Lambda has 10% of 400 answers" in result.stdout
    assert world.ledger.last(Kind.VERIFIED).evidence["ok"] is True
    assert world.weights.applied == []


def test_both_sides_are_probed_five_times_at_their_targets_for_the_public_name() -> None:
    world = known_world(90, 10)

    invoke(world, "verify")

    assert sorted(world.probes.asked, key=lambda one: one[1]) == [
        ("GET", f"https://{side}.target.example/health", {}) for side in ("ecs", "lambda") for _ in range(5)
    ]


def test_a_failed_one_exits_12_and_names_what_failed() -> None:
    world = failing_lambda(known_world(90, 10))

    result = invoke(world, "verify")

    assert result.exit_code == 12
    assert (
        "1 of 5 checks failed: Lambda https://lambda.target.example: 5 of 5 probes failed: status 503" in result.stderr
    )
    assert "next: mend that" in result.stderr
    kept = world.ledger.last(Kind.VERIFIED)
    assert kept.evidence["ok"] is False
    assert {finding["mark"] for finding in kept.evidence["findings"]} == {"ok", "fail"}


def test_after_a_failed_one_nothing_is_raised_until_it_passes() -> None:
    world = failing_lambda(known_world(90, 10))
    invoke(world, "verify")

    code, said = shift(world, 20)
    world.probes.answer = lambda place, _: healthy(place)
    invoke(world, "verify")
    again, _ = shift(world, 20)

    assert (code, again) == (8, 0)
    assert "the newest verification, 0s ago, failed" in said
    assert "status 503" in said


def test_a_warning_passes_and_is_counted() -> None:
    world = known_world(90, 10)
    first = iter([Heard(5000.0, trouble=Trouble.TIMEOUT)])
    world.probes.answer = lambda place, _: next(first, healthy(place))

    result = invoke(world, "verify")

    assert result.exit_code == 0
    assert "5 checks passed, 1 with a warning" in result.stdout
    assert "WARN" in result.stdout


def test_the_questions_are_as_many_as_wished() -> None:
    code, told = document(known_world(90, 10), "--questions", "100")

    assert (code, told["schema"], told["ok"]) == (0, "cutover.verify/1", True)
    assert [(n["type"], n["asked"], n["ecs"], n["lambda"], n["tellable"]) for n in told["name_servers"]] == [
        ("A", 100, 90, 10, True), ("AAAA", 100, 90, 10, True),
    ]  # fmt: skip


def test_json_tells_every_answer() -> None:
    world = failing_lambda(known_world(90, 10))

    code, told = document(world)

    assert (code, told["exit"], told["ok"]) == (12, 12, False)
    probes = {probe["side"]: probe for probe in told["probes"]}
    assert probes["lambda"]["place"] == "https://lambda.target.example"
    assert probes["lambda"]["answers"][0] == {
        "status": 503, "elapsed_ms": 3.0, "answered_by": "lambda", "certificate_until": None, "fault": "status 503",
    }  # fmt: skip
    assert (probes["ecs"]["answers"][0]["fault"], probes["ecs"]["answers"][0]["answered_by"]) == (None, "ecs")
    assert probes["ecs"]["answers"][0]["certificate_until"] == "2027-02-20T09:00:00+00:00"


def test_a_side_swapped_with_the_other_is_found() -> None:
    world = known_world(90, 10)
    world.probes.answer = lambda place, _: healthy(Place("https", f"not-{place.host}", 443, place.name))

    result = invoke(world, "verify")

    assert result.exit_code == 12
    assert "ECS answers there" in result.stderr


def test_name_servers_that_serve_older_weights_are_found() -> None:
    world = known_world(50, 50)
    world.names.told = [Told("ns1", "A", 400, {Side.ECS: 400, Side.SERVERLESS: 0}, {}, {}, frozenset({60}))]

    result = invoke(world, "verify")

    assert result.exit_code == 12
    assert "Lambda is never answered" in result.stderr


def test_sides_are_probed_at_the_urls_of_the_settings() -> None:
    world = known_world(90, 10)
    ecs = {"load_balancer": "app/a/1", "url": "http://127.0.0.1:81"}
    world.settings = settings_with(ecs=ecs, **{"lambda": {"api_id": "abc", "url": "http://127.0.0.2:81/base"}})

    invoke(world, "verify")

    assert {url for _, url, _ in world.probes.asked} == {
        "http://127.0.0.1:81/health", "http://127.0.0.2:81/base/health",
    }  # fmt: skip


def test_a_side_whose_records_point_nowhere_fails() -> None:
    world = fake_world()
    world.weights.records = [record("HTTPS", "ecs", 100), record("HTTPS", "lambda", 0)]

    result = invoke(world, "verify")

    assert result.exit_code == 12
    assert "ECS: its records point at nothing that could be asked" in result.stderr
    assert world.probes.asked == []


def test_a_wildcard_is_probed_by_a_name_that_it_covers() -> None:
    world = known_world(90, 10, name="*.example.com")
    names: list[str] = []

    def answer(place: Place, _: str) -> Heard:
        names.append(place.name)
        return healthy(place)

    world.probes.answer = answer
    invoke(world, "verify")

    assert set(names) == {"any.example.com"}


def test_records_that_are_no_weights_are_drift() -> None:
    world = fake_world()
    world.weights.records.append(record("A", "third", 5))

    result = invoke(world, "verify")

    assert result.exit_code == 5
    assert world.probes.asked == []


def test_it_works_without_the_ledger_and_says_so() -> None:
    world = known_world(90, 10)
    world.ledger.unreadable = "the disk is gone"

    result = invoke(world, "verify")

    assert result.exit_code == 0
    assert "the disk is gone" in result.stderr


def test_a_long_reason_is_cut() -> None:
    world = failing_lambda(known_world(90, 10))
    world.names.told = [
        Told(f"ns{i}", "A", 9, dict.fromkeys(Side, 0), {}, {"SERVFAIL": 9}, frozenset()) for i in range(30)
    ]

    invoke(world, "verify")

    assert len(world.ledger.last(Kind.VERIFIED).reason) == 500


@pytest.mark.parametrize("questions", ["0", "19", "10001", "many"])
def test_a_number_of_questions_that_makes_no_sense_is_refused(questions: str) -> None:
    world = fake_world()

    result = invoke(world, "verify", "--questions", questions)

    assert result.exit_code == 2
    assert "is not a whole number from 20 to 10000" in result.stderr
    assert world.calls.names == []


def test_a_url_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(
        'name = "api.example.com"\nhosted_zone_id = "Z1"\n[ecs]\nload_balancer = "app/a/1"\nurl = "http://a.example"\n'
        '[lambda]\napi_id = "a"\nurl = "nonsense"\n'
    )

    with pytest.raises(
        BadSettings, match=r"ecs\.url: 'http://a\.example' must be https.*lambda\.url: 'nonsense' is not"
    ):
        load(path)
