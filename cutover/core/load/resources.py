"""Which resource a load test had used up where a limit broke, as far as that was measured. Pure."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cutover.core.load.histogram import Histogram
from cutover.core.load.lines import Resources
from cutover.core.load.phases import PhaseResult
from cutover.core.load.run import Limits, LoadRun
from cutover.core.words import count, milliseconds, percent, plural

BUSY = 0.90  # of all cores of the machine
GENERATOR_BUSY = 0.80  # of one core: a process of the generator can't use more than one
LATE_MS = 100.0  # that the generator may be behind, in all but a hundredth of the seconds
LONG_ENOUGH = 0.10  # of the measured time: less cannot move a p95 much
GENERATOR, MACHINE = "generator", "machine"


@dataclass(frozen=True, slots=True)
class Busy:
    """How busy who was during some phases. `cores` are means by name, `generator` is of all its processes together.

    `machine_share` and `generator_share` are the fractions of the time in which they were busy; `busy_cores` are the
    means of the time in which the machine was. `measured`: there is anything to say so from.
    """

    measured: bool
    of_cores: int
    cores: Mapping[str, float]
    busy_cores: Mapping[str, float]
    machine_share: float
    generator_share: float
    late_ms: float  # of the seconds' longest delays, the p99
    in_flight: int  # the most requests under way at once

    @property
    def generator_late(self) -> bool:
        """Whether the generator itself was too slow."""
        return self.generator_share >= LONG_ENOUGH or self.late_ms > LATE_MS

    @property
    def machine_full(self) -> bool:
        """Whether all cores were in use."""
        return self.machine_share >= LONG_ENOUGH


def busy_in(run: LoadRun, phases: Collection[str]) -> Busy:
    """How busy everything was while these phases ran."""
    lines = [line for line in run.resources if _phase_at(run, line.second - 1) in phases]
    seconds = [second for second in run.seconds if _phase_at(run, second.second) in phases]
    full = [line for line in lines if _machine_full(line)]
    late = Histogram()
    for second in seconds:
        late.add(second.late_ms)
    return Busy(
        measured=bool(lines),
        of_cores=max((line.of_cores for line in lines), default=0),
        cores=_means(lines),
        busy_cores=_means(full),
        machine_share=len(full) / len(lines) if lines else 0.0,
        generator_share=sum(_generator_full(run, line) for line in lines) / len(lines) if lines else 0.0,
        late_ms=late.percentile(99) or 0.0,
        in_flight=max((second.in_flight for second in seconds), default=0),
    )


def exhausted(run: LoadRun, broken: Sequence[PhaseResult], *, by_answers: bool) -> str:
    """Which resource was used up in the phases that broke a limit, in words; "" if none broke one.

    `by_answers`: it was the answers that did, not only arrivals or measurements that are missing. Where nothing that
    was measured here is used up, such answers speak of the target.
    """
    if not broken:
        return ""
    busy = busy_in(run, {result.phase.name for result in broken})
    found = [*_here(run, broken, busy), *_there(run.limits, broken)]
    if found or not by_answers:
        return "; ".join(found)
    return _not_here(busy)


def generator_in_words(busy: Busy) -> str:
    """How busy and how late the generator was: a part of a sentence."""
    late = f"it was up to {milliseconds(busy.late_ms)} behind"
    if not busy.measured:
        return f"{late}; nobody measured how busy it was"
    return f"it used {_used(busy.cores, busy.of_cores)}, and {late}"


def _here(run: LoadRun, broken: Sequence[PhaseResult], busy: Busy) -> Sequence[str]:
    found = []
    if busy.machine_full:
        every = (
            "both cores" if busy.of_cores == 2 else f"all {busy.of_cores} cores" if busy.of_cores > 1 else "the core"
        )
        who = ", ".join(f"{name} {used:.1f}" for name, used in _by_use(busy.busy_cores))
        share = f"in {percent(busy.machine_share)} of the time"
        found.append(
            f"{every} of this machine {'are' if busy.of_cores > 1 else 'is'} busy {share}"
            + f": {who} of {busy.of_cores} cores" * bool(who)
        )
    if busy.generator_late:
        found.append(_late_in_words(busy))
    dropped = sum(result.dropped for result in broken)
    if dropped or (run.in_flight_cap and busy.in_flight >= run.in_flight_cap):
        cap = f"the cap of {plural(run.in_flight_cap, 'request')} under way at once"
        found.append(f"{cap}: {plural(dropped, 'arrival')} dropped" if dropped else cap)
    return found


def _late_in_words(busy: Busy) -> str:
    """Why the generator was late: it needs more processes, or the machine left it too little."""
    if busy.generator_share >= LONG_ENOUGH:
        return f"the generator itself: {generator_in_words(busy)}; use more processes"
    if busy.machine_full:
        return f"the generator had to wait for a core, too: it was up to {milliseconds(busy.late_ms)} behind"
    return f"the generator itself: {generator_in_words(busy)}"


def _there(limits: Limits, broken: Sequence[PhaseResult]) -> Sequence[str]:
    found = []
    requests, throttled = (sum(getattr(one, name) for one in broken) for name in ("requests", "throttled"))
    if requests and throttled / requests >= limits.fail_throttle_rate:
        found.append(f"the target's concurrency: {percent(throttled / requests)} of the requests were throttled (429)")
    for one in broken:
        p95, warm = one.response.p95_ms or 0.0, one.warm.p95_ms
        if one.cold and p95 >= limits.pass_p95_ms and warm is not None and warm < limits.pass_p95_ms:
            share = f"{count(one.cold)} of {count(one.requests)} requests in {one.phase.name}"
            found.append(f"cold starts: {share} waited for one, and without them the p95 is {milliseconds(warm)}")
    return found


def _not_here(busy: Busy) -> str:
    if not busy.measured:
        return "not known: nobody measured how busy this machine was; look at the target"
    machine = busy.cores.get(MACHINE)
    used = "" if machine is None else f", and everything on its machine together {machine:.1f}"
    return f"not the generator: it used {_used(busy.cores, busy.of_cores)}{used}; look at the target"


def _used(cores: Mapping[str, float], of_cores: int) -> str:
    return f"{cores.get(GENERATOR, 0.0):.1f} of {of_cores} core" + "s" * (of_cores != 1)


def _by_use(cores: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    named = [(name, used) for name, used in cores.items() if name != MACHINE and used >= 0.05]
    return sorted(named, key=lambda one: -one[1])


def _phase_at(run: LoadRun, second: int) -> str:
    phase = run.profile.phase_at(max(0.0, second + 0.5 - run.started))
    return phase.name if phase else ""


def _machine_full(line: Resources) -> bool:
    return line.cores.get(MACHINE, 0.0) > BUSY * line.of_cores


def _generator_full(run: LoadRun, line: Resources) -> bool:
    processes = 1 if line.worker else max(1, run.workers)
    return line.cores.get(GENERATOR, 0.0) > GENERATOR_BUSY * processes


def _means(lines: Sequence[Resources]) -> Mapping[str, float]:
    """Means over time by name; in one second, the processes of a generator add up, all else is told by each of them."""
    moments: dict[int, dict[str, float]] = defaultdict(dict)
    for line in lines:
        now = moments[line.second]
        for name, used in line.cores.items():
            now[name] = now.get(name, 0.0) + used if name == GENERATOR else max(now.get(name, 0.0), used)
    names = {name for now in moments.values() for name in now}
    return {name: math.fsum(now.get(name, 0.0) for now in moments.values()) / len(moments) for name in sorted(names)}
