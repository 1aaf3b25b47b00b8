"""Markdown of text widgets as HTML: headings, lists, tables, code, links, stress; no HTML of its own gets through."""

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape

from markupsafe import Markup

_LINK = re.compile(r"\[(?P<button>button:(?:primary:)?)?(?P<text>[^\]\n]{1,300})\]\((?P<url>[^()\s]{0,2000})\)")
_CODE = re.compile(r"`([^`\n]{1,500})`")
_STRONG = re.compile(r"\*\*([^*\n]{1,500})\*\*")
_STRESS = re.compile(r"(?<![*\w])\*([^*\n]{1,500})\*(?![*\w])")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)")
_RULER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
TOP = 3  # a widget's first heading is below the page's own


def html(text: str) -> Markup:
    """The text as HTML; every character of it that is no markup of ours is escaped."""
    return Markup("\n".join(_blocks(text.replace("\r\n", "\n").split("\n"))))  # noqa: S704 - escaped piece by piece


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("```"):
            end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("```")), len(lines))
            code = "\n".join(lines[at + 1 : end])
            yield f"<pre><code>{escape(code)}</code></pre>"
            at = end + 1
        elif heading := _HEADING.fullmatch(line):
            level = min(6, len(heading[1]) + TOP - 1)
            yield f"<h{level}>{_inline(heading[2])}</h{level}>"
            at += 1
        elif _is_table(lines, at):
            end = _end(lines, at, lambda one: "|" in one)
            yield _table(lines[at:end])
            at = end
        elif _ITEM.fullmatch(line):
            end = _end(lines, at, lambda one: _ITEM.fullmatch(one) is not None)
            yield _list(lines[at:end])
            at = end
        else:
            end = _end(lines, at, _is_prose)
            yield f"<p>{'<br>'.join(_inline(one.strip()) for one in lines[at : max(end, at + 1)])}</p>"
            at = max(end, at + 1)


def _end(lines: Sequence[str], at: int, goes_on: Callable[[str], bool]) -> int:
    return next((n for n in range(at, len(lines)) if not goes_on(lines[n])), len(lines))


def _is_prose(line: str) -> bool:
    begins_other = line.startswith("```") or _HEADING.fullmatch(line) or _ITEM.fullmatch(line)
    return bool(line.strip()) and not begins_other


def _is_table(lines: Sequence[str], at: int) -> bool:
    return "|" in lines[at] and at + 1 < len(lines) and _RULER.fullmatch(lines[at + 1]) is not None


def _table(lines: Sequence[str]) -> str:
    head, rows = _cells(lines[0]), [_cells(line) for line in lines[2:]]
    said = "".join(f"<th>{_inline(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{said}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Table">{table}</div>'


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _list(lines: Sequence[str]) -> str:
    items = [found for line in lines if (found := _ITEM.fullmatch(line))]
    tag = "ol" if items[0][1] else "ul"
    return f"<{tag}>{''.join(f'<li>{_inline(item[2])}</li>' for item in items)}</{tag}>"


def _inline(text: str) -> str:
    """Code first, for nothing in it means anything; then links, then stress."""
    parts, at = [], 0
    for found in _CODE.finditer(text):
        parts += [_linked(text[at : found.start()]), f"<code>{escape(found[1])}</code>"]
        at = found.end()
    return "".join([*parts, _linked(text[at:])])


def _linked(text: str) -> str:
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [_stressed(text[at : found.start()]), _link(found)]
        at = found.end()
    return "".join([*parts, _stressed(text[at:])])


def _link(found: re.Match[str]) -> str:
    """A link to the web or within the documents; of any other, and of one with an unknown variable, the words."""
    words, url = _stressed(found["text"]), found["url"]
    is_web = url.lower().startswith(("https://", "http://", "mailto:"))
    if "${" in url or not url or (_SCHEME.match(url) and not is_web) or url.startswith("//"):
        return words
    return f'<a href="{escape(url)}">{words}</a>'


def _stressed(text: str) -> str:
    strong = _STRONG.sub(r"<strong>\1</strong>", escape(text))
    return _STRESS.sub(r"<em>\1</em>", strong)
