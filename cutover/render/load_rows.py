"""The tables of a load test's page, as words and numbers. Pure."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cutover.core.load.checks import floored
from cutover.core.load.lines import Cell
from cutover.core.load.phases import PhaseResult, Times, summed
from cutover.core.load.run import EndedBy, LoadRun
from cutover.core.load.verdict import Standing, Verdict
from cutover.core.words import count, milliseconds, percent
from cutover.exits import Exit
from cutover.render.load_slices import seconds_of
from cutover.render.page.axis import clock

MOST_PROBLEMS = 20
MOST_COLD = 5  # routes that are named
PLACES = frozenset({"ecs", "lambda", "public"})  # targets that `cutover load run` knows by their names
EXITS = {
    Standing.PASS: Exit.DONE,
    Standing.FAIL: Exit.GATES_FAILED,
    Standing.UNSURE: Exit.HOLD,
    Standing.NOT_DELIVERED: Exit.LOAD_NOT_DELIVERED,
}
MEANINGS = {
    Exit.DONE: "every limit was kept",
    Exit.GATES_FAILED: "the load arrived, and a limit was broken",
    Exit.HOLD: "no limit was broken, but there is too little to tell",
    Exit.LOAD_NOT_DELIVERED: "the load did not arrive as asked, so nothing is proved either way; this is never a pass",
    Exit.INTERRUPTED: "somebody ended the run; what follows is what there was until then",
}
LOOKS = {Standing.PASS: "pass", Standing.FAIL: "fail", Standing.NOT_DELIVERED: "fail", Standing.UNSURE: "warned"}
ENDS = {
    EndedBy.PROFILE: "all phases are over",
    EndedBy.PERSON: "a person ended it",
    EndedBy.ABORT: "aborted, as going on would have done harm",
    EndedBy.LOST: "a worker was lost",
    EndedBy.NOTHING: "nobody wrote down an end: it was killed, or goes on",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run came out: its exit code, what that means, and how it looks on a page."""

    exit: int
    meaning: str
    look: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A number to see first, with what it is and what it has to be."""

    name: str
    value: str
    limit: str
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What somebody said of a request that went wrong: when first (seconds from the start), how often it was told."""

    first: float
    text: str
    times: int


def ended(run: LoadRun, verdict: Verdict) -> Ended:
    """The exit code that the command had, and its meaning."""
    code = Exit.INTERRUPTED if run.ended_by is EndedBy.PERSON else EXITS[verdict.standing]
    return Ended(int(code), MEANINGS[code], LOOKS[verdict.standing])


def tiles(run: LoadRun, verdict: Verdict) -> Sequence[Tile]:
    """The worst of all phases, for each limit; and what is counted apart."""
    answered = [one for one in verdict.phases if one.requests]
    limits = run.limits
    of = f"of {count(sum(one.requests for one in answered))} requests"
    return [
        _delivered([one for one in verdict.phases if one.asked], limits.min_delivered),
        _slowest("p95", limits.pass_p95_ms, answered),
        _slowest("p99", limits.pass_p99_ms, answered),
        _errors(answered, limits.pass_error_rate),
        Tile("429, told apart", count(sum(one.throttled for one in answered)), of),
        Tile("cold starts", count(sum(one.cold for one in answered)), of),
    ]


def _delivered(asked: Sequence[PhaseResult], least: float) -> Tile:
    worst = min(asked, key=lambda one: one.delivered or 0.0, default=None)
    found = (worst.delivered or 0.0) if worst else 0.0
    value = floored(found) if worst else "-"
    return Tile("delivered", value, _limit(f"at least {percent(least)}", worst, asked), found >= least)


def _errors(answered: Sequence[PhaseResult], limit: float) -> Tile:
    worst = max(answered, key=lambda one: one.error_rate, default=None)
    value = percent(worst.error_rate) if worst else "-"
    good = worst is not None and worst.error_rate < limit
    return Tile("errors and wrong", value, _limit(f"under {percent(limit)}", worst, answered), good)


def _slowest(name: str, limit_ms: float, answered: Sequence[PhaseResult]) -> Tile:
    worst = max(answered, key=lambda one: getattr(one.response, f"{name}_ms"), default=None)
    found = getattr(worst.response, f"{name}_ms") if worst else None
    limit = _limit(f"under {milliseconds(limit_ms)}", worst, answered)
    return Tile(name, _ms(found), limit, found is not None and found < limit_ms)


