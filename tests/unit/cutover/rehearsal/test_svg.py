"""Charts that any XML parser reads, whose lines stay inside their frame."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from cutover.rehearsal.svg import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Line, Mark, Zone

NASTY = """<script>alert("1")</script> & 'more'"""
PLAIN = Chart(title="Share", lines=(), end=60, top=1.0)
RIGHT_EDGE, BOTTOM_EDGE = WIDTH - RIGHT, HEIGHT - BOTTOM


def drawn(chart: Chart) -> ET.Element:
    return ET.fromstring(chart.svg())  # noqa: S314 - made a moment ago


def words(*marks: Mark) -> list[ET.Element]:
    """The texts of the marks in a chart with nothing else."""
    return [text for text in drawn(replace(PLAIN, marks=marks)).iter("text") if text.attrib["class"] == "mark"]


def line_points(chart: Chart) -> list[tuple[float, float]]:
    [line] = drawn(chart).iter("polyline")
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())]


def one_line(*points: tuple[float, float], step: bool = False, **changes: float) -> Chart:
    return replace(PLAIN, lines=[Line("Lambda", "lambda", points, step)], **changes)  # type: ignore[arg-type]


def test_a_chart_is_well_formed_and_says_what_it_is() -> None:
    chart = replace(
        PLAIN,
        lines=[Line("ECS", "ecs", [(0, 0.1), (60, 0.2)]), Line("none", "lambda", ())],
        zones=[Zone("pass", 0, 0.01)],
        marks=[Mark(5, "asked 10%")],
    )
    svg = drawn(chart)
    assert svg.attrib == {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": "Share"}
    assert svg.findtext("title") == "Share"
    assert [line.findtext("title") for line in svg.iter("polyline")] == ["ECS"]


def test_what_comes_from_outside_is_escaped() -> None:
    chart = replace(PLAIN, title=NASTY, lines=[Line(NASTY, "ecs", [(0, 0)])], marks=[Mark(5, NASTY)])
    assert "<script>" not in chart.svg()
    svg = drawn(chart)
    assert svg.attrib["aria-label"] == svg.findtext("title") == NASTY
    assert [line.findtext("title") for line in svg.iter("polyline")] == [NASTY]
    assert NASTY in [text.text for text in svg.iter("text")]


def test_the_corners_of_the_values_are_the_corners_of_the_frame() -> None:
    assert line_points(one_line((0, 0), (60, 1))) == [(LEFT, BOTTOM_EDGE), (RIGHT_EDGE, TOP)]
    assert line_points(one_line((30, 0.5))) == [((LEFT + RIGHT_EDGE) / 2, (TOP + BOTTOM_EDGE) / 2)]


@pytest.mark.parametrize("value", [-5.0, 0.0, 0.3, 1.0, 1.01, 99.0, float("inf")])
def test_a_value_beyond_the_top_is_drawn_at_the_edge(value: float) -> None:
    [(_, y)] = line_points(one_line((10, value)))
    assert TOP <= y <= BOTTOM_EDGE


def test_a_chart_of_no_time_at_all_is_drawn_at_its_left_edge() -> None:
    assert line_points(one_line((0, 0), (0, 1), end=0.0)) == [(LEFT, BOTTOM_EDGE), (LEFT, TOP)]


def test_a_step_line_holds_each_value_until_the_next() -> None:
    points = line_points(one_line((0, 0), (30, 1), (60, 0.5), step=True))
    middle, half = (LEFT + RIGHT_EDGE) / 2, (TOP + BOTTOM_EDGE) / 2
    assert points == [
        (LEFT, BOTTOM_EDGE),
        (middle, BOTTOM_EDGE),
        (middle, TOP),
        (RIGHT_EDGE, TOP),
        (RIGHT_EDGE, half),
    ]


def test_zones_lie_on_each_other_and_end_at_the_top() -> None:
    zones = [Zone("pass", 0, 0.5), Zone("fail", 0.5, 7), Zone("hold", 3, 7)]
    rectangles = [
        (r.attrib["class"], float(r.attrib["y"]), float(r.attrib["height"]))
        for r in drawn(replace(PLAIN, zones=zones)).iter("rect")
    ]
    half = (BOTTOM_EDGE - TOP) / 2
    assert rectangles == [("pass", TOP + half, half), ("fail", TOP, half), ("hold", TOP, 0)]


def test_the_axes_are_spelled_as_wanted() -> None:
    chart = replace(PLAIN, top=0.05, spell=lambda value: f"{value:.0%}")
    texts = [text.text for text in drawn(chart).iter("text")]
    assert texts == ["0%", "0′", "1%", "12′", "2%", "24′", "3%", "36′", "4%", "48′", "5%", "60′"]
    assert "0.4" in [text.text for text in drawn(PLAIN).iter("text")]


def test_a_mark_stands_at_its_minute_with_its_word_beside_it() -> None:
    svg = drawn(replace(PLAIN, marks=[Mark(30, "fault", "fault")]))
    [line] = [line for line in svg.iter("line") if line.attrib["class"] == "fault"]
    [word] = [text for text in svg.iter("text") if text.attrib["class"] == "fault"]
    middle = (LEFT + RIGHT_EDGE) / 2
    assert float(line.attrib["x1"]) == float(line.attrib["x2"]) == middle
    assert (float(word.attrib["x"]), word.attrib["text-anchor"], word.text) == (middle + 3, "start", "fault")


def test_a_word_at_the_right_edge_is_written_to_the_left_of_its_mark() -> None:
    [word] = words(Mark(60, "finished 100%"))
    assert (word.attrib["text-anchor"], float(word.attrib["x"])) == ("end", RIGHT_EDGE - 3)


def test_words_of_marks_next_to_each_other_do_not_cover_each_other() -> None:
    rows = [float(word.attrib["y"]) for word in words(*(Mark(40 + n / 10, f"mark {n}") for n in range(4)))]
    assert len(set(rows[:3])) == 3
    assert rows[3] == rows[0]
    assert all(TOP < y < BOTTOM_EDGE for y in rows)


def test_every_number_of_a_full_chart_is_inside_its_box() -> None:
    chart = replace(
        PLAIN,
        lines=[Line("a", "a", [(minute, minute / 50) for minute in range(61)], step=True)],
        zones=[Zone("z", 0, 2)],
        marks=[Mark(minute, "m") for minute in (0, 33, 60)],
    )
    for element in drawn(chart).iter():
        for name, value in element.attrib.items():
            limit = {"x": WIDTH, "x1": WIDTH, "x2": WIDTH, "y": HEIGHT, "y1": HEIGHT, "y2": HEIGHT}.get(name)
            assert limit is None or 0 <= float(value) <= limit, element.attrib
    assert not re.search(r"nan|inf|e-", chart.svg().replace("line", ""))
