"""The charts of a rehearsal: what was asked, served and seen, over the same simulated minutes."""

from dataclasses import replace

import pytest

from cutover.core import thresholds
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.plots import charts
from cutover.rehearsal.recording import Recording, Served
from cutover.render.page.chart import Chart, Line
from cutover.sections import GateSettings
from tests.unit.cutover.rehearsal.recordings import (
    BAKE,
    EPOCH,
    PASS,
    happy,
    recorded,
    rolled_back,
    second,
    shift,
    tick,
    traffic,
)


def chart_of(recording: Recording, title: str) -> Chart:
    [found] = [chart for chart in charts(recording) if chart.title.startswith(title)]
    return found


def lines_of(recording: Recording, title: str) -> dict[str, Line]:
    return {line.name: line for line in chart_of(recording, title).lines}


def test_the_share_chart_shows_what_was_asked_answered_and_seen() -> None:
    lines = lines_of(happy(), "Lambda's share")
    asked = [value for _, value in lines["asked weight"].known]
    assert (asked[0], asked[-1], sorted(set(asked))) == (0.0, 1.0, [0.0, 0.1, 0.5, 1.0])
    assert lines["asked weight"].points[-1][0] == 60
    served = lines["weight that the name servers answer by"].points
    assert served == [(0.5, 0.0), (6.0, 0.1), (21.0, 0.5), (36.0, 1.0), (60.0, 1.0)]
    seen = dict(lines["requests"].points)
    assert (seen[6], seen[15], seen[30], seen[50]) == (0.0, 0.1, 0.5, 1.0)
    assert seen[24] == pytest.approx((2 * 10 + 3 * 50) / 500), "five seconds, two of them before the change"


def test_dns_answers_are_those_that_clients_got() -> None:
    seconds = [*traffic(1, 12, 10)]
    seconds = [replace(one, answers=4 if one.side == "lambda" else 12) for one in seconds]
    answers = lines_of(recorded(seconds=seconds, ended=14), "Lambda's share")["DNS answers that clients got"]
    assert {value for _, value in answers.known} == {0.25}


def test_served_weights_of_nothing_do_not_stop_the_report() -> None:
    recording = happy()
    recording.served.append(Served(EPOCH + 55, {}))
    lines = lines_of(recording, "Lambda's share")
    assert lines["weight that the name servers answer by"].points[-1] == (60.0, 0.0)


def test_the_error_chart_counts_errors_and_wrong_answers_of_three_seconds() -> None:
    seconds = [second(minute, "lambda", 10) for minute in range(1, 10)]
    seconds += [second(5, "lambda", 10, errors=2, wrong=1), second(5, "ecs", 10)]
    lines = lines_of(recorded(seconds=seconds, ended=12), "Error rate")
    rates = dict(lines["Lambda"].known)
    assert {minute: rate for minute, rate in rates.items() if rate} == {
        minute: pytest.approx(3 / 40) for minute in (6, 7, 8)
    }
    assert dict(lines["ECS"].points) == {6: 0.0, 7: 0.0, 8: 0.0}


def test_the_error_chart_holds_the_worst_minute() -> None:
    assert chart_of(happy(), "Error rate").y.high == 0.05
    assert chart_of(rolled_back(), "Error rate").y.high == pytest.approx(0.3, abs=0.01)


def test_the_latency_chart_shows_p95_of_three_seconds_and_gaps_where_nothing_came() -> None:
    seconds = [second(minute, "ecs", 2, latencies_ms=[10.0, minute * 100.0]) for minute in range(1, 6)]
    line = lines_of(recorded(seconds=seconds, ended=12), "p95")["ECS"]
    points = dict(line.known)
    assert points[4] == pytest.approx(275.0)
    assert points[8] == pytest.approx(475.5)
    assert max(points) == 8, "afterwards there is nothing to show"
    assert line.points[-1][1] is None


def test_the_rate_chart_has_room_for_the_busiest_second() -> None:
    recording = recorded(seconds=[second(minute, "ecs", 30 * minute) for minute in range(1, 5)], ended=8)
    chart = chart_of(recording, "Requests a real second")
    assert dict(chart.lines[0].points)[5] == 90
    assert chart.y.high == 100
    assert chart_of(recorded(), "Requests a real second").y.high == 10


