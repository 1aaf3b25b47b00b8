"""An index that somebody deletes while it is written to: the next bulk request makes another, which must not serve."""

import time
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped
from tests.integration.reindex.aliases import MOCS, ROWS, Heard, Place, place
from tests.integration.reindex.test_reindexer import PLAIN, TOUCH, in_thread, position, served, swapped

__all__ = ["place"]


class Deleting:
    """Deletes an index once, when a phase is told of."""

    def __init__(self, place: Place, phase: str, index: str = "") -> None:
        self._place, self._phase = place, phase
        self.index = index
        self.is_done = False

    def __call__(self, progress: Any) -> None:
        """That of the checkpoint, where none is named."""
        if progress.phase != self._phase or self.is_done:
            return
        self.is_done = True
        self.index = self.index or position(self._place).index
        in_thread(lambda _: self._place.ask("DELETE", f"/{self.index}"))


def test_during_the_load_the_run_stops_and_the_next_one_makes_another(place: Place) -> None:
    deleting = Deleting(place, "load")

    with pytest.raises(ReindexStopped) as stopped:
        place.reindexing(in_flight=1).run(MOCS, Heard(then=deleting))

    assert str(stopped.value) == f"{deleting.index} is gone: it was deleted, or the cluster lost it"
    assert deleting.index not in place.ask("GET", f"/{MOCS}-v*?ignore_unavailable=true")
    ran = place.reindexing().run(MOCS, Heard())
    assert ran.verification.equal
    assert place.is_equal(ran.position.index)


def test_during_a_long_load_it_is_noticed_at_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.reindex.watching.EVERY_SECONDS", 0.05)
    monkeypatch.setattr("cutover.reindex.progress.EVERY_SECONDS", 0.0)
    deleting = Deleting(place, "load")

    def slowly(progress: Any) -> None:
        deleting(progress)
        time.sleep(0.1)

    heard = Heard(then=slowly)

    with pytest.raises(ReindexStopped, match="is gone"):
        place.reindexing(in_flight=1, batch_bytes=1_000).run(MOCS, heard)

    assert max(told.done for told in heard.told) < ROWS // 2


def test_an_index_that_others_have_changed_is_told_and_not_deleted(place: Place) -> None:
    def change(progress: Any) -> None:
        if progress.phase == "load":
            body = {"properties": {"colour": {"type": "keyword"}}}
            in_thread(lambda _: place.ask("PUT", f"/{position(place).index}/_mapping", body))

    with pytest.raises(ReindexStopped, match="is not the one that it was made with"):
        place.reindexing().run(MOCS, Heard(then=change))

    assert position(place).index in place.ask("GET", f"/{MOCS}-v*")


def test_during_the_last_pass_of_a_swap_the_alias_stays(place: Place) -> None:
    swapped(place)
    before = served(place).name
    lost = place.reindexing().run(MOCS, Heard()).position.index

    assert_it_stays(place, before, lambda heard: place.reindexing().swap(MOCS, PLAIN, heard), lost)


def test_during_a_rollback_the_alias_stays(place: Place) -> None:
    swapped(place)
    swapped(place)
    serving = served(place)

    assert_it_stays(
        place, serving.name, lambda heard: place.reindexing().roll_back(MOCS, heard), serving.took_over.former
    )


def assert_it_stays(place: Place, before: str, move: Any, lost: str) -> None:
    """The alias is where it was, although there was something to write into the index that had gone."""
    place.sql(f"{TOUCH} '{next(iter(place.titles()))}'")
    deleting = Deleting(place, "catch up", lost)

    with pytest.raises(ReindexStopped, match=r"is not there|does not carry the service's schema"):
        move(Heard(then=deleting))

    assert deleting.is_done
    assert served(place).name == before
    assert len(place.documents()) == ROWS
