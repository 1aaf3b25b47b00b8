"""What is written down of a run, and when a target is spared the rest of it."""

import errno
from pathlib import Path

import pytest

from cutover.core.load.lines import Cell, Line, Note, Second
from cutover.core.load.profile import Phase, Profile
from cutover.core.load.run import EndedBy, Limits, LoadRun, Target
from cutover.load.papers import RunFolder, read
from loadtests._book import Book, run_of
from loadtests._plan import Plan
from loadtests._settings import Traffic
from loadtests._table import BadSettings

PLAN = Plan("r", "http://x", Profile("p", (Phase("steady", 10, 60),)), 7, 5, 9, True, of=2, started=1000.0)
ASKED = Traffic(host="http://x", tokens={"ada": "t"}, limits=Limits(p95_min_samples=100), target="ecs", reason="why")


def second(number: int, requests: int, *, errors: int = 0, wrong: int = 0, throttled: int = 0) -> Second:
    cell = Cell(requests=requests, errors=errors, wrong=wrong, throttled=throttled)
    return Second(number, cells={("steady", "ecs", "GET /a"): cell})


def book(folder: Path | None = None, *, judged: bool = True) -> Book:
    return Book(run_of(PLAN, ASKED), folder, judged=judged)


def test_the_papers_name_what_was_run() -> None:
    run = run_of(PLAN, ASKED)

    assert isinstance(run, LoadRun)
    assert (run.id, run.target, run.started, run.seed, run.workers) == ("r", Target("ecs", "http://x"), 1000.0, 7, 2)
    assert (run.in_flight_cap, run.reason, run.limits) == (10, "why", ASKED.limits)
    assert run.about["persons"] == "5"


@pytest.mark.parametrize(
    ("lines", "failing"),
    [
        ([second(1000, 99, errors=99)], False),
        ([second(1000, 60, errors=31), second(1001, 60, wrong=30)], True),
        ([second(1000, 120, errors=60)], False),
        ([second(1000, 120, throttled=120)], False),
        ([second(1000, 120, errors=120), second(1010, 120)], False),
        ([second(1000, 120, errors=120), second(1009, 100)], True),
        ([second(1000, 60, errors=60), second(1000, 60, errors=60)], True),
        ([], False),
    ],
)
def test_a_target_fails_when_half_of_enough_requests_of_ten_seconds_do(lines: list[Second], *, failing: bool) -> None:
    taken = book()
    for line in lines:
        taken.take(line)

    assert taken.failing() is failing


def test_where_nothing_is_judged_nothing_is_broken_off_and_the_lines_are_all_there_is(tmp_path: Path) -> None:
    taken = book(tmp_path / "run", judged=False)
    taken.take(second(1000, 1000, errors=1000))

    assert taken.failing() is False
    assert taken.finish(1001.0, EndedBy.PERSON, [Note(1001, "left")]) == (0, ())
    taken.take(second(1002, 1))
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["run.json", "seconds.ndjson"]
    run = read(tmp_path / "run")
    assert ([one.second for one in run.seconds], [note.text for note in run.notes]) == ([1000], ["left"])


@pytest.mark.parametrize(
    ("by", "code", "said"),
    [
        (EndedBy.LOST, 13, ["NOT DELIVERED: worker 1 of 2 is gone"]),
        (EndedBy.ABORT, 3, ["NOT DELIVERED: worker 1 of 2 is gone"]),
        (EndedBy.PROFILE, None, ["NOT DELIVERED: worker 1 of 2 is gone"]),
    ],
)
def test_without_papers_only_what_is_lost_or_broken_off_is_told(by: EndedBy, code: int | None, said: list[str]) -> None:
    assert book().finish(1001.0, by, [Note(1001, "worker 1 of 2 is gone", lost=True)]) == (code, said)


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path) -> None:
    book(tmp_path, judged=False).finish(1001.0, EndedBy.PERSON, [])

    with pytest.raises(BadSettings, match="holds a run already"):
        book(tmp_path)


def test_papers_that_can_not_be_written_any_more_are_told_and_judged_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = book(tmp_path / "run")
    tried: list[Line] = []

    def full(papers: RunFolder, line: Line) -> None:
        papers.close()
        tried.append(line)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "write", full)
    taken.take(second(1000, 5))
    taken.take(second(1001, 5))

    assert taken.broken == "the papers can't be written: No space left on device"
    assert taken.finish(1060.0, EndedBy.PROFILE, [Note(1060, "late")]) == (1, [taken.broken])
    assert tried == [second(1000, 5)]
