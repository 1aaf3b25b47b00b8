"""The checkpoint: what is read is what was written, whole; and what stands in the way is told with what to do."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from cutover.core.reindex.models import DeadLetter, Difference, ReindexStopped, Span
from cutover.core.reindex.run import Phase, Position, Verification
from cutover.reindex.checkpoint import Checkpoint
from tests.fakes.zone import START

MOCS = "moc_instructions"
POSITION = Position(
    MOCS,
    "http://search",
    "moc_instructions-v1",
    "run",
    START,
    Phase.LOADING,
    left=(Span(None, UUID(int=7)), Span(UUID(int=9), None)),
    indexed=5,
    since=START,
    verification=Verification(START, 3, 2, differing=(Difference("1", "different", ("title",)),), overlap=0.5),
)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "a" / "b", MOCS)

    assert checkpoint.read() is None
    checkpoint.write(POSITION)
    checkpoint.write(replace(POSITION, indexed=6), lasting=False)
    found = checkpoint.read()

    assert found is not None
    assert (found.indexed, found.phase, found.started, tuple(found.left)) == (6, Phase.LOADING, START, POSITION.left)
    assert found.verification is not None
    assert found.verification.differing[0].id == "1"
    assert [path.name for path in checkpoint.path.parent.iterdir()] == [f"{MOCS}.json"]


def test_a_checkpoint_that_was_spoilt_is_told_with_the_way_on(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, MOCS)
    checkpoint.path.write_text('{"alias": 1}')

    with pytest.raises(ReindexStopped, match="can't be read") as stopped:
        checkpoint.read()
    assert stopped.value.way_on.endswith("cutover reindex run moc_instructions --fresh")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checkpoint = Checkpoint(tmp_path / "file", MOCS)

    with pytest.raises(ReindexStopped, match="can't be written"):
        checkpoint.write(POSITION)
    with pytest.raises(ReindexStopped, match="can't be written"):
        checkpoint.add_letters("index", [DeadLetter("1", "bad")])


def test_letters_are_kept_by_index_and_a_row_counts_once_with_the_last_word(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, MOCS)

    checkpoint.add_letters("one", [])
    checkpoint.add_letters("one", [DeadLetter("1", "bad"), DeadLetter("2", "bad")])
    checkpoint.add_letters("one", [DeadLetter("1", "worse", "{}")])
    with checkpoint.letters_path("one").open("ab") as file:
        file.write(b'{"id": "3", "rea')  # a process was killed while it wrote

    assert checkpoint.letters("one") == (DeadLetter("1", "worse", "{}"), DeadLetter("2", "bad"))
    assert checkpoint.letters("other") == ()


def test_what_stands_in_the_way_of_a_rollbacks_checkpoint_is_told_with_a_command_that_there_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ReindexStopped) as stopped:
        Checkpoint(tmp_path / "file", MOCS, way_back=True).write(POSITION)

    assert stopped.value.way_on.endswith("then: cutover reindex rollback moc_instructions")
