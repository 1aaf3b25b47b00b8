"""The words and numbers of a load test's page."""

from dataclasses import replace

import pytest

from cutover.core.load.lines import Cell
from cutover.core.load.profile import Phase
from cutover.core.load.run import EndedBy, Target
from cutover.core.load.verdict import Standing, judge
from cutover.load.papers import exit_of
from cutover.render import load_rows
from tests.unit.cutover.render.load_runs import ROUTES, SPIKE, START, bad, run


@pytest.mark.parametrize("by", EndedBy)
@pytest.mark.parametrize("standing", Standing)
def test_the_exit_code_of_the_page_is_that_of_the_command(by: EndedBy, standing: Standing) -> None:
    whole = run(ended_by=by)
    verdict = replace(judge(whole), standing=standing)
    ended = load_rows.ended(whole, verdict)
    assert ended.exit == exit_of(verdict, whole)
    assert ended.meaning


def test_tiles_tell_the_worst_phase_for_each_limit() -> None:
    whole = run(SPIKE, ms=lambda second, _: 700.0 if 60 <= second < 120 else 20.0)
    whole.seconds[70].cells["spike", "ecs", "GET /x"] = bad(90, errors=60, throttled=5, cold=2)
    tiles = {tile.name: tile for tile in load_rows.tiles(whole, judge(whole))}
    assert (tiles["delivered"].value, tiles["delivered"].good) == ("100%", True)
    assert (tiles["p95"].value, tiles["p95"].good) == ("700 ms", False)
    assert tiles["p95"].limit == "under 500 ms; worst in spike"
    assert (tiles["p99"].value, tiles["p99"].good) == ("700 ms", True)
    assert (tiles["errors and wrong"].value, tiles["errors and wrong"].good) == ("1.09%", False)
    assert (tiles["429, told apart"].value, tiles["429, told apart"].good) == ("5", None)
    assert tiles["cold starts"].value == "2"


def test_what_was_not_quite_delivered_does_not_look_as_if_it_were() -> None:
    whole = run((Phase("steady", 100, 60),))
    whole.seconds[30].cells.clear()
    for second in whole.seconds[10:20]:
        second.dropped, second.asked["steady"] = {"steady": 8}, 108
    whole.seconds[21].dropped, whole.seconds[21].asked["steady"] = {"steady": 3}, 103
    tile = load_rows.tiles(whole, judge(whole))[0]
    assert (tile.value, tile.good) == ("96.9%", False)


def test_tiles_of_one_phase_do_not_name_it() -> None:
    whole = run()
    assert "worst" not in " ".join(tile.limit for tile in load_rows.tiles(whole, judge(whole)))


def test_tiles_of_a_run_without_an_answer_have_dashes_and_are_not_good() -> None:
    whole = run(seconds=0)
    tiles = load_rows.tiles(whole, judge(whole))
    assert [tile.value for tile in tiles] == ["0%", "-", "-", "-", "0", "0"]
    assert not any(tile.good for tile in tiles)
    nothing_asked = run((Phase("rest", 0, 60),))
    assert load_rows.tiles(nothing_asked, judge(nothing_asked))[0].value == "-"


def test_routes_are_told_with_their_share_the_busiest_first() -> None:
    whole = run(routes=(*ROUTES, ROUTES[0]))
    found = load_rows.routes(whole)
    assert [(one.name, one.cell.requests) for one in found] == [(ROUTES[0], 780), (ROUTES[1], 420)]
    assert sum(one.share for one in found) == 1
    assert found[0].error_rate == 0
    assert load_rows.routes(run(seconds=0)) == []


def test_a_route_s_errors_and_wrong_answers_are_one_rate() -> None:
    assert load_rows.Whole("x", bad(10, errors=1, wrong=1), judge(run()).phases[0].response, 1.0).error_rate == 0.2
    assert load_rows.Whole("x", Cell(), judge(run()).phases[0].response, 1.0).error_rate == 0


def test_who_answered_is_told() -> None:
    whole = run()
    whole.seconds[0].cells["sustained", "lambda", "GET /x"] = bad(30)
    assert [(one.name, one.cell.requests) for one in load_rows.sides(whole)] == [("ecs", 1200), ("lambda", 30)]


def test_cold_starts_are_named_by_phase_and_route() -> None:
    whole = run(SPIKE)
    for number in range(7):
        whole.seconds[70].cells["spike", "lambda", f"GET /{number}"] = bad(10, cold=number)
    [said] = load_rows.cold_told(whole, judge(whole))
    assert said.startswith("spike: 21 of 5 470 requests were answered by an environment that was started for them: p50")
    assert "Met by GET /6 (6), GET /5 (5), GET /4 (4), GET /3 (3), GET /2 (2) and 1 more routes." in said
    assert load_rows.cold_told(run(), judge(run())) == []


def test_problems_are_told_once_with_how_often_and_since_when() -> None:
    whole = run()
    whole.seconds[3].problems = ["a", "b"]
    whole.seconds[9].problems = ["b"]
    found = [(one.text, one.times, one.first) for one in load_rows.problems(whole)]
    assert found == [("b", 2, 3.0), ("a", 1, 3.0)]


def test_of_many_problems_the_most_frequent_are_told() -> None:
    whole = run()
    for number, second in enumerate(whole.seconds):
        second.problems = [f"problem {number}", "often"]
    found = load_rows.problems(whole)
    assert len(found) == 20
    assert found[0].text == "often"


def test_how_it_was_run_leaves_out_what_is_not_known() -> None:
    how = load_rows.how(run(about={"locust": "2.47", "accounts": ""}))
    assert how["took"] == "1:00 of 1:00 planned; all phases are over"
    assert how["generator"] == "1 process, at most 400 requests under way"
    assert how["locust"] == "2.47"
    assert not {"accounts", "reason"} & set(how)
    assert how["started"] == "2027-01-15 08:00:00 UTC"
    assert load_rows.how(run(workers=3, in_flight_cap=0))["generator"] == "3 processes"


def test_the_command_asks_for_the_same_again() -> None:
    assert load_rows.command(run()) == "cutover load run brief --target ecs --seed 7"
    by_url = run(target=Target("staging.example.com", "https://staging.example.com"))
    assert load_rows.command(by_url) == "cutover load run brief --target https://staging.example.com --seed 7"
    assert load_rows.command(run(reason="it's time")).endswith("""--prod --reason 'it'"'"'s time'""")


def test_a_moment_that_is_not_known_is_not_told() -> None:
    assert load_rows.moment(0) == ""
    assert load_rows.moment(START) == "2027-01-15 08:00:00 UTC"
