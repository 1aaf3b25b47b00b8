"""The screens of `cutover load`: the plan, how it goes, and two runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cutover.core.durations import format_duration
from cutover.core.load.comparing import HOW, Comparison, Difference, Figures, Row
from cutover.core.load.lines import Line, Note
from cutover.core.load.order import Order
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.pulse import Pulse, Pulses
from cutover.core.load.run import Limits
from cutover.core.words import count, milliseconds, percent, plural, printable
from cutover.flow.loading import Intended
from cutover.render.output import Output
from cutover.render.parts import hung, row, unbroken, warnings
from cutover.sections import NotifySettings

EVERY_SECONDS = 10  # a line, where lines can't be overwritten
STYLES = {Difference.SLOWER: "red", Difference.FASTER: "green"}


def planned(intended: Intended, notify: NotifySettings, problem: str) -> list[RenderableType]:
    """What will be asked of whom, before it is; `problem`: why it could not be."""
    order, profile = intended.order, intended.order.profile
    at = f"  at {intended.place}" if order.connect else ""
    lines: list[RenderableType] = [
        unbroken(row("target", printable(f"{order.target.name}  {order.target.url}"), (printable(at), "dim"))),
        hung("profile", f"{profile.name}: {profile.title}" if profile.title else profile.name),
        *(row("", (printable(text), "dim")) for text in map(_phase, profile.phases)),
        row("asks", f"{plural(order.arrivals, 'request')} in {_span(profile.seconds)}, {_how(order)}"),
        hung("passes", _limits(order.limits)),
        hung("stops", f"by itself when more than {percent(order.limits.abort_error_rate)} fail in ten seconds"),
        row("people", _people(order)),
        unbroken(row("papers", printable(order.folder))),
    ]
    if intended.is_production:
        told = f"; told: {_channels(notify)}" if _channels(notify) else ""
        said = (
            f"{order.reason or 'no reason given'}; its minutes do not count for the bake, an outage in them does{told}"
        )
        lines.append(hung("prod", said, "bold"))
    return [*lines, *warnings([*filter(None, [problem]), *_doubts(intended)])]


def plan_document(intended: Intended) -> Mapping[str, Any]:
    """The same as plain JSON values."""
    order = intended.order
    return {
        "dry_run": True,
        "id": order.id,
        "target": asdict(order.target),
        "connect": list(order.connect) if order.connect else None,
        "production": intended.is_production,
        "profile": {"name": order.profile.name, "phases": [asdict(phase) for phase in order.profile.phases]},
        "requests": order.arrivals,
        "seconds": order.profile.seconds,
        "most_per_second": order.profile.highest,
        "limits": asdict(order.limits),
        "tokens": len(order.tokens),
        "folder": order.folder,
    }


class Screen:
    """Follows a run: one line that is overwritten on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, output: Output, profile: Profile) -> None:
        self._output, self._profile, self._pulses = output, profile, Pulses(profile)
        self._told_at = 0.0
        self._is_open = False

    def follow(self, lines: Sequence[Line]) -> None:
        """What was written down since the last call."""
        for line in lines:
            if isinstance(line, Note):
                self.note(line.text)
        has_new = self._pulses.take(lines)
        pulse = self._pulses.now()
        if pulse is None or not has_new or self._output.quiet:
            return
        if self._output.is_live:
            self._output.overwrite(pulse_line(pulse, self._profile))
            self._is_open = True
        elif pulse.seconds >= self._told_at + EVERY_SECONDS:
            self._told_at = pulse.seconds
            self._output.progress(pulse_line(pulse, self._profile))

    def note(self, text: str) -> None:
        """Something that a person should know."""
        self.close()
        self._output.warn(text)

    def close(self) -> None:
        """Leave the line that was overwritten."""
        if self._is_open:
            self._output.new_line()
        self._is_open = False


def pulse_line(pulse: Pulse, profile: Profile) -> Text:
    """How it goes, in one line."""
    slow = f"p95 {milliseconds(pulse.p95_ms)}" if pulse.p95_ms is not None else "no answer yet"
    parts = [
        f"asked {pulse.asked:.0f}/s",
        f"answered {pulse.answered:.0f}/s",
        slow,
        f"errors {percent(pulse.errors)}",
        *([f"429 {percent(pulse.throttled)}"] if pulse.throttled else []),
        *([f"{count(pulse.dropped)} dropped"] if pulse.dropped else []),
    ]
    phase = f"{pulse.phase}  " if len(profile.phases) > 1 else ""
    style = "yellow" if pulse.errors or pulse.dropped else ""
    left = f"{_span(pulse.left_seconds)} left" if pulse.left_seconds >= 1 else "ending"
    return Text.assemble((f"  {left:<11}", "dim"), phase, ("  ".join(parts), style))


