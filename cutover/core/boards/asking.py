"""What each widget of a board asks: series of CloudWatch, states of alarms, rows of logs; and what it can't. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cutover.core.boards import answers
from cutover.core.boards.board import Board, Widget, filled
from cutover.core.boards.series import BadSeries, Plotted, plotted, queries

LENIENT = frozenset({"Region", "AccountId"})  # in an alarm's ARN: its name is enough to ask for it
OPTIONAL = frozenset({"Pages"})  # a link without it is told as words
_SOURCE = re.compile(r"""\s*SOURCE\s+(?P<groups>(?:['"][^'"]+['"]\s*,?\s*)+)\|\s*""", re.IGNORECASE)
_GROUP = re.compile(r"""['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Asked:
    """One widget with its questions. `missing`: variables for want of which it can't be asked."""

    widget: Widget
    rows: Sequence[Plotted] = ()
    alarms: Sequence[str] = ()
    groups: Sequence[str] = ()
    query: str = ""
    missing: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def key(self) -> str:
        """The name of its answer; "" where nothing is asked."""
        question = self.question
        return answers.key(question) if question else ""

    @property
    def question(self) -> Mapping[str, Any]:
        """What it asks as plain JSON; empty for text, and where something is missing or wrong."""
        if self.missing or self.trouble:
            return {}
        said = {
            "queries": list(queries(self.rows)),
            "alarms": list(self.alarms),
            "groups": list(self.groups),
            "query": self.query,
        }
        return {name: value for name, value in said.items() if value}


def asked(board: Board, span: timedelta) -> Sequence[Asked]:
    """Every widget of the board with what it asks, for so much time."""
    return [_of(widget, span) for widget in board.widgets]


def _of(widget: Widget, span: timedelta) -> Asked:
    missing = tuple(name for name in widget.missing if name not in OPTIONAL)
    if widget.kind == "alarm":
        return _alarms(widget, missing)
    if widget.kind == "log":
        return _log(widget, missing)
    return _metric(widget, missing, span) if widget.kind == "metric" else Asked(widget, missing=missing)


def _metric(widget: Widget, missing: tuple[str, ...], span: timedelta) -> Asked:
    missing = _in_use(widget, missing)
    try:
        rows = plotted(widget.properties, span)
    except BadSeries as error:
        return Asked(widget, missing=missing, trouble=str(error))
    return Asked(widget, rows=rows, missing=missing, trouble="" if rows else "it has no metrics")


def _in_use(widget: Widget, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Those that its metrics name; one in a title hinders nothing."""
    text = str(widget.properties.get("metrics"))
    return tuple(name for name in missing if f"${{{name}}}" in text)


def _alarms(widget: Widget, missing: tuple[str, ...]) -> Asked:
    listed = widget.properties.get("alarms")
    names = [str(arn).rpartition(":")[2] for arn in listed] if isinstance(listed, list) else []
    unknown = {name for text in names for name in filled(text, {})[1]}
    return Asked(
        widget,
        alarms=list(dict.fromkeys(names)),
        missing=tuple(name for name in missing if name not in LENIENT or name in unknown),
        trouble="" if names else "it names no alarms",
    )


def _log(widget: Widget, missing: tuple[str, ...]) -> Asked:
    """The groups in front of the query, and the query behind them."""
    said = str(widget.properties.get("query", ""))
    groups, rest = list[str](), said
    while found := _SOURCE.match(rest):
        groups += _GROUP.findall(found["groups"])
        rest = rest[found.end() :]
    wrong = "" if groups and rest.strip() else "its query names no SOURCE of log groups"
    return Asked(widget, groups=groups, query=rest.strip(), missing=missing, trouble=wrong)
