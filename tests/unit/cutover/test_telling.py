"""What people are told of: every change and every trouble once, with the ways back, and nothing of no interest."""

from datetime import timedelta
from typing import Any

import pytest

from cutover.core.record import Event, Kind
from cutover.core.state import State, advance
from cutover.flow.telling import news
from cutover.ports import ControlPlaneUnavailable, Notice
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, sick

SETTINGS = known_world(100, 0).settings


def titles(world: FakeWorld) -> list[str]:
    """What was told, without the name that begins each; "!" in front of what is urgent."""
    return [
        f"{'!' if notice.urgent else ''}{notice.title.removeprefix('api.example.com: ')}"
        for notice in world.notifier.told
    ]


def told(kind: Kind, before: State | None = None, **facts: Any) -> Notice | None:
    """The notice of one line."""
    event = Event(7, START, kind, "ada", "bastion", "run", **facts)
    state = before or State()
    return news(event, state, advance(state, event), SETTINGS)


def test_a_raise_is_told_from_its_sending_to_its_settling() -> None:
    world = known_world(90, 10, timedelta(hours=2))

    invoke(world, "shift", "--lambda-weight", "50", "--yes", "--wait", "settled")

    assert titles(world) == [
        "Lambda 10% → 50%, sent",
        "Lambda 10% → 50%, INSYNC",
        "Lambda 10% → 50%, settled: the bake clock runs",
    ]


def test_a_lowering_is_told_when_it_is_in_sync() -> None:
    world = known_world(50, 50)

    invoke(world, "shift", "--lambda-weight", "10", "--yes", "--wait", "settled")

    assert titles(world) == ["Lambda 50% → 10%, INSYNC"]


def test_a_notice_has_both_ways_back_and_plain_facts() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes", "--reason", "first step")

    notice = world.notifier.told[1]

    assert "go back: cutover rollback" in notice.text
    assert "go back without this tool: aws route53 change-resource-record-sets --hosted-zone-id Z123" in notice.text
    assert "asked weights: ecs 90 / lambda 10" in notice.text
    assert notice.facts == {
        "name": "api.example.com",
        "stage": "production",
        "event": "insync",
        "seq": str(world.ledger.last(Kind.INSYNC).seq),
        "time": notice.facts["time"],
        "actor": "arn:aws:iam::123456789012:user/ada",
        "weights": "ecs 90 / lambda 10",
        "reason": "",
        "change_id": "/change/C0001",
    }


def test_a_whole_migration_is_told_step_by_step() -> None:
    world = fake_world()

    invoke(world, *RUN)

    said = titles(world)
    assert [title for title in said if "INSYNC" in title] == [
        "Lambda 0% → 10%, INSYNC",
        "Lambda 10% → 50%, INSYNC",
        "Lambda 50% → 100%, INSYNC",
    ]
    assert said[-2:] == ["Lambda 100% has baked", "FINISHED at Lambda 100%"]
    assert not [title for title in said if title.startswith("!")]


def test_a_rollback_is_told_when_it_is_sent_and_when_it_is_done() -> None:
    world = known_world(50, 50)

    invoke(world, "rollback", "--reason", "checkout fails")

    assert titles(world) == ["!ROLLING BACK to ECS 100: checkout fails", "!ROLLED BACK to ECS 100: checkout fails"]


def test_a_rollback_that_is_sent_again_and_again_is_told_once() -> None:
    world = known_world(50, 50)
    world.weights.pending = None

    invoke(world, "rollback")
    invoke(world, "rollback")

    assert [title.partition(":")[0] for title in titles(world)] == [
        "!ROLLING BACK to ECS 100",
        "!rollback stopped (exit 11)",
        "!rollback stopped (exit 11)",
    ]


def test_a_rollback_without_a_ledger_is_told_all_the_same() -> None:
    world = known_world(50, 50)
    world.ledger.unwritable = "disk full"

    invoke(world, "rollback")

    assert [title.partition(":")[0] for title in titles(world)] == [
        "!ROLLING BACK to ECS 100",
        "!ROLLED BACK to ECS 100",
    ]


