"""Locust as a process: what it is told and what not, how it is followed; its part is played by a script."""

import json
import signal
import sys
from pathlib import Path

import pytest

from cutover.core.load.lines import Second
from cutover.core.load.order import CannotLoad
from cutover.core.load.profile import BadProfile, Phase, Profile
from cutover.load import launching
from cutover.load.following import Following
from cutover.load.launching import LOG, Locust
from tests.fakes.load_generator import second
from tests.unit.cutover.load.played_locust import PROFILE, Heard, a_checkout, an_order, played, seen


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose Locust is a script."""
    return a_checkout(tmp_path)


def test_everything_is_told_by_a_private_file_that_vanishes(checkout: Path, tmp_path: Path) -> None:
    order = an_order(tmp_path, connect=("10.0.0.1", 8443), persons=7, seed=3, reason="sale", clean=False)
    locust = played(checkout, "")
    locust.claim(order)

    locust.run(order, Heard())

    told = seen(tmp_path)
    assert told["modes"] == ["0o600", "0o700"]
    assert not Path(told["file"]).parent.exists()
    assert "token-of-alice" not in json.dumps([told["env"], told["argv"]])
    assert told["told"] == {
        "id": "abc",
        "host": "https://api.example.com",
        "target": "lambda",
        "connect": ["10.0.0.1", 8443],
        "profile": str(tmp_path / "tiny.toml"),
        "folder": str(tmp_path / "run"),
        "tokens": {"alice": "token-of-alice"},
        "tokens_command": [],
        "limits": told["told"]["limits"],
        "most_per_second": 600,
        "in_flight": 2000,
        "persons": 7,
        "seed": 3,
        "clean": False,
        "reason": "sale",
        "allow_production": True,
    }
    assert told["told"]["limits"]["pass_p95_ms"] == 500.0
    words = ["-f", str(checkout / "loadtests" / "locustfile.py"), "--headless", "--only-summary"]
    assert told["argv"] == words
    assert sys.platform != "linux" or (tmp_path / "run" / LOG).stat().st_mode & 0o077 == 0


def test_several_processes_are_locusts_own(checkout: Path, tmp_path: Path) -> None:
    order, locust = an_order(tmp_path, processes=3), played(checkout, "")
    locust.claim(order)
    locust.run(order, Heard())

    assert seen(tmp_path)["argv"][-2:] == ["--processes", "3"]


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s",
    "GITHUB_TOKEN": "s",
    "LEGO_TOKENS": "s",
    "LOCUST_HOST": "s",
    "LC_ALL": "C.UTF-8",
}


def test_nothing_but_what_a_program_needs_is_handed_on(checkout: Path, tmp_path: Path) -> None:
    order, locust = an_order(tmp_path), played(checkout, "", **SECRETS)
    locust.claim(order)
    locust.run(order, Heard())

    assert {*SECRETS} & {*seen(tmp_path)["env"]} == {"LC_ALL"}


def test_a_command_that_signs_in_gets_what_it_signs_in_with(checkout: Path, tmp_path: Path) -> None:
    order = an_order(tmp_path, tokens={}, tokens_command=("sign-in",))
    locust = played(checkout, "", **SECRETS)
    locust.claim(order)
    locust.run(order, Heard())

    assert {*SECRETS} & {*seen(tmp_path)["env"]} == {"AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "LC_ALL"}
    assert seen(tmp_path)["told"]["tokens_command"] == ["sign-in"]


def test_it_is_followed_while_it_runs_and_ends_with_its_papers(checkout: Path, tmp_path: Path) -> None:
    lines = [second(at, phase="tiny").line() for at in (1000, 1001)]
    script = f"""
