"""The limits of a load test, from the file that the gates have theirs from: cutover.toml's [gates] and [load]."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from cutover.core.load.run import Limits
from loadtests._table import BadSettings, Table

_PART = re.compile(r"([0-9]{1,7})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a thresholds file says; None where it leaves it to us."""

    limits: Limits
    most_per_second: int | None
    most_in_flight: int | None


def thresholds(path: Path) -> Thresholds:
    """What the file says. Raises BadSettings."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"the thresholds in {path} can't be read: {error}") from error
    whole = Table(raw, str(path))
    gates, load = whole.table("gates"), whole.table("load")
    return Thresholds(
        limits=Limits(
            pass_error_rate=gates.number("pass_error_rate", _USUAL.pass_error_rate),
            pass_p95_ms=gates.number("pass_p95_ms", _USUAL.pass_p95_ms),
            pass_p99_ms=load.number("pass_p99_ms", _USUAL.pass_p99_ms),
            p95_min_samples=gates.whole("p95_min_samples", _USUAL.p95_min_samples),
            fail_throttle_rate=gates.number("fail_throttle_rate", _USUAL.fail_throttle_rate),
            min_delivered=load.number("min_delivered", _USUAL.min_delivered),
            recovery_seconds=_recovery(load),
            recovery_ratio=load.number("recovery_ratio", _USUAL.recovery_ratio),
            abort_error_rate=load.number("abort_error_rate", _USUAL.abort_error_rate),
        ),
        most_per_second=load.whole("most_per_second", 0) or None,
        most_in_flight=load.whole("most_in_flight", 0) or None,
    )


def limits_of(told: Table) -> Limits:
    """Limits by their own names, those of a run's papers. Raises BadSettings."""
    told.only(frozenset(each.name for each in fields(Limits)))
    whole = told.whole("p95_min_samples", _USUAL.p95_min_samples)
    rest = {each: told.number(each, getattr(_USUAL, each)) for each in told.raw if each != "p95_min_samples"}
    return Limits(p95_min_samples=whole, **rest)


def _recovery(load: Table) -> float:
    text = load.text("recovery", f"{_USUAL.recovery_seconds:.0f}s")
    if not text or _PART.sub("", text):
        raise BadSettings(f"{load.where}: recovery is {text!r}; a duration such as 120s or 2m is wanted")
    return float(sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text)))
