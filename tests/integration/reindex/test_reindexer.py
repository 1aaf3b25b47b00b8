"""Whole reindexes on an embedded PostgreSQL and search server: run, swap, back, cut off at any point, and refused."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped, StoppedBy
from cutover.core.reindex.run import Phase, Position, SwapWish
from cutover.reindex.checkpoint import Checkpoint
from tests.integration.reindex.aliases import MOCS, ROWS, Heard, Place, place

__all__ = ["place"]
PLAIN = SwapWish()
TOUCH = "UPDATE moc_instructions SET title = 'Touched', updated_at = now() at time zone 'utc' WHERE id ="


class CutOff(Exception):
    """Stands for a kill."""


def cut_off(_: object) -> bool:
    """Die there."""
    raise CutOff


def served(place: Place) -> Any:
    """The index that the alias points at."""
    return place.reindexing().look(MOCS).standing.serving


def position(place: Place) -> Position:
    """The checkpoint."""
    found = Checkpoint(place.folder, MOCS).read()
    assert found is not None
    return found


def swapped(place: Place) -> None:
    """An index serves that a run has made."""
    place.reindexing().run(MOCS, Heard())
    place.reindexing().swap(MOCS, PLAIN, Heard())


def test_a_run_makes_an_equal_index_and_leaves_the_alias_alone(place: Place) -> None:
    heard = Heard()

    ran = place.reindexing().run(MOCS, heard)

    assert ran.verification.equal
    assert (ran.verification.rows, ran.verification.documents, ran.resumed) == (ROWS, ROWS, False)
    assert ran.position.phase is Phase.VERIFIED
    assert ran.position.indexed == ROWS
    assert place.is_equal(ran.position.index)
    assert served(place) is None
    assert {told.phase for told in heard.told} == {"load", "catch up", "settle", "compare"}
    assert (heard.notes, heard.moves) == ([], [])


def test_a_swap_moves_the_alias_and_brings_over_what_is_written_until_then(place: Place) -> None:
    swapped(place)
    place.reindexing().run(MOCS, Heard())
    first, second, third = list(place.titles())[:3]
    place.sql(f"{TOUCH} '{first}'")

    def write(_: object) -> None:
        place.sql(f"{TOUCH} '{second}'")
        place.sql(f"DELETE FROM moc_instructions WHERE id = '{third}'")

    heard = Heard(when_moved=lambda _: in_thread(write))
    moved = place.reindexing().swap(MOCS, PLAIN, heard)

    assert moved.verification is not None
    assert moved.verification.equal
    assert heard.moves == [replace(moved, verification=heard.moves[0].verification)]
    assert served(place).name == moved.after == position(place).index
    assert place.is_equal()
    assert place.documents()[second]["title"] == "Touched"
    assert position(place).phase is Phase.DONE
    settings = place.ask("GET", f"/{moved.after}/_settings")[moved.after]["settings"]["index"]
    assert settings.get("gc_deletes") in {None, "60s"}


def test_a_rollback_brings_the_former_index_up_to_date_and_a_swap_goes_forward_again(place: Place) -> None:
    swapped(place)
    swapped(place)
    before = served(place)
    one, two = list(place.titles())[:2]
    place.sql(f"{TOUCH} '{one}'")
    place.sql(f"DELETE FROM moc_instructions WHERE id = '{two}'")

    back = place.reindexing().roll_back(MOCS, Heard())

    assert (back.before, back.after) == (before.name, before.took_over.former)
    assert place.is_equal()
    with pytest.raises(ReindexStopped, match="that was a rollback"):
        place.reindexing().roll_back(MOCS, Heard())
    assert place.reindexing().verify(MOCS, Heard()).verification.equal
    assert place.reindexing().swap(MOCS, PLAIN, Heard()).after == before.name


def test_a_load_that_is_cut_off_goes_on_behind_what_was_acknowledged(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cutover.reindex.progress.EVERY_SECONDS", 0.0)

    def die(progress: Any) -> None:
        if progress.phase == "load" and progress.done >= ROWS // 2:
            raise CutOff

    with pytest.raises(CutOff):
        place.reindexing(in_flight=1).run(MOCS, Heard(then=die))
    half = position(place)
    ran = place.reindexing().run(MOCS, Heard())

    assert half.phase is Phase.LOADING
    assert 0 < half.indexed < ROWS
    assert ran.resumed
    assert ran.position.index == half.index
    assert ran.position.run == half.run
    assert ran.position.indexed == ROWS
    assert place.is_equal(half.index)


@pytest.mark.parametrize("phase", ["catch up", "settle", "compare"])
def test_a_run_that_is_cut_off_later_goes_on_without_loading_again(place: Place, phase: str) -> None:
    with pytest.raises(CutOff):
        place.reindexing().run(MOCS, Heard(then=lambda told: told.phase == phase and cut_off(told)))
    heard = Heard()
    ran = place.reindexing().run(MOCS, heard)

    assert ran.resumed
    assert ran.verification.equal
    assert "load" not in {told.phase for told in heard.told}


def test_a_fresh_run_begins_a_new_index(place: Place) -> None:
    first = place.reindexing().run(MOCS, Heard())
    Checkpoint(place.folder, MOCS).path.write_text("spoilt")

    with pytest.raises(ReindexStopped, match="can't be read"):
        place.reindexing().run(MOCS, Heard())
    place.ask("DELETE", f"/{first.position.index}")
    again = place.reindexing().run(MOCS, Heard(), fresh=True)

    assert not again.resumed
    assert again.position.run != first.position.run


def test_a_checkpoint_whose_index_is_gone_or_changed_begins_a_new_one_and_says_so(place: Place) -> None:
    first = place.reindexing().run(MOCS, Heard()).position.index
    place.ask("DELETE", f"/{first}")

    gone = Heard()
    second = place.reindexing().run(MOCS, gone).position.index
    place.ask("PUT", f"/{second}/_mapping", {"properties": {"colour": {"type": "keyword"}}})
    changed = Heard()
    third = place.reindexing().run(MOCS, changed).position.index

    assert "is not there any more" in gone.notes[0]
    assert "has not the service's mapping" in changed.notes[0]
    assert len({second, third}) == 2


def test_a_checkpoint_of_another_cluster_is_not_touched(place: Place) -> None:
    place.reindexing().run(MOCS, Heard())
    Checkpoint(place.folder, MOCS).write(replace(position(place), endpoint="https://elsewhere"))

    with pytest.raises(ReindexStopped, match="is of another cluster, https://elsewhere"):
        place.reindexing().run(MOCS, Heard())


@pytest.mark.parametrize("goes_on_by", ["swap", "run"])
def test_a_swap_that_is_cut_off_behind_the_move_is_finished(place: Place, goes_on_by: str) -> None:
    place.reindexing().run(MOCS, Heard())
    with pytest.raises(CutOff):
        place.reindexing().swap(MOCS, PLAIN, Heard(when_moved=cut_off))
    place.sql(f"{TOUCH} '{next(iter(place.titles()))}'")

    heard = Heard()
    if goes_on_by == "swap":
        assert place.reindexing().swap(MOCS, PLAIN, heard).after == position(place).index
    else:
        assert place.reindexing().run(MOCS, heard).resumed

    assert position(place).phase is Phase.DONE
    assert place.is_equal()
    assert heard.moves == []


def test_an_alias_that_moved_before_the_checkpoint_could_say_so_is_told_then(place: Place) -> None:
    place.reindexing().run(MOCS, Heard())
    before = position(place)
    place.reindexing().swap(MOCS, PLAIN, Heard())
    Checkpoint(place.folder, MOCS).write(before)

    heard = Heard()
    place.reindexing().swap(MOCS, PLAIN, heard)

    assert [(moved.before, moved.after) for moved in heard.moves] == [("", before.index)]
    assert position(place).phase is Phase.DONE
    with pytest.raises(ReindexStopped, match="serves moc_instructions already"):
        place.reindexing().swap(MOCS, PLAIN, Heard())


def test_a_rollback_that_is_cut_off_behind_the_move_is_finished(place: Place) -> None:
    swapped(place)
    swapped(place)
    former = served(place).took_over.former
    with pytest.raises(CutOff):
        place.reindexing().roll_back(MOCS, Heard(when_moved=cut_off))
    place.sql(f"{TOUCH} '{next(iter(place.titles()))}'")

    assert place.reindexing().roll_back(MOCS, Heard()).after == former == served(place).name
    assert place.is_equal()


def test_a_row_of_which_no_document_can_be_made_keeps_the_swap_until_it_is_accepted_or_mended(place: Place) -> None:
    bad = next(iter(place.titles()))
    place.sql(f"UPDATE moc_instructions SET created_at = '0044-03-15 BC' WHERE id = '{bad}'")

    ran = place.reindexing().run(MOCS, Heard())

    assert list(ran.verification.dead) == [bad]
    assert [letter.id for letter in place.reindexing().look(MOCS).dead] == [bad]
    with pytest.raises(ReindexStopped) as stopped:
        place.reindexing().swap(MOCS, PLAIN, Heard())
    assert stopped.value.by is StoppedBy.UNEQUAL
    assert place.reindexing().swap(MOCS, SwapWish(accept_dead=5), Heard()).accepted_dead == 1

    place.sql(f"UPDATE moc_instructions SET created_at = '2020-03-15' WHERE id = '{bad}'")
    again = place.reindexing().run(MOCS, Heard())
    assert list(again.verification.dead) == []
    assert place.is_equal(again.position.index)


def test_dead_letters_that_were_mended_or_deleted_meanwhile_count_no_more(place: Place) -> None:
    first, second = list(place.titles())[:2]
    place.sql(f"UPDATE moc_instructions SET created_at = '0044-03-15 BC' WHERE id IN ('{first}', '{second}')")
    place.reindexing().run(MOCS, Heard())
    place.sql(f"UPDATE moc_instructions SET created_at = '2020-03-15' WHERE id = '{first}'")
    place.sql(f"DELETE FROM moc_instructions WHERE id = '{second}'")

    ran = place.reindexing().run(MOCS, Heard())

    assert ran.resumed
    assert ran.verification.equal
    assert list(ran.verification.dead) == []
    assert place.is_equal(ran.position.index)


def test_rows_that_were_accepted_as_not_indexable_are_told_as_that_by_a_verification_that_mends_nothing(
    place: Place,
) -> None:
    swapped(place)
    known = position(place)
    bad = next(iter(place.titles()))
    assert known.verification is not None
    Checkpoint(place.folder, MOCS).write(replace(known, verification=replace(known.verification, dead=(bad,))))
    place.ask("DELETE", f"/{known.index}/_doc/{bad}?refresh=true")

    found = place.reindexing().verify(MOCS, Heard()).verification

    assert found.equal
    assert list(found.dead) == [bad]


def test_an_unverified_index_is_not_swapped(place: Place) -> None:
    with pytest.raises(ReindexStopped, match="no run of moc_instructions is known here"):
        place.reindexing().swap(MOCS, PLAIN, Heard())
    with pytest.raises(CutOff):
        place.reindexing().run(MOCS, Heard(then=lambda told: told.phase == "catch up" and cut_off(told)))
    with pytest.raises(ReindexStopped, match="was never verified"):
        place.reindexing().swap(MOCS, PLAIN, Heard())


def test_an_index_that_is_not_loaded_is_not_verified(place: Place) -> None:
    with pytest.raises(CutOff):
        place.reindexing().run(MOCS, Heard(then=cut_off))

    with pytest.raises(ReindexStopped, match="is not loaded yet"):
        place.reindexing().verify(MOCS, Heard())


def test_the_serving_index_is_verified_and_not_mended(place: Place) -> None:
    swapped(place)
    missing = next(iter(place.titles()))
    place.ask("DELETE", f"/{MOCS}/_doc/{missing}?refresh=true")

    ran = place.reindexing().verify(MOCS, Heard())

    assert [(one.id, one.how) for one in ran.verification.differing] == [(missing, "missing")]
    assert missing not in place.documents()


def test_an_empty_table_is_swapped_only_if_that_is_allowed(place: Place) -> None:
    place.sql("DELETE FROM moc_instructions")
    place.reindexing().run(MOCS, Heard())

    with pytest.raises(ReindexStopped, match="holds 0 documents"):
        place.reindexing().swap(MOCS, PLAIN, Heard())
    place.reindexing().swap(MOCS, SwapWish(allow_empty=True), Heard())

    assert served(place).documents == 0


def test_an_index_of_the_aliass_name_is_replaced_only_if_that_is_allowed(place: Place) -> None:
    place.ask("PUT", f"/{MOCS}", {"mappings": {"properties": {"old": {"type": "text"}}}})
    place.ask("PUT", f"/{MOCS}/_doc/1?refresh=true", {"old": "x"})
    place.reindexing().run(MOCS, Heard())

    with pytest.raises(ReindexStopped, match="is an index itself"):
        place.reindexing().swap(MOCS, PLAIN, Heard())
    moved = place.reindexing().swap(MOCS, SwapWish(replace_index=True), Heard())

    assert moved.replaced
    assert place.is_equal()
    with pytest.raises(ReindexStopped, match="had to delete the index"):
        place.reindexing().roll_back(MOCS, Heard())


def test_a_read_only_index_in_service_is_refused_before_anything_is_made(place: Place) -> None:
    swapped(place)
    index = served(place).name
    place.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": True})

    seen = place.reindexing().look(MOCS)
    with pytest.raises(ReindexStopped, match="read_only_allow_delete"):
        place.reindexing().run(MOCS, Heard())

    assert "read_only_allow_delete" in seen.against[0]
    assert place.reindexing().look(MOCS).standing.others == ()


def test_two_machines_do_not_reindex_one_alias_at_once(place: Place, tmp_path: Path) -> None:
    refused: list[BaseException] = []
    holders: list[str] = []

    def other(_: object) -> None:
        elsewhere = place.reindexing(folder=tmp_path / "elsewhere", identity="bob", host="laptop")
        holders.append(elsewhere.look(MOCS).holder)
        try:
            elsewhere.run(MOCS, Heard())
        except ReindexStopped as stopped:
            refused.append(stopped)

    heard = Heard(then=lambda told: not refused and in_thread(other))
    ran = place.reindexing().run(MOCS, heard)

    assert ran.verification.equal
    assert [error.by for error in refused if isinstance(error, ReindexStopped)] == [StoppedBy.LOCKED]
    assert "alice on bastion" in holders[0]
    assert place.reindexing().look(MOCS).holder == ""


def test_a_prune_deletes_what_is_past_its_time_and_spares_the_rest(place: Place) -> None:
    for _ in range(3):
        swapped(place)
    formers = {one.name for one in place.reindexing().look(MOCS).standing.others}
    newest = served(place).took_over.former
    soon = place.reindexing(keep=timedelta(0))

    planned = soon.prune(MOCS, everything=False, dry_run=True)
    nothing = place.reindexing().prune(MOCS, everything=True, dry_run=False)
    done = soon.prune(MOCS, everything=False, dry_run=False)

    assert {one.name for one in planned.doomed} == {one.name for one in done.doomed} == formers - {newest}
    assert not nothing.doomed
    assert [one.name for one in place.reindexing().look(MOCS).standing.others] == [newest]


def in_thread(act: Any) -> bool:
    """Run it beside the loop that calls this, and wait for it."""
    thread = threading.Thread(target=act, args=(None,))
    thread.start()
    thread.join()
    return True
