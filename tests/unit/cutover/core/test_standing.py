"""The fold of what people say beside the weights: what holds, until when, and what lifts it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.core.record import Event, Kind
from cutover.core.standing import NOTHING_SAID, Standing, stand
from cutover.core.state import fold

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PAUSED: tuple[Kind, dict[str, Any]] = (Kind.PAUSED, {"reason": "look"})
RESUMED: tuple[Kind, dict[str, Any]] = (Kind.RESUMED, {"reason": "mended"})
SKIPPED = (Kind.PROMOTED, {"after": (90, 10), "evidence": {"skip_bake": True}})
OUT = (Kind.INTENT, {"before": (100, 0), "after": (99, 1), "evidence": {"drill": True}})
HOME = (Kind.INTENT, {"before": (99, 1), "after": (100, 0), "evidence": {"rollback": True}})
SHIFT = (Kind.INTENT, {"before": (100, 0), "after": (90, 10), "evidence": {}})
BACK = (Kind.ROLLED_BACK, {"after": (100, 0)})
DRILLED = (Kind.DRILLED, {"evidence": {"ok": True}})
FAILED = (Kind.DRILLED, {"evidence": {"ok": False}})


def after(*told: tuple[Kind, dict[str, Any]]) -> Standing:
    standing = NOTHING_SAID
    for seq, (kind, facts) in enumerate(told, 1):
        event = Event(seq, START + timedelta(minutes=seq), kind, "ada", "host", "test")
        standing = stand(standing, replace(event, **facts))
    return standing


def test_a_pause_holds_until_a_resume_or_a_promotion() -> None:
    assert after(PAUSED).paused is not None
    assert after(PAUSED, SHIFT, BACK).paused is not None
    assert after(PAUSED, RESUMED).paused is None
    assert after(PAUSED, (Kind.PROMOTED, {"after": (90, 10)})).paused is None


def test_a_promotion_ends_one_bake_and_no_other() -> None:
    assert after(SKIPPED).promoted == 10
    assert after((Kind.PROMOTED, {"after": (90, 10), "evidence": {"skip_bake": False}})).promoted is None
    assert after(SKIPPED, PAUSED, (Kind.PROMOTED, {"after": (90, 10)})).promoted == 10


@pytest.mark.parametrize("change", [SHIFT, HOME, OUT, BACK, (Kind.ADOPTED, {"after": (90, 10)})])
def test_a_promotion_is_forgotten_when_the_weights_are_set_anew(change: tuple[Kind, dict[str, Any]]) -> None:
    assert after(SKIPPED, change).promoted is None


def test_a_drill_is_open_from_its_way_out_to_its_receipt() -> None:
    assert after(OUT).drilling is not None
    assert after(OUT, HOME, BACK).drilling is not None
    assert after(OUT, HOME, BACK, DRILLED).drilling is None
    assert after(OUT, HOME, BACK, FAILED).drilling is None


def test_the_newest_drill_that_went_well_is_the_receipt() -> None:
    assert after(DRILLED).drill is not None
    assert after(FAILED).drill is None
    assert after(DRILLED, FAILED).drill == after(DRILLED).drill


def test_a_drill_lifts_its_own_rollback_and_no_pause() -> None:
    own = (Kind.RESUMED, {"evidence": {"drill": True}})

    standing = after(OUT, PAUSED, HOME, BACK, own)

    assert standing.paused is not None
    assert standing.drilling is not None
    assert after(OUT, HOME, BACK, RESUMED).drilling is None


def test_a_drill_that_was_cut_off_is_forgotten_when_people_go_on() -> None:
    assert after(OUT, SHIFT).drilling is None
    assert after(OUT, RESUMED).drilling is None


def test_a_drill_whose_way_out_was_never_taken_has_not_begun() -> None:
    assert after(OUT, (Kind.ABANDONED, {})).drilling is None
    assert after(OUT, (Kind.ABANDONED, {"after": (99, 1)})).drilling is None
    assert after(OUT, HOME, (Kind.ABANDONED, {"after": (100, 0)})).drilling is not None


def test_windows_are_named_and_taken_back_by_their_ids() -> None:
    def window(id_: str) -> tuple[Kind, dict[str, Any]]:
        said = {"id": id_, "start": START.isoformat(), "end": (START + timedelta(hours=1)).isoformat()}
        return (Kind.FROZEN, {"reason": f"reason of {id_}", "evidence": said})

    standing = after(window("f1"), window("f2"), (Kind.THAWED, {"evidence": {"id": "f1"}}))

    assert [(f.id, f.reason, f.actor, f.start) for f in standing.freezes] == [("f2", "reason of f2", "ada", START)]


def test_the_newest_verification_stands_whatever_it_found() -> None:
    found = after((Kind.VERIFIED, {"evidence": {"ok": True}}), (Kind.VERIFIED, {"evidence": {"ok": False}})).verified

    assert found is not None
    assert found.evidence == {"ok": False}


def test_a_thrown_kill_switch_stands_until_it_is_put_back() -> None:
    thrown = (Kind.SWITCHED, {"evidence": {"serving": False}})

    assert after(thrown, RESUMED).switched is not None
    assert after(thrown, (Kind.SWITCHED, {"evidence": {"serving": True}})).switched is None


def test_loads_are_remembered_with_their_time() -> None:
    said = {"start": START.isoformat(), "end": (START + timedelta(minutes=10)).isoformat()}

    assert after((Kind.LOADED, {"evidence": said})).loads == ((START, START + timedelta(minutes=10)),)


def test_a_later_line_of_a_load_test_replaces_its_planned_interval_and_no_other_tests() -> None:
    def told(id_: str, minutes: int, **more: Any) -> tuple[Kind, dict[str, Any]]:
        end = START + timedelta(minutes=minutes)
        return Kind.LOADED, {"evidence": {"id": id_, "start": START.isoformat(), "end": end.isoformat(), **more}}

    standing = after(told("a", 60), told("b", 30), told("a", 20, ended=True), told("", 5), told("", 6))

    assert [(end - START).seconds // 60 for _, end in standing.loads] == [30, 20, 5, 6]
    now = START + timedelta(minutes=4)
    assert [test.id for test in standing.load_tests if test.is_under_way(now)] == ["b", "", ""]
    assert not any(test.is_under_way(START + timedelta(minutes=30)) for test in standing.load_tests)
    assert not any(test.is_under_way(START - timedelta(minutes=1)) for test in standing.load_tests)


def test_rungs_are_taken_and_taken_back() -> None:
    taken = (Kind.RUNG, {"evidence": {"rung": "drain"}})

    assert list(after(taken, (Kind.RUNG, {"evidence": {"rung": "hold"}})).rungs) == ["drain", "hold"]
    assert after(taken, (Kind.RUNG, {"evidence": {"rung": "drain", "undone": True}})).rungs == {}


def test_other_lines_say_nothing_about_it() -> None:
    assert after((Kind.SETTLED, {}), (Kind.JUDGED, {})) == NOTHING_SAID


def test_the_state_carries_it_and_says_a_pause_in_its_label() -> None:
    adopted = Event(1, START, Kind.ADOPTED, "ada", "host", "run", after=(90, 10))

    assert fold([adopted, Event(2, START, Kind.PAUSED, "ada", "host", "pause")]).label == "PAUSED 10%"
