"""M out of N and missing data: the tables of AWS's documentation, and what holds of any datapoints."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.rehearsal.aws.cloudwatch.alarming.verdict import EXTRA_PERIODS, Datapoint, Missing, State, verdict

TREATMENTS: Sequence[Missing] = ("missing", "ignore", "breaching", "notBreaching")
ALARM, OK, NONE = "ALARM", "OK", "INSUFFICIENT_DATA"


def seen(text: str) -> list[Datapoint | None]:
    """`0 - X`: fine, missing, breaching; oldest first."""
    return [None if sign == "-" else Datapoint(place, 0.0, sign == "X") for place, sign in enumerate(text.split())]


def states(text: str, datapoints: int) -> list[State | None]:
    """Of three periods, for each of the treatments."""
    return [verdict(seen(text), periods=3, datapoints=datapoints, missing=one).state for one in TREATMENTS]


@pytest.mark.parametrize(
    ("text", "filled", "expected"),
    [
        ("0 - X - X", 0, [OK, OK, OK, OK]),
        ("- - - - 0", 2, [OK, OK, OK, OK]),
        ("- - - - -", 3, [NONE, None, ALARM, OK]),
        ("0 X X - X", 0, [ALARM, ALARM, ALARM, ALARM]),
        ("- - X - -", 2, [ALARM, None, ALARM, OK]),
    ],
)
def test_three_of_three_is_as_documented(text: str, filled: int, expected: list[State | None]) -> None:
    assert states(text, 3) == expected
    assert verdict(seen(text), periods=3, datapoints=3, missing="missing").filled == filled


@pytest.mark.parametrize(
    ("text", "filled", "expected"),
    [
        ("0 - X - X", 0, [ALARM, ALARM, ALARM, ALARM]),
        ("0 0 X 0 X", 0, [ALARM, ALARM, ALARM, ALARM]),
        ("0 - X - -", 1, [OK, OK, ALARM, OK]),
        ("- - - - 0", 2, [OK, OK, ALARM, OK]),
        ("- - - X -", 2, [ALARM, None, ALARM, OK]),
    ],
)
def test_two_of_three_is_as_documented(text: str, filled: int, expected: list[State | None]) -> None:
    assert states(text, 2) == expected
    assert verdict(seen(text), periods=3, datapoints=2, missing="missing").filled == filled


@pytest.mark.parametrize("text", ["- - - - X", "- - - X -"])
def test_a_young_breach_alone_is_waited_for(text: str) -> None:
    assert states(text, 3)[:2] == [None, None]


RANGES = st.integers(1, 6).flatmap(
    lambda periods: st.tuples(
        st.lists(st.sampled_from("0X-"), min_size=periods + EXTRA_PERIODS, max_size=periods + EXTRA_PERIODS),
        st.just(periods),
        st.integers(1, periods),
    )
)


@given(RANGES)
def test_enough_data_are_judged_by_themselves_whatever_the_treatment(case: tuple[list[str], int, int]) -> None:
    signs, periods, datapoints = case
    real = [sign for sign in signs if sign != "-"][-periods:]
    found = [verdict(seen(" ".join(signs)), periods=periods, datapoints=datapoints, missing=one) for one in TREATMENTS]
    if len(real) == periods:
        assert {one.state for one in found} == {ALARM if real.count("X") >= datapoints else OK}
    assert all(len(one.judged) + one.filled == periods for one in found)
    assert [point.breaches for point in found[0].judged] == [sign == "X" for sign in reversed(real)]


@given(RANGES)
def test_treatments_stand_in_their_order_of_severity(case: tuple[list[str], int, int]) -> None:
    signs, periods, datapoints = case
    found = [
        verdict(seen(" ".join(signs)), periods=periods, datapoints=datapoints, missing=one).state for one in TREATMENTS
    ]
    missing, ignored, breaching, fine = found
    assert fine in {ALARM, OK}
    assert breaching in {ALARM, OK}
    if fine == ALARM:
        assert set(found) == {ALARM}
    if breaching == OK:
        assert ALARM not in found
    assert ignored != NONE
    assert (missing == NONE) == (set(signs) == {"-"})


@given(RANGES)
def test_one_more_breach_never_ends_an_alarm(case: tuple[list[str], int, int]) -> None:
    signs, periods, datapoints = case
    worse = ["X" if sign == "0" else sign for sign in signs]
    for one in TREATMENTS:
        before = verdict(seen(" ".join(signs)), periods=periods, datapoints=datapoints, missing=one).state
        after = verdict(seen(" ".join(worse)), periods=periods, datapoints=datapoints, missing=one).state
        assert before != ALARM or after == ALARM
