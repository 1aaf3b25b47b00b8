"""What kind of rehearsal is wanted."""

from pathlib import Path

import pytest

from cutover.rehearsal.faults import Injection
from cutover.rehearsal.library import named
from cutover.rehearsal.wish import FULL, QUICK, Wish

LATENCY = Injection.parse("latency@10")


@pytest.mark.parametrize(("quick", "ladder"), [(True, QUICK), (False, FULL)])
def test_a_quick_rehearsal_climbs_the_short_ladder(quick: bool, ladder: object) -> None:
    assert list(Wish(Path("x"), quick=quick).ladder) == list(ladder)  # type: ignore[call-overload]


def test_without_a_wish_nothing_goes_wrong() -> None:
    assert Wish(Path("x")).scenario == named("happy")


def test_a_scenario_is_the_one_that_was_chosen_and_an_injection_is_one_too() -> None:
    assert Wish(Path("x"), chosen=named("hand-edit")).scenario is named("hand-edit")
    assert Wish(Path("x"), injection=LATENCY).scenario == LATENCY.scenario()


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (Wish(Path("x")), "rehearsal: Nothing goes wrong"),
        (Wish(Path("x"), quick=True), "quick rehearsal: Nothing goes wrong"),
        (Wish(Path("x"), chosen=named("redis-lost")), "rehearsal: The cache is gone"),
        (Wish(Path("x"), quick=True, injection=LATENCY), "quick rehearsal: at 10%: Lambda answers 1500 ms later"),
    ],
)
def test_a_rehearsal_is_called_by_what_happens_in_it(wish: Wish, name: str) -> None:
    assert wish.name == name


@pytest.mark.parametrize(
    ("name", "quick", "weights"),
    [
        ("slow-at-10", True, [10, 100]),
        ("errors-at-50", True, [50, 100]),
        ("errors-at-50", False, [10, 50, 100]),
        ("happy", True, [10, 50, 100]),
    ],
)
def test_a_ladder_has_the_steps_of_its_form_and_always_an_end(name: str, quick: bool, weights: list[int]) -> None:
    assert [step["weight"] for step in Wish(Path("x"), quick=quick, chosen=named(name)).ladder] == weights


@pytest.mark.parametrize(
    ("name", "quick", "typed", "run"),
    [
        ("errors-at-50", True, ("run", "--yes"), ("run", "--yes", "--until", "50")),
        ("errors-at-50", False, ("run", "--yes"), ("run", "--yes")),
        ("happy", True, ("run", "--yes"), ("run", "--yes")),
        ("slow-at-10", True, ("run", "--until", "50"), ("run", "--until", "50")),
        ("slow-at-10", True, ("drift",), ("drift",)),
    ],
)
def test_a_run_goes_as_far_as_the_form_does(name: str, quick: bool, typed: tuple[str], run: tuple[str]) -> None:
    assert tuple(Wish(Path("x"), quick=quick, chosen=named(name)).as_typed(typed)) == run


def test_what_a_short_form_leaves_out_no_rule_may_ask_for_and_the_settings_say_so() -> None:
    short = Wish(Path("x"), quick=True, chosen=named("errors-at-50")).safety
    assert [line.partition("  #")[0] for line in short.splitlines()] == ["drill_above = 100", "first_step = 50"]
    assert Wish(Path("x"), quick=True, chosen=named("slow-at-10")).safety.startswith("drill_above = 100  # the short")
    assert Wish(Path("x"), chosen=named("errors-at-50")).safety == ""
    assert Wish(Path("x"), quick=True).safety == ""
    assert Wish(Path("x"), quick=True, injection=LATENCY).safety == ""