def test_the_bake_clock_is_drawn_by_step() -> None:
    documents = [
        *shift(1, 2, 0, 10),
        *[tick(5 + n, 10, PASS, bake={**BAKE, "counted_minutes": n, "requests": 50 * n}) for n in range(5)],
        *shift(5, 11, 10, 50),
        *[tick(14 + n, 50, PASS, bake={**BAKE, "counted_minutes": n, "required_minutes": 8}) for n in range(3)],
    ]
    lines = lines_of(recorded(documents, ended=20), "The bake clock")
    minutes = lines["minutes that counted"].points
    assert [value for _, value in minutes] == [
        *(pytest.approx(n / 18) for n in range(5)),
        None,
        *(n / 8 for n in range(3)),
        None,
    ]
    assert [value for _, value in lines["requests in them"].known][:5] == [0, 0.2, 0.4, 0.6, 0.8]


def test_where_the_bake_clock_stood_still_it_is_shaded_with_its_reason() -> None:
    held = {"gate": "p95", "side": "lambda", "verdict": "hold", "text": "Lambda p95 600 ms", "why": "band"}
    documents = [*shift(1, 2, 0, 10), *[tick(5 + n, 10, held, bake=BAKE) for n in range(5)]]
    spans = chart_of(recorded(documents, ended=20), "The bake clock").spans
    assert [(span.start, span.end, span.text) for span in spans] == [(5, 9, "10%: Lambda p95 600 ms")]


def test_all_charts_share_their_axis_and_their_marks() -> None:
    recording = rolled_back()
    recording.cleared.append((EPOCH + 15, recording.injected[0][1]))
    found = charts(recording)
    assert {chart.x.high for chart in found} == {20}
    assert {chart.x.title for chart in found} == {"simulated minutes"}
    assert [(mark.at, mark.text, mark.css) for mark in found[0].marks] == [
        (pytest.approx(5.2), "asked 50%", ""),
        (pytest.approx(12.2), "asked 0%", ""),
        (13.0, "rolled back 0%", ""),
        (10.0, "30% of Lambda's invocations fail", "fault"),
        (15.0, "over", "fault"),
    ]
    assert all(chart.marks == found[0].marks for chart in found)
    assert [(span.start, span.end, span.css) for span in found[0].spans] == [(10, 15, "bad")]


def test_what_lasts_to_the_end_is_marked_and_not_shaded() -> None:
    assert charts(rolled_back())[0].spans == []


def test_the_limits_in_the_charts_are_the_gates_own() -> None:
    gates = GateSettings()
    errors, p95 = chart_of(happy(), "Error rate"), chart_of(happy(), "p95")
    assert [(z.css, z.low, z.high) for z in errors.zones] == [
        ("pass", 0, gates.pass_error_rate),
        ("hold", gates.pass_error_rate, gates.fail_error_rate),
        ("fail", gates.fail_error_rate, errors.y.high),
    ]
    assert [(z.css, z.low, z.high) for z in p95.zones] == [
        ("pass", p95.y.low, gates.pass_p95_ms),
        ("hold", gates.pass_p95_ms, gates.fail_p95_ms),
        ("fail", gates.fail_p95_ms, p95.y.high),
    ]
    assert gates.fail_p95_ms == thresholds.FAIL_P95_MS


def test_every_chart_and_its_values_say_their_units_and_that_time_is_simulated() -> None:
    found = charts(happy())
    assert [chart.y.spell(chart.y.high) for chart in found] == ["100%", "5%", "2 s", "100%", "100"]
    assert all("simulated" in chart.caption for chart in found)
    assert found[0].x.told(3) == "3.0′ simulated"
    assert found[4].y.told(12) == "12 a real second"


def test_a_recording_of_nothing_has_empty_charts() -> None:
    assert [chart.drawn for chart in charts(recorded())] == [[]] * 5


def test_an_injection_without_words_of_its_own_is_named_by_what_it_does() -> None:
    recording = recorded(ended=20)
    event = Injection.parse("killed@50").scenario().events[-1]
    recording.injected.append((EPOCH + 3, replace(event, says="")))
    assert charts(recording)[0].marks[0].text == event.deed.words
