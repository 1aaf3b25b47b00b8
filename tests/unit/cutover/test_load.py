"""`cutover load run`: the plan, who is asked, whose tokens, how it goes and ends; the generator is a fake."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cutover.absent import NO_LOAD_GENERATOR
from cutover.cli import cli
from cutover.core.load.lines import Note, Second
from cutover.core.load.order import CannotLoad, Ended, Order
from cutover.core.load.run import Target
from cutover.render.loading import Screen
from cutover.render.output import Output
from cutover.world import LazyLocust
from tests.fakes.load_generator import PROFILES, second
from tests.fakes.world import FakeWorld, fake_world, settings_with
from tests.fakes.zone import START
from tests.unit.cutover.core.load.test_tokens import ALICE, EVE, token
from tests.unit.cutover.invoking import NEUTRAL, invoke, typed

URL = "https://staging.example.org"
RUN = ("load", "run", "smoke", "--target", URL)


@pytest.fixture
def tokens(tmp_path: Path) -> tuple[str, str]:
    """The option that names two test users."""
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({"alice": ALICE, "eve": EVE}))
    return "--tokens", str(path)


def staging(**more: Any) -> FakeWorld:
    """A world that is no production."""
    world = fake_world()
    world.settings = settings_with(stage="staging", **more)
    return world


def order_of(world: FakeWorld) -> Order:
    """The only run."""
    (order,) = world.load.orders
    return order


def test_a_run_shows_its_plan_and_ends_with_the_verdict(tokens: tuple[str, str], tmp_path: Path) -> None:
    world = staging()

    result = invoke(world, *RUN, *tokens, "--yes", "--out", str(tmp_path / "run"))

    assert result.exit_code == 0, result.output
    said = result.stdout
    assert f"target    staging.example.org  {URL}" in said
    assert "smoke: 5 a second for 1m" in said
    assert "asks      300 requests in 1m, at most 5 a second" in said
    assert "97% delivered, p95 under 500 ms, p99 under 1 000 ms, errors under 1%, 429 at most 1%" in said
    assert "by itself when more than 50% fail in ten seconds" in said
    assert "people    2 accounts" in said
    assert "smoke: 300 of 300 (100%)" in said
    assert "PASS: lambda holds smoke" in said
    assert f"next: cutover load report {tmp_path / 'run'}  # writes its page anew" in said
    assert ALICE not in result.output
    assert world.ledger.lines == []
    assert world.weights.applied == []


def test_the_generator_is_told_everything(tokens: tuple[str, str], tmp_path: Path) -> None:
    world = staging(load={"most_in_flight": 700, "most_per_second": 90})
    more = ("--processes", "3", "--persons", "40", "--seed", "7", "--no-clean", "--out", str(tmp_path / "run"))

    invoke(world, *RUN, *tokens, "--yes", *more)

    order = order_of(world)
    assert (order.profile.name, order.profile_file) == ("smoke", "/profiles/smoke.toml")
    assert (order.target.name, order.target.url, order.connect) == ("staging.example.org", URL, None)
    assert order.tokens == {"alice": ALICE, "eve": EVE}
    assert (order.processes, order.persons, order.seed, order.clean) == (3, 40, 7, False)
    assert (order.in_flight, order.most_per_second, order.folder) == (700, 90, str(tmp_path / "run"))
    assert order.id
    assert ALICE not in repr(order)


def test_a_run_has_a_folder_of_its_own_that_says_what_it_was(tokens: tuple[str, str]) -> None:
    world = staging()

    invoke(world, *RUN, *tokens, "--yes")

    assert Path(order_of(world).folder).name == "smoke-staging.example.org-20261122-090000"


def test_it_asks_first_and_a_dry_run_asks_nobody(tokens: tuple[str, str]) -> None:
    world = staging()

    assert invoke(world, *RUN, *tokens).exit_code == 2
    assert typed(world, "n\n", *RUN, *tokens).exit_code == 130
    shown = invoke(world, *RUN, *tokens, "--dry-run", "--json")

    assert world.load.orders == []
    told = json.loads(shown.stdout)
    assert (told["schema"], told["exit"], told["requests"], told["seconds"]) == ("cutover.load/1", 0, 300, 60)
    assert (told["production"], told["tokens"], told["message"]) == (False, 2, "nothing was asked of it")
    assert ALICE not in shown.output
    assert typed(world, "y\n", *RUN, *tokens).exit_code == 0


def test_programs_get_the_summary_as_one_document(tokens: tuple[str, str]) -> None:
    world = staging()
    world.load.tells = [[second(1)]]

    result = invoke(world, *RUN, *tokens, "--yes", "--json")

    told = json.loads(result.stdout)
    assert (told["schema"], told["standing"], told["exit"], told["result"]) == ("cutover.load/1", "pass", 0, "done")
    assert told["folder"] == order_of(world).folder
    assert "asked 5/s" not in result.stdout


@pytest.mark.parametrize(
    ("ended", "code", "said"),
    [
        (Ended(3, summary={}, headline="FAIL: too slow"), 3, "FAIL: too slow"),
        (Ended(6, summary={}, headline="UNSURE: too few"), 6, "UNSURE: too few"),
        (Ended(13, summary={}, headline="NOT DELIVERED"), 13, "NOT DELIVERED"),
        (Ended(8, log_end="this is production"), 8, "did not begin: this is production"),
        (Ended(2, log_end="no host"), 2, "did not begin: no host"),
        (Ended(2), 2, "it does not say why"),
        (Ended(130, interrupted=True, summary={}, headline="stopped"), 130, "stopped"),
        (Ended(-9, interrupted=True), 130, "stopped without a verdict"),
        (Ended(-9, log_end="Killed"), 1, "was ended by signal 9 before it could judge"),
        (Ended(1, summary={}, log_end="Traceback"), 1, "ended with 1 before it could judge"),
        (Ended(0), 1, "ended with 0 before it could judge"),
        (Ended(77, summary={}), 1, "ended with 77"),
    ],
)
def test_every_end_has_its_code_and_its_words(tokens: tuple[str, str], ended: Ended, code: int, said: str) -> None:
    world = staging()
    world.load.ends = ended

    result = invoke(world, *RUN, *tokens, "--yes")

    assert result.exit_code == code, result.output
    assert said in result.output
    if ended.log_end:
        assert ended.log_end in result.output


def test_an_end_without_words_is_told_by_what_was_run(tokens: tuple[str, str]) -> None:
    world = staging()
    world.load.ends = Ended(0, summary={})

    assert "smoke on staging.example.org is over" in invoke(world, *RUN, *tokens, "--yes").stdout


def test_how_it_goes_is_told_every_ten_seconds_where_nobody_looks(tokens: tuple[str, str]) -> None:
    world = staging()
    world.load.tells = [[second(at)] for at in range(25)] + [[Note(9, "a worker is gone", lost=True)], []]

    result = invoke(world, *RUN, *tokens, "--yes")

    assert result.stdout.count("asked 5/s  answered 5/s  p95 40 ms  errors 0%") == 2
    assert "50s left" in result.stdout
    assert "! a worker is gone" in result.stderr


def test_quiet_leaves_the_verdict(tokens: tuple[str, str]) -> None:
    world = staging()
    world.load.tells = [[second(at)] for at in range(25)]

    result = invoke(world, *RUN, *tokens, "--yes", "--quiet")

    assert "answered" not in result.stdout
    assert "PASS" in result.stdout


def test_on_a_terminal_one_line_is_overwritten(tokens: tuple[str, str]) -> None:
    world = staging()
    bad = second(3, phase="calm", errors=1, throttled=1)
    bad.dropped = {"calm": 2}
    world.load.tells = [[Second(1, asked={"calm": 5})], [bad], [second(400, phase="recovery")]]
    world.load.notes = ["stopping"]
    words = ("load", "run", "spike", "--target", URL, *tokens, "--yes")

    result = CliRunner(env={**NEUTRAL, "FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "120"}).invoke(
        cli, list(words), obj=world.ports
    )

    lines = result.stdout.split("\r\x1b[2K")
    assert len(lines) == 4
    assert "no answer yet" in lines[1]
    assert "calm" in lines[2]
    assert "errors 20%" in lines[2]
    assert "429 20%" in lines[2]
    assert "2 dropped" in lines[2]
    assert "ending" in lines[3]


@pytest.mark.parametrize(
    ("settings", "target", "url", "connect"),
    [
        ({}, "public", "https://api.example.com", None),
        ({"name": "*.example.com"}, "public", "https://any.example.com", None),
        ({}, "ecs", "https://api.example.com", ("ecs.target.example", 443)),
        ({}, "lambda", "https://api.example.com", ("lambda.target.example", 443)),
        (
            {"ecs": {"load_balancer": "app/a/1", "url": "https://alb.example.com:8443/v1"}},
            "ecs",
            "https://api.example.com/v1",
            ("alb.example.com", 8443),
        ),
        (
            {"lambda": {"api_id": "a", "url": "http://127.0.0.1:9000"}},
            "lambda",
            "http://api.example.com",
            ("127.0.0.1", 9000),
        ),
        ({}, "https://x.example.org:8443/v1/", "https://x.example.org:8443/v1", None),
        ({}, "http://127.0.0.1:9000", "http://127.0.0.1:9000", None),
    ],
)
def test_a_side_is_reached_past_dns_under_the_public_name(
    tokens: tuple[str, str], settings: dict[str, Any], target: str, url: str, connect: Any
) -> None:
    world = staging(**settings)

    result = invoke(world, "load", "run", "smoke", "--target", target, *tokens, "--yes")

    assert result.exit_code == 0, result.output
    order = order_of(world)
    assert (order.target.url, order.connect) == (url, connect)
    assert order.target.name == (target if "//" not in target else url.partition("//")[2].partition("/")[0])
    if connect:
        assert f"at {'http' if 'http:' in url else 'https'}://{connect[0]}" in result.stdout


def test_a_side_without_records_can_not_be_asked(tokens: tuple[str, str]) -> None:
    world = staging()
    world.weights.records = []

    result = invoke(world, "load", "run", "smoke", "--target", "lambda", *tokens, "--yes")

    assert result.exit_code == 2
    assert "Lambda's records point at nothing that could be asked" in result.stderr
    assert world.load.orders == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("smoke",), "Missing option '--target'"),
        (("smoke", "--target", "alb"), "'alb' is not a URL such as https://api.example.com; a target is ecs, lambda"),
        (("smoke", "--target", "http://alb.example.com"), "must be https"),
        (("smoke", "--target", "ftp://alb.example.com"), "is not a URL"),
        (("smok", "--target", URL), "there is no profile 'smok'; there are smoke"),
        (("smoke", "--target", URL, "--processes", "65"), "is not a whole number from 0 to 64"),
    ],
)
def test_a_wrong_word_is_told_before_anything_happens(words: tuple[str, ...], said: str) -> None:
    world = staging()

    result = invoke(world, "load", "run", *words, "--yes")

    assert result.exit_code == 2
    assert said in result.stderr
    assert world.load.orders == []


def test_more_than_the_settings_allow_is_refused(tokens: tuple[str, str]) -> None:
    world = staging()

    result = invoke(world, "load", "run", "flood", "--target", URL, *tokens, "--yes")

    assert result.exit_code == 8
    assert "flood asks for 5000 a second, more than load.most_per_second 600" in result.stderr
    assert world.load.orders == []


def test_a_folder_that_is_taken_is_refused(tokens: tuple[str, str]) -> None:
    world = staging()
    world.load.unclaimable = "/x is not empty: name another with --out"

    result = invoke(world, *RUN, *tokens, "--yes")

    assert result.exit_code == 2
    assert "/x is not empty" in result.stderr
    assert world.load.orders == []


def test_tokens_come_from_a_file_then_from_the_environment_then_from_a_command(
    tokens: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = staging(load={"tokens_env": "TEST_TOKENS", "tokens_command": ["sign-in"]})
    monkeypatch.delenv("TEST_TOKENS", raising=False)
    said = invoke(world, *RUN, "--yes").stdout
    monkeypatch.setenv("TEST_TOKENS", f"{EVE}, ")
    invoke(world, *RUN, "--yes")
    invoke(world, *RUN, *tokens, "--yes")

    assert [sorted(order.tokens) for order in world.load.orders] == [[], ["eve"], ["alice", "eve"]]
    assert [order.tokens_command for order in world.load.orders] == [("sign-in",), (), ()]
    assert "the accounts of load.tokens_command" in said


def test_tokens_may_be_piped_in_and_then_nothing_can_be_asked() -> None:
    world = staging()

    asked = typed(world, f"{ALICE}\n", *RUN, "--tokens", "-")
    piped = typed(world, f"{ALICE}\n{EVE}\n", *RUN, "--tokens", "-", "--yes")

    assert (asked.exit_code, piped.exit_code) == (2, 0)
    assert "--tokens - takes what is typed" in asked.stderr
    assert sorted(order_of(world).tokens) == ["alice", "eve"]


@pytest.mark.parametrize("content", [b"not-a-token-but-secret", b"\xff\xfe", b""])
def test_a_file_without_tokens_is_told_without_being_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tokens"
    path.write_bytes(content)

    result = invoke(staging(), *RUN, "--tokens", str(path), "--yes")

    assert result.exit_code == 2
    assert f"--tokens {path}: " in result.stderr
    assert "secret" not in result.output


def test_without_any_test_user_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEGO_TOKENS", raising=False)
    world = staging()

    result = invoke(world, *RUN, "--yes")

    assert result.exit_code == 2
    assert "there are no test users: --tokens FILE, LEGO_TOKENS in the environment, or load.tokens_command" in (
        result.stderr
    )
    assert world.load.orders == []


def test_what_may_go_wrong_is_told_before(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(token(sub="alice", exp=1_700_000_000))

    result = invoke(staging(), *RUN, "--tokens", str(path), "--no-clean", "--prod", "--reason", "sale", "--dry-run")

    assert result.exit_code == 0
    assert "! a token expires before the end: newer ones, or a load.tokens_command that fetches" in result.stdout
    assert "! --no-clean: what it makes stays" in result.stdout
    assert "! this is not production, so the ledger is not told" in result.stdout


def test_tokens_that_end_before_the_run_do_not_begin_it(tmp_path: Path) -> None:
    path, world = tmp_path / "tokens", staging()
    path.write_text(token(sub="alice", exp=(START + timedelta(seconds=60)).timestamp()))

    result = invoke(world, *RUN, "--tokens", str(path), "--yes")

    assert result.exit_code == 2
    assert "a token expires before the end" in result.stderr
    assert world.load.orders == []
    path.write_text(token(sub="alice", exp=(START + timedelta(seconds=61)).timestamp()))
    assert invoke(world, *RUN, "--tokens", str(path), "--yes").exit_code == 0


def test_where_nothing_generates_load_it_is_said() -> None:
    ports = replace(staging().ports, load=NO_LOAD_GENERATOR)

    result = CliRunner(env=NEUTRAL).invoke(cli, [*RUN, "--yes"], obj=ports)

    assert result.exit_code == 2
    assert "there is no load generator here" in result.stderr
    order = Order("x", PROFILES["smoke"], "", Target("x", URL), "")
    for call in (lambda: NO_LOAD_GENERATOR.claim(order), lambda: NO_LOAD_GENERATOR.run(order, None)):
        with pytest.raises(CannotLoad):
            call()


def test_the_real_world_generates_load_by_locust(tmp_path: Path) -> None:
    load, folder = LazyLocust({}), tmp_path / "run"
    folder.touch()

    assert load.profile("smoke")[0].name == "smoke"
    for call in (load.claim, lambda order: load.run(order, Screen(Output(), order.profile))):
        with pytest.raises((CannotLoad, OSError)):
            call(Order("x", PROFILES["smoke"], "", Target("x", URL), str(folder)))
