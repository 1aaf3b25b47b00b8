"""Probes of both sides in memory: healthy ones, or as told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cutover.core.web import Heard, Place

GOOD_UNTIL = datetime(2027, 2, 20, 9, 0, tzinfo=UTC)


@dataclass
class FakeProbes:
    """Probes that `answer`; at first every side is healthy and answers as itself."""

    answer: Callable[[Place, str], Heard] = lambda place, _: healthy(place)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def ask(self, place: Place, method: str, path: str, headers: Mapping[str, str], read_seconds: float) -> Heard:
        """What it was told."""
        self.asked.append((method, f"{place}{path}", headers))
        return self.answer(place, path)


def healthy(place: Place) -> Heard:
    """A good answer, as the side would give it that the host's name begins with."""
    headers = (("apigw-requestid", "A1="),) if place.host.startswith("lambda") else ()
    return Heard(12.0, 200, headers, b'{"status":"healthy"}', GOOD_UNTIL if place.scheme == "https" else None)
