"""Dashboards as one HTML file that needs nothing but itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cutover.core.boards.answers import Answer, Answers
from cutover.core.boards.asking import Asked
from cutover.core.boards.board import Board
from cutover.render.boards.cards import card
from cutover.render.page.template import page

TEMPLATE = Path(__file__).with_name("board_page.html.j2")
LOOK = Path(__file__).with_name("board_page.css")
_MISSING = Answer(trouble="the answer to this is not in the recording")


@dataclass(frozen=True, slots=True)
class Shown:
    """One board with what its widgets ask."""

    board: Board
    asked: Sequence[Asked]


def render(boards: Sequence[Shown], answers: Answers, stage: str, source: str, warnings: Sequence[str] = ()) -> str:
    """The page of these boards. `source`: where the numbers come from, in words."""
    names = [shown.board.name for shown in boards]
    return page(
        TEMPLATE,
        title=f"{', '.join(names)}: {stage}",
        stage=stage,
        source=source,
        time=_time(answers.since, answers.until),
        boards=[_part(shown, answers) for shown in boards],
        warnings=warnings,
        look=_look(),
    )


def _part(shown: Shown, answers: Answers) -> Mapping[str, Any]:
    return {
        "name": shown.board.name,
        "cards": [
            card(one, answers.by_key.get(one.key, _MISSING) if one.key else None, answers.since, answers.until)
            for one in shown.asked
        ],
    }


def _time(since: float, until: float) -> str:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (since, until))
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%d %b %H:%M}"
    return f"{start:%d %b %Y %H:%M} to {last} UTC"


def _look() -> Markup:
    return Markup(LOOK.read_text(encoding="utf-8").strip())  # noqa: S704 - a file of ours
