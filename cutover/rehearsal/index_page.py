"""The page that is left of `cutover rehearse --all`: every scenario with how it had to end, and how it did."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cutover.render.page.template import page

TEMPLATE = Path(__file__).with_name("index.html.j2")


def render(rows: Sequence[Mapping[str, Any]]) -> str:
    """The page as HTML.

    A row has `name`, `title`, `expected`, `actual`, `passed`, `seconds` (real ones), `reason` and `report`, a relative
    link, "" where there is none.
    """
    failed = [str(row["name"]) for row in rows if not row["passed"]]
    return page(TEMPLATE, rows=rows, failed=failed, seconds=sum(float(row["seconds"]) for row in rows))
