"""The charts of load tests: what was asked, what came of it, of one run and of two."""

import math
from dataclasses import replace

import pytest

from cutover.core.load.lines import Note
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import Limits, LoadRun
from cutover.render.load_plots import asked_chart, charts
from cutover.render.load_subjects import subjects
from cutover.render.load_times import distribution, multiples
from cutover.render.page.chart import Chart, Line
from tests.unit.cutover.render.load_runs import ROUTES, SPIKE, START, bad, resources, run


def chart_of(title: str, *runs: LoadRun) -> Chart:
    [found] = [chart for chart in charts(subjects(runs)) if chart.title.startswith(title)]
    return found


def lines_of(title: str, *runs: LoadRun) -> dict[str, Line]:
    return {line.name: line for line in chart_of(title, *runs).lines}


def other(whole: LoadRun, name: str = "lambda") -> LoadRun:
    return replace(whole, target=replace(whole.target, name=name))


def test_the_profile_is_drawn_with_its_ramps_and_phases() -> None:
    chart = asked_chart(
        [run((Phase("up", 100, 60, ramp=True), Phase("on", 100, 60), Phase("half", 50, 60)), seconds=0)]
    )
    [line] = chart.lines
    assert list(line.points) == [(0, 0), (60, 100), (60, 100), (120, 100), (120, 50), (180, 50)]
    assert [(mark.at, mark.text) for mark in chart.marks] == [(0, "up"), (60, "on"), (120, "half")]


def test_the_same_profile_of_two_is_drawn_once_and_others_twice() -> None:
    whole = run()
    assert [line.name for line in asked_chart([whole, whole]).lines] == ["asked for"]
    longer = replace(whole, profile=Profile("long", (Phase("sustained", 30, 90),)))
    chart = asked_chart([whole, longer])
    assert [line.name for line in chart.lines] == ["A brief", "B long"]
    assert (chart.x.high, chart.y.high) == (90, 30)


def test_arrivals_are_told_a_second() -> None:
    lines = lines_of("Arrivals", run(SPIKE))
    assert set(lines) == {"asked", "ended"}, "none was dropped"
    assert {round(value) for _, value in lines["ended"].known} == {30, 90}


def test_dropped_arrivals_are_drawn_where_there_were_some() -> None:
    whole = run()
    whole.seconds[10].dropped = {"sustained": 7}
    assert list(lines_of("Arrivals", whole)["dropped"].known) == [(11.0, 3.5)]


def test_percentiles_are_drawn_against_their_limits() -> None:
    whole = run(limits=Limits(pass_p95_ms=200, pass_p99_ms=400), ms=lambda _, n: 10.0 * (n + 1))
    chart = chart_of("Response", whole)
    assert {line.name: line.known[5][1] for line in chart.lines} == {"p50": 100, "p95": 190, "p99": 200}
    assert [(zone.css, zone.high) for zone in chart.zones] == [("pass", 200), ("hold", 400), ("fail", chart.y.high)]
    assert chart.y.log
    assert chart.y.high >= 600


def test_seconds_without_an_answer_are_a_gap() -> None:
    whole = run()
    whole.seconds = [second for second in whole.seconds if not 20 <= second.second - START < 30]
    points = lines_of("Response", whole)["p95"].points
    assert [at for at, value in points if value is None] == [21, 23, 25, 27, 29]


def test_errors_wrong_answers_and_429_are_shares_of_the_requests() -> None:
    whole = run()
    assert set(lines_of("Errors", whole)) == {"errors"}
    whole.seconds[4].cells = {}
    whole.seconds[5].cells = {("sustained", "ecs", "GET /x"): bad(20, errors=1, wrong=2, throttled=4)}
    lines = lines_of("Errors", whole)
    assert {name: max(value for _, value in line.known) for name, line in lines.items()} == {
        "errors": 0.05,
        "wrong answers": 0.1,
        "429": 0.2,
    }


def test_the_time_from_sending_is_drawn_beside_that_from_the_intended_start() -> None:
    lines = lines_of("p95 as", run(ms=lambda *_: 100.0))
    assert {name: line.known[0][1] for name, line in lines.items()} == {
        "from the intended start": 100,
        "from sending": 50,
    }


def test_the_cap_is_drawn_only_where_it_was_near() -> None:
    assert chart_of("Requests under way", run()).zones == []
    assert "At 400" in chart_of("Requests under way", run()).caption
    near = chart_of("Requests under way", run(in_flight_cap=3))
    assert [(zone.low, zone.high) for zone in near.zones] == [(3, math.inf)]
    assert chart_of("Requests under way", run(in_flight_cap=0)).caption == "The most of each point."


