"""The page that is left of a rehearsal: one self-contained HTML file."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.core.words import count, milliseconds, percent
from cutover.rehearsal import account
from cutover.rehearsal.baking import stood_still
from cutover.rehearsal.plots import charts
from cutover.rehearsal.recording import steps_of
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.summary import exit_of, passed
from cutover.render.page.chart import WIDE
from cutover.render.page.figure import figure
from cutover.render.page.template import page

TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass(frozen=True, slots=True)
class Machine:
    """What everything ran on."""

    python: str
    cores: int

    @classmethod
    def this(cls) -> "Machine":
        """The one that this runs on."""
        return cls(platform.python_version(), os.cpu_count() or 1)


def render(outcome: Outcome, machine: Machine | None = None) -> str:
    """The page as HTML; the machine is this one, unless another is named."""
    return page(TEMPLATE, **_facts(outcome, machine or Machine.this()))


def _facts(outcome: Outcome, machine: Machine) -> Mapping[str, Any]:
    recording, scenario = outcome.recording, outcome.wish.scenario
    return {
        "title": outcome.wish.name,
        "scenario": scenario,
        "expected": scenario.expect.words,
        "actual": account.ended(outcome),
        "happens": [event.sentence for event in scenario.events],
        "passed": passed(outcome),
        "exit": int(exit_of(outcome)),
        "run_exit": outcome.ending.exit_code,
        "reason": (recording.latest("end") or {}).get("reason", ""),
        "factor": f"{recording.factor:g}",
        "real_seconds": f"{recording.ended - recording.started:.0f}",
        "minutes": f"{recording.minutes(recording.ended):.0f}",
        "steps": steps_of(recording),
        "checks": sorted(outcome.checks, key=lambda check: check.passed),
        "counted": outcome.counted,
        "charts": [figure(chart, WIDE) for chart in charts(recording)],
        "still": stood_still(recording),
        "decisions": account.decisions(recording),
        "events": account.events(recording),
        "typed": account.typed(recording),
        "by_hand": account.by_hand(outcome),
        "folder": outcome.wish.folder,
        "rate": f"{outcome.wish.form.arrivals:g}",
        "cold_starts": outcome.edge.get("cold_starts", 0),
        "environments": len(outcome.edge.get("environments", ())),
        "machine": machine,
        "number": count,
        "ms": milliseconds,
        "percent": percent,
    }
