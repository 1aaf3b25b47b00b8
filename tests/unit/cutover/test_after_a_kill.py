"""A process that is gone, or that is told twice to go: what the next commands find, and what the ledger holds."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cutover.core.models import Weights
from cutover.ledger.file import FileLedger
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import changing, invoke, invoke_until_killed
from tests.unit.cutover.scripting import sick

ROOT = Path(__file__).parents[3]
HOME = Weights(100, 0)
SHIFT = ("shift", "--lambda-weight", "50", "--yes")
WORLD = """
import sys
from dataclasses import replace
from pathlib import Path
from cutover import cli
from cutover.__main__ import main
from cutover.core.record import Kind
from cutover.ledger.file import FileLedger
from tests.fakes.world import known_world
world = known_world(50, 50)
ledger = FileLedger(Path(sys.argv[1]), world.clock.now)
for line in world.ledger.lines:
    ledger.append(line)
cli.real_world = lambda options: replace(world.ports, ledger=ledger)
"""


def process(code: str, path: Path, *words: str, stdout: int = subprocess.PIPE) -> "subprocess.CompletedProcess[str]":
    """`cutover WORDS` in a process of its own, in a fake world with that file as its ledger."""
    return subprocess.run(
        [sys.executable, "-c", f"{WORLD}\n{code}\nsys.argv = ['cutover', *{list(words)!r}]\nmain()", str(path)],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(("CUTOVER_JSON", "CUTOVER_QUIET"), "")},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def raising() -> FakeWorld:
    """At 10, about to be raised."""
    return known_world(90, 10)


def failing() -> FakeWorld:
    """At 10, and Lambda fails: a run goes back."""
    return sick(rate=0.5)


@pytest.mark.parametrize(
    ("make", "words"),
    [(raising, SHIFT), (raising, ("run", "--once", "--yes")), (failing, ("run", "--yes")), (raising, ("rollback",))],
    ids=["shift", "tick", "failing run", "rollback"],
)
def test_killed_anywhere_the_next_sees_what_is_live_and_can_go_back(
    make: Callable[[], FakeWorld], words: tuple[str, ...]
) -> None:
    invoke(counted := make(), *words)
    for point in changing(counted):
        invoke_until_killed(world := make(), point, *words)

        seen, back = invoke(world, "status"), invoke(world, "rollback")

        said = f"killed at {point}: {seen.output} {back.output}"
        assert seen.exit_code == 0, said
        assert "cutover rollback" in seen.stdout, said
        assert (back.exit_code, world.live) == (0, HOME), said


SIGNAL_TWICE = """
import os, signal
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
world.metrics.per_minute = 0
world.clock.then.append(lambda _: os.kill(os.getpid(), signal.{first}))
append = ledger.append
def interrupted(event):
    if event.kind is Kind.STOPPED:
        os.kill(os.getpid(), signal.{second})
    append(event)
ledger.append = interrupted
"""


@pytest.mark.parametrize(("first", "second"), [("SIGINT", "SIGINT"), ("SIGTERM", "SIGTERM"), ("SIGHUP", "SIGINT")])
def test_told_twice_to_end_it_ends_and_the_ledger_is_whole(first: str, second: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"

    ended = process(SIGNAL_TWICE.format(first=first, second=second), path, "run", "--yes")

    assert ended.returncode == 130, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert "next: cutover" in ended.stdout
    kinds = [event.kind.value for event in FileLedger(path).events()]
    assert kinds[0] == "adopted"
    assert "intent" not in kinds, "the weights stay"
    assert not path.with_name("ledger.jsonl.torn").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("shift", "--lambda-weight", "60", "--yes"), ["intent", "applied", "insync"]),
        (("shift", "--lambda-weight", "60", "--yes", "--json", "--quiet"), ["intent", "applied", "insync"]),
        (("status",), []),
    ],
    ids=" ".join,
)
def test_a_screen_that_takes_no_words_stops_no_command(
    words: tuple[str, ...], kinds: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    full = os.open("/dev/full", os.O_WRONLY)

    ended = process("", path, *words, stdout=full)
    os.close(full)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert [event.kind.value for event in FileLedger(path).events()][1:] == kinds


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words",
    [
        ("history", "--json"),
        ("freeze", "list", "--json", "--quiet"),
        ("shift", "--lambda-weight", "60", "--dry-run", "--json"),
    ],
    ids=" ".join,
)
def test_a_document_that_could_not_be_written_is_no_success(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    full = os.open("/dev/full", os.O_WRONLY)

    ended = process("", path, *words, stdout=full)
    os.close(full)

    assert ended.returncode == 1
    assert "! the document could not be written: No space left on device" in ended.stderr
    assert len(FileLedger(path).events()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_lost_document_hides_no_refusal(tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)

    words = ("plan", "--lambda-weight", "60", "--json")
    ended = process("world.blind('AccessDenied')", tmp_path / "ledger.jsonl", *words, stdout=full)
    os.close(full)

    assert ended.returncode == 9
    assert "! the document could not be written" in ended.stderr
