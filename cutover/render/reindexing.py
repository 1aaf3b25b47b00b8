"""The screens, the progress line and the documents of `reindex`."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.text import Text

from cutover.core.reindex.models import IndexInfo
from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import UNSWAPPED, Phase, Position, Progress, Ran, Seen, Verification
from cutover.core.words import count, percent, plural, printable, roughly
from cutover.render.output import Output
from cutover.render.parts import clock_time, headline, row, warnings

FEW = 10
TENTHS = 10  # where lines can't be overwritten, a phase is told so often
_STATE = {
    Phase.LOADING: "a load was begun",
    Phase.LOADED: "loaded, not verified yet",
    Phase.VERIFIED: "verified, not swapped",
    Phase.SWAPPED: "swapped; what was written meanwhile is still to come",
    Phase.DONE: "swapped",
}


def screen(seen: Seen, output: Output) -> list[RenderableType]:
    """What stands under one alias, and how far its reindex is."""
    standing, position = seen.standing, seen.position
    state = _STATE[position.phase] if position else "never reindexed from here"
    serves = standing.serving.name if standing.serving else ""
    if position and position.phase is Phase.DONE and position.index != serves:
        state = "swapped, and not serving any more"
    if position and seen.is_gone:
        state = "the index of the last run is gone: somebody deleted it"
    return [
        headline(standing.alias, state, output.width),
        row("table", f"{plural(seen.rows, 'row')}"),
        row("serves", *_serving(seen)),
        *[row("also", _index(one)) for one in standing.others[:FEW]],
        *(_position(position) if position else []),
        *[row("at work", (printable(seen.holder), "yellow")) for _ in seen.holder[:1]],
        *warnings(seen.against),
        *_dead(seen),
    ]


def planned(seen: Seen, output: Output) -> list[RenderableType]:
    """What a run would do."""
    position = seen.position
    if position and position.phase in UNSWAPPED and not seen.is_gone:
        does = f"goes on with {position.index}"
    else:
        does = f"loads {plural(seen.rows, 'row')} into {seen.free_name}"
    asks = [f"--replace-index: it deletes {seen.standing.alias}, an index itself"] if seen.standing.concrete else []
    asks += ["--allow-empty: the table is empty"] if not seen.rows else []
    return [
        *screen(seen, output),
        row("run", does, ("; the alias stays where it is", "dim")),
        *[row("swap", f"will need {text}") for text in asks],
    ]


def found(ran: Ran) -> list[RenderableType]:
    """How a run, or a verification, ended."""
    position, seconds = ran.position, ran.seconds
    lines: list[RenderableType] = [row("index", printable(position.index))]
    if seconds:
        rate = f", {count(round((position.indexed + position.stale) / seconds))} a second" if not ran.resumed else ""
        again = f", {count(position.retried)} sent again" if position.retried else ""
        lines.append(row("took", f"{roughly(timedelta(seconds=seconds))}{rate}{again}"))
    return [*lines, *_verification(ran.verification)]


def pruned(done: Pruning, *, dry_run: bool) -> list[RenderableType]:
    """What was deleted, or would be, and what stays with why."""
    word = "would go" if dry_run else "deleted"
    lines: list[RenderableType] = [row(word, _index(one)) for one in done.doomed]
    return [*lines, *[row("stays", f"{printable(name)}: {why}") for name, why in done.kept]]


class Teller:
    """A line that is overwritten on a terminal; elsewhere one for each phase, each tenth of it, and its last count."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._told: set[tuple[str, str, int]] = set()
        self._held: Progress | None = None  # the newest that was not worth a line, unless it is a phase's last

    def tell(self, progress: Progress) -> None:
        """Show it, if it says something new."""
        if self._output.quiet:
            return
        if self._output.is_live:
            self._output.overwrite(_line(progress))
            return
        if self._held and (self._held.alias, self._held.phase) != (progress.alias, progress.phase):
            self.end()
        tenth = progress.done * TENTHS // progress.total if progress.total else 0
        now = (progress.alias, progress.phase, min(tenth, TENTHS))
        if now in self._told:
            self._held = progress
            return
        self._told.add(now)
        self._held = None
        self._output.progress(_line(progress))

    def end(self) -> None:
        """A phase is over: its last count is told."""
        if self._held:
            self._output.progress(_line(self._held))
        self._held = None


