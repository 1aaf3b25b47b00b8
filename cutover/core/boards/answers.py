"""What the widgets of dashboards are answered, live or recorded: series, states of alarms, rows of logs. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA = "cutover.boards/1"
Points = Sequence[tuple[float, float]]  # Unix seconds and a value


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series. `id` is the query's, which a SEARCH shares among all that it finds; `note`: what is wrong with it."""

    id: str
    label: str
    points: Points
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlarmState:
    """One alarm: its state in CloudWatch's word, why, and since when (Unix seconds; None: not known)."""

    name: str
    state: str
    reason: str = ""
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query of logs: the columns and their values."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one widget was answered. `trouble`: why there is no answer, or not all of it."""

    series: Sequence[Drawn] = ()
    alarms: Sequence[AlarmState] = ()
    rows: Rows | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of some boards, by `key`, for the time from `since` to `until` (Unix seconds)."""

    since: float
    until: float
    by_key: Mapping[str, Answer] = field(default_factory=dict)


class BadAnswers(Exception):
    """A file is no recording of answers; the message says why."""


def key(question: Any) -> str:
    """The name of a question, made of its plain JSON: the same for the same question wherever it stands."""
    spelled = json.dumps(question, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()[:16]


def plain(answers: Answers) -> Mapping[str, Any]:
    """As JSON can hold it; values with seven digits, which is more than a chart shows."""
    return {
        "schema": SCHEMA,
        "since": answers.since,
        "until": answers.until,
        "answers": {name: _plain(answer) for name, answer in sorted(answers.by_key.items())},
    }


def read(text: str | bytes) -> Answers:
    """The answers of such JSON. Raises BadAnswers."""
    try:
        raw = json.loads(text)
        if raw["schema"] != SCHEMA:
            raise BadAnswers(f"its schema is {raw['schema']!r}, not {SCHEMA}")
        by_key = {str(name): _answer(one) for name, one in raw["answers"].items()}
        return Answers(float(raw["since"]), float(raw["until"]), by_key)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadAnswers(f"it is no recording of answers: {type(error).__name__}: {error}") from error


def _plain(answer: Answer) -> Mapping[str, Any]:
    series = [
        {
            "id": one.id,
            "label": one.label,
            "note": one.note,
            "points": [[at, float(f"{v:.7g}")] for at, v in one.points],
        }
        for one in answer.series
    ]
    alarms = [{"name": one.name, "state": one.state, "reason": one.reason, "since": one.since} for one in answer.alarms]
    rows = {"columns": list(answer.rows.columns), "rows": [list(r) for r in answer.rows.rows]} if answer.rows else None
    said = {"series": series, "alarms": alarms, "rows": rows, "trouble": answer.trouble}
    return {name: value for name, value in said.items() if value}


def _answer(raw: Mapping[str, Any]) -> Answer:
    rows = raw.get("rows")
    return Answer(
        tuple(
            Drawn(str(s["id"]), str(s["label"]), tuple((float(t), float(v)) for t, v in s["points"]), str(s["note"]))
            for s in raw.get("series", ())
        ),
        tuple(AlarmState(**one) for one in raw.get("alarms", ())),
        Rows(tuple(rows["columns"]), tuple(tuple(r) for r in rows["rows"])) if rows else None,
        str(raw.get("trouble", "")),
    )
