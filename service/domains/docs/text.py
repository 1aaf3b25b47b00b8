"""Text → HTML. Pure; whatever is not made here is escaped."""

import json
import re
from html import escape
from typing import Any

_CODE = re.compile(r"`([^`]+)`")


def inline(text: str) -> str:
    """A sentence; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def paragraphs(text: str) -> str:
    """Paragraphs, which a blank line parts."""
    return "".join(f"<p>{inline(one)}</p>" for one in text.split("\n\n") if one.strip())


def code(text: object) -> str:
    """A name or a value."""
    return f"<code>{escape(str(text))}</code>"


def value(anything: Any) -> str:
    """A value as JSON writes it, in a line."""
    return code(json.dumps(anything, ensure_ascii=False))


def example(anything: Any) -> str:
    """A whole example."""
    return f"<pre>{escape(json.dumps(anything, indent=2, ensure_ascii=False))}</pre>"


def link(target: str, shown: str) -> str:
    """A link within the page."""
    return f'<a href="#{escape(target)}">{escape(shown)}</a>'
