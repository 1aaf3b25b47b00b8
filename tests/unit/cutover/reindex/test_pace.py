"""How much a statement asks for: what it has seen of the rows, less after trouble, more again afterwards."""

from cutover.core.reindex.pace import GIVE_UP_AFTER, MOST_ROWS, Pace
from cutover.core.reindex.ranges import KEYS


def test_rows_twice_as_large_are_asked_for_half_as_many_at_a_time() -> None:
    assert Pace(4_000_000).answered(1000, 1_000_000).rows == 4000
    assert Pace(4_000_000).answered(1000, 2_000_000).rows == 2000


def test_at_least_one_row_is_asked_for_however_large_they_are() -> None:
    assert Pace(1000).answered(1, 10_000_000).rows == 1


def test_tiny_rows_are_asked_for_in_a_bounded_number() -> None:
    assert Pace(90_000_000).answered(10, 10).rows == MOST_ROWS


def test_an_answer_without_rows_says_nothing_about_their_size() -> None:
    assert Pace(1_000_000, row_bytes=500).answered(0, 0).row_bytes == 500


def test_after_a_slow_statement_half_the_rows_of_half_the_keys_are_asked_for() -> None:
    slower = Pace(1_000_000, row_bytes=100).too_slow(KEYS)

    assert (slower.rows, slower.width) == (5000, KEYS // 2)


def test_after_a_row_that_fails_half_the_rows_of_the_same_keys_are_asked_for() -> None:
    fewer = Pace(1_000_000, row_bytes=100).fewer()

    assert (fewer.rows, fewer.width) == (5000, KEYS)


def test_one_row_and_one_key_are_the_least() -> None:
    least = Pace(1, row_bytes=1).too_slow(1).fewer()

    assert (least.rows, least.width) == (1, 1)


def test_answers_bring_the_former_measure_back() -> None:
    pace = Pace(1_000_000, row_bytes=100).too_slow(KEYS).too_slow(KEYS // 2)

    pace = pace.answered(2500, 250_000).answered(5000, 500_000)

    assert (pace.rows, pace.width, pace.slow) == (10_000, KEYS, 0)


def test_only_slow_statements_in_a_row_are_hopeless() -> None:
    pace = Pace(1_000_000)
    for _ in range(GIVE_UP_AFTER - 1):
        pace = pace.too_slow(pace.width)

    assert not pace.hopeless
    assert not pace.answered(1, 1).too_slow(1).hopeless
    assert pace.too_slow(pace.width).hopeless
