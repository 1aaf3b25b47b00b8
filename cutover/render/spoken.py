"""The pages of an incident bundle that are read by people, in Markdown."""

import re

from cutover.core.record import Event
from cutover.core.words import plural, printable
from cutover.flow.gathering import Gathered
from cutover.settings import Settings

_MARKS = re.compile(r"([\\`*_<>\[\]|#])")
_FILES = """\
- `timeline.md`: what happened, from the ledger, oldest first
- `ledger.jsonl`, `ledger-verification.json`: the ledger as it is stored, and whether its hash chain holds
- `records.json`, `name-servers.json`: the live record sets, and what the zone's own name servers answer
- `gates.json`: the judgement now; `minutes-*.csv`, `p95-*.csv`: what both sides did in the last 24 hours (UTC)
- `rollback-plan.json`, `rollback-batch.json`: what `cutover rollback` would do now, and the same without it
- `documents/`: the ready-made ways back that were kept with each change
- `settings.json` without secrets, `lease.json`, `versions.json`, `manifest.json` with each file's SHA-256
"""


def timeline(found: Gathered, settings: Settings) -> str:
    """Every event whose place in the chain is certain, one line each, times in UTC."""
    head = [f"# {said(settings.name)}, {said(settings.stage)}: what happened", ""]
    if found.chain.trouble:
        left = found.chain.lines - len(found.chain.events)
        head += [f"**The ledger is damaged ({said(found.chain.trouble)}); {plural(left, 'line')} left out here.**", ""]
    lines = [_line(event) for event in found.chain.events] or ["Nothing has happened yet."]
    return "\n".join([*head, *lines, ""])


def readme(found: Gathered, settings: Settings) -> str:
    """What is in the bundle, where the migration stands, and what could not be had."""
    state = found.state
    weights = f"{state.weights} asked" if state.weights else "weights not known to the ledger"
    missing = [f"- {part}: {said(why)}" for part, why in found.missing.items()] or ["Nothing."]
    return "\n".join(
        [
            f"# {said(settings.name)}, {said(settings.stage)}: incident bundle of {found.now:%Y-%m-%d %H:%M:%S} UTC",
            "",
            f"State: {state.label}, {weights}. Ledger: {plural(found.chain.lines, 'line')},"
            f" {'damaged' if found.chain.trouble else 'chain intact'}.",
            "",
            "## What is in it",
            "",
            _FILES,
            "## What could not be had",
            "",
            *missing,
            "",
        ]
    )


def said(text: str) -> str:
    """Text of others as Markdown shows it: as it is."""
    return _MARKS.sub(r"\\\1", printable(text))


def _line(event: Event) -> str:
    change = ""
    if event.after:
        change = f" {event.before[1]}% → {event.after[1]}%" if event.before else f" Lambda {event.after[1]}%"
    details = "; ".join(part for part in (said(event.reason), said(event.change_id)) if part)
    told = f": {details}" if details else ""
    who = f"{said(event.actor)} on {said(event.host)} ({said(event.command)})"
    return f"- {event.time:%Y-%m-%d %H:%M:%S} **{event.kind.value}**{change}, {who}{told}"
