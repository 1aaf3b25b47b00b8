"""Scripted load tests: what was asked and how long each answer took, second by second."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cutover.core.load.lines import Cell, Note, Resources, Second
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, LoadRun, Target

START = 1_800_000_000.0
SPIKE = (Phase("calm", 30, 60), Phase("spike", 90, 60, spike=True), Phase("recovery", 30, 60, recovers=True))
STEADY = (Phase("sustained", 20, 60),)
ROUTES = ("GET /api/mocs", "POST /api/wishlist")
NASTY = '<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }} & "quoted"'


def run(
    phases: Sequence[Phase] = STEADY,
    ms: Callable[[int, int], float] = lambda second, n: 10.0 + n,
    routes: Sequence[str] = ROUTES,
    seconds: int | None = None,
    **about: Any,
) -> LoadRun:
    """A run whose arrivals all end in their second: `ms` by second and number; `seconds`: it was killed then."""
    profile = Profile("brief", tuple(phases), "A brief one")
    whole = LoadRun("run-1", profile, Target("ecs", "https://ecs.example.com"), START, in_flight_cap=400, seed=7)
    length = int(profile.seconds) if seconds is None else seconds
    whole.seconds = [_second(profile, second, ms, routes) for second in range(length)]
    if seconds is None:
        whole.ended, whole.ended_by = START + profile.seconds, EndedBy.PROFILE
    for name, value in about.items():
        setattr(whole, name, value)
    return whole


def _second(profile: Profile, second: int, ms: Callable[[int, int], float], routes: Sequence[str]) -> Second:
    phase = profile.phase_at(second + 0.5)
    assert phase is not None
    seen = Second(int(START) + second, asked={phase.name: phase.rate}, in_flight=phase.rate // 10, late_ms=1.5)
    for n in range(phase.rate):
        cell = seen.cell((phase.name, "ecs", routes[n % len(routes)]))
        cell.requests += 1
        cell.response.add(ms(second, n))
        cell.service.add(ms(second, n) / 2)
    return seen


def bad(requests: int, errors: int = 0, wrong: int = 0, throttled: int = 0, cold: int = 0) -> Cell:
    """Requests of 10 ms, so many of which are `errors`, `wrong`, `throttled` or `cold`."""
    cell = Cell(requests, errors, wrong, throttled, cold)
    for n in range(requests):
        cell.response.add(10.0)
        cell.service.add(10.0)
        if n < cell.cold:
            cell.cold_response.add(10.0)
    return cell


def resources(second: int, cores: Mapping[str, float], worker: str = "") -> Resources:
    """Who used how much of two cores until that second."""
    return Resources(int(START) + second, 2, cores, worker)


def nasty() -> LoadRun:
    """Everything that comes from outside is hostile."""
    whole = run((Phase(NASTY, 20, 20), Phase("</script>", 20, 20)), routes=(NASTY, "</style>"))
    whole.id = whole.reason = NASTY
    whole.target = Target(NASTY, f"https://x/{NASTY}")
    whole.profile = Profile(NASTY, whole.profile.phases, NASTY)
    whole.about = {NASTY: NASTY, "python": NASTY}
    whole.notes = [Note(int(START) + 3, NASTY), Note(int(START) + 5, NASTY, lost=True)]
    whole.resources = [resources(second, {NASTY: 0.5, "machine": 1.0}) for second in range(1, 20)]
    for second in whole.seconds:
        second.problems = [NASTY]
        second.cells[second_phase(second), NASTY, "GET /cold"] = bad(5, errors=1, wrong=1, throttled=1, cold=2)
    return whole


def second_phase(second: Second) -> str:
    """The phase of that second."""
    return next(iter(second.asked))
