"""What a board is: a name, a title, rows of widgets."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.widgets import Widget, laid_out, text

NAMES = ("service", "functions", "data", "business", "cutover")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Deployed as lego-api-NAME-STAGE; written to dashboards/NAME.json. `start`: how far it looks back, ISO 8601."""

    name: str
    title: str
    says: str  # what one sees on it, in a sentence
    rows: Sequence[Sequence[Widget]]
    start: str = "-PT3H"

    def body(self) -> dict[str, Any]:
        """As PutDashboard takes it, with `${Variables}`. Periods stay as they are however far one looks back."""
        return {
            "start": self.start,
            "periodOverride": "inherit",
            "widgets": laid_out([[self._head()], *self.rows]),
        }

    def json(self) -> str:
        """As it is committed."""
        return json.dumps(self.body(), indent=1, ensure_ascii=False) + "\n"

    def _head(self) -> Widget:
        others = " · ".join(
            f"[{name}](#dashboards:name=lego-api-{name}-${{Stage}})" for name in NAMES if name != self.name
        )
        return text(
            f"# {self.title}: ${{Stage}}",
            f"{self.says} Read the clock in UTC, as logs and runbooks do.",
            f"Other boards: {others} · [all runbooks](${{Pages}}runbooks/README.md)",
            height=3,
        )
