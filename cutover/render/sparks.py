"""Sparklines that tell "no data" from zero, without colour too."""

from collections.abc import Sequence

from rich.text import Text

BLOCKS = "▁▂▃▄▅▆▇█"
NO_DATA = "·"
MINUTES_SHOWN = (60, 30)  # as many as have room; fewer only where even half an hour has none
WORSE = "red"


def sparkline(values: Sequence[float | None], top: float, *, bad_above: float | None = None) -> Text:
    """One character a value: the lowest block is zero, the highest `top` or more, a dot no data."""
    line = Text()
    for value in values:
        if value is None:
            line.append(NO_DATA, style="dim")
        else:
            style = WORSE if bad_above is not None and value > bad_above else ""
            line.append(BLOCKS[_height(value, top)], style=style)
    return line


def thinned(values: Sequence[float | None], cells: int) -> list[float | None]:
    """The newest values in at most so many cells: one or two to a cell, of which the larger is shown."""
    per_cell = 1 if cells >= MINUTES_SHOWN[-1] else 2
    shown = list(values)[-cells * per_cell :]
    groups = [shown[i : i + per_cell] for i in range(0, len(shown), per_cell)]
    return [max((value for value in group if value is not None), default=None) for group in groups]


def minutes_in(cells: int) -> int:
    """How many minutes so many cells show."""
    return min(MINUTES_SHOWN[0], cells * (1 if cells >= MINUTES_SHOWN[-1] else 2))


def _height(value: float, top: float) -> int:
    """Zero alone is the lowest block: anything at all is seen."""
    if value <= 0 or top <= 0:
        return 0
    return max(1, min(len(BLOCKS) - 1, round(value / top * (len(BLOCKS) - 1))))
