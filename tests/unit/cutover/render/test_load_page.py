"""The page of a load test: complete, self-contained, and honest about whatever run it is given."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from cutover.core.load.lines import Note
from cutover.core.load.profile import Phase
from cutover.core.load.run import EndedBy, LoadRun
from cutover.render.load_page import render
from tests.unit.cutover.render.html_page import Page
from tests.unit.cutover.render.load_runs import NASTY, ROUTES, SPIKE, START, bad, nasty, resources, run


def unanswered() -> LoadRun:
    """Everything was dropped or never answered."""
    whole = run()
    for second in whole.seconds:
        second.cells, second.dropped = {}, {"sustained": 20}
    return whole


def other(whole: LoadRun, name: str = "lambda") -> LoadRun:
    return replace(whole, target=replace(whole.target, name=name))


def slower(whole: LoadRun) -> LoadRun:
    return other(run(whole.profile.phases, ms=lambda _, n: 40.0 + n))


EVERY: dict[str, Callable[[], Sequence[LoadRun]]] = {
    "one": lambda: [run()],
    "spike": lambda: [run(SPIKE)],
    "killed after 3 s": lambda: [run(SPIKE, seconds=3)],
    "killed at once": lambda: [run(seconds=0)],
    "unanswered": lambda: [unanswered()],
    "nasty": lambda: [nasty()],
    "one route": lambda: [run(routes=("GET /",))],
    "sixty routes": lambda: [run(routes=[f"GET /api/{n}" for n in range(60)], phases=(Phase("a", 60, 60),))],
    "two": lambda: [run(SPIKE), slower(run(SPIKE))],
    "two, one without an answer": lambda: [run(), other(unanswered())],
    "two different ones": lambda: [run(), other(run(SPIKE))],
    "two nasty": lambda: [nasty(), nasty()],
}
SECTIONS = ["What was asked, and what came of it", "Over time", "Limits", "Routes", "How it was run"]


@pytest.mark.parametrize("kind", EVERY)
def test_every_kind_of_run_has_the_whole_page_and_needs_nothing_but_itself(kind: str) -> None:
    page = Page(render(EVERY[kind]()))
    page.assert_self_contained()
    heads = [text for text in page.texts("h2") if not text.startswith(("B against", "Notes"))]
    assert heads == SECTIONS
    assert len(page.texts("h1")) == 1
    for word in ("None", "Undefined", "nan", " inf"):
        assert word not in page.text, word


@pytest.mark.parametrize("runs", [[nasty()], [nasty(), nasty()]])
def test_text_from_outside_stays_text(runs: Sequence[LoadRun]) -> None:
    text = render(runs)
    page = Page(text)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert page.text.count("<script>alert(1)</script>") >= 12
    assert "49 &" not in page.text


def test_the_head_says_at_once_what_it_comes_to_and_what_the_exit_code_means() -> None:
    page = Page(render([run()]))
    assert page.texts("h1")[0].startswith("ecs holds brief: 1 200 requests")
    assert "Exit 0: every limit was kept." in page.text
    assert ("div", "class", "verdict pass") in page.attributes
    failed = Page(render([run(ms=lambda *_: 5000.0)]))
    assert "Exit 3: the load arrived, and a limit was broken." in failed.text
    assert "Used up:" in failed.text
    assert ("div", "class", "verdict fail") in failed.attributes
    killed = Page(render([run(ended_by=EndedBy.PERSON)]))
    assert "Exit 130: somebody ended the run" in killed.text


def test_a_run_that_did_not_deliver_is_never_a_pass() -> None:
    page = Page(render([unanswered()]))
    assert "Exit 13" in page.text
    assert "never a pass" in page.text
    assert "No request ended, so there is nothing to tell of any route." in page.text


def test_phases_are_told_with_their_numbers() -> None:
    page = Page(render([run(SPIKE, ms=lambda *_: 100.0)]))
    row = "spike 90/s, 1:00 5 400 0 100% 100 ms 100 ms 100 ms 100 ms 50 ms 0 0 0 0"
    assert row in page.text
    assert "Recovered 0:10 after the spike's end." in page.text


def test_limits_that_broke_come_first() -> None:
    page = Page(render([run(SPIKE, ms=lambda second, _: 700.0 if 60 <= second < 120 else 20.0)]))
    limits = page.text[page.text.index("Limits") :]
    assert limits.index("FAIL p95 spike 700 ms under 500 ms") < limits.index("ok delivered calm")


def test_routes_can_be_sorted_by_their_numbers() -> None:
    text = render([run()])
    assert '<table class="sortable">' in text
    assert 'data-v="600"' in text
    assert all(route in text for route in ROUTES)


def test_who_answered_is_told_where_there_were_several() -> None:
    whole = run()
    assert "who answered" not in render([whole])
    whole.seconds[0].cells["sustained", "lambda", "GET /x"] = bad(30)
    assert "who answered" in render([whole])


def test_notes_and_problems_are_told_in_words() -> None:
    whole = run(notes=[Note(int(START) + 30, "worker 2 is gone", lost=True)])
    whole.seconds[3].problems = ["GET /api/mocs: 503"]
    page = Page(render([whole]))
    assert "0:30 worker 2 is gone" in page.text
    assert "1 × 0:03 GET /api/mocs: 503" in page.text
    assert "Notes and problems" not in Page(render([run()])).text


def test_two_runs_are_compared_by_ratios() -> None:
    whole = run(SPIKE, ms=lambda *_: 100.0)
    page = Page(render([whole, other(run(SPIKE, ms=lambda *_: 150.0))]))
    assert page.texts("h1") == [
        "B is slower than A in calm (p95 × 1.50), spike (p95 × 1.50), recovery (p95 × 1.50).",
    ]
    assert "calm slower p95 of ten seconds: 100 ms to 100 ms against 150 ms to 150 ms" in page.text
    assert "100 ms 150 ms × 1.50 × 1.50 × 1.50 0% 0% 100% 100% 1 800 1 800" in page.text


def test_two_runs_that_do_not_differ_are_said_to() -> None:
    assert (
        Page(render([run(SPIKE), run(SPIKE)]))
        .texts("h1")[0]
        .startswith("B can't be told from A by more than noise in calm")
    )
    assert Page(render([run(SPIKE), slower(run(SPIKE))])).texts("h1")[0].startswith("B is slower")
    back = Page(render([slower(run(SPIKE)), run(SPIKE)]))
    assert back.texts("h1")[0].startswith("B is faster than A in calm (p95 × 0.")


def test_too_little_to_compare_is_said() -> None:
    page = Page(render([run(seconds=3), run(seconds=3)]))
    assert page.texts("h1") == ["There is too little to tell whether B is slower than A."]
    assert "The first run has no written end." in page.text


def test_of_many_routes_that_differ_those_that_differ_most_are_named() -> None:
    routes = [f"GET /api/{n}" for n in range(15)]
    phases = (Phase("sustained", 60, 60),)
    page = Page(render([run(phases, routes=routes), other(run(phases, ms=lambda _, n: 300.0 + n, routes=routes))]))
    assert "3 more routes of phases differ, each by less than those above." in page.text


def test_a_run_of_four_hours_with_sixty_routes_is_a_page_of_less_than_one_and_a_half_megabytes() -> None:
    routes = [f"GET /api/{n}/of/a/route/with/a/long/name" for n in range(60)]
    whole = run((Phase("soak", 4, 14_400),), ms=lambda second, n: 10.0 + (second * 7 + n * 31) % 900, routes=routes)
    whole.resources = [
        resources(second, {"generator": 0.3, "machine": 1.2, "API": 0.4}) for second in range(1, 14_400, 2)
    ]
    for second in whole.seconds:
        second.problems = [NASTY]
        route = routes[second.second % 60]
        second.cells = {(phase, side, route): cell for (phase, side, _), cell in second.cells.items()}
    assert len(render([whole, other(whole)])) < 1_500_000


@pytest.mark.parametrize("number", [0, 3])
def test_a_page_shows_one_run_or_two(number: int) -> None:
    with pytest.raises(ValueError, match="one run or two"):
        render([run()] * number)
