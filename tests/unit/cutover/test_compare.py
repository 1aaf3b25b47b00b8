"""`cutover compare`: two places, the same questions, every planted difference found and no noise taken for one."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cutover.core.web import Heard, Place, Trouble
from cutover.probe import HttpProbes
from cutover.render.output import Output
from tests.fakes.world import FakeWorld, fake_world
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.web_server import answering, serving

URLS = ("--baseline", "https://ecs.example", "--candidate", "https://lambda.example")
JSON = (("content-type", "application/json"),)
Bodies = Callable[[bool, str], Any]
"""What the candidate (or not: the baseline) answers a path with."""


def world_of(bodies: Bodies) -> FakeWorld:
    """A world where both places answer with this JSON, or with the Heard it is."""
    world = fake_world()

    def answer(place: Place, path: str) -> Heard:
        found = bodies(place.host == "lambda.example", path)
        return found if isinstance(found, Heard) else Heard(1.0, 200, JSON, json.dumps(found).encode())

    world.probes.answer = answer
    return world


def compared(world: FakeWorld, *more: str) -> tuple[int, Any]:
    """Exit code and document of a comparison."""
    result = invoke(world, "--json", "compare", *URLS, "--yes", *more)
    return result.exit_code, json.loads(result.stdout)


def places(told: Any) -> list[tuple[str, str]]:
    """Kind and place of each difference."""
    return [(one["kind"], one["where"]) for one in told["differences"]]


def test_two_places_that_answer_alike_pass() -> None:
    world = world_of(lambda _, path: {"path": path})

    code, told = compared(world)

    assert (code, told["verdict"], told["compared"], told["mismatched"]) == (0, "pass", 5, 0)
    assert [url for _, url, _ in world.probes.asked[:4]] == [
        "https://ecs.example/health", "https://ecs.example/health", "https://lambda.example/health",
        "https://ecs.example/api/mocs",
    ]  # fmt: skip
    assert {method for method, _, _ in world.probes.asked} == {"GET"}
    assert world.ledger.lines == []
    assert world.weights.applied == []


def test_a_difference_fails_and_is_told_with_both_values() -> None:
    world = world_of(lambda candidate, _: {"data": [{"id": 1, "title": "new" if candidate else "old"}]})

    result = invoke(world, "compare", *URLS, "--yes", "--path", "/api/mocs?page=2")

    assert result.exit_code == 12
    assert "GET /api/mocs?page=2  value $.data[*].title" in result.stdout
    assert '"old" → "new"' in result.stdout
    assert "1 of 1 comparison differ (100%; the true rate is between 20.7% and 100%)" in result.stderr


def test_what_the_baseline_does_not_keep_either_is_noise() -> None:
    number = itertools.count()

    def bodies(candidate: bool, path: str) -> Any:
        at = next(number)
        items = [{"id": i, "seen": at} for i in range(3)]
        return {"id": f"request {at}", "data": items if at % 2 else items[::-1], "fixed": 1}

    world = world_of(bodies)
    code, told = compared(world, "--rounds", "3")

    assert (code, told["mismatched"]) == (0, 0)
    assert {(one["kind"], one["where"]) for one in told["noise"]} >= {
        ("value", "$.id"), ("order", "$.data"), ("value", "$.data[*].seen"),
    }  # fmt: skip
    said = invoke(world, "compare", *URLS, "--yes").stdout
    assert "the baseline differs from itself in" in said


def test_a_difference_hides_in_no_noise() -> None:
    number = itertools.count()

    def bodies(candidate: bool, path: str) -> Any:
        return {"at": next(number), "data": [{"id": 1, "at": next(number), "parts": 3 if candidate else 4}]}

    code, told = compared(world_of(bodies), "--path", "/a")

    assert code == 12
    assert places(told) == [("value", "$.data[*].parts")]


def test_noise_of_one_round_counts_in_all() -> None:
    """A value that changes every few requests alone would else be a difference in one round."""
    number = itertools.count()

    code, told = compared(world_of(lambda *_: {"hour": next(number) // 4}), "--rounds", "4", "--path", "/a")

    assert (code, told["mismatched"]) == (0, 0)


def test_fields_can_be_ignored_by_flag_and_by_settings() -> None:
    world = world_of(lambda candidate, _: {"timestamp": candidate, "etag": candidate, "x": [{"build": candidate}]})

    code, told = compared(world, "--ignore", "build", "--ignore", "etag")

    assert (code, told["mismatched"]) == (0, 0)


@pytest.mark.parametrize(
    ("candidate", "kind"),
    [
        (Heard(1.0, 503, JSON, b"{}"), "status class"),
        (Heard(1.0, trouble=Trouble.TIMEOUT), "no answer"),
    ],
)
def test_another_class_of_status_fails_whatever_the_rate(candidate: Heard, kind: str) -> None:
    asked = itertools.count()

    def bodies(is_candidate: bool, path: str) -> Any:
        return candidate if is_candidate and next(asked) < 2 else {}

    code, told = compared(world_of(bodies), "--rounds", "450", "--path", "/a", "--path", "/b")

    assert code == 12
    assert told["rate"] < 0.01
    assert {one["kind"] for one in told["differences"]} == {kind}
    assert "with another class of status" in told["message"]


def test_a_connection_that_breaks_once_is_asked_again() -> None:
    first = iter([Heard(1.0, trouble=Trouble.BROKEN)])

    code, told = compared(world_of(lambda candidate, _: next(first, {}) if candidate else {}), "--path", "/a")

    assert (code, told["compared"]) == (0, 1)


def test_few_differences_hold() -> None:
    left = itertools.count()

    code, told = compared(
        world_of(lambda candidate, _: {"a": candidate and next(left) == 0}), "--rounds", "500", "--path", "/a"
    )

    assert (code, told["verdict"], told["mismatched"]) == (6, "hold", 1)
    assert "--ignore FIELD" in told["next"]


@pytest.mark.parametrize("baseline", [Heard(1.0, 502), Heard(1.0, trouble=Trouble.REFUSED), Heard(1.0)])
def test_a_baseline_that_fails_itself_is_no_yardstick(baseline: Heard) -> None:
    world = world_of(lambda candidate, _: {} if candidate else baseline)

    result = invoke(world, "compare", *URLS, "--yes", "--path", "/a")

    assert result.exit_code == 6
    assert "GET /a: the baseline itself fails" in result.stdout
    assert "nothing could be compared" in result.stderr
    assert not any("lambda.example" in url for _, url, _ in world.probes.asked)


def test_both_refusing_everybody_is_told() -> None:
    world = world_of(lambda *_: Heard(1.0, 401, JSON, b"{}"))

    result = invoke(world, "compare", *URLS, "--yes", "--path", "/a")

    assert result.exit_code == 0
    assert "1 answer 401 on both: --token-env NAME would see more" in result.stdout


def test_the_token_comes_from_the_environment_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", " s3cret-token ")
    world = world_of(lambda candidate, _: {"echo": f"you sent s3cret-token {candidate}"})

    result = invoke(world, "--json", "compare", *URLS, "--yes", "--path", "/a", "--token-env", "MY_TOKEN")

    assert {headers["Authorization"] for _, _, headers in world.probes.asked} == {"Bearer s3cret-token"}
    assert "you sent •••" in result.stdout
    assert "s3cret" not in result.output


def test_questions_are_asked_no_faster_than_the_rate() -> None:
    world = world_of(lambda *_: {})

    invoke(world, "compare", *URLS, "--yes", "--path", "/a", "--rate", "4", "--rounds", "2")

    assert world.clock.slept == [timedelta(seconds=0.25)] * 5


def test_a_compressed_clock_does_not_make_it_faster() -> None:
    world = world_of(lambda *_: {})
    world.clock.factor = 60.0

    invoke(world, "compare", *URLS, "--yes", "--path", "/a")

    assert world.clock.slept == [timedelta(seconds=30)] * 2


def test_an_interruption_leaves_what_was_found() -> None:
    def bodies(candidate: bool, path: str) -> Any:
        if path == "/b":
            raise KeyboardInterrupt
        return {"a": candidate}

    result = invoke(world_of(bodies), "compare", *URLS, "--yes", "--path", "/a", "--path", "/b")

    assert result.exit_code == 130
    assert "value $.a" in result.stdout
    assert "interrupted: 1 of 1 comparison differ" in result.stdout


def test_it_shows_what_it_will_do_and_asks() -> None:
    world = world_of(lambda *_: {})

    result = typed(world, "n\n", "compare", *URLS)

    assert result.exit_code == 130
    assert "15 requests, 2 a second: about 7s" in result.stdout
    assert "GET /health, GET /api/mocs" in result.stdout
    assert world.probes.asked == []


def test_it_goes_on_at_a_yes() -> None:
    assert typed(world_of(lambda *_: {}), "y\n", "compare", *URLS, "--path", "/a").exit_code == 0


def test_a_dry_run_asks_nobody() -> None:
    world = world_of(lambda *_: {})

    result = invoke(world, "--json", "compare", *URLS, "--dry-run", "--path", "HEAD /a", "--rounds", "2")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["requests"] == ["HEAD /a"]
    assert json.loads(result.stdout)["request_count"] == 6
    assert world.probes.asked == []


def test_another_name_is_asked_for() -> None:
    world = world_of(lambda *_: {})
    names: set[str] = set()
    inner = world.probes.answer

    def answer(place: Place, path: str) -> Heard:
        names.add(place.name)
        return inner(place, path)

    world.probes.answer = answer
    compared(world, "--host", "api.example.com", "--path", "/a")

    assert names == {"api.example.com"}


def test_on_a_terminal_it_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Output, "is_live", property(lambda _: True))

    result = invoke(world_of(lambda *_: {}), "compare", *URLS, "--yes", "--path", "/a?token=abc", "--rounds", "2")

    assert "\r\x1b[2K  1 of 2  GET /a?token=•••" in result.stdout
    assert "PASS" in result.stdout.splitlines()


def test_many_differences_are_not_all_shown() -> None:
    world = world_of(lambda candidate, _: {str(i): candidate for i in range(50)})

    result = invoke(world, "compare", *URLS, "--yes", "--path", "/a")

    assert "10 more; --json has all of them" in result.stdout


def _side(planted: bool) -> Callable[[BaseHTTPRequestHandler], None]:
    """A whole small API, on which the planted side differs once in each way; both have noise."""
    number = itertools.count()

    def answer(request: BaseHTTPRequestHandler) -> None:
        noise = {"timestamp": next(number), "requestId": f"r-{planted}-{next(number)}"}
        items = [{"id": i, "title": f"t{i}"} for i in range(4)]
        if next(number) % 2:
            items.reverse()
        routes = {
            "/same": answering(200, json.dumps({"data": items, **noise}).encode()),
            "/status": answering(404 if planted else 200, b"{}"),
            "/near": answering(201 if planted else 200, b"{}"),
            "/type": answering(200, b"{}", Content_Type="text/plain" if planted else "application/json"),
            "/header": answering(200, b"{}", Cache_Control="no-store" if planted else "max-age=60"),
            "/value": answering(200, json.dumps({"data": {"parts": 3 if planted else 4}, **noise}).encode()),
            "/shape": answering(200, json.dumps({"data": {"parts": "4" if planted else 4}, **noise}).encode()),
            "/lost": answering(200, json.dumps({"data": items[:3] if planted else items}).encode()),
            "/image": answering(200, b"\x00\x01" if planted else b"\x00\x02", Content_Type="image/webp"),
        }
        routes[request.path](request)

    return answer


def test_every_planted_difference_of_two_real_servers_is_found_and_nothing_else() -> None:
    paths = ["/same", "/status", "/near", "/type", "/header", "/value", "/shape", "/lost", "/image"]
    world = fake_world()
    object.__setattr__(world, "probes", HttpProbes())
    with serving(_side(planted=False)) as baseline, serving(_side(planted=True)) as candidate:
        words = [word for path in paths for word in ("--path", path)]
        urls = ("--baseline", f"http://127.0.0.1:{baseline}", "--candidate", f"http://127.0.0.1:{candidate}")
        result = invoke(world, "--json", "compare", *urls, "--yes", *words)

    told = json.loads(result.stdout)
    assert result.exit_code == 12
    found = {one["route"]: (one["kind"], one["where"]) for one in told["differences"] if one["route"] != "/lost"}
    assert found == {
        "/status": ("status class", ""),
        "/near": ("status", ""),
        "/type": ("content type", ""),
        "/header": ("header", "cache-control"),
        "/value": ("value", "$.data.parts"),
        "/shape": ("type", "$.data.parts"),
        "/image": ("body", ""),
    }
    assert ("missing", "$.data[*]") in places(told)
    assert (told["compared"], told["mismatched"]) == (9, 8)
