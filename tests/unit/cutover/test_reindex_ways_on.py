"""What the commands of `reindex` say comes next, and what a dry run foresees."""

from dataclasses import replace
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, Standing, StoppedBy, TookOver
from cutover.core.reindex.run import Moved, Phase, Position, Progress, Seen
from cutover.flow.reindexing import moved as moved_end
from tests.fakes.reindexing import INDEX, OLD, equal, info
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.test_reindex_command import MOCS, calls, reindexed


def seen_with(world: FakeWorld, serving: Any, phase: Phase = Phase.VERIFIED, **found: Any) -> None:
    """A checkpoint of INDEX, which is there, at that phase, with a verification of now."""
    position = Position(MOCS, "http://s", INDEX, "run", START, phase, verification=equal(at=world.clock.now(), **found))
    others = [one for one in (info(OLD), info(INDEX)) if not serving or one.name != serving.name]
    world.reindexing.seen = Seen(Standing(MOCS, serving, concrete=False, others=others), 100, position)


def test_a_dry_run_says_from_which_index_to_which_and_moves_nothing() -> None:
    world = known_world(90, 10)
    seen_with(world, info(OLD))
    swap = reindexed(world, "swap", MOCS, "--dry-run")["message"]
    seen_with(world, info(INDEX, took_over=TookOver(START, OLD)))
    back = reindexed(world, "rollback", MOCS, "--dry-run")["message"]

    assert swap == f"{MOCS} would point to {INDEX}, now to {OLD}; nothing was changed"
    assert back == f"{MOCS} would point to {OLD}, now to {INDEX}; nothing was changed"
    assert calls(world) == [f"look {MOCS}"] * 2


@pytest.mark.parametrize(
    ("serving", "phase", "found", "way_on"),
    [
        (info(OLD, took_over=TookOver(START, INDEX, back=True)), Phase.DONE, {},
         f"cutover reindex verify {MOCS}, then cutover reindex swap {MOCS}, goes forward again"),
        (info(OLD), Phase.VERIFIED, {"dead": ["a", "b"]},
         f"cutover reindex swap {MOCS} --accept-dead 2 leaves the dead letters out"),
        (info(OLD), Phase.VERIFIED, {"differences": 1}, f"cutover reindex run {MOCS} compares and mends again"),
        (info(INDEX, took_over=TookOver(START, "")), Phase.DONE, {}, f"cutover reindex verify {MOCS}"),
        (info(INDEX, took_over=TookOver(START, MOCS, concrete=True)), Phase.DONE, {}, f"cutover reindex verify {MOCS}"),
        (info(INDEX, took_over=TookOver(START, OLD)), Phase.DONE, {}, f"cutover reindex rollback {MOCS} goes back"),
    ],
)  # fmt: skip
def test_the_status_says_what_can_be_done_next(serving: Any, phase: Phase, found: Any, way_on: str) -> None:
    world = known_world(90, 10)
    seen_with(world, serving, phase, **found)

    assert reindexed(world, "status", MOCS)["next"] == way_on


def test_searches_that_find_less_are_told_as_that_and_no_run_is_advised() -> None:
    world = known_world(90, 10)
    less = f"50 searches find 40.0% of what {OLD} finds, and 90.0% are wanted"
    facts: dict[str, Any] = {"overlap": 0.4, "queries": 50, "problems": [less]}
    world.reindexing.verification = equal(**facts)
    seen_with(world, info(OLD), **facts)

    ran, verified = (reindexed(world, name, MOCS, "--yes", code=12) for name in ("run", "swap"))
    ended = [ran, reindexed(world, "verify", MOCS, code=12), reindexed(world, "swap", MOCS, "--dry-run", code=12)]

    assert verified["exit"] == 12
    assert ended[0]["message"] == ended[1]["message"] == f"{MOCS}: the index equals its table, but {less}"
    assert f"equalled its table 0s ago, but {less}" in ended[2]["message"]
    for way_on in (*(one["next"] for one in ended), reindexed(world, "status", MOCS)["next"]):
        assert way_on.startswith("look at the old index first, it may be the one that is wrong; reindex.golden_overlap")
        assert "reindex run" not in way_on


