"""The meter: rates of the newest seconds, the time that is left, and not more words than anybody reads."""

from cutover.core.reindex.run import Progress
from cutover.reindex.progress import Meter


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def metered() -> tuple[Meter, Watch, list[Progress]]:
    """A meter, its clock, and what it has told."""
    watch, told = Watch(), list[Progress]()
    return Meter("mocs", told.append, watch), watch, told


def test_the_rate_is_that_of_the_newest_seconds_and_says_how_long_it_takes() -> None:
    meter, watch, told = metered()
    meter.begin("load", 0, 10_000)
    for second in range(1, 31):
        watch.seconds = second
        meter.at(second * 10 if second <= 15 else 150 + (second - 15) * 100)

    assert told[-1].rate == 100
    assert told[-1].seconds_left == (10_000 - 1650) / 100


def test_nothing_is_told_twice_within_a_moment_but_the_end_always_is() -> None:
    meter, watch, told = metered()
    meter.begin("load", 0, 3)
    for done in (1, 2, 3):
        watch.seconds += 0.01
        meter.at(done)
    assert [one.done for one in told] == [0]
    meter.end()

    assert [one.done for one in told] == [0, 3]


def test_what_nobody_knows_is_not_said() -> None:
    meter, watch, told = metered()
    meter.retried, meter.dead = 4, 1
    meter.begin("catch up")
    watch.seconds = 1.0
    meter.at(5, "the cluster is red")

    assert told[0].seconds_left is None
    assert told[1] == Progress("mocs", "catch up", 5, 0, 5.0, None, 4, 1, "the cluster is red")


def test_a_new_phase_begins_from_its_own_count() -> None:
    meter, watch, told = metered()
    meter.begin("load", 0, 100)
    watch.seconds = 5.0
    meter.at(100)
    meter.begin("compare", 0, 100)

    assert (told[-1].phase, told[-1].done, told[-1].rate) == ("compare", 0, 0.0)
