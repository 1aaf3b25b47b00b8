"""What a load test on a real stage is told by its environment, a private file, and the command line."""

import base64
import json
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import Limits
from loadtests._options import Refused, check, folder_of, profile_of, wanted
from loadtests._profiles import PROFILES, by_hand, profile_named
from loadtests._settings import Traffic, persons_for, traffic
from loadtests._table import BadSettings


def token_of(sub: str, **more: Any) -> str:
    """A token as Cognito writes it: no padding, nothing that anybody has signed."""
    told = json.dumps({"sub": sub, "token_use": "access", **more}).encode()
    return f"e30.{base64.urlsafe_b64encode(told).decode().rstrip('=')}.x"


ADA, EVE = token_of("3f1c-ada"), token_of("eve~~?")
ENVIRONMENT = {"LEGO_HOST": "https://staging.test", "LEGO_TOKENS": f"{ADA}, {EVE},"}
NOTHING: dict[str, Any] = {
    "host": None, "thresholds": None, "profile": None, "run_folder": None, "seed": None, "in_flight": None,
    "persons": None, "no_clean": False, "num_users": None, "spawn_rate": None, "run_time": None, "only_tags": None,
    "without_tags": None,
}  # fmt: skip


def file_of(tmp_path: Path, **told: Any) -> dict[str, str]:
    path = tmp_path / "traffic.json"
    path.write_text(json.dumps({"host": "https://staging.test", "tokens": {"ada": "t"}, **told}))
    return {"LEGO_TRAFFIC": str(path)}


def test_the_environment_names_the_host_and_tokens_say_whose_they_are() -> None:
    told = traffic(ENVIRONMENT)

    assert (told.host, dict(told.tokens)) == ("https://staging.test", {"3f1c-ada": ADA, "eve~~?": EVE})
    assert ADA not in repr(told)


def test_without_tokens_nobody_can_be_played() -> None:
    with pytest.raises(BadSettings, match="set LEGO_TOKENS to bearer tokens of test users"):
        traffic({"LEGO_TOKENS": " , "})


@pytest.mark.parametrize("wrong", ["a", "a.b.c", "e30.e30.x", "e30.bnVsbA.x", "e30.é.x"])
def test_what_is_no_token_of_a_user_is_told_by_its_number_and_not_shown(wrong: str) -> None:
    with pytest.raises(BadSettings, match=r"^LEGO_TOKENS: number 2 is no token of a user") as error:
        traffic({"LEGO_TOKENS": f"{ADA},{wrong}"})

    assert len(wrong) < 3 or wrong not in str(error.value)


def test_the_file_gives_everything(tmp_path: Path) -> None:
    told = traffic(
        file_of(
            tmp_path, id="r1", target="lambda", connect=["10.0.0.1", 443], dns=["127.0.0.1", 53], sides={"a": "ecs"},
            tokens_command=["mint"], profile="smoke", folder="f", verdict=False, limits={"pass_p95_ms": 7},
            most_per_second=9, seed=4, in_flight=5, persons=6, clean=False, rate_file="rate", allow_production=True,
            reason="why",
        )
    )  # fmt: skip

    assert told == Traffic(
        host="https://staging.test", tokens={"ada": "t"}, tokens_command=("mint",), id="r1", target="lambda",
        connect=("10.0.0.1", 443), dns=("127.0.0.1", 53), sides={"a": "ecs"}, profile=profile_named("smoke"),
        folder=Path("f"), verdict=False, limits=Limits(pass_p95_ms=7), most_per_second=9, seed=4, in_flight=5,
        persons=6, clean=False, rate_file=Path("rate"), allow_production=True, reason="why",
    )  # fmt: skip


@pytest.mark.parametrize(("rate", "persons"), [(1, 10), (10, 10), (11, 11), (100, 100), (500, 100)])
def test_there_are_as_many_visitors_as_arrivals_a_second_in_bounds(rate: int, persons: int) -> None:
    assert persons_for(rate) == persons


