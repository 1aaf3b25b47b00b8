"""The scenarios that come with the tool: all there, all sound, and the page says what they say."""

from pathlib import Path

import pytest

from cutover.core.durations import parse_duration
from cutover.exits import Exit
from cutover.rehearsal.library import FOLDER, ORDER, every, found, named
from cutover.rehearsal.scenario import Answers, Course, Scenario
from cutover.rehearsal.scenario_file import BadScenario
from cutover.rehearsal.wish import FULL, QUICK

PAGE = Path(__file__).parents[4] / "runbooks" / "rehearsals.md"
ALL = list(every())


def row(scenario: Scenario) -> str:
    """Its row of the page's table."""
    happens = "; ".join(event.sentence for event in scenario.events) or "nothing"
    steps = " → ".join(map(str, scenario.short.steps))
    return f"| `{scenario.name}` | {scenario.title} | {happens} | {scenario.expect.words} | {steps} |"


def test_every_file_is_one_of_ours_and_each_of_ours_has_a_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(ORDER)
    assert [scenario.name for scenario in ALL] == list(ORDER)


def test_the_page_has_a_row_for_each_in_this_order() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows[: len(ALL)] == [row(scenario) for scenario in ALL]


@pytest.mark.parametrize("scenario", ALL, ids=ORDER)
def test_each_tells_a_story_in_a_sentence_or_a_few(scenario: Scenario) -> None:
    assert scenario.title[0].isupper()
    assert not scenario.title.endswith(".")
    assert 60 < len(scenario.story) < 400
    assert scenario.story.endswith(".")


@pytest.mark.parametrize("scenario", ALL, ids=ORDER)
def test_each_climbs_the_whole_ladder_in_its_full_form_after_a_drill(scenario: Scenario) -> None:
    assert scenario.full.steps == (10, 50, 100)
    assert scenario.full.prelude == ("reindex", "drill")
    assert parse_duration(scenario.full.give_up_after)


@pytest.mark.parametrize("scenario", ALL, ids=ORDER)
def test_each_asks_something_of_the_gates_or_of_the_ledger(scenario: Scenario) -> None:
    expect = scenario.expect
    assert expect.never
    if expect.course in (Course.ROLLED_BACK, Course.HELD):
        assert expect.because
    assert expect.ecs is not Answers.ANY
    assert (expect.serverless is Answers.ANY) == (scenario.name == "dns-stuck"), "there Lambda is never asked"


def test_they_end_in_every_way_that_a_run_can_end_by_itself() -> None:
    assert {scenario.expect.exit for scenario in ALL} == {
        Exit.DONE, Exit.ROLLED_BACK, Exit.DRIFT, Exit.HOLD, Exit.TELEMETRY_UNAVAILABLE, Exit.TIMED_OUT,
    }  # fmt: skip


def test_only_where_nothing_goes_wrong_the_short_form_is_whole() -> None:
    assert [scenario.name for scenario in ALL if scenario.short.prelude] == ["happy"]
    assert named("happy").short.steps == tuple(step["weight"] for step in QUICK)
    assert tuple(step["weight"] for step in FULL) == (10, 50, 100)


def test_one_of_ours_is_found_by_its_name_and_anybodys_by_its_file(tmp_path: Path) -> None:
    assert found("hand-edit") is named("hand-edit")
    path = tmp_path / "mine.toml"
    path.write_text((FOLDER / "redis-lost.toml").read_text())
    mine = found(str(path))
    assert (mine.name, mine.events, mine.expect) == ("mine", named("redis-lost").events, named("redis-lost").expect)


def test_any_other_name_is_refused_with_ours() -> None:
    with pytest.raises(BadScenario, match=r"^'rain' is neither a file nor one of happy, errors-at-50, "):
        found("rain")
    with pytest.raises(KeyError):
        named("../happy")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'title = "\xff"')
    with pytest.raises(BadScenario, match=r"mine\.toml can't be read: 'utf-8' codec"):
        found(str(path))
