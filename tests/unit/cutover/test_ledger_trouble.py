"""A disk that is full, a folder that is read-only, a line that was edited: what the commands do then."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from cutover.core.models import Snapshot, Weights
from cutover.core.record import Kind
from cutover.ledger.file import FileLedger
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised, sick

SHIFT = ("shift", "--lambda-weight", "10", "--yes")
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")
READ_ONLY = OSError(errno.EROFS, "Read-only file system")


def on_disk(world: FakeWorld, folder: Path) -> FileLedger:
    """The world's ledger in a file from now on."""
    ledger = FileLedger(folder / "ledger.jsonl", world.clock.now)
    for line in world.ledger.lines:
        ledger.append(line)
    world.ledger = ledger  # type: ignore[assignment]
    return ledger


class Disk:
    """Refuses to write, from the beginning or once it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._really, self.error = os.write, None
        monkeypatch.setattr("cutover.ledger.file.os.write", self.write)

    error: OSError | None

    def write(self, descriptor: int, data: bytes) -> int:
        """As os.write."""
        if self.error:
            raise self.error
        return self._really(descriptor, data)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """The disk."""
    return Disk(monkeypatch)


@pytest.mark.parametrize("error", [NO_SPACE, READ_ONLY])
def test_before_the_change_a_disk_that_takes_nothing_refuses_it(tmp_path: Path, disk: Disk, error: OSError) -> None:
    world = known_world(100, 0)
    ledger = on_disk(world, tmp_path)
    disk.error = error

    result = invoke(world, *SHIFT)

    assert result.exit_code == 8
    assert str(error.strerror) in result.stderr
    assert "cutover rollback  # works without the ledger" in result.stderr
    assert raised(world) == []
    assert len(ledger.events()) == 1


def test_a_folder_that_takes_no_files_refuses_the_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = known_world(100, 0)
    on_disk(world, tmp_path)
    really_open = os.open

    def no_new(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            raise READ_ONLY
        return really_open(path, flags, *more, **named)

    monkeypatch.setattr("cutover.ledger.locking.os.open", no_new)

    result = invoke(world, *SHIFT)

    assert result.exit_code == 8
    assert "can't lock the ledger" in result.stderr
    assert raised(world) == []


def test_after_the_change_it_is_finished_and_the_loss_is_shouted(tmp_path: Path, disk: Disk) -> None:
    world = known_world(100, 0)
    ledger = on_disk(world, tmp_path)
    really_apply = world.weights.apply

    def apply(before: Snapshot, after: Snapshot, comment: str) -> str:
        disk.error = NO_SPACE
        return really_apply(before, after, comment)

    world.weights.apply = apply  # type: ignore[method-assign]

    result = invoke(world, *SHIFT)

    assert world.live == Weights(90, 10)
    assert result.exit_code == 8
    assert "this is not recorded" in result.output
    assert "No space left on device" in result.stderr
    assert ledger.events()[-1].kind is Kind.INTENT

    disk.error = None
    assert invoke(world, "run", "--once", "--yes").exit_code == 0
    assert set(raised(world)) == {(90, 10)}
    applied = [event.reason for event in ledger.events() if event.kind is Kind.APPLIED]
    assert applied[0] == "found live after an interruption"


def test_going_back_needs_no_disk(tmp_path: Path, disk: Disk) -> None:
    world = known_world(50, 50)
    on_disk(world, tmp_path)
    disk.error = NO_SPACE

    result = invoke(world, "rollback")

    assert (result.exit_code, world.live) == (0, Weights(100, 0))
    assert "this is not recorded" in result.output


def test_a_run_whose_disk_fills_up_still_goes_back(tmp_path: Path, disk: Disk) -> None:
    world = sick(rate=0.5)
    on_disk(world, tmp_path)
    disk.error = NO_SPACE

    result = invoke(world, *RUN)

    assert (result.exit_code, world.live) == (4, Weights(100, 0))


def test_an_edited_line_refuses_a_shift_and_never_a_rollback(tmp_path: Path) -> None:
    world = known_world(50, 50)
    on_disk(world, tmp_path)
    path = tmp_path / "ledger.jsonl"
    edited = path.read_text().replace('"actor":"somebody"', '"actor":"nobody"')
    path.write_text(edited)

    shifted = invoke(world, "shift", "--lambda-weight", "60", "--yes")
    back = invoke(world, "rollback", "--json")

    assert shifted.exit_code == 8
    assert "the ledger's chain is broken at sequence 1" in shifted.stderr
    assert back.exit_code == 0
    assert json.loads(back.stdout)["recorded"] is False
    assert raised(world) == [(100, 0)]
    assert path.read_text() == edited


def test_a_torn_last_line_stops_nobody(tmp_path: Path) -> None:
    world = known_world(100, 0)
    ledger = on_disk(world, tmp_path)
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"kind":"int')

    result = invoke(world, *SHIFT)

    assert result.exit_code == 0, result.output
    assert [event.kind.value for event in ledger.events()][:3] == ["adopted", "intent", "applied"]
    assert (tmp_path / "ledger.jsonl.torn").read_bytes() == b'{"kind":"int\n'
