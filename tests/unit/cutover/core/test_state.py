"""The fold of the ledger, and what becomes of a change that was cut off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.core.ladder import next_step, owed_bake, up_to
from cutover.core.models import Step, Weights
from cutover.core.record import Event, Kind
from cutover.core.state import Phase, Recovery, State, fold, recover, unfinished_rollback

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OLD, NEW = ["old-ecs", "old-lambda"], ["new-ecs", "new-lambda"]


def events(*told: tuple[Kind, dict[str, Any]]) -> list[Event]:
    """These events, a minute apart."""
    return [
        replace(Event(i + 1, START + timedelta(minutes=i), kind, "ada", "host", "run"), **facts)
        for i, (kind, facts) in enumerate(told)
    ]


ADOPTED = (Kind.ADOPTED, {"after": (90, 10), "evidence": {"records": OLD}})
INTENT = (Kind.INTENT, {"before": (90, 10), "after": (50, 50), "evidence": {"records": NEW, "undo": "aws …"}})
HOME = (Kind.INTENT, {"before": (90, 10), "after": (100, 0), "evidence": {"records": NEW, "rollback": True}})
APPLIED = (Kind.APPLIED, {"change_id": "C1"})
INSYNC = (Kind.INSYNC, {"change_id": "C1"})
SETTLED: tuple[Kind, dict[str, Any]] = (Kind.SETTLED, {})


def test_nothing_is_known_of_nothing() -> None:
    assert fold([]) == State()
    assert fold([]).label == "NEW"


def test_a_change_goes_through_its_phases() -> None:
    told = events(ADOPTED, INTENT, APPLIED, INSYNC, SETTLED)

    phases = [fold(told[:n]).phase for n in range(1, 6)]

    assert phases == [Phase.STEADY, Phase.SENDING, Phase.PROPAGATING, Phase.SETTLING, Phase.STEADY]
    end = fold(told)
    assert (end.weights, end.records, end.since) == (Weights(50, 50), tuple(NEW), told[-1].time)
    assert (end.intent, end.undo, end.seq, end.last_at) == (None, "aws …", 5, told[-1].time)


def test_an_intent_alone_changes_no_weights() -> None:
    state = fold(events(ADOPTED, INTENT))

    assert state.weights == Weights(90, 10)
    assert state.intent is not None


def test_an_abandoned_intent_leaves_everything_as_it_was() -> None:
    before, after = fold(events(ADOPTED)), fold(events(ADOPTED, INTENT, (Kind.ABANDONED, {})))

    assert (after.phase, after.since, after.weights, after.intent) == (before.phase, before.since, before.weights, None)


def test_abandoning_nothing_does_nothing() -> None:
    assert fold(events(ADOPTED, (Kind.ABANDONED, {}))).phase is Phase.STEADY


def test_an_intent_that_takes_over_from_another_is_abandoned_to_the_same_place() -> None:
    assert fold(events(ADOPTED, INTENT, HOME, (Kind.ABANDONED, {}))).phase is Phase.STEADY


def test_a_change_sent_again_keeps_when_it_was_first_accepted() -> None:
    told = events(ADOPTED, INTENT, APPLIED, (Kind.APPLIED, {"change_id": "C2"}))

    state = fold(told)

    assert (state.sends, state.change_id, state.sent_at, state.applied_at) == (2, "C2", told[2].time, told[3].time)


def test_a_rollback_is_sticky_from_its_intent_on() -> None:
    begun = fold(events(ADOPTED, HOME))
    done = fold(events(ADOPTED, HOME, APPLIED, INSYNC, (Kind.ROLLED_BACK, {"after": (100, 0)})))

    assert begun.label == "ROLLING BACK"
    assert unfinished_rollback(begun) is not None
    assert done.label == "ROLLED BACK"
    assert unfinished_rollback(done) is None
    assert done.weights == Weights(100, 0)


def test_insync_of_another_change_or_after_the_rollback_says_nothing() -> None:
    other = (Kind.INSYNC, {"change_id": "C0"})
    done = events(ADOPTED, HOME, APPLIED, INSYNC, (Kind.ROLLED_BACK, {"after": (100, 0)}), INSYNC)

    assert fold(events(ADOPTED, INTENT, APPLIED, other)).phase is Phase.PROPAGATING
    assert fold(done).phase is Phase.STEADY
    assert fold(done).label == "ROLLED BACK"


def test_a_change_that_arrives_after_the_rollback_leaves_it_unfinished_until_the_next() -> None:
    late = (Kind.APPLIED, {"change_id": "C0", "after": (50, 50), "evidence": {"records": NEW}})
    rolled_back = (Kind.ROLLED_BACK, {"after": (100, 0), "evidence": {"records": OLD}})
    overtaken: list[tuple[Kind, dict[str, Any]]] = [ADOPTED, INTENT, HOME, APPLIED, INSYNC, rolled_back, late]

    state = fold(events(*overtaken))

    assert unfinished_rollback(state) is not None
    assert (state.weights, state.records, state.change_id) == (Weights(50, 50), tuple(NEW), "C0")
    assert unfinished_rollback(fold(events(*overtaken, rolled_back))) is None
    assert unfinished_rollback(fold(events(*overtaken, (Kind.RESUMED, {})))) is None


def test_what_became_of_one_intent_is_not_taken_for_the_answer_to_another() -> None:
    about = {"after": (50, 50), "evidence": {"records": NEW}}

    for told in ((Kind.APPLIED, about), (Kind.ABANDONED, about)):
        state = fold(events(ADOPTED, INTENT, HOME, told))

        assert state.phase is Phase.SENDING
        assert state.intent is not None
        assert state.intent.after == (100, 0)


def test_a_lowering_after_a_rollback_does_not_undo_it() -> None:
    rolled_back = (Kind.ROLLED_BACK, {"after": (50, 50)})
    about: dict[str, Any] = {"after": (80, 20), "evidence": {"records": NEW}}
    lower = (Kind.INTENT, {"before": (50, 50), **about})

    state = fold(events(rolled_back, lower, (Kind.APPLIED, about), (Kind.APPLIED, about)))

    assert unfinished_rollback(state) is None
    assert state.sends == 2


def test_how_far_the_bake_was_is_known_from_the_newest_verdict_until_something_moves() -> None:
    judged = (Kind.JUDGED, {"evidence": {"judged": "pass", "bake": {"counted_minutes": 61}}})

    assert fold(events(ADOPTED, judged)).judged_minutes == 61
    assert fold(events(ADOPTED, judged, INTENT, APPLIED)).judged_minutes == 0


def test_a_resume_lifts_it() -> None:
    rolled_back = (Kind.ROLLED_BACK, {"after": (100, 0)})

    state = fold(events(ADOPTED, HOME, APPLIED, INSYNC, rolled_back, (Kind.RESUMED, {})))

    assert state.rolled_back is None
    assert state.label == "ALL ON ECS"


def test_being_stuck_counts_from_its_beginning_and_anew_after_a_stop() -> None:
    stuck = (Kind.JUDGED, {"evidence": {"stuck": True, "judged": "hold:band"}})
    told = events(ADOPTED, stuck, stuck, (Kind.STOPPED, {}), stuck)

    assert fold(told[:3]).stuck_since == told[1].time
    assert fold(told[:4]).stuck_since is None
    assert fold(told).stuck_since == told[4].time


def test_a_pass_ends_being_stuck() -> None:
    told = events(
        ADOPTED, (Kind.JUDGED, {"evidence": {"stuck": True}}), (Kind.JUDGED, {"evidence": {"judged": "pass"}})
    )

    assert fold(told).stuck_since is None
    assert fold(told).verdict == "pass"


def test_the_end_is_told_until_something_moves() -> None:
    told = events(ADOPTED, (Kind.BAKED, {}), (Kind.FINISHED, {}), (Kind.DRIFT, {}))

    assert fold(told).label == "FINISHED"
    assert fold(told).baked
    moved = fold([*told, *events(INTENT, APPLIED)])
    assert not moved.finished
    assert not moved.baked


def test_labels_are_words_for_people() -> None:
    assert fold(events(ADOPTED)).label == "BAKING 10%"
    assert fold(events((Kind.ADOPTED, {"after": (100, 0)}))).label == "ALL ON ECS"
    assert fold(events(ADOPTED, INTENT, APPLIED)).label == "PROPAGATING"


@pytest.mark.parametrize(
    ("intent", "live", "bodies", "decision"),
    [
        (INTENT, (50, 50), NEW, Recovery.ADOPT),
        (INTENT, (90, 10), OLD, Recovery.ABANDON),
        (INTENT, (70, 30), ["other"], Recovery.DRIFT),
        (INTENT, (50, 50), ["edited"], Recovery.DRIFT),
        (HOME, (100, 0), NEW, Recovery.ADOPT),
        (HOME, (90, 10), OLD, Recovery.SEND_AGAIN),
        (HOME, (80, 20), OLD, Recovery.DRIFT),
    ],
)
def test_a_cut_off_change_is_matched_against_what_is_live(
    intent: tuple[Kind, dict[str, Any]], live: tuple[int, int], bodies: list[str], decision: Recovery
) -> None:
    assert recover(events(intent)[0], Weights(*live), bodies) is decision


STEPS = tuple(Step(weight, timedelta(hours=weight), 0) for weight in (10, 50, 100))


@pytest.mark.parametrize(
    ("live", "upcoming", "owed"),
    [(0, 10, None), (5, 10, 10), (10, 50, 10), (30, 50, 10), (50, 100, 50), (99, 100, 50), (100, None, 100)],
)
def test_the_ladder_knows_the_next_step_and_the_owed_bake(live: int, upcoming: int | None, owed: int | None) -> None:
    step, bake = next_step(STEPS, Weights.of_serverless(live)), owed_bake(STEPS, Weights.of_serverless(live))

    assert (step and step.weight, bake and bake.weight) == (upcoming, owed)


def test_a_ladder_can_be_cut_and_may_be_empty() -> None:
    assert [step.weight for step in up_to(STEPS, 50)] == [10, 50]
    assert up_to(STEPS, 9) == ()
    assert owed_bake((), Weights(50, 50)) is None


@pytest.mark.parametrize("pair", [(90, 20), (-10, 110), (0, 0), (101, -1)])
def test_weights_that_do_not_sum_to_100_cannot_be_made(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not sum to 100"):
        Weights(*pair)