def test_a_rollback_that_can_not_be_sent_is_told_with_the_kill_switch() -> None:
    world = known_world(50, 50)
    world.switch.is_set_up = True
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer within 18 s")]

    invoke(world, "rollback", "--reason", "it smells")

    assert titles(world)[0] == "!KILL SWITCH thrown, Lambda gets no traffic whatever its weight: it smells"
    assert titles(world)[1].startswith("!rollback stopped (exit 10): Route 53 did not answer within 18 s")


def test_failing_gates_are_told_by_their_rollback() -> None:
    world = sick()

    invoke(world, *RUN)

    assert titles(world)[0].startswith("!ROLLING BACK to ECS 100: Lambda")
    assert titles(world)[-1].startswith("!ROLLED BACK to ECS 100")


def test_a_drift_is_told_once() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(70, 30)

    for _ in range(3):
        invoke(world, "run", "--once", "--yes")

    assert len(titles(world)) == 1
    assert titles(world)[0].startswith("!DRIFT: the live records are not those")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("", "pass", None),
        ("", "hold:share", "gates said"),
        ("pass", "hold:band", "gates said"),
        ("hold:band", "hold:share", None),
        ("hold:share", "pass", "gates said"),
        ("pass", "fail", "!gates said"),
    ],
)
def test_the_edges_of_the_verdict_are_told(before: str, now: str, said: str | None) -> None:
    notice = told(Kind.JUDGED, State(verdict=before), reason="said", evidence={"judged": now})

    title = notice and f"{'!' if notice.urgent else ''}{notice.title.removeprefix('api.example.com: ')}"
    assert title == said


@pytest.mark.parametrize(("exit_", "urgent"), [(6, True), (10, True), (130, None), (0, None), (4, None), (5, True)])
def test_an_end_that_needs_somebody_is_urgent(exit_: int, urgent: bool | None) -> None:
    notice = told(Kind.STOPPED, reason="held for 24h", evidence={"exit": exit_})

    assert (notice.urgent if notice else None) is urgent


def test_a_drift_that_was_told_is_not_told_again_by_the_end() -> None:
    assert told(Kind.STOPPED, State(drift="Weight 30"), reason="Weight 30", evidence={"exit": 5}) is None


@pytest.mark.parametrize(
    ("kind", "evidence", "said"),
    [
        (Kind.PAUSED, {}, "paused: why"),
        (Kind.RESUMED, {}, "resumed: why"),
        (Kind.PROMOTED, {}, "promoted at Lambda ?%: why"),
        (Kind.SWITCHED, {"serving": True}, "the kill switch is put back: Lambda answers by its weight again"),
    ],
)
def test_what_people_do_is_told(kind: Kind, evidence: dict[str, Any], said: str) -> None:
    notice = told(kind, reason="why", evidence=evidence)

    assert notice is not None
    assert (notice.title, notice.urgent) == (f"api.example.com: {said}", False)


@pytest.mark.parametrize(
    ("kind", "evidence"), [(Kind.ADOPTED, {}), (Kind.ABANDONED, {}), (Kind.VERIFIED, {"ok": True})]
)
def test_what_is_of_no_interest_is_not_told(kind: Kind, evidence: dict[str, Any]) -> None:
    assert told(kind, after=(90, 10), evidence=evidence) is None


SPAN = {"id": "f1", "start": START.isoformat(), "end": (START + timedelta(hours=3)).isoformat()}


