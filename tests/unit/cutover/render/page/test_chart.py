"""Charts that any XML parser reads, whose lines stay inside their frame, and which say what they show."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from cutover.render.page.axis import latency, linear, logarithmic, rate, simulated
from cutover.render.page.chart import HALF, PHONE, SMALL, WIDE, Chart, Line, Mark, Point, Size, Span, Zone
from cutover.render.page.drawing import Frame, svg, swatch

NASTY = """<script>alert("1")</script> & 'more'"""
PLAIN = Chart("Share", (), simulated(60), linear(1.0, rate))


def drawn(chart: Chart, size: Size = HALF) -> ET.Element:
    return ET.fromstring(svg(chart, size))  # noqa: S314 - made a moment ago


def of_class(element: ET.Element, tag: str, css: str) -> list[ET.Element]:
    return [one for one in element.iter(tag) if css in one.attrib.get("class", "").split()]


def one_line(*points: Point, step: bool = False, area: bool = False, marker: str = "") -> Chart:
    return replace(PLAIN, lines=[Line("Lambda", "orange", points, step=step, area=area, marker=marker)])


def path_of(chart: Chart) -> str:
    [line] = of_class(drawn(chart), "path", "line")
    return line.attrib["d"]


def corners(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", text)]


def test_a_chart_is_well_formed_and_says_what_it_is() -> None:
    chart = replace(
        PLAIN,
        lines=[Line("ECS", "blue", [(0, 0.1), (60, 0.2)]), Line("none", "orange", ())],
        marks=[Mark(5, "asked 10%")],
    )
    picture = drawn(chart)
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-label"] == picture.findtext("title") == "Share"
    assert picture.findtext("desc") == "ECS: 0.1 to 0.2, in the end 0.2; asked 10% at 5.0′ simulated."
    assert [line.findtext("title") for line in of_class(picture, "path", "line")] == ["ECS"]


def test_a_chart_without_values_says_so() -> None:
    picture = drawn(replace(PLAIN, lines=[Line("ECS", "blue", [(1, None)])]))
    assert [text.text for text in of_class(picture, "text", "none")] == ["nothing was measured"]
    assert picture.findtext("desc") == "nothing was measured."


def test_what_comes_from_outside_is_escaped() -> None:
    chart = replace(
        PLAIN,
        title=NASTY,
        lines=[Line(NASTY, "blue", [(0, 0)])],
        marks=[Mark(5, NASTY[:30])],
        zones=[Zone("pass", 0, 1, NASTY)],
        spans=[Span(1, 2, NASTY)],
    )
    assert "<script>" not in svg(chart, WIDE)
    picture = drawn(chart, WIDE)
    assert picture.attrib["aria-label"] == picture.findtext("title") == NASTY
    texts = [text.text for text in picture.iter("text")]
    assert NASTY in texts
    assert NASTY[:30] in texts


def test_the_corners_of_the_values_are_the_corners_of_the_frame() -> None:
    frame = Frame(PLAIN, HALF)
    [first, last] = corners(path_of(one_line((0, 0), (60, 1))))
    assert first == pytest.approx((frame.left, frame.bottom), abs=0.1)
    assert last == pytest.approx((frame.right, frame.top), abs=0.1)


@pytest.mark.parametrize("value", [-5.0, 0.0, 0.3, 1.0, 1.01, 99.0, 1e9])
def test_a_value_beyond_an_end_is_drawn_at_the_edge(value: float) -> None:
    frame = Frame(PLAIN, HALF)
    [(_, y)] = corners(path_of(one_line((10, value))))
    assert frame.top - 0.1 <= y <= frame.bottom + 0.1


def test_a_point_alone_is_a_dot() -> None:
    assert path_of(one_line((30, 0.5))).endswith("h0")


def test_a_gap_breaks_the_line() -> None:
    path = path_of(one_line((0, 0.1), (10, 0.2), (20, None), (30, 0.3), (40, 0.4)))
    assert path.count("M") == 2
    assert len(corners(path)) == 4


def test_a_step_line_holds_each_value_until_the_next() -> None:
    points = corners(path_of(one_line((0, 0), (30, 1), (60, 0.5), step=True)))
    assert len(points) == 5
    assert points[0][1] == points[1][1]
    assert points[1][0] == points[2][0]
    assert points[2][1] == points[3][1]
    assert points[3][0] == points[4][0]


def test_an_area_ends_at_the_bottom() -> None:
    chart = one_line((0, 0.5), (60, 1), area=True)
    [area] = of_class(drawn(chart), "path", "area")
    assert area.attrib["d"].endswith(f"V{Frame(chart, HALF).bottom:.1f}Z")


def test_lines_differ_in_more_than_their_hue() -> None:
    lines = [
        Line("a", "blue", [(0, 0), (60, 1)], marker="circle"),
        Line("b", "orange", [(0, 0), (60, 1)], dash="dash", marker="triangle"),
        Line("c", "green", [(0, 0), (60, 1)], dash="dot", marker="square", dots=True),
    ]
    picture = drawn(replace(PLAIN, lines=lines))
    assert [line.attrib["class"] for line in of_class(picture, "path", "line")] == ["line blue", "line orange dash"]
    shapes = [re.sub(r"M[\d.,]+", "", one.attrib["d"])[:12] for one in of_class(picture, "path", "marker")]
    assert len(set(shapes)) == 3


def test_markers_of_a_line_are_few_and_dots_are_all_there() -> None:
    points: list[Point] = [(float(n), 0.5) for n in range(61)]
    [few] = of_class(drawn(one_line(*points, marker="circle")), "path", "marker")
    assert 5 < few.attrib["d"].count("M") < 12
    dots = replace(PLAIN, lines=[Line("a", "sky", points, marker="circle", dots=True)])
    [every] = of_class(drawn(dots), "path", "marker")
    assert every.attrib["d"].count("M") == 61


def test_hours_of_seconds_become_as_many_points_as_can_be_seen() -> None:
    points: list[Point] = [(n / 240, (n % 13) / 13) for n in range(14_400)]
    assert len(corners(path_of(one_line(*points)))) <= HALF.width / 2


def test_zones_lie_on_each_other_and_end_at_the_frame() -> None:
    zones = [Zone("pass", 0, 0.5, "pass"), Zone("fail", 0.5, float("inf"), "fail"), Zone("hold", 3, 7)]
    chart = replace(PLAIN, zones=zones)
    frame = Frame(chart, HALF)
    [passing, failing] = of_class(drawn(chart), "rect", "zone")
    half = (frame.bottom - frame.top) / 2
    assert (passing.attrib["class"], failing.attrib["class"]) == ("zone pass", "zone fail")
    assert float(passing.attrib["y"]) == pytest.approx(frame.top + half, abs=0.1)
    assert float(failing.attrib["y"]) == pytest.approx(frame.top, abs=0.1)
    assert float(passing.attrib["height"]) == float(failing.attrib["height"]) == pytest.approx(half, abs=0.1)
    assert [text.text for text in of_class(drawn(chart), "text", "in-zone")] == ["pass", "fail"]
    assert len(of_class(drawn(chart), "line", "edge")) == 1


def test_a_band_too_thin_for_its_word_has_only_its_edge() -> None:
    picture = drawn(replace(PLAIN, zones=[Zone("pass", 0, 0.02, "pass")]))
    assert of_class(picture, "text", "in-zone") == []
    assert len(of_class(picture, "line", "edge")) == 1


def test_a_stretch_is_shaded_and_says_why() -> None:
    [span] = of_class(drawn(replace(PLAIN, spans=[Span(30, 30, "nothing counted")])), "rect", "span")
    assert span.findtext("title") == "nothing counted"
    assert float(span.attrib["width"]) == 1.0


def test_the_axes_are_spelled_and_the_axis_of_time_says_what_it_is() -> None:
    texts = [text.text for text in of_class(drawn(PLAIN), "text", "axis")]
    assert texts[:6] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert texts[6:] == ["0′", "10′", "20′", "30′", "40′", "50′", "60′", "simulated minutes"]
    assert "simulated minutes" not in [text.text for text in drawn(PLAIN, SMALL).iter("text")]


def test_an_axis_by_ratio_gives_each_decade_the_same_room() -> None:
    chart = replace(PLAIN, y=logarithmic(1, 1000, latency))
    frame = Frame(chart, HALF)
    assert frame.y(1) - frame.y(10) == pytest.approx(frame.y(100) - frame.y(1000))


def test_a_mark_stands_at_its_moment_with_its_word_above_the_frame() -> None:
    chart = replace(PLAIN, marks=[Mark(30, "fault", "fault")])
    picture, frame = drawn(chart), Frame(chart, HALF)
    [line], [word] = of_class(picture, "line", "fault"), of_class(picture, "text", "fault")
    assert line.attrib["x1"] == line.attrib["x2"] == f"{(frame.left + frame.right) / 2:.1f}"
    assert word.text == "fault"
    assert float(word.attrib["y"]) < frame.top


def test_a_mark_without_room_for_its_word_still_has_it_as_its_title() -> None:
    picture = drawn(replace(PLAIN, marks=[Mark(30, "fault")]), SMALL)
    assert of_class(picture, "text", "mark") == []
    assert [line.findtext("title") for line in of_class(picture, "line", "mark")] == ["fault"]


def test_a_mark_s_long_word_is_cut() -> None:
    [word] = of_class(drawn(replace(PLAIN, marks=[Mark(1, "x" * 60)]), WIDE), "text", "mark")
    assert word.text == "x" * 39 + "…"


def test_words_above_the_frame_make_the_chart_higher_not_the_frame_lower() -> None:
    marks = [Mark(30 + n / 10, f"mark {n} with words") for n in range(4)]
    plain, full = Frame(PLAIN, WIDE), Frame(replace(PLAIN, marks=marks), WIDE)
    assert full.bottom - full.top == pytest.approx(plain.bottom - plain.top)
    assert full.height > plain.height


def test_charts_below_each_other_begin_at_the_same_place() -> None:
    one, other = Frame(PLAIN, WIDE), Frame(replace(PLAIN, y=logarithmic(1, 1000, latency)), WIDE)
    assert one.left == other.left == WIDE.left


@pytest.mark.parametrize("size", [WIDE, HALF, PHONE, SMALL])
def test_every_number_of_a_full_chart_is_inside_its_box(size: Size) -> None:
    chart = replace(
        PLAIN,
        lines=[Line("a", "blue", [(float(minute), minute / 50) for minute in range(61)], step=True, area=True)],
        zones=[Zone("hold", 0, 2)],
        marks=[Mark(minute, "m") for minute in (0, 33, 60)],
    )
    frame = Frame(chart, size)
    for element in drawn(chart, size).iter():
        for name, value in element.attrib.items():
            wide, high = name in {"x", "x1", "x2"}, name in {"y", "y1", "y2"}
            limit = size.width if wide else frame.height
            assert not (wide or high) or 0 <= float(value) <= limit, element.attrib
    assert not re.search(r"\bnan\b|\binf\b|\de-\d", svg(chart, size))


def test_the_legend_draws_a_line_as_the_chart_does() -> None:
    line = Line("a", "blue", [(0, 0)], dash="dash", marker="circle", area=True)
    assert swatch(line).count("blue") == 3
    assert "dash" in swatch(line)
    assert 'class="line' not in swatch(replace(line, dots=True))
