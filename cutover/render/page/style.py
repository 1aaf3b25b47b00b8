"""The look of all report pages: light and dark, a phone's width, paper; and the little script for read-outs."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent


@cache
def css() -> Markup:
    """The style sheet, as the text of a `style` element."""
    return _own("page.css")


@cache
def script() -> Markup:
    """What shows a chart's values under the pointer and sorts tables; without it everything is there, too."""
    return _own("page.js")


def _own(name: str) -> Markup:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return Markup(text.strip())  # noqa: S704 - a file of ours, without anything from outside
