"""Drawing dashboards: from names to a page on the disk."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypedDict

import click

from cutover.core.boards import answers
from cutover.core.boards.answers import Answers
from cutover.core.boards.asking import asked
from cutover.exits import Exit
from cutover.flow.boards import source
from cutover.flow.boards.gathering import failures, gather, recorded, span_until
from cutover.flow.outcome import Outcome
from cutover.flow.writing import write_whole
from cutover.ports import World
from cutover.render.boards.page import Shown, render

USUAL = timedelta(hours=3)


class Flags(TypedDict):
    """What can be said of a preview."""

    names: tuple[str, ...]
    everything: bool
    deployed: bool
    since: timedelta | None
    out: Path
    recorded: Path | None
    save: Path | None
    browser: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A page that was written."""

    place: Path
    boards: Sequence[Shown]
    answers: Answers
    outcome: Outcome
    warnings: Sequence[str]

    @property
    def document(self) -> Mapping[str, Any]:
        """The preview as plain JSON values."""
        return {
            "page": str(self.place.absolute()),
            "since": self.answers.since,
            "until": self.answers.until,
            "boards": {
                shown.board.name: {
                    "widgets": len(shown.asked),
                    "missing": sorted({name for one in shown.asked for name in one.missing}),
                }
                for shown in self.boards
            },
            "unanswered": dict(failures(self.answers)),
        }


def drawn(world: World, flags: Flags) -> Preview:
    """The page of the boards that the flags name. Stops, or fails as a usage error, where there is none to be made."""
    found = source.named(world, flags["names"], deployed=flags["deployed"], everything=flags["everything"])
    boards = [source.board(one, world.settings) for one in found]
    known = recorded(flags["recorded"]) if flags["recorded"] else None
    spans = [board.span for board in boards if board.span]
    span = flags["since"] or max(spans, default=USUAL)
    if known:
        span = timedelta(seconds=known.until - known.since)
    shown = [Shown(board, asked(board, span)) for board in boards]
    told = known or gather(world, [one for board in shown for one in board.asked], *span_until(world, span))
    how = f"recorded, {flags['recorded'].name}" if flags["recorded"] else "asked of CloudWatch"
    page = render(shown, told, world.settings.stage, how)
    _write(flags["out"], page, "--out")
    if flags["save"]:
        _write(flags["save"], json.dumps(answers.plain(told), separators=(",", ":"), ensure_ascii=False), "--save")
    return Preview(flags["out"], shown, told, _outcome(flags["out"], shown, told), _warnings(shown, told))


def _write(place: Path, text: str, option: str) -> None:
    try:
        write_whole(place, text.encode(), overwrite=True)
    except OSError as error:
        why = error.strerror or error
        raise click.UsageError(f"can't write {place}: {why}; name another with {option}") from error


def _outcome(place: Path, shown: Sequence[Shown], told: Answers) -> Outcome:
    asked_for = [one.key for board in shown for one in board.asked if one.key]
    lost = [key for key in asked_for if key in told.by_key and told.by_key[key].trouble]
    if asked_for and len(lost) == len(asked_for):
        why = next(iter(failures(told)))
        return Outcome(Exit.TELEMETRY_UNAVAILABLE, f"nothing was answered: {why}", "cutover dashboard preview, later")
    names = ", ".join(board.board.name for board in shown)
    return Outcome(Exit.DONE, f"{names}: drawn in {place}", f"open {place} in a browser")


def _warnings(shown: Sequence[Shown], told: Answers) -> Sequence[str]:
    missing = dict.fromkeys(name for board in shown for one in board.asked for name in one.missing)
    said = [f"{count} widgets were not answered: {why}" for why, count in failures(told).items()]
    if missing:
        said.append(f"not known: {', '.join(missing)}; set [dashboard] variables in the settings")
    return said
