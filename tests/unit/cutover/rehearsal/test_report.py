"""The page: complete, self-contained, and honest about whatever text it is given."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cutover.rehearsal import report
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Recording, Served
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.report import charts, decisions, events, render
from cutover.rehearsal.svg import Chart, Line
from cutover.sections import GateSettings
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    DONE,
    EPOCH,
    FACTOR,
    FAIL,
    PASS,
    happy,
    ledger,
    outcome,
    recorded,
    rolled_back,
    second,
    shift,
    tick,
    traffic,
)

SECTIONS = [
    "Steps",
    "Over time",
    "What had to be true",
    "What each gate knew when it was decided",
    "Ledger",
    "The same by hand",
    "The machine",
]
NASTY = '<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }} & "quoted"'
VOID = {"meta", "line", "rect", "polyline"}


class Page(HTMLParser):
    """The elements of a page with their texts; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
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
        return " ".join(text for tag, text in self.found if tag != "style")


def nothing() -> Outcome:
    return outcome(Recording(FACTOR, EPOCH, EPOCH))


def failed_early() -> Outcome:
    recording = recorded([{"event": "end", "reason": "no step"}], traffic(1, 5, 0), [(0.5, 0)], ended=6)
    return outcome(recording, replace(BACK, exit_code=9))


EVERY: dict[str, Callable[[], Outcome]] = {
    "happy": lambda: outcome(happy(), quick=True),
    "fault": lambda: outcome(rolled_back(), BACK, Injection.parse("errors@50")),
    "no step": failed_early,
    "nothing": nothing,
    "parts lists": lambda: outcome(happy(), counted=[Counted("a.csv", "1 pieces (parsed)", "2 pieces (parsed)")]),
}


@pytest.mark.parametrize("kind", EVERY)
def test_every_kind_of_rehearsal_has_the_whole_page(kind: str) -> None:
    page = Page(render(EVERY[kind]()))
    assert page.texts("h2") == SECTIONS
    assert len(page.texts("title")) >= 1 + 4
    assert [tag for tag, name, _ in page.attributes if name == "viewbox"] == ["svg"] * 4


@pytest.mark.parametrize("kind", EVERY)
def test_the_page_needs_nothing_but_itself(kind: str) -> None:
    text = render(EVERY[kind]())
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert not {tag for tag, _, _ in page.attributes} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "srcset")]
    assert "None" not in page.text
    assert "Undefined" not in page.text


def test_text_from_outside_stays_text() -> None:
    nasty_finding = {**FAIL, "gate": NASTY, "text": NASTY, "verdict": NASTY}
    recording = recorded(
        [
            *shift(1, 5, 0, 10),
            {**tick(8, 10, FAIL), "findings": [nasty_finding], "verdict": NASTY},
            ledger("rolled-back", 6, 9, 0, reason=NASTY, findings=[nasty_finding], after=[100, 0], change_id=NASTY),
            {"event": "end", "reason": NASTY},
        ],
        [second(8, "ecs", 5, wrong=1, problems=[NASTY])],
    )
    text = render(outcome(recording, counted=[Counted(NASTY, NASTY, NASTY)]))
    page = Page(text)
    assert "<script" not in text
    assert "<img" not in text
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert page.text.count(NASTY) >= 7
    assert "49" not in page.texts("td")


def test_the_head_says_at_once_how_it_came_out() -> None:
    good = Page(render(outcome(happy(), quick=True)))
    bad = Page(render(outcome(happy(), BACK)))
    assert good.texts("h1") == ["Rehearsal: quick rehearsal, nothing goes wrong"]
    assert ("p", "class", "verdict ok") in good.attributes
    assert "Everything came out as it must." in good.text
    assert "ended with 0: all on Lambda" in good.text
    assert ("p", "class", "verdict no") in bad.attributes
    assert "Something did not come out as it must." in bad.text


def test_sides_that_count_differently_make_the_verdict_bad_too() -> None:
    page = Page(render(outcome(happy(), counted=[Counted("a.csv", "1 pieces (parsed)", "413")])))
    assert ("p", "class", "verdict no") in page.attributes
    assert "FAIL a.csv counts the same on both sides ECS 1 pieces (parsed), Lambda 413" in page.text