def test_an_index_that_was_deleted_is_said_to_be_gone_and_a_run_makes_a_new_one() -> None:
    world = known_world(90, 10)
    position = Position(MOCS, "http://s", INDEX, "run", START, Phase.VERIFIED)
    world.reindexing.seen = Seen(Standing(MOCS, info(OLD), concrete=False), 100, position, free_name="new")
    world.reindexing.raises["verify"] = SearchRefused(404, "index_not_found_exception", "no such index")

    shown, planned = invoke(world, "reindex", "status", MOCS), invoke(world, "reindex", "plan", MOCS)
    verified = reindexed(world, "verify", MOCS, code=8)

    assert "the index of the last run is gone" in shown.stdout
    assert f"next: cutover reindex run {MOCS}  # makes a new one" in shown.stdout
    assert "loads 100 rows into new" in planned.stdout
    assert verified["message"] == f"{MOCS}: {INDEX}, which the last run made, is not there any more"
    assert verified["next"] == f"cutover reindex run {MOCS} makes a new one"


def test_what_is_not_there_otherwise_stays_a_server_out_of_reach() -> None:
    world = known_world(90, 10)
    world.reindexing.raises["verify"] = SearchRefused(404, "no_handler", "no such path")

    assert "no_handler" in reindexed(world, "verify", MOCS, code=10)["message"]


def test_the_first_swap_has_nothing_before_it_and_no_way_back() -> None:
    world = known_world(90, 10)
    moved = Moved(MOCS, "", INDEX)

    assert moved_end(moved, back=False).text == f"{MOCS} points to {INDEX}, which nothing did before"
    for one in (moved, replace(moved, before=MOCS, replaced=True)):
        for found in (None, equal(differences=1)):
            assert "rollback" not in moved_end(replace(one, verification=found), back=False).way_on
    assert world.reindexing.asked == []


def test_a_plan_names_what_the_swap_will_need() -> None:
    world = known_world(90, 10)
    world.reindexing.seen = Seen(Standing(MOCS, info(MOCS), concrete=True), 0, None)

    shown = invoke(world, "reindex", "plan", MOCS).stdout

    assert "will need --replace-index" in shown
    assert "will need --allow-empty" in shown


def test_a_swap_of_what_serves_already_has_nothing_to_do() -> None:
    world = known_world(90, 10)
    world.reindexing.raises["swap"] = ReindexStopped("it serves already", "look", StoppedBy.NOTHING_TO_DO)

    assert reindexed(world, "swap", MOCS, "--yes")["message"] == "it serves already"


def test_who_answers_no_or_meets_a_bug_is_shown_the_reindex_and_not_the_traffic() -> None:
    world = known_world(90, 10)
    declined = typed(world, "n\n", "reindex", "run", MOCS)
    world.reindexing.raises["run"] = ZeroDivisionError("oh")
    failed = invoke(world, "reindex", "run", MOCS, "--yes")

    assert "next: cutover reindex status" in declined.stdout
    assert failed.exit_code == 1
    assert "cutover reindex status" in failed.stderr
    assert "rollback" not in failed.stderr


def test_in_a_pipe_a_phase_ends_with_its_last_count() -> None:
    world = known_world(90, 10)
    told = [("catch up", 0), ("catch up", 7), ("catch up", 9), ("settle", 0), ("settle", 3)]
    world.reindexing.tells = [Progress(MOCS, phase, done, 0, 0.0, None) for phase, done in told]

    shown = invoke(world, "reindex", "run", MOCS, "--yes").stdout

    lines = [line.split("  ")[2:] for line in shown.splitlines() if line.startswith(f"  {MOCS}  ")]
    assert lines == [["catch up", "0"], ["catch up", "9"], ["settle", "0"], ["settle", "3"]]
