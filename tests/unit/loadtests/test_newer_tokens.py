"""When tokens have to be renewed: long before they end, or at half of what they have left."""

import pytest

from loadtests._tokens import Tokens
from tests.unit.loadtests.test_environment import token_of

NOW = 1_795_000_000.0


@pytest.mark.parametrize(("left", "wait"), [(3600, 3300), (601, 301), (600, 300), (4, 2), (0, 0), (-9, 0)])
def test_they_are_renewed_in_time(left: float, wait: float) -> None:
    tokens = Tokens({"ada": token_of("ada", exp=NOW + left), "eve": token_of("eve")}, (), lambda: NOW)

    assert tokens.wait_seconds() == wait


def test_the_first_one_to_end_decides() -> None:
    tokens = Tokens(
        {user: token_of(user, exp=NOW + left) for user, left in (("b", 4000), ("a", 2000))}, (), lambda: NOW
    )

    assert (tokens.wait_seconds(), tokens.users) == (1700, ["a", "b"])


def test_tokens_that_do_not_say_when_they_end_are_never_renewed() -> None:
    assert Tokens({"ada": token_of("ada")}, ("mint",), lambda: NOW).wait_seconds() is None
