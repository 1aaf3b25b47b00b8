"""The page: complete, self-contained, and honest about whatever text it is given."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cutover.rehearsal.faults import Injection
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Recording, Typed
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.report import Machine, render
from tests.unit.cutover.rehearsal.recordings import (
    BACK,
    BAKE,
    EPOCH,
    FACTOR,
    FAIL,
    HOLD,
    happy,
    ledger,
    outcome,
    recorded,
    rolled_back,
    second,
    shift,
    tick,
    traffic,
)
from tests.unit.cutover.render.html_page import Page

SECTIONS = [
    "Steps",
    "Over time",
    "What had to be true",
    "What each gate knew when it was decided",
    "Events",
    "What was typed",
    "The machine",
]
NASTY = '<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }} & "quoted"'


def nothing() -> Outcome:
    return outcome(Recording(FACTOR, EPOCH, EPOCH))


def failed_early() -> Outcome:
    recording = recorded([{"event": "end", "reason": "no step"}], traffic(1, 5, 0), [(0.5, 0)], ended=6)
    return outcome(recording, replace(BACK, exit_code=9))


EVERY: dict[str, Callable[[], Outcome]] = {
    "happy": lambda: outcome(happy(), quick=True),
    "fault": lambda: outcome(rolled_back(), BACK, Injection.parse("errors@50")),
    "no step": failed_early,
    "nothing": nothing,
    "parts lists": lambda: outcome(happy(), counted=[Counted("a.csv", "1 pieces (parsed)", "2 pieces (parsed)")]),
}


@pytest.mark.parametrize("kind", EVERY)
def test_every_kind_of_rehearsal_has_the_whole_page_and_needs_nothing_but_itself(kind: str) -> None:
    page = Page(render(EVERY[kind]()))
    page.assert_self_contained()
    assert page.texts("h2") == SECTIONS
    assert page.source.count('<figure class="chart wide">') == 5
    assert "None" not in page.text
    assert "Undefined" not in page.text


@pytest.mark.parametrize("kind", EVERY)
def test_the_page_says_that_time_is_simulated(kind: str) -> None:
    page = Page(render(EVERY[kind]()))
    assert "simulated : time runs 60 times as fast" in page.text
    assert page.source.count(">simulated minutes</text>") == 10, "of every chart, wide and narrow"


def test_text_from_outside_stays_text() -> None:
    nasty_finding = {**FAIL, "gate": NASTY, "text": NASTY, "verdict": NASTY}
    recording = recorded(
        [
            *shift(1, 5, 0, 10),
            *({**tick(8 + n, 10, FAIL, bake=BAKE), "findings": [nasty_finding], "verdict": NASTY} for n in range(5)),
            ledger("rolled-back", 6, 19, 0, reason=NASTY, findings=[nasty_finding], after=[100, 0], change_id=NASTY),
            {"event": "end", "reason": NASTY},
        ],
        [second(8, "ecs", 5, wrong=1, problems=[NASTY])],
    )
    recording.typed.append(Typed(EPOCH, EPOCH + 1, NASTY, 0, 0, NASTY))
    text = render(outcome(recording, counted=[Counted(NASTY, NASTY, NASTY)]))
    page = Page(text)
    page.assert_self_contained()
    assert "<script>alert" not in text
    assert "<img" not in text
    assert page.text.count(NASTY) >= 10
    assert "49" not in page.texts("td")


def test_the_head_says_at_once_how_it_came_out() -> None:
    good = Page(render(outcome(happy(), quick=True)))
    bad = Page(render(outcome(happy(), BACK)))
    assert good.texts("h1") == ["quick rehearsal: Nothing goes wrong"]
    assert ("div", "class", "verdict pass") in good.attributes
    assert "Everything came out as it must." in good.text
    assert "cutover run ended with 0: all on Lambda" in good.text
    assert ("div", "class", "verdict fail") in bad.attributes
    assert "Something did not come out as it must." in bad.text


def test_the_story_is_told_with_how_it_had_to_end_and_how_it_did() -> None:
    page = Page(render(outcome(rolled_back(), BACK, Injection.parse("errors@50"))))
    assert "The whole ladder, and one fault: at 50%: 30% of Lambda's invocations fail." in page.text
    assert "at 50%, 3m later: 30% of Lambda's invocations fail (simulated)" in page.text
    assert "it had to exit 4, rolled back, Lambda at 0% it did exit 4, rolled back, Lambda at 0%" in page.text
    assert "took 20 simulated minutes in 20 seconds" in page.text


def test_sides_that_count_differently_make_the_verdict_bad_too() -> None:
    page = Page(render(outcome(happy(), counted=[Counted("a.csv", "1 pieces (parsed)", "413")])))
    assert ("div", "class", "verdict fail") in page.attributes
    assert "FAIL a.csv counts the same on both sides ECS 1 pieces (parsed), Lambda 413" in page.text


def test_the_steps_are_told_with_their_numbers() -> None:
    text = Page(render(outcome(happy()))).text
    assert "10% 10.0% 5.1% to 14.9% 650 1 170 130 0% 0% 20 ms 20 ms pass" in text
    assert "50% 50.0% 42.0% to 58.0%" in text


def test_a_step_that_nobody_saw_has_dashes() -> None:
    text = Page(render(outcome(recorded(shift(1, 5, 0, 10))))).text
    assert "10% 0.0% 0.0% to 100.0% 0 0 0 0% 0% - - nothing judged" in text


def test_a_rehearsal_without_a_step_says_so() -> None:
    assert "No step with traffic on Lambda was reached." in Page(render(failed_early())).texts("td")


def test_each_check_is_told_with_its_outcome_those_that_failed_first() -> None:
    page = Page(render(outcome(happy(), BACK)))
    failed = page.text.index("FAIL ended as it must exit 4, expected 0")
    assert failed < page.text.index("ok ECS answered everything rightly")


def test_the_machine_is_told() -> None:
    page = Page(render(outcome(happy()), Machine("3.11.0", 7)))
    assert "Python 3.11.0, 7 cores for everything together; 220 requests a real second;" in page.text
    assert "3 Lambda environments at the end, 9 cold starts" in page.text
    assert render(outcome(happy())) == render(outcome(happy()), Machine.this())


def test_every_decision_is_told_with_what_the_gates_knew() -> None:
    page = Page(render(outcome(rolled_back(), BACK, Injection.parse("errors@50"))))
    assert "13.0′ rolled-back to ecs 100 / lambda 0: Lambda error rate 30% is over 2%" in page.text
    assert "fail error-rate Lambda Lambda error rate 30% is over 2%" in page.text
    assert "7 of 18 simulated minutes counted, 240 of 250 requests" in page.text
    assert page.texts("td").count("Nothing had been judged yet.") == 2
    assert page.source.count("<details open>") == 2
    assert "Nothing was decided." in Page(render(nothing())).text


def test_where_the_bake_stood_still_is_told_with_the_reason() -> None:
    held = {**HOLD, "why": "band"}
    recording = recorded([*shift(1, 2, 0, 10), *(tick(5 + n, 10, held, bake=BAKE) for n in range(5))], ended=20)
    page = Page(render(outcome(recording)))
    assert "10% 5.0′ to 9.0′ Lambda p95 600 ms is between the limits" in page.text
    assert "stood still" not in Page(render(outcome(rolled_back()))).texts("h3")


def test_what_was_typed_is_told_with_its_exit_and_its_words() -> None:
    recording = happy()
    recording.typed.append(Typed(EPOCH + 4, EPOCH + 50, "cutover run --yes", 4, 0, "rolled back"))
    page = Page(render(outcome(recording)))
    assert "4.0′ 46.0′ cutover run --yes what it said rolled back 4 0" in page.text
    assert ("td", "class", "n no") in page.attributes


def test_the_same_by_hand_can_be_typed_where_its_settings_are() -> None:
    page = Page(render(outcome(happy(), quick=True)))
    assert "cd /somewhere/rehearsals/1 cutover shift --lambda-weight 10 --wait bake" in page.text
    assert 'cutover rollback --reason "…" # at any time, from anywhere' in page.text
