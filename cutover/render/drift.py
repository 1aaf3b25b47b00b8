"""The screen of `drift`: each field as it was known and as it is, who did it, and what to do about that."""

from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.drifting import Difference
from cutover.core.plan import Plan
from cutover.core.words import printable
from cutover.core.zone import Drift
from cutover.flow.drifting import Sight
from cutover.ports import RecordChange
from cutover.render.output import Output
from cutover.render.parts import clock_time, headline, listed, plan_title, row, split, warnings
from cutover.settings import Settings

ABSENT = "-"


def screen(sight: Sight, settings: Settings, output: Output) -> list[RenderableType]:
    """What was found; nothing where there is no drift."""
    if not sight.is_drift:
        return []
    parts: list[RenderableType] = [
        headline(f"{settings.name}  {settings.stage}  drift", "DRIFT", output.width, "bold red"),
        Text("─" * output.width, style="dim"),
    ]
    if isinstance(sight.live, Drift):
        parts += warnings([sight.live.text])
    if sight.differences:
        parts += [_table(sight.differences), Text()]
    parts += [_culprit(change) for change in sight.changes]
    return [*parts, *warnings(text for text in (sight.remark, sight.advice) if text)]


def planned(plan: Plan) -> list[RenderableType]:
    """The batch that puts the known records back."""
    records = [f"{r.type} {r.set_identifier or ''}".strip() for r in plan.records_before.records]
    wanted = [f"{r.type} {r.set_identifier}" for r in plan.records_after.records]
    return [
        Text(),
        row("then", split(plan.after), (f"  {plan_title(plan)}", "dim")),
        row("deletes", ", ".join(map(printable, records)) or "nothing"),
        row("creates", ", ".join(map(printable, wanted)), (", as the ledger knows them, in the same batch", "dim")),
    ]


def document(sight: Sight) -> dict[str, Any]:
    """What was found as plain JSON values."""
    live = sight.live
    return {
        "drift": sight.is_drift,
        "unreadable": {"kind": live.kind.value, "text": live.text} if isinstance(live, Drift) else None,
        "differences": [
            {"record": one.record, "field": one.field or None, "known": one.known, "live": one.live}
            for one in sight.differences
        ],
        "changes": [
            {"time": one.when.isoformat(), "actor": one.actor, "agent": one.agent, "what": one.what}
            for one in sight.changes
        ],
        "remark": sight.remark or None,
        "advice": sight.advice or None,
    }


def _table(differences: tuple[Difference, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("  record", "field", "known", "live"):
        table.add_column(name, overflow="fold")
    for one in differences:
        known, live = (ABSENT if value is None else printable(value) for value in (one.known, one.live))
        table.add_row(f"  {printable(one.record)}", one.field or "the whole record", known, Text(live, style="red"))
    return table


def _culprit(change: RecordChange) -> Table:
    said = Text.assemble(printable(change.actor), (f"  {printable(change.what)}", "dim"))
    return listed(f"  {clock_time(change.when)}", Text(printable(change.agent), style="bold"), said)
