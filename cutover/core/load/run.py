"""A load test as it was run: what was asked of whom, and everything that was written down meanwhile. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from cutover.core import thresholds
from cutover.core.load.lines import Line, Note, Resources, Second, by_second
from cutover.core.load.profile import Phase, Profile, profile_of

SCHEMA = "cutover.load.run/1"


class EndedBy(StrEnum):
    """What ended the run."""

    PROFILE = "profile"  # all phases are over
    PERSON = "person"  # Ctrl-C, SIGTERM, the web page's stop
    ABORT = "abort"  # the target failed so badly that going on would have done harm
    LOST = "lost"  # a worker is gone, and what it measured
    NOTHING = ""  # nobody wrote down an end: the run was killed, or goes on


@dataclass(frozen=True, slots=True)
class Limits:
    """What is good enough; rates are fractions, times ms. The defaults are those of the gates."""

    pass_error_rate: float = thresholds.PASS_ERROR_RATE
    pass_p95_ms: float = thresholds.PASS_P95_MS
    pass_p99_ms: float = thresholds.PASS_P99_MS
    p95_min_samples: int = thresholds.P95_MIN_SAMPLES
    fail_throttle_rate: float = thresholds.FAIL_THROTTLE_RATE
    min_delivered: float = thresholds.MIN_DELIVERED
    recovery_seconds: float = thresholds.RECOVERY_SECONDS
    recovery_ratio: float = thresholds.RECOVERY_RATIO
    abort_error_rate: float = (
        0.5  # in ten seconds with `p95_min_samples` requests; a run on production: fail_error_rate
    )


@dataclass(frozen=True, slots=True)
class Target:
    """Who is asked: `name` as people say it (ecs, lambda, public, or the host), and its base URL."""

    name: str
    url: str


@dataclass(slots=True)
class LoadRun:
    """One run; times are Unix seconds. `ended` is 0 while it goes on, or when it was killed."""

    id: str
    profile: Profile
    target: Target
    started: float  # the first intended start can't be earlier
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    in_flight_cap: int = 0  # requests under way at once, at most, in all processes
    workers: int = 1
    ended: float = 0.0
    ended_by: EndedBy = EndedBy.NOTHING
    reason: str = ""  # why production was loaded
    about: Mapping[str, str] = field(default_factory=dict)  # versions, cores, and what else the report names
    seconds: Sequence[Second] = ()  # of all processes together, in the order of time
    resources: Sequence[Resources] = ()
    notes: Sequence[Note] = ()

    @property
    def planned_end(self) -> float:
        """When the last phase is over."""
        return self.started + self.profile.seconds


def meta_of(run: LoadRun) -> Mapping[str, Any]:
    """Everything but the lines, as `run.json` holds it."""
    return {
        "schema": SCHEMA,
        "id": run.id,
        "profile": {"name": run.profile.name, "title": run.profile.title, "phases": [*map(_plain, run.profile.phases)]},
        "target": {"name": run.target.name, "url": run.target.url},
        "limits": _plain(run.limits),
        "started": run.started,
        "ended": run.ended,
        "ended_by": str(run.ended_by),
        "seed": run.seed,
        "in_flight_cap": run.in_flight_cap,
        "workers": run.workers,
        "reason": run.reason,
        "about": dict(run.about),
    }


def run_of(meta: Mapping[str, Any], lines: Iterable[Line]) -> LoadRun:
    """The run that `meta_of` and the lines were written of. Raises ValueError, KeyError, TypeError."""
    if meta["schema"] != SCHEMA:
        raise ValueError(f"not a load test's run.json: its schema is {meta['schema']!r}")
    profile = meta["profile"]
    run = LoadRun(
        id=str(meta["id"]),
        profile=profile_of({"title": profile["title"], "phase": profile["phases"]}, str(profile["name"])),
        target=Target(**meta["target"]),
        limits=Limits(**meta["limits"]),
        started=float(meta["started"]),
        ended=float(meta["ended"]),
        ended_by=EndedBy(meta["ended_by"]),
        seed=int(meta["seed"]),
        in_flight_cap=int(meta["in_flight_cap"]),
        workers=int(meta["workers"]),
        reason=str(meta["reason"]),
        about={str(name): str(text) for name, text in meta["about"].items()},
    )
    run.seconds, run.resources, run.notes = _sorted(lines)
    return run


def _sorted(lines: Iterable[Line]) -> tuple[Sequence[Second], Sequence[Resources], Sequence[Note]]:
    """Lines by their kind, one after the other: a soak's seconds from many processes don't fit into memory unmerged."""
    resources: list[Resources] = []
    notes: list[Note] = []

    def seconds() -> Iterator[Second]:
        for line in lines:
            if isinstance(line, Second):
                yield line
            elif isinstance(line, Resources):
                resources.append(line)
            else:
                notes.append(line)

    return by_second(seconds()), resources, notes


def _plain(one: Phase | Limits) -> dict[str, Any]:
    return {each.name: getattr(one, each.name) for each in fields(one)}
