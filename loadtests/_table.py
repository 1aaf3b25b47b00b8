"""Reading JSON and TOML that people write: each value of the kind it has to be, or a sentence that names the key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class BadSettings(Exception):
    """The load test can't start; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with values; `where` is what it is called in a message. Every reader raises BadSettings."""

    raw: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, raw: object, where: str) -> "Table":
        """The table that `raw` has to be."""
        if not isinstance(raw, Mapping):
            raise BadSettings(f"{where}: a table is wanted")
        return cls(raw, where)

    def only(self, known: frozenset[str]) -> None:
        """Nothing else may be in it."""
        if unknown := sorted(set(self.raw) - known):
            raise BadSettings(f"{self.where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        found = self.raw.get(key, default)
        if not isinstance(found, str):
            raise self._wrong(key, "a text")
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        found = self.raw.get(key, default)
        if not isinstance(found, bool):
            raise self._wrong(key, "true or false")
        return found

    def whole(self, key: str, default: int) -> int:
        """A whole number, 0 or more."""
        found = self.raw.get(key, default)
        if type(found) is not int or found < 0:
            raise self._wrong(key, "a whole number")
        return found

    def number(self, key: str, default: float) -> float:
        """A number, 0 or more."""
        found = self.raw.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < float("inf"):
            raise self._wrong(key, "a number")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Texts in a row."""
        found = self.raw.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self._wrong(key, "a list of texts")
        return tuple(found)

    def texts_by_name(self, key: str) -> Mapping[str, str]:
        """Texts by name."""
        found = self.raw.get(key) or {}
        if not isinstance(found, Mapping) or not all(isinstance(one, str) for one in found.values()):
            raise BadSettings(f"{self.where}: {key} has to be texts by name")  # not shown: they may be tokens
        return dict(found)

    def address(self, key: str) -> tuple[str, int] | None:
        """A host and a port; None without."""
        match self.raw.get(key):
            case None:
                return None
            case [str(host), int(port)] if not isinstance(port, bool) and 0 < port < 65536:
                return host, port
            case _:
                raise self._wrong(key, "an address and a port")

    def table(self, key: str) -> "Table":
        """A table inside; an empty one without."""
        return Table.of(self.raw.get(key, {}), f"{self.where}: {key}")

    def _wrong(self, key: str, wanted: str) -> BadSettings:
        return BadSettings(f"{self.where}: {key} is {self.raw[key]!r:.60}; {wanted} is wanted")
