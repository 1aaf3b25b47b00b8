"""What a comparison of table and index finds, names and mends, while nobody else writes."""

import pytest

from cutover.core.reindex.models import Compared, Difference
from cutover.reindex import comparing
from tests.unit.cutover.reindex.compared import KEYS, Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_equal_sides_are_equal_and_nothing_is_written(rig: Rig) -> None:
    compared = await rig.compare(repair=True)

    assert compared.equal
    assert (compared.rows, compared.documents, compared.differing_buckets, compared.mended) == (8, 8, 0, 0)
    assert (rig.writes, rig.slept) == (0, [])


async def test_an_empty_table_and_an_empty_index_are_equal() -> None:
    rig = Rig()
    rig.table.held.clear()
    rig.index.held.clear()

    assert await rig.compare(repair=False, readers=1) == Compared(buckets=1)


@pytest.mark.parametrize("readers", [1, 4, 7])
async def test_every_fault_is_named_and_left_when_nothing_is_to_be_mended(rig: Rig, readers: int) -> None:
    rig.row(9, 109)
    rig.delete_row(2)
    rig.row(5, 205, title="new", theme="City")

    compared = await rig.compare(repair=False, readers=readers)

    assert sorted(compared.differences, key=lambda one: one.id) == [
        Difference(str(KEYS[2]), "extra"),
        Difference(str(KEYS[5]), "different", ("theme", "title")),
        Difference(str(KEYS[9]), "missing"),
    ]
    assert (compared.rows, compared.documents, compared.equal) == (8, 8, False)
    assert rig.writes == 0


async def test_every_fault_is_mended(rig: Rig) -> None:
    rig.row(9, 109)
    rig.delete_row(2)
    rig.row(5, 205, title="new")

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert (compared.rows, compared.documents, compared.mended) == (8, 8, 3)
    assert (rig.version(9), rig.version(5)) == (109, 205)


async def test_an_empty_index_is_filled(rig: Rig) -> None:
    rig.index.held.clear()

    compared = await rig.compare(repair=True, suspects_at_once=2)

    assert compared.equal
    assert rig.is_equal
    assert compared.mended == 8


async def test_documents_without_rows_are_not_all_remembered_before_any_is_settled(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "BEYOND", 2)
    rig.table.held.clear()

    compared = await rig.compare(repair=True, readers=1, suspects_at_once=2)

    assert rig.is_equal
    assert (compared.mended, compared.buckets, compared.differing_buckets) == (8, 1, 1)
    last_page = len(rig.index.asked) - rig.index.asked[::-1].index("_search")
    assert rig.index.asked[:last_page].count("_bulk") == 2


async def test_what_has_no_row_is_removed_so_that_late_writes_of_it_stay_out(rig: Rig) -> None:
    rig.delete_row(4)

    await rig.compare(repair=True)

    assert rig.version(4) == rig.table.clock
    assert rig.is_equal


async def test_a_document_from_the_future_is_removed_under_its_own_version(rig: Rig) -> None:
    ahead = rig.table.clock + 5_000
    rig.delete_row(4)
    rig.document(4, ahead)

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert rig.version(4) == ahead


async def test_a_row_that_changed_without_a_new_time_is_found_and_mended(rig: Rig) -> None:
    rig.row(3, 103, albumId="a0000000-0000-4000-8000-000000000000")
    rig.document(3, 103, albumId="a0000000-0000-4000-8000-000000000000")
    rig.row(3, 103)  # the album went, and the image left it

    assert (await rig.compare(repair=False)).differences == (Difference(str(KEYS[3]), "different", ("albumId",)),)
    assert (await rig.compare(repair=True)).equal
    assert rig.is_equal
    assert rig.version(3) == 103


async def test_a_row_older_than_its_document_wins_under_the_documents_version(rig: Rig) -> None:
    rig.document(6, 900, title="what a clock ahead of others wrote before")

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert rig.version(6) == 900


async def test_a_higher_version_of_the_same_content_is_no_difference(rig: Rig) -> None:
    rig.document(6, 900)

    assert (await rig.compare(repair=True)).equal
    assert rig.writes == 0


async def test_a_lower_version_of_the_same_content_lets_older_writes_in_and_is_mended(rig: Rig) -> None:
    rig.document(6, 50)

    assert (await rig.compare(repair=False)).differences == (Difference(str(KEYS[6]), "different", ("version",)),)
    assert (await rig.compare(repair=True)).mended == 1
    assert rig.version(6) == 106