second({lines[0]!r})
time.sleep(0.6)
second({lines[1]!r})
papers("profile")
"""
    order, locust, heard = an_order(tmp_path), played(checkout, script), Heard()
    locust.claim(order)

    ended = locust.run(order, heard)

    assert [line.second for line in heard.lines if isinstance(line, Second)] == [1000, 1001]
    assert heard.looks >= 2
    assert heard.notes == []
    assert ended.summary is not None
    assert ended.summary["schema"] == "cutover.load/1"
    assert (ended.code, ended.interrupted) == (6, False)  # two seconds say too little
    assert ended.headline.startswith("UNSURE: too little to tell whether lambda holds tiny")
    assert ended.told


def test_a_line_that_is_none_is_passed_over_and_half_a_line_waits(tmp_path: Path) -> None:
    following, place = Following(tmp_path), tmp_path / "seconds.ndjson"
    line = second(1000).line().encode()

    assert following.read() == ()
    place.write_bytes(b"{}\nnot JSON\n" + line[:20])
    assert following.read() == []
    place.write_bytes(place.read_bytes() + line[20:] + b"\n")
    assert [one.second for one in following.read() if isinstance(one, Second)] == [1000]
    assert following.read() == []


@pytest.mark.parametrize("code", [2, 3, 8, 13])
def test_its_exit_code_is_handed_on_with_the_end_of_its_log(checkout: Path, tmp_path: Path, code: int) -> None:
    script = f"""
for number in range(40): print("line", number, flush=True)
sys.exit({code})
"""
    order, locust = an_order(tmp_path), played(checkout, script)
    locust.claim(order)

    ended = locust.run(order, Heard())

    assert (ended.code, ended.summary) == (code, None)
    assert ended.log_end.splitlines() == [f"line {number}" for number in range(28, 40)]


def test_one_that_is_killed_is_told_by_its_signal(checkout: Path, tmp_path: Path) -> None:
    order, locust = an_order(tmp_path), played(checkout, "os.kill(os.getpid(), signal.SIGKILL)")
    locust.claim(order)

    assert locust.run(order, Heard()).code == -signal.SIGKILL


def test_papers_that_can_not_be_read_are_none(checkout: Path, tmp_path: Path) -> None:
    script = "(folder / 'summary.json').write_text('{}'); (folder / 'run.json').write_text('{')"
    order, locust = an_order(tmp_path), played(checkout, script)
    locust.claim(order)

    ended = locust.run(order, Heard())

    assert (ended.code, ended.summary) == (0, None)
    assert "run.json" in ended.log_end


def test_a_run_has_an_empty_folder(checkout: Path, tmp_path: Path) -> None:
    locust, order = Locust({}, checkout), an_order(tmp_path)
    locust.claim(order)

    with pytest.raises(CannotLoad, match="is not empty: a run has a folder of its own; name another with --out"):
        locust.claim(order)


def test_a_folder_that_can_not_be_made_is_told(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "run").touch()

    with pytest.raises(CannotLoad, match="can't be a run's folder: File exists"):
        Locust({}, checkout).claim(an_order(tmp_path))


def test_without_locust_it_is_said_how_to_get_it(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "find_spec", lambda _: None)

    with pytest.raises(CannotLoad, match="Locust is not installed: pip install"):
        Locust({}, checkout).claim(an_order(tmp_path))


def test_a_profile_is_one_of_ours_or_a_file(checkout: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[phase]]\nname = "calm"\nrate = 1\nseconds = 5\n')
    locust = Locust({}, checkout)

    assert locust.profile("tiny") == (
        Profile("tiny", PROFILE.phases, "Small"), str(checkout / "loadtests" / "profiles" / "tiny.toml")
    )  # fmt: skip
    assert locust.profile(str(own)) == (Profile("own", (Phase("calm", 1, 5),)), str(own))


def test_every_profile_of_ours_is_found() -> None:
    found = {name: Locust({}).profile(name)[0] for name in ("smoke", "sustained", "spike", "soak")}

    assert (found["sustained"].highest, found["sustained"].seconds) == (100, 600)
    assert found["spike"].highest == 500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[phase", "own.toml: "),
        ("title = 3", "own: there is no"),
        ("x = " + "[" * 20_000, "own.toml: "),
        ("\xff", "own.toml: "),
    ],
)
def test_a_file_that_is_no_profile_is_told(checkout: Path, tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "own.toml"
    own.write_bytes(text.encode("latin-1"))

    with pytest.raises(BadProfile, match=said):
        Locust({}, checkout).profile(str(own))


def test_a_name_that_there_is_not_is_told_with_those_that_there_are(checkout: Path) -> None:
    with pytest.raises(CannotLoad, match=r"there is no profile 'huge'; there are tiny, and any FILE.toml"):
        Locust({}, checkout).profile("huge")


def test_without_the_load_tests_it_is_said_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match=r"there are no load tests at .*: run cutover from a checkout of the project"):
        Locust({}, tmp_path).profile("smoke")
