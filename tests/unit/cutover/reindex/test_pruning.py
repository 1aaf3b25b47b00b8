"""Which indices have had their time."""

from datetime import timedelta

from cutover.core.reindex.models import Standing
from cutover.core.reindex.pruning import plan_prune
from tests.unit.cutover.reindex.indices_at_hand import ALIAS, NEW, NOW, OLD, index, serving, standing, took_over

WEEK = timedelta(days=7)
OLDER = f"{ALIAS}-v20251001t000000"


def doomed(stands: Standing, *, everything: bool = False) -> list[str]:
    """The names of what a prune would take."""
    return [one.name for one in plan_prune(stands, WEEK, NOW, everything=everything).doomed]


def why_kept(stands: Standing) -> dict[str, str]:
    """Why the others stay."""
    return dict(plan_prune(stands, WEEK, NOW).kept)


def test_an_index_goes_a_week_after_it_gave_the_alias_away_but_the_newest_former_one_stays() -> None:
    stands = standing(
        serving(NEW, took_over=took_over(OLD)), index(OLD, took_over=took_over(OLDER, days_ago=20)), index(OLDER)
    )

    assert doomed(stands) == [OLDER]
    assert why_kept(stands) == {OLD: "cutover reindex rollback goes back to it; --all takes it too"}
    assert doomed(stands, everything=True) == [OLD, OLDER]


def test_what_served_until_lately_stays_even_if_everything_is_to_go() -> None:
    stands = standing(serving(NEW, took_over=took_over(OLD, days_ago=6)), index(OLD))

    assert doomed(stands, everything=True) == []
    assert why_kept(stands) == {OLD: "it was last of use 6d ago, and is kept for 7d"}


def test_a_load_that_was_given_up_goes_a_week_after_it_was_made() -> None:
    left = f"{ALIAS}-v20251010t000000"
    stands = standing(
        serving(NEW, took_over=took_over(OLD, days_ago=1)), index(OLD), index(left, created=NOW - timedelta(days=8))
    )

    assert doomed(stands) == [left]


def test_where_no_swap_was_the_newest_of_ours_counts_as_the_former_one() -> None:
    stands = standing(serving("by-hand"), index(OLD), index(OLDER))

    assert doomed(stands) == [OLDER]


def test_with_nothing_serving_the_newest_stays_too() -> None:
    assert doomed(standing(None, index(OLD), index(OLDER))) == [OLDER]


def test_what_cutover_did_not_make_stays_whatever_its_name_and_age() -> None:
    stands = standing(
        serving(NEW), index(OLD, ours=False), index(OLDER, run=""), index(f"{ALIAS}-v2"), index("another")
    )

    assert doomed(stands, everything=True) == []
    assert set(why_kept(stands).values()) == {"cutover did not make it"}


def test_what_has_another_alias_stays() -> None:
    stands = standing(serving(NEW, took_over=took_over(OLD)), index(OLDER, aliases=("mine",)))

    assert doomed(stands, everything=True) == []
    assert why_kept(stands) == {OLDER: "it has an alias: mine"}


def test_an_index_without_a_date_of_creation_has_that_of_its_name() -> None:
    stands = standing(serving(NEW, took_over=took_over(OLD)), index(OLDER, created=None))

    assert doomed(stands) == [OLDER]
