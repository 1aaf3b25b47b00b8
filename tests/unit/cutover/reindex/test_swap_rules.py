"""What a swap and a rollback may do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.reindex.models import IndexInfo, Standing, StoppedBy
from cutover.core.reindex.refusals import Refusal, Why
from cutover.core.reindex.run import Phase, Position, Seen, SwapWish, Verification
from cutover.core.reindex.swap import Change, Proof, foresee_swap, plan_rollback, plan_swap, proof_of, unfit
from cutover.reindex.golden import Golden
from cutover.reindex.verifying import Wanted, _wrong_searches
from tests.unit.cutover.reindex.indices_at_hand import ALIAS, NEW, NOW, OLD, index, serving, standing, took_over

PROVED = Proof(NEW, NOW - timedelta(minutes=5), equal=True)
NOTHING = SwapWish()
POSITION = Position(ALIAS, "http://s", NEW, "run", NOW, Phase.VERIFIED, verification=Verification(NOW, 9, 9))


def swapped(
    stands: Standing | None = None,
    target: IndexInfo | None = None,
    proof: Proof | None = PROVED,
    wish: SwapWish = NOTHING,
) -> Change | Refusal:
    """A plan that nothing stands against, but for what is given."""
    return plan_swap(stands or standing(serving(), index()), target or index(), proof, wish, NOW)


def refused(planned: Change | Refusal) -> Refusal:
    """The refusal, which says what to do, and its numbers in its text."""
    assert isinstance(planned, Refusal)
    assert planned.way_on
    assert planned.text
    return planned


def test_a_verified_index_takes_the_alias_in_one_call_that_fails_if_the_alias_has_moved() -> None:
    planned = swapped()

    assert planned == Change(ALIAS, NEW, OLD)
    assert isinstance(planned, Change)
    assert planned.actions() == [
        {"remove": {"index": OLD, "alias": ALIAS, "must_exist": True}},
        {"add": {"index": NEW, "alias": ALIAS, "is_write_index": True}},
    ]


def test_the_first_index_of_an_alias_takes_it_from_nobody() -> None:
    planned = swapped(standing(None, index()))

    assert isinstance(planned, Change)
    assert planned.actions() == [{"add": {"index": NEW, "alias": ALIAS, "is_write_index": True}}]


def test_what_serves_already_is_not_swapped_again() -> None:
    refusal = refused(swapped(standing(serving(NEW)), serving(NEW)))

    assert (refusal.why, refusal.text) == (Why.SERVES, f"{NEW} serves {ALIAS} already")
    assert refusal.stopped().by is StoppedBy.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (None, f"{NEW} was never verified"),
        (replace(PROVED, index=OLD), f"{NEW} was never verified"),
        (replace(PROVED, at=NOW - timedelta(minutes=31)), f"the verification of {NEW} is 31m old, and counts for 30m"),
    ],
)
def test_without_a_fresh_verification_of_that_index_there_is_no_swap(proof: Proof | None, text: str) -> None:
    refusal = refused(swapped(proof=proof))

    assert (refusal.why, refusal.text) == (Why.NOT_VERIFIED, text)
    assert refusal.way_on == f"cutover reindex verify {ALIAS}; then again"
    assert refusal.stopped().by is StoppedBy.REFUSED


def test_a_verification_of_the_future_is_told_as_that() -> None:
    refusal = refused(swapped(proof=replace(PROVED, at=NOW + timedelta(minutes=45))))

    assert refusal.why is Why.NOT_VERIFIED
    assert f"the verification of {NEW} is 45m in the future" in refusal.text
    assert "clock" in refusal.way_on


def test_an_index_that_equals_its_table_is_not_called_unequal_for_its_searches() -> None:
    found = Verification(
        NOW, 9, 9, overlap=0.4, queries=50, problems=_wrong_searches(Golden(50, 0.4), Wanted(ALIAS, True, OLD))
    )
    position = Position(ALIAS, "http://s", NEW, "run", NOW, Phase.VERIFIED, verification=found)

    refusal = refused(swapped(proof=proof_of(position)))

    assert (
        refusal.text
        == f"{NEW} equalled its table 0s ago, but 50 searches find 40.0% of what {OLD} finds, and 90.0% are wanted"
    )
    assert refusal.way_on.startswith("look at the old index first")
    assert "run" not in refusal.way_on
    assert refusal.stopped().by is StoppedBy.UNEQUAL
    both = replace(found, differences=1)
    assert (both.unlike, replace(found, problems=(*found.problems, "a count")).unlike) == ("", "")


@pytest.mark.parametrize(
    ("stands", "position", "expected"),
    [
        (standing(serving(), index()), None, Why.NOT_VERIFIED),
        (standing(serving()), POSITION, Why.GONE),
        (standing(serving(), index()), replace(POSITION, verification=None), Why.NOT_VERIFIED),
        (standing(serving(), index()), POSITION, Change(ALIAS, NEW, OLD)),
        (standing(serving(NEW, took_over=took_over(OLD))), POSITION, Change(ALIAS, NEW, OLD)),
        (standing(serving(NEW)), replace(POSITION, phase=Phase.DONE), Why.SERVES),
    ],
)
def test_a_swap_is_foreseen_by_what_is_seen(stands: Standing, position: Any, expected: Change | Why) -> None:
    planned = foresee_swap(Seen(stands, 9, position), NOTHING, NOW)

    assert (planned.why if isinstance(planned, Refusal) else planned) == expected


def test_a_verification_of_exactly_half_an_hour_still_counts() -> None:
    assert isinstance(swapped(proof=replace(PROVED, at=NOW - timedelta(minutes=30))), Change)


def test_an_unequal_index_does_not_serve() -> None:
    refusal = refused(swapped(proof=replace(PROVED, equal=False)))

    assert refusal.text == f"the last verification of {NEW}, 5m ago, found what stands against it"
    assert refusal.stopped().by is StoppedBy.UNEQUAL


def test_dead_letters_have_to_be_accepted_by_their_number() -> None:
    refusal = refused(swapped(proof=replace(PROVED, dead=3), wish=SwapWish(accept_dead=2)))

    assert refusal.text == "3 rows could not be indexed, and 2 are accepted"
    assert refusal.way_on.endswith("--accept-dead 3")
    assert refusal.stopped().by is StoppedBy.UNEQUAL
    assert isinstance(swapped(proof=replace(PROVED, dead=3), wish=SwapWish(accept_dead=3)), Change)


def test_an_empty_index_serves_only_if_that_is_wanted() -> None:
    refusal = refused(swapped(target=index(documents=0)))

    assert (refusal.why, refusal.found, refusal.limit) == (Why.EMPTY, "0", "1")
    assert refusal.way_on.endswith("--allow-empty")
    assert isinstance(swapped(target=index(documents=0), wish=SwapWish(allow_empty=True)), Change)


def test_an_index_of_the_aliases_own_name_is_deleted_only_if_that_is_wanted() -> None:
    stands = standing(index(ALIAS, documents=41930, ours=False, run=""), index())

    refusal = refused(swapped(stands))

    assert refusal.why is Why.CONCRETE
    assert "of 41 930 documents, not an alias: the swap would delete it, and no rollback" in refusal.text
    assert f"cutover reindex swap {ALIAS} --replace-index" in refusal.way_on
    planned = swapped(stands, wish=SwapWish(replace_index=True))
    assert isinstance(planned, Change)
    assert planned.actions()[0] == {"remove_index": {"index": ALIAS}}
    assert planned.took_over(NOW).concrete


def test_an_index_without_our_schema_never_serves() -> None:
    assert refused(swapped(target=index(ours=False))).why is Why.NOT_OURS


def test_an_index_that_refuses_writes_does_not_serve() -> None:
    refusal = refused(swapped(target=index(read_only="index.blocks.write")))

    assert (refusal.why, refusal.found) == (Why.BLOCKED, "index.blocks.write")
    assert f'PUT /{NEW}/_settings {{"index.blocks.write": null}}' in refusal.way_on


def test_a_full_disk_under_the_former_index_keeps_its_alias() -> None:
    refusal = refused(swapped(standing(serving(read_only="index.blocks.read_only_allow_delete"), index())))

    assert (
        refusal.text == f"{OLD} refuses writes: index.blocks.read_only_allow_delete is set: the disk of one of its"
        " nodes has passed the flood stage"
    )


def test_a_former_index_that_only_refuses_documents_can_lose_its_alias() -> None:
    assert isinstance(swapped(standing(serving(read_only="index.blocks.write"), index())), Change)


@pytest.mark.parametrize(
    ("status", "differences", "why"),
    [("green", (), None), ("yellow", (), None), ("red", (), Why.HEALTH), ("green", ("title: nothing",), Why.MAPPING)],
)
def test_a_red_index_or_one_of_another_mapping_is_not_fit(status: str, differences: Any, why: Why | None) -> None:
    refusal = unfit(ALIAS, NEW, status, differences)

    assert (refusal.why if refusal else None) is why


def test_the_places_where_a_mapping_differs_are_counted_and_some_are_named() -> None:
    refusal = unfit(ALIAS, NEW, "green", [f"f{number}: nothing" for number in range(9)])

    assert refusal is not None
    assert "in 9 places: f0: nothing; f1: nothing; f2: nothing; f3: nothing; f4: nothing" in refusal.text
    assert "f5" not in refusal.text


def test_a_rollback_gives_the_alias_back_to_whom_it_was_taken_from() -> None:
    planned = plan_rollback(standing(serving(NEW, took_over=took_over(OLD)), index("other-v1"), index(OLD)))

    assert planned == Change(ALIAS, OLD, NEW, back=True)
    assert isinstance(planned, Change)
    assert planned.actions()[0] == {"remove": {"index": NEW, "alias": ALIAS, "must_exist": True}}


@pytest.mark.parametrize("now_serves", [None, serving(), index(ALIAS, took_over=took_over(OLD))])
def test_where_no_swap_was_there_is_nothing_to_go_back_to(now_serves: IndexInfo | None) -> None:
    refusal = refused(plan_rollback(standing(now_serves, index())))

    assert (refusal.why, refusal.found, refusal.limit) == (Why.NOTHING_BEFORE, "0 swaps", "1 swap")


def test_a_rollback_said_twice_does_not_go_forward_again() -> None:
    refusal = refused(plan_rollback(standing(serving(OLD, took_over=took_over(NEW, back=True)), index(NEW))))

    assert refusal.why is Why.ALREADY
    assert "since 04 Nov 10:15 UTC: that was a rollback" in refusal.text


@pytest.mark.parametrize(
    ("came", "others", "words"),
    [
        (took_over(ALIAS, concrete=True), (), f"had to delete the index {ALIAS}"),
        (took_over(OLD), (), f"{OLD}, which served until 04 Nov 10:15 UTC, is not there any more"),
        (took_over(""), (), "there is no index to go back to"),
    ],
)
def test_what_is_gone_does_not_come_back(came: Any, others: Any, words: str) -> None:
    refusal = refused(plan_rollback(standing(serving(NEW, took_over=came), *others)))

    assert refusal.why is Why.GONE
    assert words in refusal.text
    assert refusal.way_on.startswith(f"cutover reindex run {ALIAS} makes an index anew")


@pytest.mark.parametrize(
    ("former", "block", "why"),
    [
        (index(OLD, ours=False), "", Why.NOT_OURS),
        (index(OLD, read_only="index.blocks.write"), "", Why.BLOCKED),
        (index(OLD), "index.blocks.read_only", Why.BLOCKED),
    ],
)
def test_a_former_index_that_can_not_serve_does_not(former: IndexInfo, block: str, why: Why) -> None:
    now_serves = serving(NEW, took_over=took_over(OLD), read_only=block)

    assert refused(plan_rollback(standing(now_serves, former))).why is why
