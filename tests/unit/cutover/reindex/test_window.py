"""The window: half after trouble, once for each trouble, and slowly more again."""

from cutover.core.reindex.window import Window


def window() -> Window:
    """Four requests of 4 MB at first, of 9.5 MB at most."""
    return Window(batch_bytes=4_000_000, most_batch_bytes=9_500_000, in_flight=4)


def test_it_begins_with_what_is_asked_for() -> None:
    assert (window().in_flight, window().bytes_wanted) == (4, 4_000_000)


def test_bodies_are_never_larger_than_the_most() -> None:
    assert Window(batch_bytes=4_000_000, most_batch_bytes=1_000_000, in_flight=1).bytes_wanted == 1_000_000


def test_a_refusal_halves_both() -> None:
    ours = window()
    ours.busy(ours.ticket)
    assert (ours.in_flight, ours.bytes_wanted) == (2, 2_000_000)


def test_requests_that_were_under_way_together_are_refused_once() -> None:
    ours = window()
    ticket = ours.ticket
    for _ in range(4):
        ours.busy(ticket)
    assert (ours.in_flight, ours.bytes_wanted) == (2, 2_000_000)


def test_something_always_goes_on() -> None:
    ours = window()
    for _ in range(50):
        ours.shrink()
    assert (ours.in_flight, ours.bytes_wanted) == (1, 100_000)


def test_small_bodies_stay_as_small_as_they_were_wanted() -> None:
    ours = Window(batch_bytes=10_000, most_batch_bytes=20_000, in_flight=1)
    ours.shrink()
    assert ours.bytes_wanted == 10_000


def test_good_answers_bring_it_back_and_bodies_up_to_the_most() -> None:
    ours = window()
    ours.shrink()
    ours.good()
    assert (ours.in_flight, ours.bytes_wanted) == (2, 2_125_000)
    for _ in range(100):
        ours.good()
    assert (ours.in_flight, ours.bytes_wanted) == (4, 9_500_000)


def test_no_body_is_again_as_large_as_one_that_was_too_large() -> None:
    ours = window()
    ours.too_large(6_000_000)
    assert (ours.most_bytes, ours.bytes_wanted, ours.in_flight) == (3_000_000, 3_000_000, 4)
    ours.too_large(9_000_000)
    for _ in range(100):
        ours.good()
    assert ours.bytes_wanted == 3_000_000


def test_a_pause_lasts_until_it_is_ended() -> None:
    ours = window()
    ours.pause()
    ours.good()
    assert ours.paused
    ours.resume()
    assert not ours.paused
