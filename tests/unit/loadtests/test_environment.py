"""What a load test on a real stage is told by its environment."""

import base64
import json

import pytest

from loadtests._settings import BadSettings, traffic


def token_of(sub: str) -> str:
    """A token as Cognito writes it: no padding, nothing that anybody has signed."""
    payload = base64.urlsafe_b64encode(json.dumps({"sub": sub, "token_use": "access"}).encode()).decode().rstrip("=")
    return f"e30.{payload}.x"


ADA, EVE = token_of("3f1c-ada"), token_of("eve~~?")


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two users' tokens, and nothing else."""
    for name in ("LEGO_TRAFFIC", "LEGO_SEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LEGO_HOST", "https://staging.test")
    monkeypatch.setenv("LEGO_TOKENS", f"{ADA}, {EVE},")


def test_the_environment_names_the_host_and_tokens_say_whose_they_are() -> None:
    told = traffic()

    assert (told.host, dict(told.tokens)) == ("https://staging.test", {"3f1c-ada": ADA, "eve~~?": EVE})


@pytest.mark.parametrize("wrong", ["a", "a.b.c", "e30.e30.x", "e30.bnVsbA.x", "e30.é.x"])
def test_what_is_no_token_of_a_user_is_told_by_its_number_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("LEGO_TOKENS", f"{ADA},{wrong}")

    with pytest.raises(BadSettings, match=r"^number 2 of LEGO_TOKENS is no token of a user$"):
        traffic()


def test_another_run_has_another_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = set()
    for now in (1_700_000_000.9, 1_700_000_001.0):
        monkeypatch.setattr("time.time", lambda now=now: now)
        seeds.add(traffic().seed)

    assert seeds == {1_700_000_000, 1_700_000_001}


def test_a_run_can_be_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGO_SEED", "7")

    assert traffic().seed == 7


@pytest.mark.parametrize("named", ["x", "-1", "²"])
def test_a_seed_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("LEGO_SEED", named)

    with pytest.raises(BadSettings, match="LEGO_SEED is no number"):
        traffic()
