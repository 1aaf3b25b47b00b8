"""Load tests that never ran: a profile, and what came of each of its seconds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cutover.core.load.lines import Resources, Second
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, LoadRun, Target

START = 1_700_000_000
ROUTE = "GET /api/mocs"


@dataclass(frozen=True, slots=True)
class Came:
    """One second: so many asked (None: the rate), answered (None: all that were not dropped), so bad, so slow."""

    ms: float = 100.0
    asked: int | None = None
    requests: int | None = None
    dropped: int = 0
    errors: int = 0
    wrong: int = 0
    throttled: int = 0
    cold: int = 0
    cold_ms: float = 3000.0
    slow: int = 0
    slow_ms: float = 2000.0
    late_ms: float = 0.0
    in_flight: int = 1
    route: str = ROUTE
    side: str = "ecs"


Coming = Callable[[int], Came | None]
"""What came of the second with that number, from 0; None: nobody wrote anything down."""


def flat(rate: int = 100, seconds: float = 60.0) -> Profile:
    """One phase."""
    return Profile("flat", (Phase("steady", rate, seconds),))


def spiky(recovers_seconds: float = 120.0) -> Profile:
    """Calm, a spike, and back."""
    return Profile(
        "spike",
        (
            Phase("calm", 100, 60.0),
            Phase("spike", 500, 20.0, spike=True),
            Phase("back", 100, recovers_seconds, recovers=True),
        ),
    )


def good(_second: int) -> Came:
    """All is well."""
    return Came()


def made(profile: Profile, coming: Coming = good, **changes: Any) -> LoadRun:
    """The run in which that came; it ended by its profile, 1 s after it, unless `changes` say otherwise."""
    told = {"ended": START + profile.seconds + 1, "ended_by": EndedBy.PROFILE, "in_flight_cap": 2000, **changes}
    run = LoadRun("run-1", profile, Target("ecs", "http://api.test"), float(START), **told)
    if "seconds" not in changes:
        run.seconds = seconds_of(profile, coming)
    return run


def seconds_of(profile: Profile, coming: Coming) -> Sequence[Second]:
    """What was written down of each second."""
    told = ((number, coming(number)) for number in range(int(profile.seconds)))
    return [_second(profile, number, came) for number, came in told if came is not None]


def busy(profile: Profile, cores: Mapping[str, float], of_cores: int = 2, worker: str = "") -> Sequence[Resources]:
    """The same use of cores in every second."""
    return [Resources(START + number + 1, of_cores, cores, worker) for number in range(int(profile.seconds))]


def _second(profile: Profile, number: int, came: Came) -> Second:
    phase = profile.phase_at(number)
    assert phase is not None
    asked = phase.rate if came.asked is None else came.asked
    requests = asked - came.dropped if came.requests is None else came.requests
    dropped = {phase.name: came.dropped} if came.dropped else {}
    second = Second(START + number, "", {phase.name: asked}, dropped, came.late_ms, came.in_flight)
    cell = second.cell((phase.name, came.side, came.route))
    cell.requests, cell.errors, cell.wrong = requests, came.errors, came.wrong
    cell.throttled, cell.cold = came.throttled, came.cold
    times = [came.cold_ms] * came.cold + [came.slow_ms] * came.slow
    for ms in [*times, *[came.ms] * (requests - len(times))]:
        cell.response.add(ms)
        cell.service.add(ms)
    for _ in range(came.cold):
        cell.cold_response.add(came.cold_ms)
    return second