def test_cold_starts_are_drawn_where_there_were_some() -> None:
    whole = run()
    assert not [chart for chart in charts(subjects([whole])) if chart.title.startswith("Cold")]
    whole.seconds[5].cells = {("sustained", "lambda", "GET /x"): bad(20, cold=3)}
    assert max(value for _, value in lines_of("Cold", whole)["cold starts"].known) == 1.5


def test_processor_cores_are_told_by_whom_the_busiest_first() -> None:
    whole = run()
    used = {"generator": 0.2, "machine": 1.9, "API": 0.9, "PostgreSQL": 0.5, "a": 0.1, "b": 0.05, "c": 0.01}
    whole.resources = [resources(second, used) for second in range(1, 60)]
    chart = chart_of("Processor", whole)
    assert [line.name for line in chart.lines] == ["everything together", "API", "PostgreSQL", "generator", "a", "b"]
    assert chart.y.high == 2
    assert "of 2" in chart.caption
    assert chart_of("Processor", run()).drawn == []


def test_of_two_runs_the_machine_and_the_busiest_are_told() -> None:
    whole = run()
    whole.resources = [resources(second, {"generator": 0.2, "machine": 1.0, "x": 0.1}) for second in range(1, 60)]
    names = list(lines_of("Processor", whole, other(whole)))
    assert names == ["A ecs: machine", "A ecs: generator", "B lambda: machine", "B lambda: generator"]


def test_two_runs_share_their_axes_and_differ_in_hue_and_marker() -> None:
    slow = other(run(ms=lambda *_: 3000.0))
    chart = chart_of("Response", run(), slow)
    assert chart.y.high >= 3000
    looks = {(line.name[0], line.hue, line.marker) for line in chart.lines}
    assert looks == {("A", "blue", "circle"), ("B", "orange", "triangle")}
    assert len({line.dash for line in chart.lines if line.name.startswith("A")}) == 3


def test_phases_are_marked_where_there_are_several_and_lost_measurements_always() -> None:
    assert [mark.text for mark in chart_of("Arrivals", run(SPIKE)).marks] == ["calm", "spike", "recovery"]
    note = Note(int(START) + 30, "worker 2 is gone", lost=True)
    marks = chart_of("Arrivals", run(notes=[note, Note(int(START), "hello")])).marks
    assert [(mark.at, mark.text, mark.css) for mark in marks] == [(30, "measurements lost", "fault")]
    cut = run(SPIKE, seconds=3)
    assert [mark.text for mark in chart_of("Arrivals", cut).marks] == []


def test_all_charts_over_time_end_with_the_longer_run() -> None:
    found = charts(subjects([run(), other(run((Phase("sustained", 20, 90),)))]))
    assert {chart.x.high for chart in found if not chart.title.startswith("Distribution")} == {90}


def test_the_distribution_gives_each_nine_the_same_room() -> None:
    chart = distribution(subjects([run(ms=lambda second, n: float(second * 20 + n + 1))]))
    response = dict(chart.lines[0].known)
    assert chart.x.high == pytest.approx(math.log10(1200))
    assert [chart.x.spell(tick) for tick in chart.x.ticks] == ["0%", "50%", "90%", "99%", "99.9%"]
    assert response[chart.x.high] == 1200, "the last request of all"
    assert min(response.values()) == 1
    assert [chart.x.told(at) for at in (0.0, 1.0, 2.5, 7.0)] == ["0%", "90%", "99.68%", "the last"]


def test_the_distribution_of_nothing_is_empty() -> None:
    chart = distribution(subjects([run(seconds=0)]))
    assert chart.drawn == []
    assert chart.x.high == 1


def test_each_route_has_a_small_chart_over_the_same_axes() -> None:
    whole = run(ms=lambda _, n: 10.0 if n % 2 else 900.0)
    found = multiples(subjects([whole]), ROUTES)
    assert [chart.title for chart in found] == list(ROUTES)
    assert len({(chart.x.high, chart.y.low, chart.y.high) for chart in found}) == 1
    assert [chart.lines[0].known[0][1] for chart in found] == [900, 10]


def test_a_route_that_only_one_run_asked_for_has_one_line() -> None:
    found = multiples(subjects([run(), other(run(routes=("GET /x",)))]), [*ROUTES, "GET /x"])
    assert [[line.name for line in chart.drawn] for chart in found] == [["A ecs"], ["A ecs"], ["B lambda"]]


def test_routes_of_long_runs_have_few_points() -> None:
    [chart, _] = multiples(subjects([run((Phase("a", 2, 900),))]), ROUTES)
    assert len(chart.lines[0].points) <= 61
