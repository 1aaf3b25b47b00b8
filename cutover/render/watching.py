"""Where a watch shows its looks: a screen on a terminal, lines in a pipe, NDJSON for programs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.live import Live

from cutover.exits import Exit
from cutover.flow.look.picture import Picture
from cutover.flow.outcome import Outcome
from cutover.flow.report import Tick
from cutover.ports import World
from cutover.render import documents
from cutover.render.output import Output
from cutover.render.running import TextReport
from cutover.render.watch import WatchScreen

REDRAWN_PER_SECOND = 2.0  # ages go on between two looks, and the terminal may get another size


class View(Protocol):
    """Something that shows looks."""

    def shown(self) -> AbstractContextManager[object]:
        """While this lasts, looks are shown."""
        ...

    def look(self, picture: Picture) -> None:
        """There is a new one."""
        ...


class LiveView:
    """A terminal's other screen; what it last showed stays behind on the usual one."""

    def __init__(self, output: Output, world: World, every: str) -> None:
        self._output, self._world, self._every = output, world, every
        self._live = Live(console=output.console, screen=True, refresh_per_second=REDRAWN_PER_SECOND)
        self._last: Picture | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Leave the terminal as it was found, and the last look on it."""
        try:
            with self._live:
                yield
        finally:
            if self._last:
                self._output.show(self._screen(self._last, ""))

    def look(self, picture: Picture) -> None:
        """Draw it."""
        self._last = picture
        self._live.update(self._screen(picture, self._every), refresh=True)

    def _screen(self, picture: Picture, every: str) -> WatchScreen:
        return WatchScreen(picture, self._world.settings, self._output, self._world.clock.now, every)


class LineView:
    """As `run` tells it: a line for each event, and one when something else is new."""

    def __init__(self, output: Output) -> None:
        self._report = TextReport(output)
        self._seq: int | None = None

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to prepare."""
        return nullcontext()

    def look(self, picture: Picture) -> None:
        """The events since the last look, and what is new. What happened before the first look, `history` tells."""
        seen = picture.state.seq if self._seq is None else self._seq
        for event in picture.events:
            if event.seq > seen:
                self._report.event(event, picture.state)
        self._seq = picture.state.seq
        self._report.tick(as_tick(picture))


class JsonView:
    """One document a look, on one line."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to prepare."""
        return nullcontext()

    def look(self, picture: Picture) -> None:
        """Write it."""
        self._output.document("cutover.watch/1", documents.picture(picture), compact=True)


class OneScreen:
    """The screen once, as long as it is."""

    def __init__(self, output: Output, world: World) -> None:
        self._output, self._world = output, world

    def shown(self) -> AbstractContextManager[object]:
        """Nothing to prepare."""
        return nullcontext()

    def look(self, picture: Picture) -> None:
        """Print it."""
        now = picture.now
        self._output.show(WatchScreen(picture, self._world.settings, self._output, lambda: now))


def view(output: Output, world: World, every: float, *, once: bool) -> View:
    """The view that suits where the words go; `every` in seconds."""
    if output.as_json:
        return JsonView(output)
    if once:
        return OneScreen(output, world)
    return LiveView(output, world, f"{every:g}s") if output.is_live else LineView(output)


def as_tick(picture: Picture) -> Tick:
    """A look as a run would tell it."""
    wrong = [*([picture.drift.text] if picture.drift else []), *picture.problems]
    return Tick(
        time=picture.now,
        label="DRIFT" if picture.drift else picture.label,
        phase=picture.state.phase,
        weights=picture.weights,
        judgement=picture.exam.judgement if picture.exam else None,
        clock=picture.exam.clock if picture.exam else None,
        next_step=picture.next_step,
        trouble=Outcome(Exit.HOLD, "; ".join(wrong)) if wrong else None,
    )