def _line(progress: Progress) -> Text:
    of = f" of {count(progress.total)}" if progress.total else ""
    said = [f"  {progress.alias}  {progress.phase}  {count(progress.done)}{of}"]
    if progress.rate >= 1:
        said.append(f"{count(round(progress.rate))}/s")
    if progress.seconds_left is not None and progress.done < progress.total:
        said.append(f"{roughly(timedelta(seconds=progress.seconds_left))} left")
    said += [f"{count(progress.retried)} sent again"] if progress.retried else []
    said += [f"{plural(progress.dead, 'dead letter')}"] if progress.dead else []
    said += [printable(progress.waiting)] if progress.waiting else []
    return Text("  ".join(said), style="dim" if not progress.waiting else "yellow")


def document(seen: Seen) -> dict[str, Any]:
    """What stands under one alias, for programs; times are ISO text."""
    standing = seen.standing
    return {
        "alias": standing.alias,
        "rows": seen.rows,
        "serving": _plain(standing.serving),
        "concrete": standing.concrete,
        "others": [_plain(one) for one in standing.others],
        "checkpoint": _plain(seen.position),
        "at_work": seen.holder or None,
        "against": list(seen.against),
        "dead_letters": [_plain(letter) for letter in seen.dead],
    }


def ran_document(ran: Ran) -> dict[str, Any]:
    """A run or a verification, for programs."""
    return {
        "alias": ran.position.alias,
        "index": ran.position.index,
        "resumed": ran.resumed,
        "seconds": round(ran.seconds, 3),
        "checkpoint": _plain(ran.position),
        "equal": ran.verification.equal,
    }


def pruned_document(done: Pruning) -> dict[str, Any]:
    """A prune, for programs."""
    return {"alias": done.alias, "deleted": [one.name for one in done.doomed], "kept": dict(done.kept)}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(asdict(value)) if value is not None else None


def _serving(seen: Seen) -> list[str | tuple[str, str]]:
    serving = seen.standing.serving
    if serving is None:
        return [("nothing has this name yet", "yellow")]
    if seen.standing.concrete:
        return [_index(serving), ("  an index of that very name, no alias", "yellow")]
    took_over = serving.took_over
    if took_over is None:
        return [_index(serving)]
    how = "rolled back" if took_over.back else "swapped"
    former = f", from {took_over.former}" if took_over.former else ""
    return [_index(serving), (printable(f"  {how} {clock_time(took_over.at)}{former}"), "dim")]


def _index(info: IndexInfo) -> str:
    said = [printable(info.name), plural(info.documents, "document"), f"{info.bytes / 1_000_000:.1f} MB"]
    said += [] if info.ours else ["not of our schema"]
    said += [f"read-only: {info.read_only}"] if info.read_only else []
    return "  ".join(said)


def _position(position: Position) -> list[RenderableType]:
    rows = position.indexed + position.stale
    lines: list[RenderableType] = [row("index", printable(f"{position.index}  {plural(rows, 'row')} sent"))]
    return [*lines, *(_verification(position.verification) if position.verification else [])]


def _verification(verified: Verification) -> list[RenderableType]:
    verdict = ("equal", "bold green") if verified.equal and not verified.dead else ("NOT EQUAL", "bold red")
    if verified.equal and verified.dead:
        verdict = (f"equal but for {plural(len(verified.dead), 'dead letter')}", "bold yellow")
    sizes = f"  {plural(verified.rows, 'row')}, {plural(verified.documents, 'document')}"
    mended = f", {count(verified.mended)} mended" if verified.mended else ""
    when = f"  {clock_time(verified.at)}"
    lines: list[RenderableType] = [row("verified", verdict, f"{sizes}{mended}", (when, "dim"))]
    if verified.overlap is not None:
        lines.append(row("searches", f"{percent(verified.overlap)} of the first hits are alike, "
                                     f"{count(verified.queries)} searches"))  # fmt: skip
    for one in verified.differing[:FEW]:
        fields = f" in {', '.join(one.fields)}" if one.fields else ""
        lines.append(row("", (printable(f"{one.id}  {one.how}{fields}"), "red")))
    more = verified.differences - len(verified.differing[:FEW])
    lines += [row("", f"and {count(more)} more")] if more > 0 else []
    return [*lines, *warnings(verified.problems)]


def _dead(seen: Seen) -> list[RenderableType]:
    lines: list[RenderableType] = [
        row("dead", (printable(f"{letter.id}  {letter.reason}"), "red")) for letter in seen.dead[:FEW]
    ]
    more = len(seen.dead) - FEW
    lines += [row("", f"and {count(more)} more")] if more > 0 else []
    if seen.dead and seen.position:
        lines.append(row("", printable(f"whole in {seen.position.index}.dead.ndjson, in reindex.folder")))
    return lines
