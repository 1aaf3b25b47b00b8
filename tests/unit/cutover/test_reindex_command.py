"""The commands of `reindex`: what they ask for, how each end is told, and what the ledger hears."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cutover.core.record import Kind
from cutover.core.reindex.models import (
    ALIASES,
    DatabaseUnreachable,
    DeadLetter,
    Difference,
    ReindexStopped,
    SearchRefused,
    SearchUnreachable,
    Standing,
    StoppedBy,
    TookOver,
)
from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Phase, Position, Progress, Seen, SwapWish
from tests.fakes.reindexing import INDEX, OLD, equal, info
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, typed

MOCS = "moc_instructions"


def reindexed(world: FakeWorld, *words: str, code: int = 0) -> Any:
    """What `cutover reindex WORDS --json` says of each index; the exit code is as expected."""
    result = invoke(world, "reindex", *words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def calls(world: FakeWorld) -> list[str]:
    """What was asked of the search indices."""
    return [f"{name} {alias}" for name, alias, *_ in world.reindexing.asked]


def test_a_run_takes_every_index_in_their_order_and_moves_no_alias() -> None:
    world = known_world(90, 10)

    result = invoke(world, "reindex", "run", "--yes")

    assert result.exit_code == 0, result.output
    assert calls(world) == [f"run {alias}" for alias in ALIASES]
    assert "100 documents, equal to the table" in result.stdout
    assert "cutover reindex swap moc_instructions" in result.stdout
    assert len(world.ledger.lines) == 1


def test_all_means_the_same_and_an_index_named_twice_is_done_once() -> None:
    world = known_world(90, 10)

    invoke(world, "reindex", "run", "all", MOCS, MOCS, "--yes")

    assert calls(world) == [f"run {alias}" for alias in ALIASES]


def test_a_run_with_swap_goes_on_with_what_it_was_allowed() -> None:
    world = known_world(90, 10)

    said = reindexed(world, "run", MOCS, "--swap", "--yes", "--replace-index", "--reason", "new schema")

    wish = SwapWish(replace_index=True, allow_empty=False, accept_dead=0)
    assert world.reindexing.asked == [("run", MOCS, False, ""), ("swap", MOCS, wish)]
    assert said["schema"] == "cutover.reindex/1"
    assert said["indices"][0]["moved"]["after"] == INDEX
    event = world.ledger.last(Kind.REINDEXED)
    assert event.command == "reindex run"
    assert event.evidence == {"alias": MOCS, "before": OLD, "after": INDEX, "replaced": False, "accepted_dead": 0}
    assert event.reason == f"{MOCS}: {OLD} → {INDEX} (new schema)"
    assert [notice.title for notice in world.notifier.told] == [
        f"api.example.com: the search alias {MOCS} points to {INDEX}, before to {OLD}"
    ]


def test_what_differs_is_exit_12_with_its_documents_and_nothing_is_swapped() -> None:
    world = known_world(90, 10)
    world.reindexing.verification = equal(
        differences=12, differing=[Difference(f"id-{n}", "different", ["title"]) for n in range(12)]
    )

    result = invoke(world, "reindex", "run", MOCS, "--swap", "--yes")

    assert result.exit_code == 12
    assert "NOT EQUAL" in result.stdout
    assert "id-0  different in title" in result.stdout
    assert "and 2 more" in result.stdout
    assert f"12 documents of {INDEX} differ from the table" in result.stderr
    assert calls(world) == [f"run {MOCS}"]


def test_rows_that_cannot_be_indexed_are_exit_12_until_they_are_accepted() -> None:
    world = known_world(90, 10)
    world.reindexing.verification = equal(dead=["id-1", "id-2"])

    refused = invoke(world, "reindex", "run", MOCS, "--swap", "--yes", "--accept-dead", "1")
    taken = invoke(world, "reindex", "run", MOCS, "--swap", "--yes", "--accept-dead", "2")

    assert (refused.exit_code, taken.exit_code) == (12, 0)
    assert "2 rows can't be indexed" in refused.stderr
    assert "cutover reindex swap moc_instructions --accept-dead 2" in refused.stderr
    assert "equal but for 2 dead letters" in taken.stdout
    assert calls(world) == [f"run {MOCS}", f"run {MOCS}", f"swap {MOCS}"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReindexStopped("the disk is full", "make room"), 8),
        (ReindexStopped("somebody else is at work", "wait", StoppedBy.LOCKED), 7),
        (ReindexStopped("too many dead letters", "mend them", StoppedBy.UNEQUAL), 12),
    ],
)
def test_what_stops_one_index_does_not_keep_the_others(error: ReindexStopped, code: int) -> None:
    world = known_world(90, 10)
    world.reindexing.raises["run"] = error

    said = reindexed(world, "run", "--yes", code=code)

    assert [one["exit"] for one in said["indices"]] == [code] * 3
    assert (said["message"], said["next"]) == (str(error), error.way_on)


@pytest.mark.parametrize(
    "error",
    [SearchUnreachable("POST /_bulk: no answer"), SearchRefused(403, "denied", "no"), DatabaseUnreachable("gone")],
)
def test_a_server_out_of_reach_ends_all_with_exit_10_and_the_same_command_goes_on(error: Exception) -> None:
    world = known_world(90, 10)
    world.reindexing.raises["run"] = error

    result = invoke(world, "reindex", "run", "--yes")

    assert result.exit_code == 10
    assert str(error) in result.stderr
    assert "the same again goes on where it was" in result.stderr
    assert calls(world) == [f"run {MOCS}"]


def test_ctrl_c_says_how_to_go_on() -> None:
    world = known_world(90, 10)
    world.reindexing.raises["run"] = KeyboardInterrupt()

    said = reindexed(world, "run", "--yes", code=130)

    assert said["next"] == "cutover reindex run moc_instructions goes on where it was"
    assert said["message"] == "moc_instructions: stopped; what was done is kept"


def test_a_run_shows_its_plan_and_asks() -> None:
    world = known_world(90, 10)

    result = typed(world, "n\n", "reindex", "run", MOCS)

    assert result.exit_code == 130
    assert f"loads 100 rows into {INDEX}" in result.stdout
    assert calls(world) == [f"look {MOCS}"]


def test_a_dry_run_says_what_goes_on() -> None:
    world = known_world(90, 10)
    position = Position(MOCS, "http://search", INDEX, "run", START, Phase.LOADING, indexed=7)
    world.reindexing.seen = Seen(Standing(MOCS, None, concrete=False, others=[info(INDEX)]), 100, position)

    result = invoke(world, "reindex", "run", MOCS, "--dry-run")

    assert result.exit_code == 0
    assert f"goes on with {INDEX}" in result.stdout
    assert "nothing has this name yet" in result.stdout
    assert calls(world) == [f"look {MOCS}"]


def test_an_index_that_others_have_loaded_is_of_one_alias() -> None:
    world = known_world(90, 10)

    several = invoke(world, "reindex", "run", "--loaded", INDEX, "--yes")
    both = invoke(world, "reindex", "run", MOCS, "--loaded", INDEX, "--fresh", "--yes")
    one = invoke(world, "reindex", "run", MOCS, "--loaded", INDEX, "--yes")

    assert [several.exit_code, both.exit_code, one.exit_code] == [2, 2, 0]
    assert world.reindexing.asked == [("run", MOCS, False, INDEX)]


def test_a_verification_changes_nothing_and_tells_what_it_found() -> None:
    world = known_world(90, 10)

    assert reindexed(world, "verify", MOCS)["indices"][0]["equal"] is True
    world.reindexing.verification = equal(dead=["id-1"])
    assert "1 row can't be indexed" in reindexed(world, "verify", MOCS, code=12)["message"]
    world.reindexing.verification = equal(problems=["searches are alike in 40% only"])
    assert "searches are alike in 40% only" in reindexed(world, "verify", MOCS, code=12)["message"]
    assert calls(world) == [f"verify {MOCS}"] * 3


def test_a_swap_that_finds_differences_afterwards_says_how_to_go_back() -> None:
    world = known_world(90, 10)
    world.reindexing.verification = equal(differences=1)

    result = invoke(world, "reindex", "swap", MOCS, "--yes")

    assert result.exit_code == 12
    assert "afterwards 1 document differ" in result.stderr
    assert "cutover reindex rollback moc_instructions" in result.stderr
    assert world.ledger.last(Kind.REINDEXED).command == "reindex swap"


def test_a_ledger_that_is_gone_is_told_and_stops_no_swap() -> None:
    world = known_world(90, 10)
    world.ledger.unreadable = "the disk is gone"

    result = invoke(world, "reindex", "swap", MOCS, "--yes")

    assert result.exit_code == 0
    assert "the ledger is out of reach, so this is not recorded: the disk is gone" in result.stderr
    assert f"{MOCS} points to {INDEX}" in result.stdout


def test_a_rollback_names_its_index_and_is_written_down() -> None:
    world = known_world(90, 10)

    unnamed = invoke(world, "reindex", "rollback", "--yes")
    result = invoke(world, "reindex", "rollback", MOCS, "--yes", "--reason", "searches miss tags")

    assert (unnamed.exit_code, result.exit_code) == (2, 0)
    assert calls(world) == [f"roll_back {MOCS}"]
    assert world.ledger.last(Kind.REINDEXED).evidence["after"] == OLD
    assert f"{MOCS} points to {OLD}, before to {INDEX}, which stays" in result.stdout


def test_a_prune_shows_what_would_go_and_asks() -> None:
    world = known_world(90, 10)
    world.reindexing.pruning = Pruning(MOCS, [info()], [("moc_instructions-old", "cutover did not make it")])

    refused = typed(world, "n\n", "reindex", "prune", MOCS)
    dry = reindexed(world, "prune", MOCS, "--dry-run")
    done = invoke(world, "reindex", "prune", MOCS, "--all", "--yes")

    assert refused.exit_code == 130
    assert f"would go  {OLD}  100 documents  1.5 MB" in refused.stdout
    assert "moc_instructions-old: cutover did not make it" in refused.stdout
    assert dry["indices"][0]["deleted"] == [OLD]
    assert f"{MOCS}: deleted {OLD}" in done.stdout
    assert world.reindexing.asked[-1] == ("prune", MOCS, True, False)
    assert [asked[-1] for asked in world.reindexing.asked] == [True, True, False]


def test_a_prune_with_nothing_to_delete_says_so() -> None:
    world = known_world(90, 10)

    assert "nothing to delete" in reindexed(world, "prune", MOCS, "--yes")["message"]


def test_the_status_tells_what_serves_how_far_it_is_and_what_is_dead() -> None:
    world = known_world(90, 10)
    verification = equal(mended=3, overlap=0.95, queries=50, problems=["the mapping differs"])
    position = Position(MOCS, "http://s", INDEX, "run", START, Phase.VERIFIED, indexed=9, verification=verification)
    serving = info(took_over=TookOver(START, "moc_instructions-v0"), read_only="index.blocks.write")
    world.reindexing.seen = Seen(
        Standing(MOCS, serving, concrete=False, others=[replace(info(INDEX), ours=False)]),
        1000,
        position,
        holder="alice on bastion",
        against=["the disk is nearly full"],
        dead=[DeadLetter(f"id-{n}", "mapper_parsing_exception") for n in range(11)],
    )

    result = invoke(world, "reindex", "status", MOCS)
    said = reindexed(world, "status", MOCS)["indices"][0]

    assert result.exit_code == 0
    for text in (
        "verified, not swapped", "1 000 rows", "from moc_instructions-v0", "read-only: index.blocks.write",
        "not of our schema", "alice on bastion", "the disk is nearly full", "id-0  mapper_parsing_exception",
        "and 1 more",
        f"whole in {INDEX}.dead.ndjson, in reindex.folder",
        "3 mended", "95% of the first hits are alike, 50 searches", "the mapping differs",
    ):  # fmt: skip
        assert text in result.stdout, text
    assert said["serving"]["name"] == OLD
    assert said["checkpoint"]["phase"] == "verified"
    assert len(said["dead_letters"]) == 11


def test_an_index_of_the_aliass_own_name_is_told_apart() -> None:
    world = known_world(90, 10)
    world.reindexing.seen = Seen(Standing(MOCS, info(MOCS), concrete=True), 5, None)

    result = invoke(world, "reindex", "plan", MOCS)

    assert "an index of that very name, no alias" in result.stdout
    assert "never reindexed from here" in result.stdout


def test_what_goes_on_is_told_once_a_phase_and_tenth_where_lines_cannot_be_overwritten() -> None:
    world = known_world(90, 10)
    world.reindexing.tells = [
        Progress(MOCS, "load", done, 1000, 500.0, (1000 - done) / 500, retried=4, dead=1, waiting="the cluster is red")
        for done in (0, 10, 20, 100, 1000)
    ]
    world.reindexing.notes = ["the checkpoint's index is gone"]

    result = invoke(world, "reindex", "run", MOCS, "--yes")
    quiet = invoke(world, "reindex", "run", MOCS, "--yes", "--quiet")

    lines = [line for line in result.stdout.splitlines() if "  load  " in line]
    assert len(lines) == 3
    assert lines[1].split("  ")[1:] == [
        MOCS, "load", "100 of 1 000", "500/s", "1s left", "4 sent again", "1 dead letter", "the cluster is red",
    ]  # fmt: skip
    assert "the checkpoint's index is gone" in result.stderr
    assert "  load  " not in quiet.output


@pytest.mark.parametrize("words", [("plan",), ("run", "--yes"), ("swap", "--dry-run"), ("prune", "--yes"), ("verify",)])
def test_without_a_search_cluster_it_is_exit_2(words: tuple[str, ...]) -> None:
    world = known_world(90, 10)
    world.reindexing.is_set_up = False

    result = invoke(world, "reindex", *words)

    assert result.exit_code == 2
    assert "set reindex.endpoint" in result.stderr
    assert world.reindexing.asked == []


def test_a_run_that_took_long_tells_its_rate() -> None:
    world = known_world(90, 10)

    result = invoke(world, "reindex", "run", MOCS, "--yes")

    assert "took      2s, 50 a second" in result.stdout


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("swap", 8, "no run of moc_instructions is known here"), ("rollback", 8, "nothing to go back to"), ("run", 0, "")],
)
def test_a_dry_run_of_what_moves_shows_what_stands_there_and_is_refused_as_the_real_one(
    name: str, code: int, words: str
) -> None:
    world = known_world(90, 10)

    result = invoke(world, "reindex", name, MOCS, "--dry-run")

    assert result.exit_code == code
    assert "moc_instructions-v1  100 documents" in result.stdout
    assert words in result.stderr
    assert calls(world) == [f"look {MOCS}"]


@pytest.mark.parametrize(
    ("phase", "serves", "way_on"),
    [
        (Phase.LOADING, OLD, "reindex run moc_instructions"),
        (Phase.VERIFIED, OLD, "reindex swap moc_instructions"),
        (Phase.SWAPPED, INDEX, "reindex swap moc_instructions finishes it"),
        (Phase.DONE, OLD, "reindex run moc_instructions"),
    ],
)
def test_the_status_says_what_comes_next(phase: Phase, serves: str, way_on: str) -> None:
    world = known_world(90, 10)
    position = Position(MOCS, "http://search", INDEX, "run", START, phase)
    standing = Standing(MOCS, info(serves), concrete=False, others=[info(INDEX)] if serves != INDEX else [])
    world.reindexing.seen = Seen(standing, 100, position)

    result = invoke(world, "reindex", "status", MOCS)

    assert reindexed(world, "status", MOCS)["next"] == f"cutover {way_on}"
    assert ("not serving any more" in result.stdout) == (phase is Phase.DONE and serves == OLD)


def test_a_run_that_finished_a_swap_which_was_cut_off_does_not_swap_again() -> None:
    world = known_world(90, 10)
    world.reindexing.phase = Phase.DONE

    result = invoke(world, "reindex", "run", MOCS, "--swap", "--yes")

    assert result.exit_code == 0
    assert "serves: a swap that was cut off is finished" in result.stdout
    assert calls(world) == [f"run {MOCS}"]


def test_a_swap_that_replaced_an_index_says_that_it_is_gone() -> None:
    world = known_world(90, 10)
    world.reindexing.replaced = True

    assert "which that step deleted" in reindexed(world, "swap", MOCS, "--replace-index", "--yes")["message"]


def test_a_prune_without_deleting_says_that_nothing_was_deleted() -> None:
    world = known_world(90, 10)
    world.reindexing.pruning = Pruning(MOCS, [info()], [])

    assert "nothing was deleted" in reindexed(world, "prune", MOCS, "--dry-run")["message"]
