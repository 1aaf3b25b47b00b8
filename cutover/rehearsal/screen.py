"""What a person sees while a rehearsal runs: one live screen on a terminal, plain lines everywhere else."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cutover.rehearsal.recording import Recording, Told
from cutover.rehearsal.stats import share_of, side_stats
from cutover.rehearsal.traffic import Second

RECENT_SECONDS = 5
SPARK_SECONDS = 20
EVENTS_SHOWN = 6
BAR_WIDTH = 40
PLAIN_EVERY_SECONDS = 5.0
SPARKS = "▁▂▃▄▅▆▇█"
STYLES = {"pass": "green", "hold": "yellow", "fail": "bold red"}
SIDES = (("ecs", "ECS"), ("lambda", "Lambda"))


class PlainScreen:
    """One line an event, and one every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_look = 0.0

    def say(self, text: str) -> None:
        """Something has begun or happened."""
        self._console.print(Text(f"… {text}"), soft_wrap=True)

    def told(self, told: Told, recording: Recording) -> None:
        """A ledger line, or the end."""
        line = event_line(told, recording)
        if line is not None:
            self._console.print(line, soft_wrap=True)

    def look(self, recording: Recording) -> None:
        """How it goes, now and then."""
        now = time.monotonic()
        if now < self._next_look or not recording.seconds:
            return
        self._next_look = now + PLAIN_EVERY_SECONDS
        self._console.print(Text(f"  {summary_line(recording)}", "dim"), soft_wrap=True)

    def __enter__(self) -> "PlainScreen":
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LiveScreen:
    """The whole picture, drawn anew in place."""

    def __init__(self, console: Console, title: str) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._title = title
        self._doing = ""
        self._events: list[Text] = []
        self._recording: Recording | None = None

    def say(self, text: str) -> None:
        """Something has begun or happened."""
        self._doing = text
        self._draw()

    def told(self, told: Told, recording: Recording) -> None:
        """A ledger line, or the end."""
        line = event_line(told, recording)
        if line is not None:
            self._events = [*self._events, line][-EVENTS_SHOWN:]

    def look(self, recording: Recording) -> None:
        """How it goes."""
        self._recording = recording
        self._draw()

    def __enter__(self) -> "LiveScreen":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _draw(self) -> None:
        self._live.update(picture(self._title, self._doing, self._recording, self._events))


def picture(title: str, doing: str, recording: Recording | None, events: Sequence[Text]) -> RenderableType:
    """The live screen's content."""
    head = Text.assemble((title, "bold"), ("   everything here is simulated", "dim"))
    if recording is None:
        return Group(head, Text(f"… {doing}"))
    tick = recording.latest("tick") or {}
    now = Text.assemble(
        (f"time ×{recording.factor:g}   ", "dim"),
        (str(tick.get("state") or doing), "bold cyan"),
        (f"   {recording.minutes(time.time()):.0f} simulated minutes", "dim"),
    )
    return Group(
        head, now, Text(), split_bars(recording), Text(), sides_table(recording), Text(), gates_table(tick),
        bake_line(tick), Text(), *events, Text(), Text("go back at any time: cutover rollback", "dim"),
    )  # fmt: skip


def split_bars(recording: Recording) -> RenderableType:
    """Asked, served and observed split, one bar each."""
    tick = recording.latest("tick") or {}
    table = Table.grid(padding=(0, 1))
    served = recording.served[-1] if recording.served else None
    rows = (
        ("asked", tick.get("asked_weight")),
        ("served", round(100 * served.share) if served else None),
        ("requests", 100 * share_of(recent(recording), "lambda") if recording.seconds else None),
    )
    for name, percent in rows:
        table.add_row(Text(name, "dim"), _bar(percent))
    return table


