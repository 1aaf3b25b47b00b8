"""Arrivals count in the second that was meant, answers in that of their end; each second is handed on once."""

from cutover.core.load.lines import MOST_PROBLEMS
from loadtests._recorder import Outcome, Recorder

KEY = ("steady", "ecs", "GET /api/mocs")


def test_seconds_by_intended_start_and_by_end() -> None:
    recorder = Recorder("worker 1")
    recorder.asked("steady", 100.9)
    recorder.sent(100.9, 101.0)
    recorder.ended(KEY, (100.9, 101.0, 102.5), Outcome.RIGHT, cold=True)

    assert recorder.take(100.99, 1) == []
    taken = recorder.take(103.0, 4)
    assert [(second.second, second.worker, second.asked, len(second.cells)) for second in taken] == [
        (100, "worker 1", {"steady": 1}, 0),
        (102, "worker 1", {}, 1),
    ]


def test_times_are_from_the_intended_start_and_from_the_sending() -> None:
    recorder = Recorder()
    recorder.ended(KEY, (100.9, 101.0, 102.5), Outcome.THROTTLED, cold=True)
    (second,) = recorder.take(103.0, 4)
    cell = second.cells[KEY]

    assert (second.second, second.in_flight) == (102, 4)
    assert (cell.response.counts, cell.service.counts, cell.cold_response.counts) == (
        {16000: 1},
        {15000: 1},
        {16000: 1},
    )
    assert (cell.requests, cell.throttled, cell.cold, cell.errors, cell.wrong) == (1, 1, 1, 0, 0)


def test_errors_wrong_answers_and_right_ones() -> None:
    recorder = Recorder()
    for outcome in (Outcome.ERROR, Outcome.ERROR, Outcome.WRONG, Outcome.RIGHT):
        recorder.ended(KEY, (100.0, 100.0, 100.5), outcome, cold=False)
    cell = recorder.take(101.0, 0)[0].cells[KEY]

    assert (cell.requests, cell.errors, cell.wrong, cell.throttled, cell.cold) == (4, 2, 1, 0, 0)


def test_how_late_it_was_belongs_to_the_second_of_sending() -> None:
    recorder = Recorder()
    for moment in (100.1, 100.2):
        recorder.asked("steady", moment)
    recorder.sent(100.1, 100.15)
    recorder.sent(98.2, 100.2)

    assert [second.late_ms for second in recorder.take(101.0, 0)] == [2000.0]


def test_dropped_dns_and_the_first_few_problems() -> None:
    recorder = Recorder()
    recorder.asked("steady", 100.0)
    recorder.dropped("steady", 100.0)
    recorder.resolved("lambda", 100.0)
    for number in range(9):
        recorder.problem(f"problem {number}", 100.0)
    (second,) = recorder.take(101.0, 0)

    assert (second.dropped, second.dns) == ({"steady": 1}, {"lambda": 1})
    assert second.problems == [f"problem {number}" for number in range(MOST_PROBLEMS)]


def test_a_second_is_handed_on_once_and_what_comes_later_is_a_line_of_its_own() -> None:
    recorder = Recorder()
    recorder.asked("steady", 100.0)
    assert [second.asked for second in recorder.take(101.0, 3)] == [{"steady": 1}]
    assert recorder.take(102.0, 3) == []
    recorder.asked("steady", 100.0)

    (late,) = recorder.take(103.0, 3)
    assert (late.second, late.asked, late.in_flight) == (100, {"steady": 1}, 0), "those under way are not counted twice"