@pytest.mark.parametrize(
    ("kind", "evidence", "said", "urgent"),
    [
        (Kind.FROZEN, SPAN, "frozen from 22 Nov 09:00 UTC to 22 Nov 12:00 UTC: why", False),
        (Kind.THAWED, {"id": "f1"}, "the freeze f1 is taken back: why", False),
        (Kind.UNLOCKED, {"holder": "run by bob"}, "LEASE BROKEN, of run by bob: why", True),
        (Kind.VERIFIED, {"ok": False}, "verification FAILED: why", True),
        (Kind.RUNG, {"rung": "drain"}, "decommission, why", False),
        (Kind.DRILLED, {"ok": True}, "why: it went well", False),
        (Kind.DRILLED, {"ok": False}, "DRILL FAILED: why", True),
        (Kind.SWITCHED, {"serving": False, "drill": True}, "why: the kill switch is thrown", False),
        (Kind.SWITCHED, {"serving": True, "drill": True}, "why: the kill switch is put back", False),
        (Kind.JUDGED, {"waiting": "freeze"}, "why", False),
        (Kind.JUDGED, {"waiting": "alarm"}, "why", True),
        (Kind.JUDGED, {"blocked": True}, "BLOCKED: why", True),
    ],
)
def test_what_holds_for_everybody_is_told(kind: Kind, evidence: dict[str, Any], said: str, urgent: bool) -> None:
    notice = told(kind, reason="why", evidence=evidence)

    assert notice is not None
    assert (notice.title, notice.urgent) == (f"api.example.com: {said}", urgent)


def test_a_drift_that_is_taken_as_right_is_told() -> None:
    notice = told(Kind.ADOPTED, State(records=("a",)), after=(70, 30), reason="mine")

    assert notice is not None
    assert (notice.title, notice.urgent) == ("api.example.com: a drift is taken as right, Lambda 30%: mine", False)


def test_a_drill_is_told_as_one_and_wakes_nobody() -> None:
    world = known_world(100, 0)

    assert invoke(world, "drill", "--yes", "--reason", "weekly").exit_code == 0

    said = titles(world)
    assert not [title for title in said if title.startswith("!")]
    assert "drill: weekly: going back to ECS 100" in said
    assert "drill: weekly: back at ECS 100" in said
    assert said[-1].startswith("drill: weekly: back in ")
    assert said[-1].endswith(" s: it went well")


@pytest.mark.parametrize(("reason", "urgent"), [("drill: weekly", False), ("the gates FAIL", True)])
@pytest.mark.parametrize("kind", [Kind.INTENT, Kind.ROLLED_BACK])
def test_a_rollback_in_a_drill_that_is_not_the_drills_own_wakes_somebody(kind: Kind, reason: str, urgent: bool) -> None:
    out = Event(6, START, Kind.INTENT, "ada", "bastion", "drill", "drill: weekly", evidence={"drill": True})

    notice = told(kind, advance(State(), out), reason=reason, after=(100, 0), evidence={"rollback": True})

    assert notice is not None
    assert notice.urgent is urgent


def test_a_change_that_is_sent_again_is_not_told_again() -> None:
    world = fake_world()
    world.weights.forgotten.add("/change/C0001")

    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert titles(world) == ["Lambda 0% → 10%, sent", "Lambda 0% → 10%, INSYNC"]


def test_a_title_can_not_move_a_terminals_cursor() -> None:
    notice = told(Kind.PAUSED, reason="a\x1b[2Jb\nc")

    assert notice is not None
    assert "\x1b" not in notice.title + notice.text
    assert "\n" not in notice.title


@pytest.mark.parametrize(
    "words", [("status",), ("rollback",), ("run", "--once", "--yes"), ("shift", "--lambda-weight", "200")]
)
def test_a_channel_that_fails_is_a_warning_and_changes_no_exit_code(words: tuple[str, ...]) -> None:
    well, ill = known_world(90, 10), known_world(90, 10)
    ill.notifier.troubles = ["slack: the webhook answered 404"]

    result = invoke(ill, *words)

    assert result.exit_code == invoke(well, *words).exit_code
    assert ("people were not told: slack: the webhook answered 404" in result.stderr) is (words[0] != "shift")