def test_the_steps_are_told_with_their_numbers() -> None:
    cells = Page(render(outcome(happy()))).texts("td")
    assert cells[:10] == ["10%", "10.0%", "5.1% to 14.9%", "650", "1170", "130", "0.00%", "20 ms", "20 ms", "pass"]
    assert cells[10:13] == ["50%", "50.0%", "42.0% to 58.0%"]


def test_a_step_that_nobody_saw_has_dashes() -> None:
    cells = Page(render(outcome(recorded(shift(1, 5, 0, 10))))).texts("td")
    assert cells[:9] == ["10%", "0.0%", "0.0% to 100.0%", "0", "0", "0", "0.00%", "-", "-"]


def test_a_rehearsal_without_a_step_says_so() -> None:
    assert "No step with traffic on Lambda was reached." in Page(render(failed_early())).texts("td")


def test_each_check_is_told_with_its_outcome() -> None:
    page = Page(render(outcome(happy(), BACK)))
    assert "FAIL ended as it must exit 4, expected 0" in page.text
    assert "ok ECS answered everything rightly" in page.text


def test_the_machine_and_the_ladder_are_told() -> None:
    page = Page(render(outcome(rolled_back(), BACK, Injection.parse("errors@50"), quick=True)))
    assert "3 Lambda environments at the end, 9 cold starts" in page.text
    assert "Fault: at 50%: 30% of Lambda's invocations fail." in page.text
    again = "cutover --config /somewhere/rehearsals/1/cutover.toml"
    assert f"{again} shift --lambda-weight 10 --wait bake # at least 18m and 250 requests" in page.text
    assert f"{again} status # at any time" in page.text
    assert f'{again} rollback --reason "…" # at any time' in page.text
    assert "20 simulated minutes in 20 seconds" in page.text


def test_every_change_is_told_with_what_the_gates_knew() -> None:
    found = decisions(rolled_back())
    assert [(d["minute"], d["event"], d["after"]) for d in found] == [
        ("5.0", "intent", [50, 50]),
        ("12.0", "intent", [100, 0]),
        ("13.0", "rolled-back", [100, 0]),
    ]
    assert found[2]["findings"] == [FAIL]
    assert found[0]["findings"] == ()
    page = Page(render(outcome(rolled_back(), BACK, Injection.parse("errors@50"))))
    assert "13.0′ rolled-back to ecs 100 / lambda 0: Lambda error rate 30% is over 2%" in page.text
    assert "fail error-rate Lambda error rate 30% is over 2%" in page.text
    assert "7 of 18 minutes counted, 240 of 250 requests" in page.text
    assert page.texts("td").count("Nothing had been judged yet.") == 2


def test_the_ledger_and_the_faults_are_told_in_the_order_of_time() -> None:
    found = events(rolled_back())
    assert [(e["minute"], e["event"]) for e in found] == [
        ("5.0", "intent"),
        ("5.2", "applied"),
        ("6.0", "insync"),
        ("7.0", "settled"),
        ("10.0", "fault"),
        ("12.0", "intent"),
        ("12.2", "applied"),
        ("13.0", "rolled-back"),
    ]
    assert found[0]["text"] == "ecs 50 / lambda 50; step to Lambda 50%"
    assert found[1] == {"minute": "5.2", "event": "applied", "text": "", "seq": 2, "change_id": "/change/C1"}
    assert found[4]["text"] == "at 50%: 30% of Lambda's invocations fail"


def lines_of(recording: Recording, title: str) -> dict[str, Line]:
    [chart] = [chart for chart in charts(recording) if chart.title.startswith(title)]
    return {line.name: line for line in chart.lines}


def chart_of(recording: Recording, title: str) -> Chart:
    return next(chart for chart in charts(recording) if chart.title.startswith(title))


