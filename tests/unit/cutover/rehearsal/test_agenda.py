"""When things happen in a rehearsal: at their moment, once, not after their step is over, and until their end."""

from datetime import timedelta

from cutover.rehearsal.agenda import Agenda
from cutover.rehearsal.recording import Told
from cutover.rehearsal.scenario import (
    At,
    AwsFault,
    Course,
    Event,
    Expected,
    Kill,
    Moment,
    Outage,
    Rate,
    Scenario,
)

FACTOR = 60.0  # a simulated minute is a real second
STEPS = (10, 50, 100)
MINUTES = timedelta(minutes=1)


def agenda(*events: Event, steps: tuple[int, ...] = STEPS) -> Agenda:
    return Agenda(Scenario("mine", "T", "S.", Expected(0, Course.WENT_ON), events), steps, FACTOR)  # type: ignore[arg-type]


def said(event: str, time: float, weight: object) -> Told:
    return Told(time, {"event": event, "asked_weight": weight})


def hear(agenda: Agenda, told: Told) -> None:
    """At once."""
    agenda.heard(told, told.time)


def begun(agenda: Agenda, now: float) -> list[Event]:
    return [due.event for due in agenda.due(now) if due.begins]


def over(agenda: Agenda, now: float) -> list[Event]:
    return [due.event for due in agenda.due(now) if not due.begins]


def at(text: At, step: int = 0, later: int = 0, **more: object) -> Event:
    return Event(Moment(text, step, later * MINUTES), Outage("valkey"), **more)  # type: ignore[arg-type]


def test_nothing_happens_before_the_run_begins() -> None:
    mine = agenda(at(At.START), at(At.BEFORE, 10))
    assert mine.due(5) == []
    mine.start(6)
    assert begun(mine, 6) == [at(At.START), at(At.BEFORE, 10)]
    assert mine.due(7) == []


def test_a_run_that_is_started_again_begins_nothing_anew() -> None:
    event = at(At.START, later=3)
    mine = agenda(event)
    mine.start(6)
    mine.start(8)
    assert begun(mine, 9) == [event]


def test_before_a_later_step_is_when_the_one_below_has_settled() -> None:
    mine = agenda(at(At.BEFORE, 50))
    mine.start(1)
    hear(mine, said("baked", 2, 10))
    assert mine.due(3) == []
    hear(mine, said("settled", 4, 10))
    assert len(begun(mine, 4)) == 1


def test_the_steps_are_those_of_the_form() -> None:
    mine = agenda(at(At.BEFORE, 50), steps=(50, 100))
    mine.start(1)
    assert len(begun(mine, 1)) == 1


def test_a_change_is_sent_when_it_was_applied() -> None:
    mine = agenda(at(At.SENT, 50))
    mine.start(1)
    for event, weight in (("intent", 10), ("applied", 10), ("settled", 10), ("intent", 10)):
        hear(mine, said(event, 2, weight))
    assert mine.due(3) == []
    hear(mine, said("applied", 4, 50))
    assert len(begun(mine, 4)) == 1


def test_so_long_after_a_step_has_settled_is_counted_from_its_own_time_by_the_compressed_clock() -> None:
    mine = agenda(at(At.SETTLED, 50, later=3))
    hear(mine, said("settled", 10, 50))
    assert mine.due(12.9) == []
    assert len(begun(mine, 13)) == 1
    assert mine.due(20) == []


def test_nothing_begins_at_a_step_that_is_not_in_force_any_more() -> None:
    mine = agenda(at(At.SETTLED, 10, later=3))
    hear(mine, said("settled", 10, 10))
    hear(mine, said("intent", 12, 10))
    assert mine.due(20) == []


def test_a_step_that_is_in_force_again_counts_from_when_it_first_was() -> None:
    mine = agenda(at(At.SETTLED, 10, later=30))
    for event, time in (("settled", 10), ("intent", 12), ("settled", 20)):
        hear(mine, said(event, time, 10))
    assert len(begun(mine, 40)) == 1


def test_what_was_said_without_a_weight_is_nothing_to_go_by() -> None:
    mine = agenda(at(At.SETTLED, 10))
    hear(mine, said("settled", 10, None))
    assert mine.due(20) == []


def test_what_lasts_is_over_after_its_time() -> None:
    event = at(At.START, lasts=4 * MINUTES)
    mine = agenda(event)
    mine.start(10)
    assert begun(mine, 11) == [event]
    assert over(mine, 14.9) == []
    assert over(mine, 15) == [event]
    assert mine.due(16) == []


def test_what_lasts_until_a_moment_is_over_then_and_not_when_it_has_not_begun() -> None:
    event = at(At.BEFORE, 50, until=Moment(At.SENT, 50))
    mine = agenda(event)
    hear(mine, said("applied", 5, 50))
    assert mine.due(6) == []
    hear(mine, said("settled", 7, 10))
    assert [(due.event, due.begins) for due in mine.due(8)] == [(event, True), (event, False)]


def test_what_begins_at_a_moment_comes_before_what_ends_at_it() -> None:
    sent = Moment(At.SENT, 50)
    held, killed = Event(Moment(At.START), AwsFault({}), until=sent), Event(sent, Kill())
    mine = agenda(held, killed)
    mine.start(1)
    assert begun(mine, 1) == [held]
    hear(mine, said("applied", 2, 50))
    assert [(due.event, due.begins) for due in mine.due(2)] == [(killed, True), (held, False)]


def test_what_has_no_end_stays() -> None:
    mine = agenda(Event(Moment(At.START), Rate(5)))
    mine.start(1)
    assert len(begun(mine, 1)) == 1
    assert mine.due(1e9) == []


def test_a_clock_that_is_ahead_delays_nothing() -> None:
    mine = agenda(at(At.SENT, 50))
    mine.heard(said("applied", 9, 50), 4)
    assert len(begun(mine, 4)) == 1
