"""The description, and the page made of it when somebody first asks: no cold start pays for either."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

FILE = Path(__file__).parents[2] / "openapi.json"


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML in UTF-8, and its Content-Security-Policy."""

    html: bytes
    policy: str


@dataclass(slots=True)
class Docs:
    """The file with the description, read once."""

    file: Path = FILE
    _description: bytes | None = field(default=None, init=False)
    _page: Page | None = field(default=None, init=False)

    def description(self) -> bytes:
        """The description as JSON."""
        if self._description is None:
            self._description = self.file.read_bytes()
        return self._description

    def page(self) -> Page:
        """The page that shows it."""
        if self._page is None:
            from service.domains.docs.page import page_of

            self._page = page_of(msgspec.json.decode(self.description()))
        return self._page