def test_the_share_chart_shows_what_was_asked_served_and_seen() -> None:
    lines = lines_of(happy(), "Lambda's share")
    asked = [value for _, value in lines["asked weight"].points]
    assert (asked[0], asked[-1], sorted(set(asked))) == (0.0, 1.0, [0.0, 0.1, 0.5, 1.0])
    assert lines["asked weight"].points[-1][0] == 60
    assert lines["served by DNS"].points == [(0.5, 0.0), (6.0, 0.1), (21.0, 0.5), (36.0, 1.0), (60.0, 1.0)]
    seen = dict(lines["observed share of requests"].points)
    assert (seen[6], seen[15], seen[30], seen[50]) == (0.0, 0.1, 0.5, 1.0)
    assert seen[24] == pytest.approx((2 * 10 + 3 * 50) / 500), "five seconds, two of them before the change"


def test_the_error_chart_counts_errors_and_wrong_answers_of_three_seconds() -> None:
    seconds = [second(minute, "lambda", 10) for minute in range(1, 10)]
    seconds += [second(5, "lambda", 10, errors=2, wrong=1), second(5, "ecs", 10)]
    lines = lines_of(recorded(seconds=seconds, ended=12), "Error rate")
    rates = dict(lines["Lambda"].points)
    assert {minute: rate for minute, rate in rates.items() if rate} == {
        minute: pytest.approx(3 / 40) for minute in (6, 7, 8)
    }
    assert dict(lines["ECS"].points) == {6: 0.0, 7: 0.0, 8: 0.0}


def test_the_latency_chart_shows_p95_of_three_seconds() -> None:
    seconds = [second(minute, "ecs", 2, latencies_ms=[10.0, minute * 100.0]) for minute in range(1, 6)]
    points = dict(lines_of(recorded(seconds=seconds, ended=12), "p95")["ECS"].points)
    assert points[4] == pytest.approx(275.0)
    assert points[8] == pytest.approx(475.5)
    assert max(points) == 8, "afterwards there is nothing to show"


def test_the_rate_chart_has_room_for_the_busiest_second() -> None:
    recording = recorded(seconds=[second(minute, "ecs", 30 * minute) for minute in range(1, 5)], ended=8)
    chart = chart_of(recording, "Requests a second")
    assert chart.top == pytest.approx(144)
    assert dict(chart.lines[0].points)[5] == 90
    assert chart_of(recorded(), "Requests a second").top == 10


def test_all_charts_share_their_axis_and_their_marks() -> None:
    found = charts(rolled_back())
    assert {chart.end for chart in found} == {20}
    marks = [(mark.minute, mark.text, mark.css) for mark in found[0].marks]
    assert marks == [
        (pytest.approx(5.2), "asked 50%", "mark"),
        (pytest.approx(12.2), "asked 0%", "mark"),
        (13.0, "rolled back 0%", "mark"),
        (10.0, "fault", "fault"),
    ]
    assert all(chart.marks == found[0].marks for chart in found)


def test_served_weights_of_nothing_do_not_stop_the_report() -> None:
    recording = happy()
    recording.served.append(Served(EPOCH + 55, {}))
    assert lines_of(recording, "Lambda's share")["served by DNS"].points[-1] == (60.0, 0.0)
    assert (
        "FAIL the served weights of each type always summed to 100 and agreed"
        in Page(render(outcome(recording, DONE))).text
    )


def test_the_limits_in_the_charts_are_the_gates_own() -> None:
    gates = GateSettings()
    errors, p95 = chart_of(happy(), "Error rate"), chart_of(happy(), "p95")
    assert [(z.css, z.low, z.high) for z in errors.zones] == [
        ("pass", 0, gates.pass_error_rate),
        ("hold", gates.pass_error_rate, gates.fail_error_rate),
        ("fail", gates.fail_error_rate, errors.top),
    ]
    assert [(z.css, z.low, z.high) for z in p95.zones] == [
        ("pass", 0, gates.pass_p95_ms),
        ("hold", gates.pass_p95_ms, gates.fail_p95_ms),
        ("fail", gates.fail_p95_ms, p95.top),
    ]


def test_values_at_the_axes_are_spelled_with_their_units() -> None:
    assert [chart.spell(chart.top) for chart in charts(happy())] == ["100%", "5%", "1500 ms", "120"]


def test_the_template_lies_beside_the_module() -> None:
    assert report.TEMPLATE.is_file()
    assert PASS["verdict"] in report.TEMPLATE.read_text(encoding="utf-8")
