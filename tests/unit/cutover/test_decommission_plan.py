"""`cutover decommission plan` and `archive`: the ladder as it stands, and the copies that it rests on."""

import json

import pytest
from click.testing import Result

from cutover.core.record import Kind
from cutover.ports import NotFound
from tests.fakes.world import FakeWorld
from tests.unit.cutover.ending import IMAGES, REPOSITORY, at_the_end, done, drained, held, rung_events, rungs, told
from tests.unit.cutover.invoking import invoke, typed


def plan(world: FakeWorld, *more: str) -> Result:
    """Run it."""
    result = invoke(world, "decommission", "plan", *more)
    assert result.exit_code == 0, result.output
    return result


def test_the_ladder_shows_each_rung_with_its_undo_and_its_time() -> None:
    world = at_the_end()

    said = plan(world).output

    assert "next: hold" in said
    assert "cutover decommission drain --undo" in said
    assert "2 to 5 min" in said
    assert "4 asked, 4 running, autoscaling 2 to 8" in said
    assert world.estate.set_to == []
    assert rungs(world) == []


def test_the_hold_is_counted_down() -> None:
    world = at_the_end()
    done(world, "hold", "--yes")

    said = plan(world).output

    assert "48h left of 2d" in said
    assert "the hold has 48h left of 2d" in said
    assert "next: drain" in said


def test_what_stands_in_the_way_is_shown_with_number_limit_and_way_on() -> None:
    world = at_the_end(finished=False)

    document = json.loads(plan(world, "--json").stdout)

    assert document["against"][0] == {
        "rule": "finished",
        "text": "the last bake, at Lambda 100%, is not complete",
        "number": "BAKING 100%",
        "limit": "FINISHED",
        "next": "cutover run finishes it; cutover status shows how long that takes",
    }
    assert "(BAKING 100%; needed: FINISHED)" in plan(world).output


def test_a_rung_that_was_cut_off_is_shown_as_begun() -> None:
    world = held()
    world.estate.stuck = True
    told(world, "drain", "--yes")

    said = plan(world).output

    assert "begun" in said
    assert "next: drain" in said


def test_an_archive_that_no_longer_covers_the_repository_is_next_again() -> None:
    world = drained()
    world.archive.repositories[REPOSITORY]["sha256:" + "c" * 64] = ()

    assert "next: archive" in plan(world).output


def test_without_repositories_there_is_no_archive_to_wait_for() -> None:
    world = held(archive={})
    world.archive.is_set_up = False
    done(world, "drain", "--yes")

    document = json.loads(plan(world, "--json").stdout)

    assert document["next_rung"] == "delete"
    assert "repository" not in {resource["kind"] for resource in document["resources"]}


def test_a_service_that_is_gone_before_it_was_exported_is_told() -> None:
    world = at_the_end()
    world.estate.size = None

    said = plan(world).output

    assert "the ECS service 'api' is not in 'prod': check ecs.service" in said
    assert "the service is gone" in said


def test_a_plan_without_a_service_in_the_settings_says_what_to_set() -> None:
    world = at_the_end()
    world.estate.is_set_up = False

    code, said = told(world, "plan")

    assert code == 2
    assert "set ecs.cluster, ecs.service" in said


def test_global_options_are_repeated_in_every_command_it_names() -> None:
    said = invoke(at_the_end(), "--stage", "blue", "decommission", "plan").output

    assert "cutover --stage blue decommission drain --undo" in said


def test_the_archive_keeps_the_receipts_hash_in_the_ledger() -> None:
    world = at_the_end()

    result = done(world, "archive", "--yes")

    (event,) = rung_events(world)
    receipt = world.archive.receipts[REPOSITORY]
    assert event.evidence["receipts"] == {REPOSITORY: receipt.hash}
    assert event.evidence["images"] == {REPOSITORY: 2}
    assert "2 images, 3 MB, in s3://archive/cutover-archive, all checked" in result.output
    assert all(digest in result.output for digest in IMAGES)


def test_the_archive_may_be_taken_at_any_time_and_needs_no_lease() -> None:
    world = at_the_end(finished=False)
    world.failing_lambda(0.5)
    world.ledger.held_by = "ada"

    done(world, "archive", "--yes")

    assert rungs(world) == [("archive", False)]


def test_a_copy_that_is_not_what_its_digest_says_is_a_mismatch() -> None:
    world = at_the_end()
    world.archive.broken = "lego/api: sha256:abc is not in the archive"

    code, said = told(world, "archive", "--yes")

    assert code == 12
    assert "sha256:abc is not in the archive" in said
    assert rungs(world) == []


def test_a_repository_that_does_not_exist_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    world = at_the_end()

    def missing(*_: object) -> None:
        raise NotFound("there is no ECR repository 'lego/api' in this region: check archive.repositories")

    monkeypatch.setattr(world.archive, "copy", missing)

    code, said = told(world, "archive", "--yes")

    assert code == 2
    assert "check archive.repositories" in said


@pytest.mark.parametrize(
    ("archive", "is_set_up", "key"), [({}, False, "archive.bucket"), ({"bucket": "b"}, True, "archive.repositories")]
)
def test_an_archive_without_its_settings_says_what_to_set(archive: dict[str, str], is_set_up: bool, key: str) -> None:
    world = at_the_end(archive=archive)
    world.archive.is_set_up = is_set_up

    code, said = told(world, "archive", "--yes")

    assert code == 2
    assert f"set {key}" in said


def test_a_dry_run_of_the_archive_copies_nothing() -> None:
    world = at_the_end()

    assert "lego/api to s3://archive/cutover-archive" in done(world, "archive", "--dry-run").output
    assert world.archive.receipts == {}


def test_a_dry_run_of_an_approval_names_what_it_would_let_go_and_writes_nothing() -> None:
    world = drained()
    lines = len(world.ledger.lines)

    assert REPOSITORY in done(world, "approve", "--reason", "nobody calls it", "--dry-run").output
    assert len(world.ledger.lines) == lines


def test_the_archive_is_asked_for_on_a_terminal() -> None:
    world = at_the_end()

    assert typed(world, "y\n", "decommission", "archive").exit_code == 0
    assert world.ledger.last(Kind.RUNG).evidence["rung"] == "archive"


def test_progress_is_one_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.render.output.Output.is_live", property(lambda _: True))
    world = at_the_end()

    said = done(world, "archive", "--yes").output

    assert "\r\x1b[2K" in said
    assert "\n2 images" in said
