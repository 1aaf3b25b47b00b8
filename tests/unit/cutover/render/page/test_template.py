"""The frame of all pages: escaped, self-contained, and strict about what is missing."""

from pathlib import Path

import jinja2
import pytest

from cutover.render.page import style
from cutover.render.page.template import page, whole
from tests.unit.cutover.render.html_page import Page


def template(folder: Path, body: str) -> Path:
    path = folder / "it.html.j2"
    head = "{% extends 'base.html.j2' %}{% block title %}T{% endblock %}"
    path.write_text(head + "{% block body %}" + body + "{% endblock %}")
    return path


def test_text_from_outside_stays_text(tmp_path: Path) -> None:
    text = page(template(tmp_path, "<p>{{ words }}</p>"), words="<script>alert(1)</script>{{ 7 * 7 }}")
    found = Page(text)
    assert found.texts("p") == ["<script>alert(1)</script>{{ 7 * 7 }}"]
    found.assert_self_contained()
    assert text.endswith("</html>\n")


def test_a_fact_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="words"):
        page(template(tmp_path, "{{ words }}"))


def test_style_and_script_can_stand_in_their_elements() -> None:
    assert "</" not in style.css()
    assert "</script" not in style.script()
    assert "<!--" not in style.script()


def test_the_style_knows_dark_screens_phones_and_paper() -> None:
    text = style.css()
    for words in ("screen and (prefers-color-scheme: dark)", "max-width: 700px", "@media print", "size: A4"):
        assert words in text


def test_numbers_are_not_cut_by_the_end_of_a_line() -> None:
    assert whole("4 237 of 29 837 in 412 ms at p95") == "4\xa0237\xa0of 29\xa0837 in 412\xa0ms at p95"
    assert whole("p95 × 1.68") == "p95 ×\xa01.68"
    assert whole(7) == "7"
