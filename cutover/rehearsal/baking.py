"""The bake clock of a rehearsal: how far each look found it, and the stretches in which minutes did not count. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cutover.rehearsal.recording import Recording, Told

LEAST_MINUTES = 2.0  # CloudWatch's newest two are never there yet, so that the clock moves in jerks
NOT_YET = "CloudWatch's newest minutes were not complete yet"
UNKNOWN = "what is judged over several minutes still held some that were not good"
STILL_COUNTS = "samples"  # held for lack of samples, a minute counts all the same


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the bake clock, at that simulated minute; `why` it may have stood still, as far as was told."""

    minute: float
    weight: int
    counted: int
    required: int
    requests: int
    required_requests: int
    why: tuple[str, ...]

    @property
    def time_part(self) -> float:
        """The minutes that counted, of those that are asked for; at most 1."""
        return min(1.0, self.counted / self.required) if self.required else 1.0

    @property
    def request_part(self) -> float:
        """The requests in them, of those that are asked for; at most 1."""
        return min(1.0, self.requests / self.required_requests) if self.required_requests else 1.0


@dataclass(frozen=True, slots=True)
class Still:
    """A stretch of simulated minutes in which the clock of that step stood still, and why."""

    weight: int
    start: float
    end: float
    why: tuple[str, ...]


def looks(recording: Recording) -> Sequence[Look]:
    """Every look that found a step in force; where the bake could not be judged, it is as it was."""
    found: list[Look] = []
    latest: Mapping[str, Any] | None = None
    for told in recording.told:
        if told.event in {"settled", "intent"}:
            latest = None
        if told.event == "tick" and told.document.get("phase") == "steady" and told.document.get("asked_weight"):
            latest = told.document.get("bake") or latest
            if latest:
                found.append(_look(recording, told, latest))
    return found


def _look(recording: Recording, told: Told, bake: Mapping[str, Any]) -> Look:
    return Look(
        minute=recording.minutes(told.time),
        weight=int(told.document["asked_weight"]),
        counted=int(bake["counted_minutes"]),
        required=int(bake["required_minutes"]),
        requests=int(bake["requests"]),
        required_requests=int(bake["required_requests"]),
        why=_why(told.document),
    )


def _why(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What was told that keeps minutes from counting."""
    against = [
        str(finding["text"])
        for finding in document.get("findings") or ()
        if finding["verdict"] != "pass" and finding.get("why") != STILL_COUNTS
    ]
    return tuple(filter(None, (document.get("trouble"), *against)))


def stood_still(recording: Recording) -> Sequence[Still]:
    """The stretches of more than two minutes without a minute that counted, in the order of time."""
    found = []
    for weight, group in groupby(looks(recording), key=lambda look: look.weight):
        one_step = list(group)
        for _, same in groupby(one_step, key=lambda look: look.counted):
            stretch = list(same)
            enough = stretch[0].time_part >= 1.0 and not any(look.why for look in stretch)
            if stretch[-1].minute - stretch[0].minute > LEAST_MINUTES and not enough:
                found.append(Still(weight, stretch[0].minute, stretch[-1].minute, _reasons(stretch)))
    return found


def _reasons(stretch: Sequence[Look]) -> tuple[str, ...]:
    """The last that was told of each kind: numbers change from look to look, and the newest say the most."""
    told = {re.sub(r"\d+", "", text): text for look in stretch for text in look.why}
    if told:
        return tuple(told.values())
    return (NOT_YET,) if not stretch[0].counted else (UNKNOWN,)
