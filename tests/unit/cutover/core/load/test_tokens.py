"""Tokens of test users, out of whatever people have them in; no message repeats one."""

import base64
import json

import pytest

from cutover.core.load.tokens import BadTokens, expiry_of, tokens_in, tokens_of


def token(**said: object) -> str:
    """A JSON Web Token that says this."""
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmVk"


ALICE, EVE = token(sub="alice"), token(sub="eve", exp=1_800_000_000)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"alice": ALICE, "eve": EVE}),
        json.dumps({"ecs_url": "http://127.0.0.1:1", "tokens": {"alice": ALICE, "eve": EVE}}),
        f"\n{ALICE}\n\n{EVE}\n",
    ],
    ids=["by user", "a rehearsal's stack", "a line each"],
)
def test_tokens_are_found_in_each_form(text: str) -> None:
    assert tokens_of(text) == {"alice": ALICE, "eve": EVE}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "{}", '{"tokens": {}}', '{"alice": 3}', '{"alice": "two words"}', "secret-1", f"{ALICE} a.b.c",
        token(name="no subject"), token(sub=""), "a." + "W10" + ".b", "{" * 100_000,
    ],
)  # fmt: skip
def test_what_holds_no_tokens_is_told_without_being_shown(text: str) -> None:
    with pytest.raises(BadTokens) as told:
        tokens_of(text)

    assert "wanted is" in str(told.value)
    assert "secret" not in str(told.value)
    assert "two words" not in str(told.value)


def test_the_one_that_is_none_is_told_by_its_number() -> None:
    with pytest.raises(BadTokens, match="number 2 is no token of a user"):
        tokens_in([ALICE, "x"])


def test_a_tokens_end_is_by_its_own_word() -> None:
    assert expiry_of(EVE) == 1_800_000_000
    assert [expiry_of(one) for one in (ALICE, "x", token(exp=True), token(exp="soon"))] == [None] * 4