def sides_table(recording: Recording) -> Table:
    """Both sides as their clients saw them in the last seconds."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("side")
    for name in ("req/s", "errors", "wrong", "p50 ms", "p95 ms", f"p95, last {SPARK_SECONDS} s"):
        table.add_column(name, justify="right")
    for side, name in SIDES:
        stats = side_stats(recent(recording), side)
        bad = "bold red" if stats.errors or stats.wrong else ""
        table.add_row(
            name, f"{stats.requests / RECENT_SECONDS:.0f}", Text(str(stats.errors), bad), Text(str(stats.wrong), bad),
            _ms(stats.p50_ms), _ms(stats.p95_ms), sparkline(_p95_by_second(recording, side)),
        )  # fmt: skip
    return table


def gates_table(tick: Mapping[str, Any]) -> RenderableType:
    """What the gates say, each with its sentence."""
    table = Table.grid(padding=(0, 1))
    for finding in tick.get("findings") or ():
        verdict = finding["verdict"]
        text = Text(finding["text"])  # as it is: brackets are no markup
        table.add_row(Text(verdict.upper(), STYLES.get(verdict, "")), Text(finding["gate"], "dim"), text)
    return table


def bake_line(tick: Mapping[str, Any]) -> Text:
    """How far the bake is."""
    bake = tick.get("bake")
    if not bake:
        return Text()
    return Text(
        f"bake  {bake['counted_minutes']}/{bake['required_minutes']} minutes, "
        f"{bake['requests']}/{bake['required_requests']} requests",
        "cyan",
    )


def event_line(told: Told, recording: Recording) -> Text | None:
    """A ledger line or the end in one line, with the first of its reasons; None for ticks."""
    if told.event in ("tick", ""):
        return None
    document = told.document
    after = document.get("after")
    weights = f"  ecs {after[0]} / lambda {after[1]}" if after else ""
    style = {"rolled-back": "bold red", "finished": "bold green", "end": "bold"}.get(told.event, "")
    moment = f"{recording.minutes(told.time):6.1f}′"
    return Text.assemble((f"{moment}  ", "dim"), (f"{told.event:<12}", style), weights, _why(told))


def _why(told: Told) -> str:
    if told.event == "end":  # the reason is the ledger line's above, and the summary repeats it
        return f"  exit {told.document.get('exit')}"
    first, *others = str(told.document.get("reason") or told.document.get("text") or "").split("; ")
    return f"  {first}" + (f" (and {len(others)} more)" if others else "") if first else ""


def summary_line(recording: Recording) -> str:
    """How it goes, in one line."""
    tick = recording.latest("tick") or {}
    parts = [f"{recording.minutes(time.time()):6.1f}′", str(tick.get("state") or "warming up")]
    for side, name in SIDES:
        stats = side_stats(recent(recording), side)
        parts.append(f"{name} {stats.requests / RECENT_SECONDS:.0f} req/s, p95 {_ms(stats.p95_ms)} ms")
    if tick.get("verdict"):
        parts.append(str(tick["verdict"]).upper())
    return "   ".join(parts)


def recent(recording: Recording) -> Sequence[Second]:
    """What the clients saw in the last few seconds."""
    if not recording.seconds:
        return ()
    newest = recording.seconds[-1].time
    return [second for second in recording.seconds[-20 * RECENT_SECONDS :] if second.time > newest - RECENT_SECONDS]


def sparkline(values: Sequence[float]) -> str:
    """The values as little bars, the highest one full."""
    top = max(values, default=0.0)
    if top <= 0:
        return ""
    return "".join(SPARKS[min(len(SPARKS) - 1, int(value / top * (len(SPARKS) - 1)))] for value in values)


def _p95_by_second(recording: Recording, side: str) -> Sequence[float]:
    mine = [second for second in recording.seconds[-3 * SPARK_SECONDS :] if second.side == side][-SPARK_SECONDS:]
    return [side_stats([second], side).p95_ms or 0.0 for second in mine]


def _bar(percent: float | None) -> Text:
    if percent is None:
        return Text("not known yet", "dim")
    serverless = round(BAR_WIDTH * percent / 100)
    return Text.assemble(
        ("█" * (BAR_WIDTH - serverless), "blue"),
        ("█" * serverless, "dark_orange"),
        f"  ecs {100 - percent:.0f} / lambda {percent:.0f}",
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
