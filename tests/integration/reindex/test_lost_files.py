"""Reindexes whose files on this machine are gone, spoilt or can't be written: the truth is in table and cluster."""

from dataclasses import replace

import pytest

from cutover.core.reindex.models import ReindexStopped, StoppedBy
from cutover.core.reindex.run import SwapWish
from cutover.reindex.checkpoint import Checkpoint
from tests.integration.reindex.aliases import MOCS, ROWS, Heard, Place, place
from tests.integration.reindex.test_reindexer import PLAIN, TOUCH, CutOff, cut_off, position, served, swapped

__all__ = ["place"]


@pytest.mark.parametrize("spoilt", ["garbage", "another cluster"])
def test_a_rollback_does_not_need_a_checkpoint_that_can_be_read(place: Place, spoilt: str) -> None:
    swapped(place)
    swapped(place)
    former = served(place).took_over.former
    spoil(place, spoilt)

    heard = Heard()
    assert place.reindexing().roll_back(MOCS, heard).after == former == served(place).name
    assert place.is_equal()
    assert len(heard.notes) == 1
    assert "rollback.json" in heard.notes[0]


def test_a_rollback_that_is_cut_off_is_finished_although_its_checkpoint_is_spoilt(place: Place) -> None:
    swapped(place)
    swapped(place)
    former = served(place).took_over.former
    with pytest.raises(CutOff):
        place.reindexing().roll_back(MOCS, Heard(when_moved=cut_off))
    place.sql(f"{TOUCH} '{next(iter(place.titles()))}'")
    spoil(place, "garbage")

    assert place.reindexing().roll_back(MOCS, Heard()).after == former == served(place).name
    assert place.is_equal()


def spoil(place: Place, how: str) -> None:
    """Make the checkpoint of the rollback one that can't be gone on with."""
    checkpoint = Checkpoint(place.folder, MOCS, way_back=True)
    if how == "garbage":
        checkpoint.path.write_text("garbage")
    else:
        checkpoint.write(replace(position(place), endpoint="https://elsewhere"))


def test_an_index_whose_checkpoint_can_not_be_written_is_deleted_again(place: Place) -> None:
    (place.folder / f"{MOCS}.new").mkdir(parents=True)  # in the way, as a full disk is

    with pytest.raises(ReindexStopped, match=rf"{MOCS}.json can't be written"):
        place.reindexing().run(MOCS, Heard())

    assert place.reindexing().look(MOCS).standing.others == ()


@pytest.mark.parametrize("lost", ["the file", "the checkpoint's verification too"])
@pytest.mark.parametrize("again", ["verify", "run"])
def test_rows_of_which_no_document_can_be_made_are_found_without_the_file_that_named_them(
    place: Place, again: str, lost: str
) -> None:
    bad = next(iter(place.titles()))
    place.sql(f"UPDATE moc_instructions SET created_at = '0044-03-15 BC' WHERE id = '{bad}'")
    index = place.reindexing().run(MOCS, Heard()).position.index
    (place.folder / f"{index}.dead.ndjson").unlink()
    if lost != "the file":
        Checkpoint(place.folder, MOCS).write(replace(position(place), verification=None))

    found = getattr(place.reindexing(), again)(MOCS, Heard()).verification

    assert (found.rows, found.documents, list(found.dead), found.differences) == (ROWS, ROWS - 1, [bad], 0)
    assert [letter.id for letter in place.reindexing().look(MOCS).dead] == [bad]
    with pytest.raises(ReindexStopped) as stopped:
        place.reindexing().swap(MOCS, PLAIN, Heard())
    assert stopped.value.by is StoppedBy.UNEQUAL
    assert place.reindexing().swap(MOCS, SwapWish(accept_dead=1), Heard()).accepted_dead == 1
    (place.folder / f"{index}.dead.ndjson").unlink()
    assert list(place.reindexing().verify(MOCS, Heard()).verification.dead) == [bad]  # it only reads now
