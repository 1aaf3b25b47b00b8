"""The screen of `plan`: the batch, the gates, every rule's answer, what moves and when."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.foresight import Answer, RuleAnswer
from cutover.core.words import count, printable, roughly
from cutover.flow.foreseeing import Prospect
from cutover.render import documents
from cutover.render.output import Output
from cutover.render.parts import exchange, gates, headline, hung, plan_title, row, split, unbroken, warnings, way_back
from cutover.settings import Settings

_STYLE = {Answer.OK: "green", Answer.REFUSES: "bold red", Answer.UNASKED: "dim"}


def screen(found: Prospect, settings: Settings, output: Output) -> list[RenderableType]:
    """The whole screen."""
    plan = found.foresight.plan
    title = f"{settings.name}  {settings.stage}  Lambda {plan.before.serverless}% → {plan.after.serverless}%"
    return [
        headline(title, plan_title(plan), output.width, "dim"),
        row("now", split(plan.before)),
        row("then", split(plan.after)),
        *exchange(plan),
        row("hash", plan.hash),
        Text(),
        *_batch(found),
        *gates(found.exam.judgement),
        Text(),
        *_rules(found.foresight.answers),
        Text(),
        *_moves(found),
        *_due(found.due),
        *_without_switch(found),
        *warnings(plan.warnings),
        Text(),
        *way_back(output.again, found.undo),
    ]


def document(found: Prospect) -> dict[str, Any]:
    """The same as plain JSON values; `batch` as Route 53 takes it."""
    foresight, moved, total = found.foresight, found.moved_per_minute, found.requests_per_minute
    return {
        "plan": documents.plan(foresight.plan),
        "batch": found.batch,
        **documents.judgement(found.exam.judgement),
        "rules": [_rule(answer) for answer in foresight.answers],
        "requests_per_minute": None if total is None or moved is None else {"moved": moved, "all": total},
        "due": [{"after_seconds": after.total_seconds(), "text": text} for after, text in found.due],
        "kill_switch": found.has_switch,
        "rollback": ["cutover rollback", *([found.undo] if found.undo else [])],
    }


def _rule(answer: RuleAnswer) -> dict[str, Any]:
    refusal = answer.refusal
    return {
        "rule": answer.rule.value,
        "answer": answer.answer.value,
        "text": answer.text,
        "number": refusal.number if refusal else None,
        "limit": refusal.limit if refusal else None,
        "next": refusal.way_on if refusal else None,
    }


def _batch(found: Prospect) -> list[RenderableType]:
    """The changes as Route 53 takes them, one a line."""
    if not found.foresight.plan.changes:
        return []
    lines: list[RenderableType] = [
        unbroken(Text(f"  {change['Action']:<6}  {_compact(change['ResourceRecordSet'])}", style="dim"))
        for change in found.batch["Changes"]
    ]
    return [*lines, Text()]


def _compact(record: object) -> str:
    return printable(json.dumps(record, sort_keys=True, separators=(",", ":")))


def _rules(answers: Sequence[RuleAnswer]) -> list[RenderableType]:
    if not answers:
        return [row("rules", "lowering is never refused")]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for answer in answers:
        table.add_row(f"  {answer.rule.value}", Text(answer.answer.value, style=_STYLE[answer.answer]), _said(answer))
    return [table]


def _said(answer: RuleAnswer) -> Text:
    if answer.refusal is None:
        return Text(printable(answer.text), style="dim")
    numbers = f" ({answer.refusal.number}; limit {answer.refusal.limit})"
    return Text(printable(answer.text + numbers), style="red")


def _moves(found: Prospect) -> list[RenderableType]:
    moved, total = found.moved_per_minute, found.requests_per_minute
    if moved is None or total is None:
        return [row("moves", ("how many requests a minute is not known: no telemetry", "yellow"))]
    text = f"about {count(round(moved))} of {count(round(total))} requests a minute, by the newest hour"
    return [row("moves", text)]


def _due(due: Sequence[tuple[timedelta, str]]) -> list[RenderableType]:
    return [hung(f"+{roughly(after)}", text) for after, text in due]


def _without_switch(found: Prospect) -> list[RenderableType]:
    if found.has_switch:
        return []
    return [hung("switch", "not set up: a rollback has Route 53's API alone ([kill_switch] bucket)", "yellow")]