def _limit(limit: str, worst: PhaseResult | None, of: Sequence[PhaseResult]) -> str:
    """The limit, and in which phase it was worst, if there is a choice."""
    return f"{limit}; worst in {worst.phase.name}" if worst and len(of) > 1 else limit


@dataclass(frozen=True, slots=True)
class Whole:
    """A route, or a side, over the whole run."""

    name: str
    cell: Cell
    times: Times
    share: float

    @property
    def error_rate(self) -> float:
        """Errors and wrong answers of all requests."""
        return (self.cell.errors + self.cell.wrong) / self.cell.requests if self.cell.requests else 0.0


def routes(run: LoadRun) -> Sequence[Whole]:
    """Every route, the most asked for first."""
    return _wholes(summed(run, lambda key: key[2]))


def sides(run: LoadRun) -> Sequence[Whole]:
    """Every side that answered, the busiest first."""
    return _wholes(summed(run, lambda key: key[1]))


def _wholes(cells: Mapping[str, Cell]) -> Sequence[Whole]:
    total = sum(cell.requests for cell in cells.values())
    found = [
        Whole(name, cell, Times.of(cell.response), cell.requests / total if total else 0.0)
        for name, cell in cells.items()
    ]
    return sorted(found, key=lambda one: (-one.cell.requests, one.name))


def cold_told(run: LoadRun, verdict: Verdict) -> Sequence[str]:
    """The cold starts in words, by phase, with the routes that met them."""
    by_route = summed(run, lambda key: (key[0], key[2]))
    said = []
    for one in (phase for phase in verdict.phases if phase.cold):
        times = one.cold_response
        said.append(
            f"{one.phase.name}: {count(one.cold)} of {count(one.requests)} requests were answered by an environment"
            f" that was started for them: p50 {_ms(times.p50_ms)}, p95 {_ms(times.p95_ms)}, longest"
            f" {_ms(times.longest_ms)}; the p95 of all others is {_ms(one.warm.p95_ms)}. Met by"
            f" {_met({route: cell.cold for (phase, route), cell in by_route.items() if phase == one.phase.name})}."
        )
    return said


def _met(cold: Mapping[str, int]) -> str:
    """The routes that met the most cold starts."""
    met = sorted(((route, number) for route, number in cold.items() if number), key=lambda pair: (-pair[1], pair[0]))
    named = ", ".join(f"{route} ({count(number)})" for route, number in met[:MOST_COLD])
    return named + (f" and {len(met) - MOST_COLD} more routes" if len(met) > MOST_COLD else "")


def problems(run: LoadRun) -> Sequence[Problem]:
    """What went wrong, in the words of those who saw it; the most frequent first."""
    first: dict[str, float] = {}
    times: Counter[str] = Counter()
    for second in run.seconds:
        for text in second.problems:
            first.setdefault(text, max(0.0, second.second - run.started))
            times[text] += 1
    return [Problem(first[text], text, number) for text, number in times.most_common(MOST_PROBLEMS)]


def how(run: LoadRun) -> Mapping[str, str]:
    """How it was run, for a list of names and words; what is not known is left out."""
    took = f"{clock(seconds_of(run))} of {clock(run.profile.seconds)} planned; {ENDS[run.ended_by]}"
    workers = f"{count(run.workers)} process{'es' * (run.workers != 1)}"
    cap = f", at most {count(run.in_flight_cap)} requests under way" if run.in_flight_cap else ""
    facts = {
        "profile": f"{run.profile.name}: {run.profile.title}" if run.profile.title else run.profile.name,
        "target": f"{run.target.name}, {run.target.url}",
        "started": moment(run.started),
        "took": took,
        "reason": run.reason,
        "the same again": command(run),
        "seed": str(run.seed),
        "generator": workers + cap,
        **run.about,
        "run": run.id,
    }
    return {name: text for name, text in facts.items() if text}


def command(run: LoadRun) -> str:
    """What to type for the same arrivals again, past DNS where it was."""
    target = run.target.name if run.target.name in PLACES else run.target.url
    words = ["cutover", "load", "run", run.profile.name, "--target", target, "--seed", str(run.seed)]
    return shlex.join([*words, *(["--prod", "--reason", run.reason] if run.reason else [])])


def moment(unix: float) -> str:
    """A moment in UTC, to the second; nothing where there is none."""
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if unix else ""


def _ms(value: float | None) -> str:
    return "-" if value is None else milliseconds(value)
