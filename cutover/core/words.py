"""How numbers are written in sentences and tables: one spelling everywhere."""

from datetime import timedelta

from cutover.core.models import Side

NAMES = {Side.ECS: "ECS", Side.SERVERLESS: "Lambda"}


def percent(rate: float) -> str:
    """A fraction as percent, with as many digits as say something: 0.31%, 12.5%, 100%."""
    value = rate * 100
    digits = 2 if value < 10 else 1
    text = f"{value:.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def count(number: int) -> str:
    """A count with thin groups: 41 930."""
    return f"{number:,}".replace(",", " ")


def milliseconds(value: float) -> str:
    """A latency: 412 ms, 1 250 ms."""
    return f"{count(round(value))} ms"


def plural(number: int, noun: str) -> str:
    """A count with its noun: 1 minute, 3 minutes."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def roughly(span: timedelta) -> str:
    """A span of time in at most two units: 45s, 12m, 31h12m, 6d4h."""
    minutes = int(span.total_seconds()) // 60
    if minutes < 1:
        return f"{max(0, int(span.total_seconds()))}s"
    if minutes < 60:
        return f"{minutes}m"
    if minutes < 72 * 60:
        return f"{minutes // 60}h" + (f"{minutes % 60}m" if minutes % 60 else "")
    return f"{minutes // 1440}d" + (f"{minutes % 1440 // 60}h" if minutes % 1440 >= 60 else "")


def printable(text: str) -> str:
    """Text without control characters, which could move a terminal's cursor or hide what was written."""
    return "".join(char if char.isprintable() else " " for char in text)
