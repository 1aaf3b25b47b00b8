"""`cutover freeze`: windows named, listed and taken back; a raise inside one ends with 14 wherever it is asked for."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.record import Kind
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.scripting import shift

ADD = ("freeze", "add", "--yes", "--reason", "launch weekend")
WEEKEND: dict[str, Any] = {"freeze": {"time_zone": "Europe/Berlin"}}  # and its default, Fri 12:00 to Mon 08:00


def ids(world: FakeWorld) -> list[str]:
    return [one["id"] for one in json.loads(invoke(world, "freeze", "list", "--all", "--json").stdout)["named"]]


def test_a_window_is_named_in_the_ledger_with_its_reason() -> None:
    world = fake_world()

    result = invoke(world, *ADD, "--for", "48h")

    assert result.exit_code == 0, result.output
    event = world.ledger.last(Kind.FROZEN)
    assert (event.reason, event.command) == ("launch weekend", "freeze add")
    assert event.evidence == {
        "id": "f1",
        "start": "2026-11-22T09:00:00+00:00",
        "end": "2026-11-24T09:00:00+00:00",
    }
    assert "frozen f1: nothing is raised from Sun 22 Nov 2026 09:00 to Tue 24 Nov 2026 09:00 UTC" in result.stdout
    assert "next: cutover freeze list\n      cutover freeze rm f1  # takes it back" in result.stdout


def test_times_are_of_the_settings_zone_or_carry_their_own() -> None:
    world = fake_world(**WEEKEND)

    invoke(world, *ADD, "--from", "2026-12-23 12:00", "--until", "2027-01-04T08:00:00Z")

    evidence = world.ledger.last(Kind.FROZEN).evidence
    assert (evidence["start"], evidence["end"]) == ("2026-12-23T11:00:00+00:00", "2027-01-04T08:00:00+00:00")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say until when: --until TIME, or --for 48h"),
        (("--for", "1h", "--until", "2026-12-24 18:00"), "say until when"),
        (("--until", "tomorrow"), "'tomorrow' is not a time; write it as"),
        (("--from", "soon", "--for", "1h"), "'soon' is not a time"),
        (("--from", "2026-12-24 18:00", "--until", "2026-12-24 18:00"), "before it starts Thu 24 Dec 18:00 UTC"),
        (("--from", "2026-11-20 18:00", "--until", "2026-11-22 09:00"), "it would be over already"),
        (("--for", "0s"), "is no time at all"),
        (("--from", "9999-12-31 23:00", "--for", "2h"), "date value out of range"),
    ],
)
def test_windows_that_are_none_are_told(words: tuple[str, ...], said: str) -> None:
    world = fake_world()

    result = invoke(world, *ADD, *words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert world.ledger.lines == []


def test_a_reason_is_asked_for() -> None:
    assert "Missing option '--reason'" in invoke(fake_world(), "freeze", "add", "--yes", "--for", "1h").stderr


def test_it_asks_first_and_a_dry_run_writes_nothing() -> None:
    world = fake_world()
    words = ("freeze", "add", "--for", "1h", "--reason", "launch")

    assert invoke(world, *words).exit_code == 2
    assert typed(world, "n\n", *words).exit_code == 130
    assert "nothing was changed" in invoke(world, *words, "--dry-run").stdout
    assert world.ledger.lines == []
    assert typed(world, "y\n", *words).exit_code == 0


def test_naming_one_inside_another_says_so() -> None:
    world = fake_world(**WEEKEND)  # START is a Sunday

    result = invoke(world, *ADD, "--for", "1h")

    assert "frozen already until Mon 23 Nov 07:00 UTC: Fri 12:00 to Mon 08:00 Europe/Berlin" in result.stdout


def test_a_raise_inside_a_window_ends_with_its_own_code_and_lowering_goes_on() -> None:
    world = known_world(90, 10)
    invoke(world, *ADD, "--for", "48h")

    code, said = shift(world, 50)
    planned = invoke(world, "plan", "--lambda-weight", "50")

    assert code == 14
    assert "frozen until Tue 24 Nov 09:00 UTC: launch weekend" in said
    assert 'cutover shift --lambda-weight 50 --override freeze="why it can\'t wait"' in said
    assert (planned.exit_code, world.weights.applied) == (14, [])
    assert shift(world, 5)[0] == 0
    assert invoke(world, "rollback").exit_code == 0


def test_a_weekly_window_refuses_a_drill_too_and_an_override_takes_its_place() -> None:
    world = known_world(100, 0, **WEEKEND)

    assert invoke(world, "drill", "--yes").exit_code == 14
    assert shift(world, 10)[0] == 14
    assert shift(world, 10, "--override", "freeze=the old side is on fire")[0] == 0


def test_after_its_end_a_window_refuses_nothing() -> None:
    world = known_world(90, 10)
    invoke(world, *ADD, "--for", "1h")
    world.pass_time(timedelta(hours=1))

    assert shift(world, 50)[0] == 0


def test_the_list_shows_what_holds_and_when_it_opens() -> None:
    world = fake_world(**WEEKEND)
    invoke(world, *ADD, "--from", "2026-11-23 07:00", "--until", "2026-11-23 10:00")  # it meets the weekend

    result = invoke(world, "freeze", "list")

    assert result.exit_code == 0
    assert "f1 " in result.stdout
    assert "weekly    Fri 12:00 to Mon 08:00 Europe/Berlin" in result.stdout
    assert "frozen until Mon 23 Nov 09:00 UTC: Fri 12:00 to Mon 08:00 Europe/Berlin" in result.stdout
    assert "next: lowering is always allowed" in result.stdout


def test_the_list_as_a_document() -> None:
    world = fake_world(**WEEKEND)
    invoke(world, *ADD, "--for", "1h")

    document = json.loads(invoke(world, "freeze", "list", "--json").stdout)

    assert document["schema"] == "cutover.freeze/1"
    assert (document["frozen"], document["opens"]) == (True, "2026-11-23T07:00:00+00:00")
    assert document["named"] == [
        {
            "id": "f1",
            "start": "2026-11-22T09:00:00+00:00",
            "end": "2026-11-22T10:00:00+00:00",
            "reason": "launch weekend",
            "actor": "arn:aws:iam::123456789012:user/ada",
        }
    ]
    assert document["weekly"] == ["Fri 12:00 to Mon 08:00 Europe/Berlin"]


def test_what_is_over_is_listed_only_if_asked_for() -> None:
    world = fake_world()
    invoke(world, *ADD, "--for", "1h")
    invoke(world, *ADD, "--from", "2026-11-22 12:00", "--for", "2h")
    invoke(world, *ADD, "--from", "2026-11-22 10:30", "--for", "5h")
    world.pass_time(timedelta(hours=2))

    shown = invoke(world, "freeze", "list").stdout

    assert "f1" not in shown
    assert "f2" in shown
    assert ids(world) == ["f1", "f2", "f3"]
    assert "f1" in invoke(world, "freeze", "list", "--all").stdout


def test_without_any_window_it_says_so() -> None:
    result = invoke(fake_world(), "freeze", "list")

    assert "none is named, and freeze.weekly is empty" in result.stdout
    assert "not frozen now: a step may be taken" in result.stdout


def test_a_window_is_taken_back_by_its_id() -> None:
    world = known_world(90, 10)
    invoke(world, *ADD, "--for", "48h")

    result = invoke(world, "freeze", "rm", "f2", "--yes", "--reason", "moved")

    assert result.exit_code == 0
    assert "f2 is taken back" in result.stdout
    event = world.ledger.last(Kind.THAWED)
    assert (event.reason, event.evidence, event.command) == ("moved", {"id": "f2"}, "freeze rm")
    assert shift(world, 50)[0] == 0


def test_taking_one_back_says_what_still_holds() -> None:
    world = fake_world(**WEEKEND)
    invoke(world, *ADD, "--for", "1h")

    result = invoke(world, "freeze", "rm", "f1", "--yes")

    assert "f1 is taken back; still frozen until Mon 23 Nov 07:00 UTC: Fri 12:00 to Mon 08:00" in result.stdout


def test_taking_back_asks_and_has_a_dry_run() -> None:
    world = fake_world()
    invoke(world, *ADD, "--for", "1h")

    assert invoke(world, "freeze", "rm", "f1").exit_code == 2
    assert typed(world, "n\n", "freeze", "rm", "f1").exit_code == 130
    assert invoke(world, "freeze", "rm", "f1", "--dry-run").exit_code == 0
    assert world.ledger.kinds() == ["frozen"]
    assert typed(world, "y\n", "freeze", "rm", "f1").exit_code == 0


@pytest.mark.parametrize(("add", "named"), [(False, "none"), (True, "f1")])
def test_an_unknown_id_is_told_with_those_that_there_are(add: bool, named: str) -> None:
    world = fake_world()
    if add:
        invoke(world, *ADD, "--for", "1h")

    result = invoke(world, "freeze", "rm", "f9", "--yes")

    assert result.exit_code == 2
    assert f"there is no freeze 'f9'; the named ones are: {named}" in result.stderr


def test_one_that_was_taken_back_meanwhile_is() -> None:
    world = fake_world()
    invoke(world, *ADD, "--for", "1h")
    session = ("freeze", "rm", "f1")

    def gone() -> None:
        world.write(Kind.THAWED, evidence={"id": "f1"})

    world.ledger.before_append.append(gone)

    assert invoke(world, *session, "--yes").exit_code == 0
    assert world.ledger.kinds() == ["frozen", "thawed"]


def test_it_needs_no_lease_and_no_route_53() -> None:
    world = fake_world()
    world.ledger.held_by = "run by grace"

    assert invoke(world, *ADD, "--for", "1h").exit_code == 0
    assert "read" not in " ".join(world.calls.names)


def test_a_line_of_others_in_between_is_no_reason_to_fail() -> None:
    world = fake_world()
    world.ledger.before_append.append(lambda: world.write(Kind.JUDGED, evidence={}))

    assert invoke(world, *ADD, "--for", "1h").exit_code == 0
    assert world.ledger.last(Kind.FROZEN).evidence["id"] == "f2"


def test_where_others_never_stop_writing_it_gives_up() -> None:
    world = fake_world()

    append = world.ledger.append

    def overtaken(event: Any) -> None:
        world.write(Kind.JUDGED, evidence={})
        append(event)

    world.ledger.append = overtaken  # type: ignore[method-assign]

    assert invoke(world, *ADD, "--for", "1h").exit_code == 7
    assert "frozen" not in world.ledger.kinds()


def test_a_ledger_that_can_not_be_written_refuses() -> None:
    world = fake_world()
    world.ledger.unwritable = "disk full"

    assert invoke(world, *ADD, "--for", "1h").exit_code == 8


def test_a_run_waits_for_the_end_of_a_freeze_and_then_goes_on() -> None:
    world = known_world(90, 10, ladder=[{"weight": w, "bake": "5m", "min_requests": 100} for w in (10, 100)],
                        safety={"later_step": 100, "drill_above": 100}, freeze={"weekly": []})  # fmt: skip
    invoke(world, *ADD, "--for", "1h")

    result = invoke(world, "run", "--yes")

    assert result.exit_code == 0, result.output
    applied = [event for event in world.ledger.lines if event.kind is Kind.INTENT]
    assert len(applied) == 1
    assert applied[0].time >= START + timedelta(hours=1)
