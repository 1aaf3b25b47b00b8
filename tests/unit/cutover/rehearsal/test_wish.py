"""What kind of rehearsal is wanted."""

from pathlib import Path

import pytest

from cutover.rehearsal.faults import Injection
from cutover.rehearsal.wish import FULL, QUICK, Wish


@pytest.mark.parametrize(("quick", "ladder"), [(True, QUICK), (False, FULL)])
def test_a_quick_rehearsal_climbs_the_short_ladder(quick: bool, ladder: object) -> None:
    assert Wish(Path("x"), quick=quick).ladder is ladder


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (Wish(Path("x")), "rehearsal, nothing goes wrong"),
        (Wish(Path("x"), quick=True), "quick rehearsal, nothing goes wrong"),
        (
            Wish(Path("x"), quick=True, injection=Injection.parse("latency@10")),
            "quick rehearsal, at 10%: Lambda answers 1500 ms later",
        ),
    ],
)
def test_a_rehearsal_is_called_by_what_goes_wrong_in_it(wish: Wish, name: str) -> None:
    assert wish.name == name
