"""The screens and the document of `compare`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.mismatch import Asked, Summary, Tally
from cutover.core.models import Verdict
from cutover.core.words import plural, printable, roughly
from cutover.flow.comparing import Progress, Wish
from cutover.render.gate_table import STYLE
from cutover.render.output import Output
from cutover.render.parts import row, warnings

MOST_SHOWN = 40
FEW = 8


def planned(wish: Wish) -> list[RenderableType]:
    """What will be asked of whom, before it is."""
    requests, seconds = wish.most_requests, timedelta(seconds=wish.most_requests / wish.rate)
    said = [str(asked) for asked in wish.requests] + [f"GET {one.template}" for one in wish.operations]
    more = f", and {len(said) - FEW} more" if len(said) > FEW else ""
    looking = ", and a few to find ids" if wish.operations else ""
    return [
        row("baseline", printable(str(wish.baseline))),
        row("candidate", printable(str(wish.candidate))),
        row("asks", printable(", ".join(said[:FEW]) + more)),
        row("takes", f"{plural(requests, 'request')}{looking}, {wish.rate:g} a second: about {roughly(seconds)}"),
        *warnings(wish.skipped),
    ]


def progress(output: Output) -> Progress:
    """A line that is overwritten on a terminal; nothing elsewhere."""

    def tell(done: int, total: int, asked: Asked) -> None:
        if output.is_live and not output.quiet:
            output.overwrite(Text(printable(f"  {done} of {total}  {asked}"), style="dim"))

    return tell


def screen(summary: Summary) -> list[RenderableType]:
    """The verdict, and every difference."""
    verdict, tallies = summary.verdict, summary.tallies
    style = STYLE[verdict]
    parts: list[RenderableType] = [Text(f"{verdict.value.upper()}", style=style)] if not summary.is_partial else []
    if tallies:
        parts.append(_table(tallies[:MOST_SHOWN]))
    if len(tallies) > MOST_SHOWN:
        parts.append(row("", (f"{len(tallies) - MOST_SHOWN} more; --json has all of them", "dim")))
    if summary.noise:
        fields = dict.fromkeys(where or kind.value for _, kind, where in summary.noise)
        names = ", ".join([*fields][:FEW]) + (", …" if len(fields) > FEW else "")
        parts.append(row("noise", (printable(f"the baseline differs from itself in {names}"), "dim")))
    return [*parts, *warnings(_lacking(summary))]


def _lacking(summary: Summary) -> list[str]:
    texts = list(dict.fromkeys(one.not_compared for one in summary.comparisons if one.not_compared))
    if summary.verdict is not Verdict.FAIL and summary.unauthorized:
        texts.append(f"{plural(summary.unauthorized, 'answer')} 401 on both: --token-env NAME would see more")
    return [*texts, *summary.skipped]


def _table(tallies: tuple[Tally, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(overflow="fold")
    for tally in tallies:
        found = tally.difference
        where = " ".join(part for part in (found.kind.value, found.where) if part)
        times = f"  {tally.times} times" if tally.times > 1 else ""
        table.add_row(
            f"  {printable(str(tally.asked))}",
            Text(printable(where), style="yellow"),
            printable(f"{found.baseline} → {found.candidate}"),
            Text(times, style="dim"),
        )
    return table


def document(summary: Summary, wish: Wish) -> Mapping[str, Any]:
    """Everything that was found, as plain JSON values; rates are fractions."""
    low, high = summary.bounds
    return {
        "baseline": str(wish.baseline),
        "candidate": str(wish.candidate),
        "verdict": summary.verdict.value,
        "partial": summary.is_partial,
        "compared": summary.compared,
        "mismatched": summary.mismatched,
        "rate": summary.rate,
        "rate_bounds": [low, high],
        "differences": [_difference(tally) for tally in summary.tallies],
        "noise": [{"request": str(asked), "kind": kind.value, "where": where} for asked, kind, where in summary.noise],
        "not_compared": [one.not_compared for one in summary.comparisons if one.not_compared],
        "skipped": list(summary.skipped),
        "unauthorized": summary.unauthorized,
    }


def plan_document(wish: Wish) -> Mapping[str, Any]:
    """What would be asked."""
    return {
        "dry_run": True,
        "baseline": str(wish.baseline),
        "candidate": str(wish.candidate),
        "requests": [str(asked) for asked in wish.requests] + [f"GET {one.template}" for one in wish.operations],
        "request_count": wish.most_requests,
        "skipped": list(wish.skipped),
    }


def _difference(tally: Tally) -> Mapping[str, Any]:
    found = tally.difference
    return {
        "request": str(tally.asked),
        "route": tally.asked.route.partition("?")[0],
        "kind": found.kind.value,
        "where": found.where,
        "baseline": found.baseline,
        "candidate": found.candidate,
        "times": tally.times,
    }
