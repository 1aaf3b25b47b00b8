"""A page taken apart: its elements with their texts; fails on tags that do not match."""

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """The elements of a page with their texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.found.append((self.open[-1], " ".join(data.split())))

    def texts(self, tag: str) -> list[str]:
        return [text for where, text in self.found if where == tag]

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join(text for tag, text in self.found if tag not in {"style", "script", "title", "desc"})

    def assert_self_contained(self) -> None:
        """It fetches nothing, and holds no script but the one of all pages and the values of its charts."""
        without_namespaces = self.source.replace('href="data:,"', "")
        assert not re.search(r"@import|url\(|<(img|iframe|object|base|form)\b", without_namespaces)
        assert not [name for _, name, _ in self.attributes if name.startswith("on") or name in ("src", "srcset")]
        scripts = re.findall(r"<script[^>]*>", self.source)
        assert scripts.count("<script>") == 1
        assert set(scripts) <= {"<script>", '<script type="application/json">'}
