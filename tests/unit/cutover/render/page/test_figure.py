"""A chart on a page: legend, a drawing for each width, and the values of the read-out."""

import json
import re

import pytest

from cutover.render.page.axis import linear, rate, simulated
from cutover.render.page.chart import SMALL, Chart, Line
from cutover.render.page.figure import figure, readings

NASTY = "</script><script>alert(1)</script>"
TWO = Chart(
    "Share",
    [
        Line("asked", "ink", [(0, 0.0), (10, 0.5)], step=True),
        Line("seen", "blue", [(5, 0.1), (10, None), (15, 0.4)]),
    ],
    simulated(20),
    linear(1.0, rate),
    caption="of <b>five</b>",
)


def test_there_is_a_drawing_for_screens_and_one_for_phones_and_paper() -> None:
    assert re.findall(r'<svg class="(\w+)" viewBox[^>]* role="img"', figure(TWO)) == ["half", "phone"]
    assert re.findall(r'<svg class="(\w+)" viewBox[^>]* role="img"', figure(TWO, SMALL)) == ["small"]


def test_the_caption_is_escaped_and_the_legend_names_the_lines() -> None:
    text = figure(TWO)
    assert "of &lt;b&gt;five&lt;/b&gt;" in text
    assert re.findall(r"</svg>(\w+)</li>", text) == ["asked", "seen"]


def test_one_line_alone_needs_no_legend_and_no_caption_no_element() -> None:
    text = figure(Chart("Share", TWO.lines[:1], TWO.x, TWO.y))
    assert "legend" not in text
    assert "<small>" not in text


def test_the_read_out_has_a_word_for_each_line_at_each_moment() -> None:
    assert readings(TWO) == {
        "x": [2500, 5000, 7500],
        "t": ["5.0′ simulated", "10.0′ simulated", "15.0′ simulated"],
        "lines": [
            {"n": "asked", "h": "ink", "v": ["0", "0.5", "0.5"]},
            {"n": "seen", "h": "blue", "v": ["0.1", "", "0.4"]},
        ],
    }


def test_steps_alone_are_read_at_their_steps() -> None:
    chart = Chart("Share", TWO.lines[:1], TWO.x, TWO.y)
    assert readings(chart)["lines"] == [{"n": "asked", "h": "ink", "v": ["0", "0.5"]}]


def test_a_step_that_has_not_come_has_no_value() -> None:
    late = Line("late", "ink", [(12, 0.5)], step=True)
    assert readings(Chart("Share", [late, TWO.lines[1]], TWO.x, TWO.y))["lines"][0]["v"] == ["", "", "0.5"]


def test_no_name_ends_the_script_that_holds_the_values() -> None:
    chart = Chart(NASTY, [Line(NASTY, "blue", [(1, 0.5)])], TWO.x, TWO.y)
    text = figure(chart)
    [values] = re.findall(r'<script type="application/json">(.*?)</script>', text)
    assert json.loads(values)["lines"][0]["n"] == NASTY
    assert text.count("<script") == 1


def test_a_chart_without_values_has_no_read_out() -> None:
    assert "<script" not in figure(Chart("Share", (), TWO.x, TWO.y))


def test_hours_of_seconds_have_a_few_hundred_moments() -> None:
    line = Line("a", "blue", [(n / 3000, float(n % 5)) for n in range(60_000)])
    assert 100 < len(readings(Chart("Share", [line], TWO.x, TWO.y))["x"]) <= 300


@pytest.mark.parametrize("kind", ["x", "t"])
def test_moments_are_told_once(kind: str) -> None:
    assert len(readings(TWO)[kind]) == 3
