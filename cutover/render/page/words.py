"""Where the words of marks and ticks go, so that none covers another. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

CHAR = 7.3  # about the width of a character at 12 units, in a wide font
BROAD, BROADER = frozenset("%@mwMW"), 4.2  # these are so much wider
GAP = 6.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A word at its place: `row` 0 is next to the chart, `anchor` as in SVG; `row` None: there is no room for it."""

    at: float
    text: str
    anchor: str
    row: int | None


def width_of(text: str) -> float:
    """About how wide a word is."""
    return CHAR * len(text) + BROADER * sum(letter in BROAD for letter in text)


def short(text: str, width: float) -> str:
    """It with an ellipsis where it would be wider than that."""
    if width_of(text) <= width:
        return text
    kept = next((n for n in range(len(text), 0, -1) if width_of(text[:n]) + CHAR <= width), 0)
    return f"{text[:kept].rstrip()}…"


def placed(words: Sequence[tuple[float, str]], left: float, right: float, rows: int) -> Sequence[Placed]:
    """Each word beside its place, right of it or left of it, in the lowest row where it covers none of the others."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(rows)]
    found = {}
    for number in sorted(range(len(words)), key=lambda n: words[n][0]):
        at, text = words[number]
        found[number] = _place(at, text, (left, right), taken)
    return [found[number] for number in range(len(words))]


def sparse(places: Sequence[tuple[float, str]]) -> Sequence[int]:
    """The numbers of the words, written around their places, that can be told without one covering the next."""
    for every in range(1, len(places) + 1):
        kept = range(0, len(places), every)
        edges = [(places[n][0] - width_of(places[n][1]) / 2, places[n][0] + width_of(places[n][1]) / 2) for n in kept]
        if all(b[0] - a[1] >= GAP / 2 for a, b in pairwise(edges)):
            return list(kept)
    return []


def _place(at: float, text: str, edges: tuple[float, float], taken: Sequence[list[tuple[float, float]]]) -> Placed:
    left, right = edges
    width = width_of(text)
    for row, others in enumerate(taken):
        for anchor, start in (("start", at + 3), ("end", at - 3 - width)):
            fits = start >= left - GAP and start + width <= right + GAP
            if fits and all(start >= end + GAP or start + width + GAP <= begin for begin, end in others):
                others.append((start, start + width))
                return Placed(at + (3 if anchor == "start" else -3), text, anchor, row)
    return Placed(at, text, "start", None)
