"""The screen of `watch`: as `status`, with how it went lately and what happened; it fits whatever terminal there is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from cutover.core.models import MINUTE, Finding, Side, Verdict
from cutover.core.record import Event
from cutover.core.words import printable
from cutover.flow.examine import floor
from cutover.flow.look.picture import Picture
from cutover.render import standing
from cutover.render.coming import coming
from cutover.render.gate_table import GateTable, Lately
from cutover.render.going_back import going_back
from cutover.render.output import Output
from cutover.render.parts import age, reasons, row
from cutover.render.status import baking, head, wrong
from cutover.settings import Settings

MOST_EVENTS, FEWEST_EVENTS = 12, 2
WIDEST = 160
Lines = list[list[Segment]]


class WatchScreen:
    """One look, drawn at any moment after it: ages go on. The way back stays in sight, whatever has to give way."""

    def __init__(
        self, picture: Picture, settings: Settings, output: Output, now: Callable[[], datetime], every: str = ""
    ) -> None:
        """`every`: how often there is a new look, in words; empty where this is the last one."""
        self._looked, self._settings, self._output = picture, settings, output
        self._now, self._every = now, every

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As much as there is room for."""
        width = min(options.max_width, WIDEST if self._every else self._output.width)
        within = options.update(width=width, height=None)
        picture = replace(self._looked, now=max(self._looked.now, self._now()))
        for line in self._fitting(console, within, picture, options.height):
            yield from line
            yield Segment.line()

    def _fitting(self, console: Console, within: ConsoleOptions, picture: Picture, height: int | None) -> Lines:
        def drawn(*parts: RenderableType) -> Lines:
            return console.render_lines(Group(*parts), within, pad=False) if parts else []

        top = drawn(*head(picture, self._settings, within.max_width))
        foot = drawn(*self._foot(picture, height))
        happened = self._events(picture)
        if height is None:
            return [*top, *drawn(Text(), *self._body(picture), Text(), *happened, Text()), *foot]
        body: Lines = []
        for brief in (False, True):
            blank: tuple[Text, ...] = () if brief else (Text(),)
            body = drawn(*blank, *self._body(picture, brief=brief), *blank)
            if len(body) + FEWEST_EVENTS <= height - len(top) - len(foot):
                break
        room = max(0, height - len(top) - len(foot))
        middle = [*body, *drawn(*happened)][:room]
        return [*top, *middle, *[[Segment("")]] * (room - len(middle)), *foot][-height:]

    def _body(self, picture: Picture, *, brief: bool = False) -> list[RenderableType]:
        parts: list[RenderableType] = [*self._gates(picture, brief=brief)]
        if not brief:
            parts.append(Text())
        parts += [*standing.ladder(picture, self._settings), *baking(picture), *coming(picture, self._output)]
        return [*parts, *standing.said(picture), *wrong(picture)]

    def _gates(self, picture: Picture, *, brief: bool) -> list[RenderableType]:
        """The gates with their sparklines; the last known values where there are no new ones, and how old they are."""
        last, limits = picture.remembered.exam, self._settings.limits
        exam = picture.exam if picture.exam and picture.exam.evidence else last.value if last else picture.exam
        if exam is None:
            return [row("gates", ("nothing is known yet", "yellow"))]
        until = floor(self._looked.now - self._settings.span("data_delay"), MINUTE)
        findings = [f for f in exam.judgement.findings if not (brief and _compares(f))]
        parts: list[RenderableType] = [GateTable(findings, Lately(picture.trend, until, limits))]
        if exam is not picture.exam and last:
            parts.append(row("", (f"as of {age(picture.now, last.when)}: nothing newer is known", "yellow")))
        now = picture.exam.judgement if picture.exam else None
        return [*parts, reasons(now)] if now and now.verdict is not Verdict.PASS else parts

    def _events(self, picture: Picture) -> list[RenderableType]:
        newest = list(reversed(picture.events[-MOST_EVENTS:]))
        return [_event(picture, event, "events" if number == 0 else "") for number, event in enumerate(newest)]

    def _foot(self, picture: Picture, height: int | None) -> Sequence[Text]:
        lines = going_back(picture, self._output, plain=height is None)
        if not self._every:
            return lines
        looked = f"{self._looked.now:%H:%M:%S} UTC, {age(picture.now, self._looked.now)}; every {self._every}"
        return [*lines, _on_one_line(row("looked", (f"{looked}; Ctrl-C leaves", "dim")))]


def _compares(finding: Finding) -> bool:
    """Whether it is only there to be compared with."""
    return finding.side is Side.ECS and finding.verdict is Verdict.PASS


def _event(picture: Picture, event: Event, name: str) -> Text:
    what = f"{event.before[1]}% → {event.after[1]}%  " if event.before and event.after else ""
    if event.after and not event.before:
        what = f"Lambda {event.after[1]}%  "
    said = f"{what}{printable(event.reason)}".strip() or printable(event.change_id)
    return _on_one_line(row(name, (f"{age(picture.now, event.time):<10} ", "dim"), f"{event.kind.value:<12}", said))


def _on_one_line(line: Text) -> Text:
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
