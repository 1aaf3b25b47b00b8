"""Compares what a command printed with what its page says: `…` stands for anything; pure."""

import re
from collections.abc import Sequence
from functools import cache

ANY = "…"
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines_of(output: str) -> Sequence[str]:
    """The lines as a person compares them: no colours, no blanks at the ends, no empty lines at the end."""
    lines = [line.rstrip() for line in _COLOURS.sub("", output).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def matches(expected: Sequence[str], got: Sequence[str]) -> bool:
    """Whether every line got is covered: a line that is only `…` covers any number of them, also none."""
    return _covered(expected, got) is None


def difference(expected: Sequence[str], got: Sequence[str]) -> str:
    """Both, and the first line of the page that nothing was found for; "" if they match."""
    missed = _covered(expected, got)
    if missed is None:
        return ""
    about = f"line {missed + 1} of them" if missed < len(expected) else "there is more than the page shows"
    return "\n".join(("wanted:", *_shown(expected), "got:", *_shown(got), f"({about})"))


def _covered(expected: Sequence[str], got: Sequence[str]) -> int | None:
    """None if they match; else the index of the first wanted line that no way of reading has found."""
    wanted = [line.rstrip() for line in expected]
    furthest = 0

    @cache
    def fits(page: int, output: int) -> bool:
        nonlocal furthest
        furthest = max(furthest, page)
        if page == len(wanted):
            return output == len(got)
        if wanted[page].strip() == ANY:
            return fits(page + 1, output) or (output < len(got) and fits(page, output + 1))
        return output < len(got) and _line_fits(wanted[page], got[output]) and fits(page + 1, output + 1)

    return None if fits(0, 0) else furthest


def _line_fits(wanted: str, got: str) -> bool:
    pattern = ".*".join(map(re.escape, wanted.split(ANY)))
    return re.fullmatch(pattern, got) is not None


def _shown(lines: Sequence[str]) -> Sequence[str]:
    return [f"  | {line}" for line in lines] or ["  | (nothing)"]
