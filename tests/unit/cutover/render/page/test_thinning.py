"""Fewer points, with the ends, the peaks and the gaps."""

from hypothesis import given
from hypothesis import strategies as st

from cutover.render.page.thinning import Point, thinned

LINE: list[Point] = [(float(n), float(n % 7)) for n in range(10_000)]


def test_few_points_stay_as_they_are() -> None:
    assert thinned(LINE[:100], 100) == LINE[:100]


def test_of_many_the_ends_and_the_peaks_stay() -> None:
    line: list[Point] = [*LINE[:5000], (5000.0, 99.0), (5001.0, -99.0), *LINE[5002:]]
    kept = thinned(line, 100)
    assert len(kept) <= 100
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert {(5000.0, 99.0), (5001.0, -99.0)} <= set(kept)


def test_a_long_gap_stays_one() -> None:
    line: list[Point] = [(at, None if 3000 <= at < 6000 else value) for at, value in LINE]
    kept = thinned(line, 100)
    assert [at for at, value in kept if value is None and not 3000 <= at < 6000] == []
    assert sum(value is None for _, value in kept) > 10


def test_points_at_one_place_are_thinned_too() -> None:
    assert len(thinned([(1.0, float(n)) for n in range(50)], 10)) <= 10


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.none() | st.floats(-1e6, 1e6)), min_size=1, max_size=300),
    st.integers(4, 60),
)
def test_there_are_never_more_than_asked_for_and_they_stay_in_order(points: list[Point], most: int) -> None:
    line = sorted(points, key=lambda point: point[0])
    kept = thinned(line, most)
    assert len(kept) <= most
    assert [at for at, _ in kept] == sorted(at for at, _ in kept)
    assert set(kept) <= set(line)
