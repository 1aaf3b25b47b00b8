"""The lease on one machine: it ends with its process, and can be taken from one that is stopped."""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cutover.core.record import Event, Kind, chained, encode
from cutover.ledger.file import FileLedger
from cutover.ledger.locking import locked
from cutover.ports import Holder, LedgerUnavailable, Locked

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
# Takes the lease, says so, and at each line on stdin says whether it still has it.
HOLDER = """
import sys
from pathlib import Path
from cutover.ledger.file import FileLedger
from cutover.ports import Locked
with FileLedger(Path(sys.argv[1])).lease("run by ada") as lease:
    print("held", lease.fence, flush=True)
    for _ in sys.stdin:
        try:
            lease.confirm()
            print("confirmed", flush=True)
        except Locked as error:
            print(error, flush=True)
"""


def ledger_at(path: Path) -> FileLedger:
    """A ledger whose clock stands."""
    return FileLedger(path, lambda: NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "ledger.jsonl"


@contextmanager
def other_process(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the lease."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("held")
            yield process
        finally:
            process.kill()


def asked(process: "subprocess.Popen[str]") -> str:
    """What it says of its lease."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("?\n")
    process.stdin.flush()
    return process.stdout.readline()


def test_its_number_grows(path: Path) -> None:
    ledger = ledger_at(path)
    fences = []
    for _ in range(3):
        with ledger.lease("run by ada") as lease:
            lease.confirm()
            fences.append(lease.fence)

    assert fences == [1, 2, 3]


def test_it_can_be_seen_who_holds_it(path: Path) -> None:
    assert ledger_at(path).holder() is None
    with ledger_at(path).lease("run by ada"):
        holder = ledger_at(path).holder()

    assert holder == Holder(f"run by ada (process {os.getpid()})", 1, None, platform.node(), NOW)
    assert ledger_at(path).holder() is None


def test_a_broken_one_can_be_taken_at_once(path: Path) -> None:
    with ledger_at(path).lease("run by ada") as broken:
        ledger_at(path).break_lease()
        assert ledger_at(path).holder() is None
        with ledger_at(path).lease("run by bob") as lease:
            assert (broken.fence, lease.fence) == (1, 3)
            lease.confirm()
            with pytest.raises(Locked, match="somebody broke this lease"):
                broken.confirm()
            with pytest.raises(Locked, match="run by bob"), ledger_at(path).lease("run by eve"):
                pytest.fail("the lease must not be given")


def test_ending_a_broken_one_leaves_the_new_holder_alone(path: Path) -> None:
    broken = ledger_at(path).lease("run by ada")
    broken.__enter__()
    ledger_at(path).break_lease()
    with ledger_at(path).lease("run by bob"):
        broken.__exit__(None, None, None)
        holder = ledger_at(path).holder()

    assert holder is not None
    assert holder.name.startswith("run by bob")


def test_it_is_taken_from_a_process_that_is_stopped_and_that_process_is_told(path: Path) -> None:
    with other_process(path) as process:
        assert asked(process) == "confirmed\n"
        process.send_signal(signal.SIGSTOP)

        ledger_at(path).break_lease()
        with ledger_at(path).lease("run by bob") as lease:
            process.send_signal(signal.SIGCONT)
            assert asked(process).startswith("somebody broke this lease")
            lease.confirm()


def test_it_ends_with_a_killed_process(path: Path) -> None:
    with other_process(path) as process:
        with pytest.raises(Locked, match=rf"run by ada \(process {process.pid}\)"), ledger_at(path).lease("run by bob"):
            pytest.fail("the lease must not be given")
        process.kill()
        process.wait(10)

        with ledger_at(path).lease("run by bob") as lease:
            assert lease.fence == 2


def test_an_error_of_the_work_under_it_stays_what_it_is(path: Path) -> None:
    with pytest.raises(OSError, match="of the work"), ledger_at(path).lease("run by ada"):
        raise OSError("of the work")

    assert ledger_at(path).holder() is None


def test_a_number_that_is_gone_confirms_nothing(path: Path) -> None:
    with ledger_at(path).lease("run by ada") as lease:
        path.with_name("ledger.jsonl.fence").unlink()
        with pytest.raises(LedgerUnavailable, match="can't look at the lease"):
            lease.confirm()


def test_a_holder_that_left_no_name_is_another_process(path: Path) -> None:
    with ledger_at(path).lease("run by ada"):
        path.with_name("ledger.jsonl.lease").write_bytes(b"\xff")
        assert ledger_at(path).holder() == Holder("another process", 0)
        with pytest.raises(Locked, match="another process is at work"), ledger_at(path).lease("run by bob"):
            pytest.fail("the lease must not be given")


def test_a_lease_that_is_broken_while_somebody_looks_is_nobodys(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger_at(path).lease("run by ada"):
        pass
    lease_file = path.with_name("ledger.jsonl.lease")

    def broken_meanwhile(_: Path) -> bool:
        lease_file.unlink(missing_ok=True)
        return True

    monkeypatch.setattr(Path, "exists", broken_meanwhile)

    assert ledger_at(path).holder() is None


def test_whoever_is_stopped_while_taking_it_does_not_hang_the_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cutover.ledger.locking.LOCK_SECONDS", 0.05)

    with (
        locked(path.with_name("ledger.jsonl.fence")),
        pytest.raises(LedgerUnavailable, match="another process holds its lock"),
        ledger_at(path).lease("run by ada"),
    ):
        pytest.fail("the lease must not be given")


def test_documents_are_those_that_cutover_named(path: Path) -> None:
    ledger = ledger_at(path)
    ledger.keep("rollback-12.json", "{}")
    path.with_name("secrets.json").write_text("{}")

    assert ledger.documents() == {"rollback-12.json": "{}\n"}
    assert ledger_at(path.parent / "none" / "ledger.jsonl").documents() == {}


def test_raw_lines_are_shown_whatever_they_are(path: Path) -> None:
    ledger = ledger_at(path)
    assert list(ledger.raw()) == []
    first = chained(Event(0, NOW, Kind.PAUSED, "ada", "host", "pause"), None)
    ledger.append(first)
    with path.open("ab") as file:
        file.write(b"rubbish\n\xfftorn")

    assert list(ledger.raw()) == [encode(first), "rubbish", "�torn"]
