"""Markdown of widgets: what people write comes out, and nothing but that."""

import pytest

from cutover.render.boards.markdown import html


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# A *b*", "<h3>A <em>b</em></h3>"),
        ("###### Deep", "<h6>Deep</h6>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("a **b** `c*d*`", "<p>a <strong>b</strong> <code>c*d*</code></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```\n<x> *y*\n```\nz", "<pre><code>&lt;x&gt; *y*</code></pre>\n<p>z</p>"),
        ("```\nopen", "<pre><code>open</code></pre>"),
        ("[a](https://b.test/?x=1&y=2)", '<p><a href="https://b.test/?x=1&amp;y=2">a</a></p>'),
        ("[a](runbooks/x.md)", '<p><a href="runbooks/x.md">a</a></p>'),
        ("[button:primary:Go](#x)", '<p><a href="#x">Go</a></p>'),
        ("a | b\r\nc", "<p>a | b<br>c</p>"),
        ("text\n# head", "<p>text</p>\n<h3>head</h3>"),
        ("#hash", "<p>#hash</p>"),
    ],
    ids=lambda value: value[:12],
)
def test_markdown_becomes_html(text: str, said: str) -> None:
    assert html(text) == said


def test_a_table_has_a_head_and_rows() -> None:
    found = html("| a | b |\n|---|:-:|\n| 1 | **2** |\nafter")

    assert "<thead><tr><th>a</th><th>b</th></tr></thead>" in found
    assert "<tbody><tr><td>1</td><td><strong>2</strong></td></tr></tbody>" in found
    assert found.endswith("<p>after</p>")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JavaScript:x)", "[x](data:text/html,x)",
        "[x](//evil.test)", "[x](${Pages}a)", '[x](https://a.test/"onclick="x)', "`<img>`", "# <img src=x>",
        "| <a> | b |\n|--|--|\n| <b> | c |", "- <i>", "[<u>](#a)", "[x](vbscript:x)",
    ],
)  # fmt: skip
def test_no_markup_of_others_gets_through(text: str) -> None:
    found = html(text).lower()

    for bad in (
        "<script",
        'href="javascript',
        'href="vbscript',
        'href="data',
        'href="//',
        'href="${',
        "<img",
        '"onclick',
        "<i>",
        "<u>",
        "<a>",
        "<b>",
    ):
        assert bad not in found


def test_hostile_text_takes_no_time() -> None:
    for text in ("[" * 50_000, "*" * 50_000, "`" * 50_001, "| " * 50_000 + "\n" + "|--" * 20_000, "# " * 50_000):
        assert html(text)
