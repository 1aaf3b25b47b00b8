"""Why an alarm is in its state, in CloudWatch's words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from cutover.rehearsal.aws.cloudwatch.alarming.verdict import Datapoint, State, Verdict

_COMPARED = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanLowerThreshold": "less than the lower",
    "GreaterThanUpperThreshold": "greater than the upper",
    "LessThanLowerOrGreaterThanUpperThreshold": "less than the lower or greater than the upper",
}


def reason(found: Verdict, state: State, *, comparison: str, threshold: float | None, rule: tuple[int, int]) -> str:
    """The StateReason; `rule` is (datapoints to alarm, periods)."""
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_counted(found.filled)} {_were(found.filled)} unknown."
    if not found.judged:
        missing = "Breaching" if state == "ALARM" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {found.filled} period{_s(found.filled)} and "
            f"{found.filled} missing {_datapoints(found.filled)} {_were(found.filled)} treated as [{missing}]."
        )
    return _crossed(found, state, comparison, threshold, rule)


def new_composite_reason(arn: str, state: State) -> str:
    """Why a composite alarm that nothing has happened to yet is in its state."""
    return f"{arn} was created and its alarm rule evaluates to {state}"


def composite_reason(arn: str, state: State, moved_at: float) -> str:
    """Why a composite alarm is in its state: the alarm below it that moved last; Unix seconds."""
    return f"{arn} transitioned to {state} at {datetime.fromtimestamp(moved_at, UTC):%A %d %B, %Y %H:%M:%S} UTC"


def java_number(value: float) -> str:
    """A number as Java writes it: 5.0, 1.0E9."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{len(digits) + int(exponent) - 1}"


def _crossed(found: Verdict, state: State, comparison: str, threshold: float | None, rule: tuple[int, int]) -> str:
    alarming = state == "ALARM"
    shown = [one for one in found.judged if one.breaches == alarming] or list(found.judged)
    needed, periods = (rule[0], rule[1]) if alarming else (rule[1] - rule[0] + 1, rule[1])
    of = min(periods, len(found.judged) + found.filled)
    was = f"{_were(len(shown))}{'' if alarming else ' not'}"
    way = "OK -> ALARM" if alarming else "ALARM -> OK"
    crossed = "Threshold Crossed" if threshold is not None else "Thresholds Crossed"
    return (
        f"{crossed}: {len(shown)} out of the last {of} datapoints [{', '.join(map(_shown, shown))}] {was} "
        f"{_COMPARED[comparison]} {_limit(shown, threshold)} (minimum {_counted(needed)} for {way} transition)."
    )


def _limit(shown: Sequence[Datapoint], threshold: float | None) -> str:
    if threshold is not None:
        return f"the threshold ({java_number(threshold)})"
    edges = ", ".join(java_number(one.limit) for one in shown if one.limit is not None)
    return f"thresholds [{edges}]"


def _shown(one: Datapoint) -> str:
    return f"{java_number(one.value)} ({datetime.fromtimestamp(one.at, UTC).strftime('%d/%m/%y %H:%M:%S')})"


def _counted(count: int) -> str:
    return f"{count} {_datapoints(count)}"


def _datapoints(count: int) -> str:
    return f"datapoint{_s(count)}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
