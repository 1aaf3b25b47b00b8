"""Made-up answers to what dashboards ask: two hours of a migration from 10 to 50 percent, always the same."""

import math
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cutover.core.boards.answers import AlarmState, Answer, Answers, Drawn, Rows
from cutover.core.boards.asking import Asked
from cutover.core.boards.marks import BLUE, Change
from cutover.core.boards.series import Plotted

UNTIL = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
SPAN = timedelta(hours=3)
SHIFTED = UNTIL - timedelta(minutes=75)
CHANGES = (Change(SHIFTED, "Lambda 10% → 50%", 41, BLUE),)
PER_MINUTE = 231
ROWS = Rows(
    ("@timestamp", "message", "route", "status"), (("2026-03-02 13:58:11.402", "request", "/api/mocs/{id}", "503"),)
)
QUIET = ("error", "5xx", "4xx", "throttl", "fail", "dead", "eviction", "rollback", "abort", "blind", "verdict", "open",
         "reject", "red", "yellow", "pinned", "unhealthy", "refus", "crash", "fallback", "postgresql")  # fmt: skip
LEVELS = {
    "Percent": 34.0,
    "Milliseconds": 140.0,
    "Seconds": 0.14,
    "Bytes": 2.4e9,
    "Megabytes": 9200.0,
    "Microseconds": 900.0,
}


def answers(asked: Iterable[Asked]) -> Answers:
    """An answer to each question."""
    by_key = {one.key: _answer(one) for one in asked if one.key}
    return Answers((UNTIL - SPAN).timestamp(), UNTIL.timestamp(), by_key)


def _answer(asked: Asked) -> Answer:
    if asked.alarms:
        return Answer(alarms=[AlarmState(name, "OK", "Threshold not crossed") for name in asked.alarms])
    if asked.groups:
        return Answer(rows=ROWS)
    return Answer(series=[one for row in asked.rows if row.visible for one in _drawn(row)])


def _drawn(row: Plotted) -> Sequence[Drawn]:
    if "SEARCH(" in str(row.query.get("Expression", "")):
        return [_series(row, f"node-000{number}-001") for number in (1, 2)]
    return [_series(row, row.label)]


def _series(row: Plotted, label: str) -> Drawn:
    stat = row.query.get("MetricStat", {})
    step = max(60, int(stat.get("Period", 60)))
    end, start = UNTIL.timestamp(), (UNTIL - SPAN).timestamp()
    moments = [start + step * n for n in range(int((end - start) // step))]
    return Drawn(row.id, label, tuple((at, _value(row, label, at)) for at in moments))


def _value(row: Plotted, label: str, at: float) -> float:
    """By what the words say: shares follow the shift, trouble is rare, everything else wanders about a level."""
    name = f"{row.query} {label}".lower()
    share = 0.5 if at >= SHIFTED.timestamp() else 0.1
    if "lambdaweight" in name:
        return 100 * share
    if "bakeprogress" in name:
        return min(100.0, max(0.0, (at - SHIFTED.timestamp()) / 60)) if share == 0.5 else 100.0
    if label.lower().startswith(("answered", "availability", "hit rate", "share of reads")):
        return 99.9 + 0.05 * _noise(label, at)
    if any(word in label.lower() for word in QUIET) or ("5xx" in name and "100" not in name):
        return float(_noise(label, at) > 0.93)
    side = share if "lambda" in label.lower() else 1 - share if "ecs" in label.lower() else 1.0
    level = LEVELS.get(row.unit, PER_MINUTE * side if row.query.get("Expression") or not row.unit else 10.0)
    if "rate" in str(row.query.get("Id", "")) or "100 *" in name:
        level = 0.3
    wave = 1 + 0.12 * math.sin(at / 2400) + 0.1 * _noise(label, at)
    return level * wave * (1 + 0.3 * (zlib.crc32(label.encode()) % 7) / 7)


def _noise(label: str, at: float) -> float:
    """From -1 to 1, always the same."""
    return (zlib.crc32(f"{label}{at}".encode()) % 2001 - 1000) / 1000