def test_what_the_file_leaves_open_is_ours(tmp_path: Path) -> None:
    told = traffic(file_of(tmp_path, seed=0, persons=0, connect=None, folder="", profile=""))

    assert told == Traffic(host="https://staging.test", tokens={"ada": "t"})
    assert (told.persons, told.in_flight, told.most_per_second, told.verdict, told.clean) == (
        0,
        2000,
        600,
        True,
        True,
    )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": ({"hots": 1}, "unknown key 'hots'; known are allow_production"),
    "no host": ({"host": ""}, "host is missing"),
    "tokens": ({"tokens": {"ada": 3}}, "tokens has to be texts by name"),
    "no tokens": ({"tokens": {}}, "neither tokens by user nor a tokens_command"),
    "command": ({"tokens_command": "mint"}, "tokens_command is 'mint'; a list of texts is wanted"),
    "flag": ({"clean": "no"}, "clean is 'no'; true or false is wanted"),
    "whole": ({"seed": True}, "seed is True; a whole number is wanted"),
    "text": ({"id": 7}, "id is 7; a text is wanted"),
    "address": ({"connect": ["10.0.0.1", "443"]}, "connect is .*; an address and a port is wanted"),
    "port": ({"dns": ["10.0.0.1", 0]}, "dns is .*; an address and a port is wanted"),
    "limits": ({"limits": {"p95": 1}}, "limits: unknown key 'p95'"),
    "limit": ({"limits": {"pass_p95_ms": "x"}}, "pass_p95_ms is 'x'; a number is wanted"),
    "no table": ({"limits": 3}, "limits: a table is wanted"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, case: str) -> None:
    told, sentence = WRONG[case]
    with pytest.raises(BadSettings, match=sentence):
        traffic(file_of(tmp_path, **told))


@pytest.mark.parametrize("text", ["[]", "{", ""])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "traffic.json"
    path.write_text(text)

    with pytest.raises(BadSettings, match=f"LEGO_TRAFFIC={path}"):
        traffic({"LEGO_TRAFFIC": str(path)})


def test_the_command_line_wins(tmp_path: Path) -> None:
    thresholds = tmp_path / "cutover.toml"
    thresholds.write_text(
        'name = "x"\n[gates]\npass_p95_ms = 300\n[load]\nrecovery = "1m30s"\n'
        "most_per_second = 70\nmost_in_flight = 80\n"
    )
    given = {
        "host": "http://other", "thresholds": str(thresholds), "profile": "smoke", "run_folder": "f", "seed": 3,
        "persons": 5, "no_clean": True,
    }  # fmt: skip

    told = wanted(ENVIRONMENT, Namespace(**{**NOTHING, **given}))

    assert (told.host, told.seed, told.persons, told.in_flight, told.clean) == ("http://other", 3, 5, 80, False)
    assert (told.limits, told.most_per_second) == (Limits(pass_p95_ms=300, recovery_seconds=90), 70)
    assert (told.profile, told.folder) == (profile_named("smoke"), Path("f"))


@pytest.mark.parametrize("recovery", ["", "soon", "2m soon"])
def test_a_recovery_that_is_no_duration_is_named(tmp_path: Path, recovery: str) -> None:
    path = tmp_path / "cutover.toml"
    path.write_text(f'[load]\nrecovery = "{recovery}"\n')

    with pytest.raises(BadSettings, match="a duration such as 120s or 2m is wanted"):
        wanted(ENVIRONMENT, Namespace(**{**NOTHING, "thresholds": str(path)}))


def test_nothing_asked_for_changes_nothing() -> None:
    assert wanted(ENVIRONMENT, Namespace(**NOTHING)) == traffic(ENVIRONMENT)


@pytest.mark.parametrize(
    ("name", "highest", "seconds"),
    [("smoke", 5, 60), ("sustained", 100, 600), ("spike", 500, 360), ("soak", 50, 14400)],
)
def test_our_profiles_ask_for_what_the_project_promises(name: str, highest: int, seconds: float) -> None:
    profile = profile_named(name)

    assert (profile.name, profile.highest, profile.seconds) == (name, highest, seconds)
    assert profile.title


def test_there_are_no_other_profiles() -> None:
    assert sorted(path.stem for path in PROFILES.iterdir()) == ["smoke", "soak", "spike", "sustained"]


