"""What is written down of a run comes back as it was."""

import json
from typing import Any

import pytest

from cutover.core.load.lines import MOST_PROBLEMS, Cell, Line, Note, Resources, Second, by_second, line_of
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, Limits, LoadRun, Target, meta_of, run_of
from tests.unit.cutover.core.load.made import Came, flat, made, seconds_of


def a_second(number: int = 5, worker: str = "w1", ms: float = 12.34) -> Second:
    second = Second(number, worker, {"calm": 3}, {"calm": 1}, 4.56, 2, {"ecs": 1})
    cell = second.cell(("calm", "ecs", "GET /api/mocs"))
    cell.requests, cell.errors, cell.wrong, cell.throttled, cell.cold = 5, 1, 2, 1, 1
    for histogram in (cell.response, cell.service, cell.cold_response):
        histogram.add(ms)
    second.problems = ["no answer in 10 s"]
    return second


@pytest.mark.parametrize(
    "line",
    [
        a_second(),
        Second(7),
        Resources(8, 2, {"generator": 0.25, "machine": 1.5}, "w1"),
        Note(9, "worker w1 is gone", lost=True),
        Note(9, "it rains"),
    ],
)
def test_a_line_comes_back_as_it_was_written(line: Line) -> None:
    text = line.line()
    back = line_of(text.encode())
    assert "\n" not in text
    assert back == (line if not isinstance(line, Second) else _rounded(line))


def _rounded(second: Second) -> Second:
    second.late_ms = round(second.late_ms, 1)
    return second


@pytest.mark.parametrize(
    "text", ['{"kind":"hour","second":1}', '{"kind":"second","second":1}', "[]", '"x"', "{", '{"kind":"note"}', ""]
)
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        line_of(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_nobody_can_have_measured_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=f"{number} is no number that was measured"):
        line_of(f'{{"kind":"resources","second":1,"of_cores":2,"cores":{{"machine":{number}}}}}')


def test_fewer_than_no_requests_are_refused() -> None:
    raw = json.loads(a_second().line())
    raw["cells"][0]["requests"] = -1
    with pytest.raises(ValueError, match="-1 is no count"):
        line_of(json.dumps(raw))


def test_what_processes_saw_in_one_second_is_added_up_in_the_order_of_time() -> None:
    merged = by_second([a_second(6), a_second(5, "w1", 10.0), a_second(5, "w2", 20.0)])
    both = merged[0]
    assert [second.second for second in merged] == [5, 6]
    assert (both.asked, both.dropped, both.dns, both.in_flight) == ({"calm": 6}, {"calm": 2}, {"ecs": 2}, 4)
    assert both.late_ms == 4.56
    cell = both.cells["calm", "ecs", "GET /api/mocs"]
    assert (cell.requests, cell.errors, cell.wrong, cell.throttled, cell.cold) == (10, 2, 4, 2, 2)
    assert [each.counts for each in (cell.response, cell.service, cell.cold_response)] == [{100: 1, 200: 1}] * 3


def test_what_was_merged_is_not_changed_by_it() -> None:
    one, other = a_second(5), a_second(5)
    by_second([one, other])
    assert one == other == a_second(5)


def test_only_some_problems_are_kept() -> None:
    one = Second(1, problems=[str(number) for number in range(4)])
    one.merge(Second(1, problems=["a", "b", "c"]))
    assert one.problems == ["0", "1", "2", "3", "a"]
    assert len(one.problems) == MOST_PROBLEMS


@pytest.mark.parametrize(
    ("second", "empty"),
    [
        (Second(1), True),
        (Second(1, late_ms=5.0, in_flight=3), True),
        (Second(1, asked={"calm": 1}), False),
        (Second(1, dropped={"calm": 1}), False),
        (Second(1, dns={"ecs": 1}), False),
        (Second(1, cells={("a", "b", "c"): Cell()}), False),
    ],
)
def test_a_second_in_which_nothing_was_is_empty(second: Second, empty: bool) -> None:
    assert second.empty is empty


def whole_run() -> LoadRun:
    return LoadRun(
        id="r1",
        profile=Profile("p", (Phase("calm", 10, 5.0), Phase("up", 20, 5.0, ramp=True, spike=True)), "A title"),
        target=Target("lambda", "https://api.test"),
        started=100.5,
        limits=Limits(pass_p95_ms=400.0),
        seed=7,
        in_flight_cap=99,
        workers=3,
        ended=111.0,
        ended_by=EndedBy.ABORT,
        reason="capacity",
        about={"locust": "2"},
    )


def test_a_run_comes_back_from_what_was_written_of_it() -> None:
    run = whole_run()
    run.seconds, run.resources, run.notes = [a_second(101)], [Resources(102, 2, {"generator": 0.5})], [Note(103, "x")]
    lines: list[Line] = [*run.resources, *run.seconds, *run.notes]
    back = run_of(json.loads(json.dumps(meta_of(run))), lines)
    run.seconds[0].worker = ""  # it is of all of them now
    assert back == run
    assert back.planned_end == 110.5


@pytest.mark.parametrize("change", [{"schema": "other/1"}, {"ended_by": "moon"}, {"limits": {"x": 1}}, {"target": {}}])
def test_what_is_no_run_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        run_of({**meta_of(whole_run()), **change}, [])


def test_lines_of_all_workers_make_the_seconds_of_the_run() -> None:
    profile = flat(10, 3)
    lines = [*seconds_of(profile, lambda _: Came()), *seconds_of(profile, lambda _: Came(ms=200.0))]
    run = run_of(meta_of(made(profile)), lines)
    assert [second.asked for second in run.seconds] == [{"steady": 20}] * 3
