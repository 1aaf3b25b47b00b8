"""The screen and the document of `verify`."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.models import Side
from cutover.core.probing import Probed, answered_by, fault
from cutover.core.record import Event
from cutover.core.state import State
from cutover.core.verification import Mark, Told
from cutover.core.words import printable
from cutover.flow.verifying import Verification
from cutover.render import documents
from cutover.render.parts import row, split
from cutover.render.running import TextReport

STYLE = {Mark.OK: "green", Mark.WARN: "yellow", Mark.FAIL: "bold red"}


class Notes(TextReport):
    """Tells notes alone: what the ledger line says stands on the screen."""

    def event(self, event: Event, _: State) -> None:
        """Nothing more."""


def screen(found: Verification) -> list[RenderableType]:
    """The asked split and every check."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for check in found.checks:
        mark = Text(f"  {check.mark.value.upper()}", style=STYLE[check.mark])
        table.add_row(mark, printable(check.subject), printable(check.text))
    return [row("asked", split(found.weights)), table]


def document(found: Verification) -> Mapping[str, Any]:
    """Everything that was found, as plain JSON values."""
    return {
        "ok": not found.failed,
        "weights": documents.weights(found.weights),
        "checks": [{"subject": c.subject, "mark": c.mark.value, "text": c.text} for c in found.checks],
        "name_servers": [_told(told) for told in found.told],
        "probes": [_probed(probed) for probed in found.probed],
    }


def _told(told: Told) -> Mapping[str, Any]:
    return {
        "server": told.server,
        "type": told.type,
        "asked": told.asked,
        "ecs": told.by_side[Side.ECS],
        "lambda": told.by_side[Side.SERVERLESS],
        "elsewhere": dict(told.elsewhere),
        "troubles": dict(told.troubles),
        "ttls": sorted(told.ttls),
        "tellable": not told.alike,
    }


def _probed(probed: Probed) -> Mapping[str, Any]:
    answers = []
    for heard in probed.heard:
        side, until = answered_by(heard), heard.certificate_until
        answers.append(
            {
                "status": heard.status,
                "elapsed_ms": round(heard.elapsed_ms, 1),
                "answered_by": side.value if side else None,
                "certificate_until": until.isoformat() if until else None,
                "fault": fault(heard, probed.side) or None,
            }
        )
    return {"side": probed.side.value, "place": str(probed.place), "answers": answers}