def test_a_profile_of_ones_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[phase]]\nname = "a"\nrate = 3\nseconds = 2\n')

    assert profile_named(str(path)) == Profile("mine", (Phase("a", 3, 2.0),))


@pytest.mark.parametrize(
    ("text", "sentence"), [("x = 1", "unknown key 'x'"), ("= 1", "can't be read"), ("[[phase]]", "it needs a name")]
)
def test_a_bad_profile_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(BadSettings, match=sentence):
        profile_named(str(path))


def test_without_a_profile_locusts_own_options_hold() -> None:
    assert by_hand(50, 100, 30).phases == (Phase("steady", 50, 30),)
    assert by_hand(50, 5, 30).phases == (Phase("climb", 50, 10, ramp=True), Phase("steady", 50, 20))
    assert by_hand(50, 1, 30).phases == (Phase("climb", 30, 30, ramp=True),)
    assert by_hand(5, 5, None).seconds == 7 * 86400


@pytest.mark.parametrize("given", [(-1, 1.0), (1, 0.0), (1, float("inf"))])
def test_users_that_cannot_be_are_refused(given: tuple[int, float]) -> None:
    with pytest.raises(BadSettings, match="users have to be 0 or more"):
        by_hand(*given, None)


def test_a_rate_file_holds_until_somebody_stops_it(tmp_path: Path) -> None:
    rate = tmp_path / "rate"
    rate.write_text("220\n")

    assert profile_of(Traffic(rate_file=rate), Namespace(**NOTHING)) == by_hand(220, 220, None)
    rate.write_text("many")
    with pytest.raises(BadSettings, match=r"the rate in .* can't be read"):
        profile_of(Traffic(rate_file=rate), Namespace(**NOTHING))


def test_papers_go_where_it_was_said_else_by_the_date_else_nowhere() -> None:
    smoke = profile_named("smoke")

    assert folder_of(Traffic(folder=Path("f")), 0.0) == Path("f")
    assert folder_of(Traffic(profile=smoke), 1_795_000_000.0) == Path("loads/20261118-110640")
    assert folder_of(Traffic(), 0.0) is None


def test_production_is_only_for_who_says_so() -> None:
    url = "https://api.lego-moc.example.com"
    with pytest.raises(Refused, match="is production: cutover load run"):
        check(Traffic(host=url), None, 0.0)

    check(Traffic(host=url, allow_production=True), None, 0.0)
    check(Traffic(host="https://staging-api.lego-moc.example.com"), None, 0.0)


def test_no_profile_may_ask_for_more_than_is_allowed() -> None:
    with pytest.raises(Refused, match="spike asks for 500 requests a second; 499 a second are allowed"):
        check(Traffic(host="http://x", most_per_second=499), profile_named("spike"), 0.0)


def test_tokens_have_to_last_as_long_as_the_run() -> None:
    now, smoke = time.time(), profile_named("smoke")
    tokens = {"ada": token_of("ada"), "eve": token_of("eve", exp=now + 59)}

    with pytest.raises(BadSettings, match=r"token 2 ends at .* before the run; give newer ones, or a tokens_command"):
        check(Traffic(host="http://x", tokens=tokens, profile=smoke), smoke, now)
    check(Traffic(host="http://x", tokens=tokens, profile=smoke, tokens_command=("mint",)), smoke, now)
    check(Traffic(host="http://x", tokens={"eve": token_of("eve", exp=now + 61)}, profile=smoke), smoke, now)


def test_tags_say_which_journeys_are_walked() -> None:
    told = wanted(ENVIRONMENT, Namespace(**{**NOTHING, "only_tags": ["search", "lists"], "without_tags": ["edits"]}))

    assert (told.only, told.without) == (("search", "lists"), ("edits",))
    check(told, None, 0.0)


@pytest.mark.parametrize(
    ("only", "without", "said"),
    [(("serch",), (), "there is no tag 'serch'; the tags are lists, search"), (("lists",), ("lists",), "no journey")],
)
def test_tags_that_leave_nothing_are_refused_before_anything_starts(
    only: tuple[str, ...], without: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BadSettings, match=said):
        check(Traffic(host="https://staging.test", only=only, without=without), None, 0.0)
