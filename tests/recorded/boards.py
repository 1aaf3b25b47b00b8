"""What all dashboards were answered at the end of a rehearsal that was really held, and its changes as marks."""

import gzip
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console

from cutover.core.boards import answers
from cutover.core.boards.answers import Answers
from cutover.core.boards.asking import asked
from cutover.core.boards.board import read
from cutover.core.boards.marks import Change, changes, marked
from cutover.flow.boards import source
from cutover.flow.boards.gathering import failures, gather, span_until
from cutover.ports import World
from cutover.rehearsal.rehearse import Rehearsal, write_settings
from cutover.rehearsal.screen import PlainScreen
from cutover.rehearsal.stack.monitoring import variables
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.wish import FACTOR, Wish
from cutover.render.boards.page import Shown, render
from cutover.settings import load
from cutover.world import build_world

PLACE = Path(__file__).with_name("boards.json.gz")
STAGE, MARKED = "rehearsal", "cutover"
BEFORE, LONGEST = timedelta(minutes=10), timedelta(hours=6)


def page(*names: str) -> str:
    """These boards as a page, with what was recorded."""
    raw = gzip.decompress(PLACE.read_bytes())
    told, found = answers.read(raw), msgspec.convert(json.loads(raw)["marks"], list[Change])
    span = timedelta(seconds=told.until - told.since)
    return render([_shown(name, span, found) for name in names], told, STAGE, "recorded of a rehearsal")


def hold() -> None:
    """Hold a quick rehearsal, and keep what the dashboards show of it."""
    screen = PlainScreen(Console(stderr=True))
    with tempfile.TemporaryDirectory() as folder:
        wish = Wish(Path(folder), quick=True)
        stack = Stack.start(wish.folder / "logs", FACTOR, screen.say)
        try:
            recording = Rehearsal(wish, stack, screen).run().recording
            world = build_world(load(write_settings(stack, wish)))
            took = timedelta(seconds=(recording.ended - recording.started) * FACTOR)
            told = answered(world, min(LONGEST, timedelta(minutes=took // timedelta(minutes=1)) + BEFORE))
            found = changes(world.ledger.events())
        finally:
            stack.stop()
    keep(told, found)
    sys.stderr.write(f"{len(told.by_key)} answers, without one: {dict(failures(told))}\n")


def answered(world: World, span: timedelta) -> Answers:
    """What every board of the repository is answered there."""
    found = source.named(world, (), deployed=False, everything=True)
    every = [one for each in found for one in asked(source.board(each, world.settings), span)]
    return gather(world, every, *span_until(world, span))


def keep(told: Answers, found: Sequence[Change]) -> None:
    """Zipped without a time, so that the same is the same."""
    whole = {**answers.plain(told), "marks": msgspec.to_builtins(found)}
    PLACE.write_bytes(gzip.compress(json.dumps(whole, separators=(",", ":"), default=_spelled).encode(), 9, mtime=0))


def _shown(name: str, span: timedelta, found: Sequence[Change]) -> Shown:
    text = source.in_checkout()[name].read_text(encoding="utf-8")
    board = read(name, marked(text, found) if name == MARKED else text, variables())
    return Shown(board, asked(board, span))


def _spelled(value: datetime) -> str:
    return value.isoformat()