def verdict(told: Sequence[str]) -> list[RenderableType]:
    """What a run came to, phase by phase."""
    styles = {"FAILED": "bold red", "UNSURE": "yellow"}
    return [_indented(line, styles.get(line.split(maxsplit=1)[0], "")) for line in told if line.strip()]


def compared(comparison: Comparison, names: tuple[str, str]) -> list[RenderableType]:
    """Two runs: each phase, and below it its routes."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    first, second = names
    for heading in ("", "p95", "", "p99", "", "errors", "", ""):
        table.add_column(heading, no_wrap=True, justify="left" if not heading else "right")
    table.add_row(*(Text(text, "dim") for text in ("  ", first, second, first, second, first, second, "")))
    for one in comparison.rows:
        table.add_row(*_cells(one, second))
    return [table, Text(), *warnings(comparison.cautions), hung("", HOW, "dim")]


def comparison_document(comparison: Comparison) -> Mapping[str, Any]:
    """The same as plain JSON values; times in ms, rates as fractions."""
    return {
        "same_profile": comparison.same_profile,
        "cautions": list(comparison.cautions),
        "rows": [
            {
                "phase": one.phase,
                "route": one.route,
                "first": _figures(one.first),
                "second": _figures(one.second),
                "p95_ratio": one.ratio("p95_ms"),
                "difference": str(one.difference),
                "why": one.why,
            }
            for one in comparison.rows
        ],
    }


def _indented(line: str, style: str) -> Padding:
    """As it is indented, also where it goes on."""
    said = line.lstrip()
    return Padding(Text(printable(said), style), (0, 0, 0, len(line) - len(said)), expand=False)


def _phase(phase: Phase) -> str:
    ramp = "rising to " if phase.ramp else ""
    return f"{phase.name}: {ramp}{count(phase.rate)} a second for {_span(phase.seconds)}"


def _span(seconds: float) -> str:
    return format_duration(timedelta(seconds=round(seconds)))


def _how(order: Order) -> str:
    by = f", by {order.processes} processes" if order.processes > 1 else ""
    return f"at most {count(order.profile.highest)} a second{by}"


def _people(order: Order) -> str:
    by_command = "the accounts of load.tokens_command" if order.tokens_command else "nobody"
    whose = plural(len(order.tokens), "account") if order.tokens else by_command
    many = f", {plural(order.persons, 'person')}" if order.persons else ""
    return f"{whose}{many}"


def _limits(limits: Limits) -> str:
    return (
        f"{percent(limits.min_delivered)} delivered, p95 under {milliseconds(limits.pass_p95_ms)}, p99 under"
        f" {milliseconds(limits.pass_p99_ms)}, errors under {percent(limits.pass_error_rate)}, 429 at most"
        f" {percent(limits.fail_throttle_rate)}"
    )


def _channels(notify: NotifySettings) -> str:
    named = {"sns": notify.sns_topic, "slack": notify.slack_webhook_env, "command": " ".join(notify.command)}
    return ", ".join(name for name, value in named.items() if value)


def _doubts(intended: Intended) -> Sequence[str]:
    order, doubts = intended.order, list[str]()
    if not order.clean:
        doubts.append("--no-clean: what it makes stays, until somebody removes it")
    if order.reason and not intended.is_production:
        doubts.append("this is not production, so the ledger is not told")
    return doubts


def _cells(one: Row, second: str) -> Sequence[str | Text]:
    what = f"  {one.phase}" if not one.route else f"    {printable(one.route)}"
    times = [_ms(figures, name) for name in ("p95_ms", "p99_ms") for figures in (one.first, one.second)]
    errors = [percent(figures.error_rate) if figures else "-" for figures in (one.first, one.second)]
    ratio = f" ×{found:.2f}" if (found := one.ratio("p95_ms")) is not None else ""
    found_out = one.difference
    said = f"{second} is {found_out}{ratio}" if found_out in STYLES else str(found_out)
    style = "" if one.route else "bold"
    return [Text(what, style), *times, *errors, Text(said, STYLES.get(found_out, "dim"))]


def _ms(figures: Figures | None, name: str) -> str:
    value = getattr(figures.response, name) if figures else None
    return milliseconds(value) if value is not None else "-"


def _figures(figures: Figures | None) -> Mapping[str, Any] | None:
    if figures is None:
        return None
    known = asdict(figures)
    known.pop("windows")
    return known | {"error_rate": figures.error_rate, "spread_ms": figures.spread}