async def test_another_spelling_of_the_same_content_is_no_difference(rig: Rig) -> None:
    held = rig.index.held[str(KEYS[1])]
    held.source = f'{{ "title":"c\\u0061stle 1", "userId":"alice","id":"{KEYS[1]}" }}'.encode()

    compared = await rig.compare(repair=True)

    assert (compared.equal, compared.differing_buckets) == (True, 0)
    assert rig.writes == 0


@pytest.mark.parametrize("other", [1, 1.0, "true", ["true"], None])
async def test_a_value_of_another_type_is_a_difference(rig: Rig, other: object) -> None:
    rig.row(1, 101, retired=True)
    rig.document(1, 101, retired=other)

    assert (await rig.compare(repair=False)).differences == (Difference(str(KEYS[1]), "different", ("retired",)),)


async def test_documents_under_ids_that_no_row_can_have_are_removed(rig: Rig) -> None:
    content = {"id": str(KEYS[1]), "userId": "alice", "title": "castle 1"}
    for stray in ("junk", str(KEYS[10]).upper(), "{" + str(KEYS[1]) + "}"):
        rig.index.put(stray, 7, {**content, "id": stray})
    rig.index.put("blank", 7, {**content, "id": ""})
    rig.index.put("no-id", 7, {"userId": "alice"})
    rig.index.put("another's", 7, content)

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert compared.mended == 6


async def test_a_document_that_says_it_is_another_is_mended(rig: Rig) -> None:
    rig.index.put(str(KEYS[1]), 101, {"id": str(KEYS[2]), "userId": "alice", "title": "castle 1"})

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert compared.mended == 1


async def test_documents_that_searches_do_not_see_yet_count(rig: Rig) -> None:
    rig.row(9, 109)
    rig.document(9, 109, is_seen=False)

    assert (await rig.compare(repair=True)).equal
    assert rig.writes == 0
    assert rig.index.asked[0] == "_refresh"


async def test_a_row_that_can_not_be_indexed_is_a_dead_letter_and_no_difference(rig: Rig) -> None:
    rig.row(9, 109, title="unmappable")

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert [(letter.id, letter.reason) for letter in compared.dead] == [
        (str(KEYS[9]), "mapper_parsing_exception: unmappable")
    ]
    assert (compared.rows, compared.documents, compared.mended) == (9, 8, 0)


async def test_a_row_that_was_restored_gets_past_the_tombstone_of_its_deletion(rig: Rig) -> None:
    rig.index.remove(str(KEYS[3]), 5_000)

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert rig.version(3) == rig.table.clock


async def test_only_so_many_differences_are_named_and_the_rest_is_counted(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "NAMED", 3)
    rig.index.held.clear()

    compared = await rig.compare(repair=False, suspects_at_once=1, readers=1)

    assert (len(compared.differences), compared.unnamed, compared.equal) == (3, 5, False)
    assert len(rig.slept) == 3  # once it is certain that much differs, nothing is waited for


async def test_progress_is_told_of_each_bucket_and_of_the_end(rig: Rig) -> None:
    told: list[Compared] = []

    compared = await comparing.compare(
        rig.table, rig.index, "moc_instructions-v20251102t101530", repair=False, progress=told.append
    )

    assert [one.buckets for one in told] == [1, 2, 3, 4, 4]
    assert told[-1] == compared


@pytest.mark.parametrize("repair", [True, False])
async def test_a_row_of_which_no_document_can_be_made_is_a_dead_letter(repair: bool) -> None:
    rig = Rig()
    rig.row(9, 109)
    rig.table.unmade.add(KEYS[9])

    compared = await rig.compare(repair=repair)

    assert [letter.id for letter in compared.dead] == [str(KEYS[9])]
    assert (compared.rows, compared.documents, compared.differences, rig.writes) == (9, 8, (), 0)


@pytest.mark.parametrize("repair", [True, False])
async def test_a_row_that_a_document_can_be_made_of_again_is_compared(repair: bool) -> None:
    rig = Rig()
    rig.row(9, 109)
    rig.row(10, 110)
    rig.table.unmade |= {KEYS[9], KEYS[10]}

    def mend(asked: str) -> None:
        if asked == "dead":
            rig.table.unmade.clear()
            rig.table.held.pop(KEYS[10], None)

    rig.table.before = mend
    compared = await rig.compare(repair=repair)

    assert compared.dead == ()
    assert [one.how for one in compared.differences] == ([] if repair else ["missing"])
    assert (compared.rows, compared.documents) == (9, 9 if repair else 8)
