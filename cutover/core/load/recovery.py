"""After a spike: how long it took until answers came as quickly as before it. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import LoadRun
from cutover.core.load.windows import Window, windows_of

# Of the windows after the one in which it has recovered, so many may be slow again: chance makes some of them so.
RELAPSES = 0.1


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of the p95 in a phase that `recovers`.

    It has recovered in the first ten seconds whose p95 is not over `limit_ms`, if no more than a tenth of the later
    ones are: `after_seconds` is the end of these ten, from the phase's start; None: it has not, or nothing is known.
    `limit_ms` is `recovery_ratio` times the highest p95 of ten calm seconds before the spike; None: there were none.
    Ten seconds in which too few requests ended for a p95 are passed over, unless many were asked for.
    """

    phase: Phase
    limit_ms: float | None
    after_seconds: float | None
    seen_seconds: float  # the end of the last ten seconds of which a p95 is known; 0 without any


def recoveries(run: LoadRun) -> tuple[Recovery, ...]:
    """The recovery of each phase that `recovers`."""
    return tuple(_recovery(run, phase) for phase in run.profile.phases if phase.recovers)


def calm_before(profile: Profile, phase: Phase) -> Sequence[Phase]:
    """The phases before the spike that the phase recovers from, other spikes and recoveries left out."""
    before = profile.phases[: profile.phases.index(phase)]
    last = max((at for at, one in enumerate(before) if one.spike), default=0)
    return [one for one in before[:last] if not one.spike and not one.recovers]


def _recovery(run: LoadRun, phase: Phase) -> Recovery:
    calm = [window.p95_ms for one in calm_before(run.profile, phase) for window in windows_of(run, one)]
    known = [p95 for p95 in calm if p95 is not None and math.isfinite(p95)]
    telling = [window for window in windows_of(run, phase) if window.p95_ms is not None]
    seen = float(telling[-1].end) if telling else 0.0
    if not known:
        return Recovery(phase, None, None, seen)
    limit = run.limits.recovery_ratio * max(known)
    return Recovery(phase, limit, _after(telling, limit), seen)


def _after(telling: Sequence[Window], limit_ms: float) -> float | None:
    slow = [(window.p95_ms or 0.0) > limit_ms + 1e-9 for window in telling]
    for at, window in enumerate(telling):
        later = slow[at + 1 :]
        if not slow[at] and sum(later) <= math.floor(len(later) * RELAPSES):
            return float(window.end)
    return None
