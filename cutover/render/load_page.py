"""The page that is left of a load test, or of two beside each other: one HTML file that needs nothing but itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutover.core.load.checks import floored
from cutover.core.load.comparing import HOW, Difference, Figures, Row, compare
from cutover.core.load.run import LoadRun
from cutover.core.load.verdict import judge
from cutover.core.words import count, milliseconds, percent
from cutover.render import load_rows
from cutover.render.load_plots import asked_chart, charts
from cutover.render.load_subjects import Subject, subjects
from cutover.render.load_times import multiples
from cutover.render.page.axis import clock
from cutover.render.page.chart import HALF, SMALL
from cutover.render.page.figure import figure
from cutover.render.page.template import page

TEMPLATE = Path(__file__).with_name("load_page.html.j2")
MOST_ROUTES = 12  # that are named among the differences; the table of routes has all
TELLING = (Difference.SLOWER, Difference.FASTER)
WORDS = {
    Difference.SLOWER: "is slower than A",
    Difference.FASTER: "is faster than A",
    Difference.NOISE: "can't be told from A by more than noise",
}
LOOKS = {Difference.SLOWER: "no", Difference.FASTER: "ok", Difference.NOISE: "", Difference.UNKNOWN: "dim"}


def render(runs: Sequence[LoadRun]) -> str:
    """The page of one run, or of two side by side. Raises ValueError for any other number of them."""
    if len(runs) not in {1, 2}:
        raise ValueError(f"a page shows one run or two, not {len(runs)}")
    every = subjects(runs)
    names = list(dict.fromkeys(route.name for run in runs for route in load_rows.routes(run)))
    parts = [_part(one) for one in every]
    return page(
        TEMPLATE,
        title=" against ".join(f"{run.profile.name} on {run.target.name}" for run in runs),
        parts=parts,
        compared=_compared(runs) if len(runs) == 2 else None,
        asked=figure(asked_chart(runs), HALF),
        charts=[figure(chart, HALF) for chart in charts(every)],
        multiples=[figure(chart, SMALL) for chart in multiples(every, names)],
        routes=_beside(parts, names) if len(runs) == 2 else parts[0]["routes"],
        number=count,
        ms=_ms,
        percent=percent,
        floored=floored,
        clock=clock,
    )


def _part(one: Subject) -> Mapping[str, Any]:
    """Everything that is told of one run."""
    run, verdict = one.run, judge(one.run)
    sides = load_rows.sides(run)
    return {
        "name": one.name,
        "hue": one.hue,
        "run": run,
        "verdict": verdict,
        "checks": sorted(verdict.checks, key=lambda check: (check.passed is not False, check.passed is not None)),
        "ended": load_rows.ended(run, verdict),
        "tiles": load_rows.tiles(run, verdict),
        "routes": load_rows.routes(run),
        "sides": sides if len(sides) > 1 else (),
        "cold": load_rows.cold_told(run, verdict),
        "problems": load_rows.problems(run),
        "notes": [(max(0.0, note.second - run.started), note) for note in run.notes],
        "how": load_rows.how(run),
        "when": load_rows.moment(run.started),
    }


def _beside(parts: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Sequence[tuple[str, Any, Any]]:
    """(route, in the first run, in the second), None where it was not asked for."""
    first, second = ({route.name: route for route in part["routes"]} for part in parts)
    return [(name, first.get(name), second.get(name)) for name in names]


def _compared(runs: Sequence[LoadRun]) -> Mapping[str, Any]:
    """The second run against the first: every phase, and the routes that differ most."""
    found = compare(runs[0], runs[1])
    phases = [row for row in found.rows if not row.route]
    routes = [row for row in found.rows if row.route]
    differing = sorted((row for row in routes if row.difference in TELLING), key=_apart, reverse=True)
    return {
        "headline": _headline(phases),
        "cautions": found.cautions,
        "rows": [_row(row) for row in [*phases, *differing[:MOST_ROUTES]]],
        "left": _left(len(differing) - MOST_ROUTES, len(routes) - len(differing)),
        "how": HOW,
    }


def _apart(row: Row) -> float:
    """How many times as long one took as the other."""
    ratio = row.ratio("p95_ms") or 1.0
    return max(ratio, 1 / ratio)


def _left(unnamed: int, quiet: int) -> str:
    said = []
    if unnamed > 0:
        said.append(f"{count(unnamed)} more routes of phases differ, each by less than those above.")
    if quiet:
        said.append(f"Of {count(quiet)} more nothing is told: no more than noise, or too few requests.")
    return " ".join(said)


def _headline(phases: Sequence[Row]) -> str:
    """What became of the p95 in one sentence."""
    said = []
    for difference in (Difference.SLOWER, Difference.FASTER, Difference.NOISE):
        if named := [f"{row.phase} ({_ratio(row)})" for row in phases if row.difference is difference]:
            said.append(f"{WORDS[difference]} in {', '.join(named)}")
    return f"B {'; '.join(said)}." if said else "There is too little to tell whether B is slower than A."


def _ratio(row: Row) -> str:
    ratio = row.ratio("p95_ms")
    return "p95 not known" if ratio is None else f"p95 × {ratio:.2f}"


def _row(row: Row) -> Mapping[str, Any]:
    pair = (row.first, row.second)
    return {
        "phase": row.phase,
        "route": row.route,
        "p95": [_ms(_of(one, "p95_ms")) for one in pair],
        "ratios": [row.ratio(name) for name in ("p95_ms", "p50_ms", "p99_ms")],
        "errors": [_share(one.error_rate if one else None) for one in pair],
        "delivered": ["-" if one is None or one.delivered is None else floored(one.delivered) for one in pair],
        "requests": [count(one.requests) if one else "-" for one in pair],
        "difference": str(row.difference),
        "look": LOOKS[row.difference],
        "why": row.why,
    }


def _of(figures: Figures | None, name: str) -> float | None:
    found: float | None = getattr(figures.response, name) if figures else None
    return found


def _share(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _ms(value: float | None) -> str:
    return "-" if value is None else milliseconds(value)
