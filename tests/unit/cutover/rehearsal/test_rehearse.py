"""How a rehearsal is driven: warm-up, the run followed, the fault at its moment, everything stopped in the end."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from cutover.rehearsal import onlooker, parts_lists, prelude, rehearse, traffic
from cutover.rehearsal.checks import Ending
from cutover.rehearsal.faults import Injection
from cutover.rehearsal.library import named
from cutover.rehearsal.onlooker import weights_in
from cutover.rehearsal.parts_lists import Counted
from cutover.rehearsal.recording import Recording, Told
from cutover.rehearsal.rehearse import Outcome, Rehearsal
from cutover.rehearsal.scenario import Outage, Rate
from cutover.rehearsal.scenario_file import scenario_of
from cutover.rehearsal.stack.process import DidNotStart
from cutover.rehearsal.stack.stack import Stack
from cutover.rehearsal.wish import Wish
from tests.unit.cutover.rehearsal.played import START, Screen, World
from tests.unit.cutover.rehearsal.recordings import Document, ledger, said, split, tick


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    for module in (rehearse, prelude, onlooker):
        monkeypatch.setattr(module, "time", world)
    for module in (rehearse, prelude):
        monkeypatch.setattr(module, "Controller", world.start_run)
    monkeypatch.setattr(traffic, "start_traffic", world.start_traffic)
    monkeypatch.setattr(traffic, "set_rate", world.set_rate)
    monkeypatch.setattr(rehearse, "Keyboard", world.keyboard)
    monkeypatch.setattr(rehearse, "Controls", world.open_doors)
    return world


def rehearsed(world: World, screen: Screen | None = None, **wished: Any) -> Outcome:
    wish = Wish(world.directory / "out", quick=True, **wished)
    return Rehearsal(wish, cast(Stack, world), screen or Screen()).run()


def test_a_rehearsal_warms_up_follows_the_run_and_stops_everything(world: World) -> None:
    world.polls = [[ledger("adopted", 1, 6, 0)], [], [tick(7, 10)], [said("end", 9)]]
    screen = Screen()
    outcome = rehearsed(world, screen)
    assert world.did == [
        "doors http://127.0.0.1:6 http://127.0.0.1:8",
        f"{outcome.wish.load.persons} users as 50 accounts on 1",
        "reindex of postgresql://somewhere",
        "reindex stopped",
        "drill",
        "drill stopped",
        "run by cutover.toml",
        "run stopped",
        "keyboard left",
        "traffic stopped",
    ]
    drill = ["cutover drill: Lambda 1%, and back", "the drill went well"]
    reindex = ["cutover reindex: new indices, proved equal, and swapped", "all is swapped"]
    assert screen.words == [f"starting {outcome.wish.load.persons} users", *reindex, *drill, "cutover run --yes"]
    assert [one["alias"] for one in outcome.recording.reindexed] == ["mocs"]
    assert outcome.recording.drill == {"ok": True}
    assert screen.events == ["adopted", "tick", "end"]
    assert screen.looks > 4
    assert [told.event for told in outcome.recording.told] == ["adopted", "tick", "end"]
    assert outcome.ending == Ending(0, split(100, 0), split(100, 0), 0)
    assert (outcome.edge, outcome.counted) == ({"cold_starts": 3}, ())
    assert world.faults == []
    assert (outcome.recording.started, outcome.recording.ended) == (START, world.now)


def test_without_the_receipt_of_a_drill_there_is_no_run(world: World) -> None:
    world.drill_exit = 8
    with pytest.raises(DidNotStart, match="the drill ended with 8: refused"):
        rehearsed(world)
    assert world.did[-3:] == ["drill stopped", "keyboard left", "traffic stopped"]


def test_indices_that_are_not_equal_end_the_rehearsal(world: World) -> None:
    world.reindex_exit = 12
    with pytest.raises(DidNotStart, match="the reindex ended with 12: not equal"):
        rehearsed(world)
    assert world.did[-3:] == ["reindex stopped", "keyboard left", "traffic stopped"]


def test_a_drill_that_never_ends_ends_the_rehearsal(world: World) -> None:
    world.drill_seconds = 1e6
    with pytest.raises(DidNotStart, match="cutover drill did not end within 120 s"):
        rehearsed(world)
    assert world.did[-3:] == ["drill stopped", "keyboard left", "traffic stopped"]


def test_the_run_waits_for_two_hundred_requests(world: World) -> None:
    world.requests_a_second, world.polls = 60, [[said("end", 9)]]
    outcome = rehearsed(world)
    first = outcome.recording.told[0]
    before = [second for second in outcome.recording.seconds if second.time < START + 4]
    assert sum(second.requests for second in before) >= 200
    assert first.document["event"] == "end"


def test_what_is_said_at_the_very_end_is_heard_too(world: World) -> None:
    world.polls = [[tick(7, 10)], [ledger("finished", 9, 8, 100), said("end", 9)]]
    assert [told.event for told in rehearsed(world).recording.told] == ["tick", "finished", "end"]


def test_a_few_seconds_of_the_end_state_are_seen(world: World) -> None:
    world.polls = [[said("end", 9)]]
    recording = rehearsed(world).recording
    assert recording.ended - max(second.time for second in recording.seconds) <= 2
    assert recording.ended - START >= 2 + 2


def test_the_settings_of_the_run_are_written_for_people_too(world: World) -> None:
    world.polls = [[said("end", 9)]]
    rehearsed(world)
    assert 'name = "api.lego-moc.example.test"' in (world.directory / "out" / "cutover.toml").read_text()


def test_the_ending_knows_of_changes_that_are_still_pending(world: World) -> None:
    world.polls, world.exit_code, world.weights, world.pending = [[said("end", 9)]], 11, (90, 10), 2
    assert rehearsed(world).ending == Ending(11, split(90, 10), split(90, 10), 2)


def test_each_change_of_the_served_weights_is_noted_once(world: World) -> None:
    class Changing(list[Document]):
        def __init__(self, wanted: tuple[int, int]) -> None:
            super().__init__([said("tick", 7, 0)])
            self.wanted = wanted

        def __iter__(self) -> Iterator[Document]:
            world.weights = self.wanted
            return super().__iter__()

    world.polls = [Changing((100, 0)), Changing((90, 10)), Changing((90, 10)), Changing((50, 50)), Changing((100, 0))]
    served = rehearsed(world).recording.served
    assert [look.split for look in served] == [split(100, 0), split(90, 10), split(50, 50), split(100, 0)]


def test_without_traffic_there_is_no_rehearsal(world: World) -> None:
    world.requests_a_second = 0
    with pytest.raises(DidNotStart, match=r"no traffic after 30 s; see .*locust\.log"):
        rehearsed(world)
    assert world.did[-1] == "traffic stopped"
    assert not any(step.startswith("run") for step in world.did)


def test_traffic_that_dies_while_warming_up_is_not_waited_for(world: World) -> None:
    world.requests_a_second, world.traffic_dies_after = 0, 1
    with pytest.raises(DidNotStart, match="no traffic"):
        rehearsed(world)
    assert world.now - START < 3


def test_traffic_that_dies_later_ends_the_rehearsal(world: World) -> None:
    world.polls, world.traffic_dies_after = [[] for _ in range(1000)], 10
    with pytest.raises(DidNotStart, match=r"the traffic ended by itself; see .*locust\.log"):
        rehearsed(world)
    assert world.did[-3:] == ["run stopped", "keyboard left", "traffic stopped"]


def test_a_run_that_never_ends_is_stopped(world: World) -> None:
    world.polls = [[] for _ in range(10_000)]
    with pytest.raises(DidNotStart, match="cutover run did not end within 900 s"):
        rehearsed(world)
    assert world.did[-3:] == ["run stopped", "keyboard left", "traffic stopped"]


def test_parts_lists_are_given_to_both_sides_before_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.directory / "list.csv").write_text("part,quantity\n1,2\n")
    given: list[Any] = []

    def count(*what: Any) -> list[Counted]:
        given.append(what)
        world.did.append("counted")
        return [Counted("list.csv", "2 pieces (parsed)", "2 pieces (parsed)")]

    monkeypatch.setattr(parts_lists, "count_on_both", count)
    world.polls = [[said("end", 9)]]
    screen = Screen()
    outcome = rehearsed(world, screen, parts_lists=world.directory)
    assert given == [([world.directory / "list.csv"], "http://127.0.1.1:1", "http://127.0.1.2:1", "token of alice")]
    assert world.did.index("counted") < world.did.index("run by cutover.toml")
    assert outcome.counted == [Counted("list.csv", "2 pieces (parsed)", "2 pieces (parsed)")]
    assert "giving 1 parts lists to both sides" in screen.words


def injected(world: World, text: str, *polls: Sequence[Document]) -> Outcome:
    world.polls = [[*documents] for documents in polls] + [[]]
    return rehearsed(world, injection=Injection.parse(text))


def steady(minute: float, weight: int, **fields: Any) -> Document:
    return tick(minute, weight, **fields)


def test_a_fault_sets_in_three_minutes_after_its_step_has_settled(world: World) -> None:
    screen = Screen()
    world.polls = [
        [ledger("settled", 3, 1, 10)],
        [ledger("intent", 4, 1, 10)],
        [ledger("settled", 5, 2, 50)],
        *[[]] * 20,
    ]
    outcome = rehearsed(world, screen, injection=Injection.parse("errors@50"))
    [(moment, aws, edge)] = world.faults
    assert (aws, edge) == ({}, {"errors": 0.3})
    assert outcome.recording.injected == [(moment, *Injection.parse("errors@50").scenario().events)]
    assert "at 50%, 3m later: 30% of Lambda's invocations fail" in screen.words


@pytest.mark.parametrize("looks", [[steady(20, 50)], [ledger("settled", 3, 1, 10)], [ledger("applied", 3, 1, 50)]])
def test_a_fault_waits_for_its_step(world: World, looks: list[Document]) -> None:
    assert injected(world, "errors@50", looks, *[[]] * 20).recording.injected == []
    assert world.faults == []


def test_a_stuck_dns_before_the_first_step_is_there_at_once(world: World) -> None:
    injected(world, "dns-stuck@10", [ledger("adopted", 1, 6, 0)])
    [(moment, aws, edge)] = world.faults
    assert (aws, edge) == ({"route53_pending": True}, {})
    assert moment <= START + 8, "before the run has said anything"


@pytest.mark.parametrize(("text", "weight"), [("dns-stuck@50", 10), ("dns-stuck@100", 50)])
def test_a_stuck_dns_before_a_later_step_is_there_when_the_step_before_has_settled(
    world: World, text: str, weight: int
) -> None:
    outcome = injected(world, text, [steady(19, weight)], [ledger("settled", 6, 2, weight)], [steady(21, weight)])
    assert len(world.faults) == 1
    assert outcome.recording.injected[0][1] == Injection.parse(text).scenario().events[0]


@pytest.mark.parametrize(("text", "weight"), [("dns-stuck@50", 50), ("dns-stuck@100", 10), ("dns-stuck@50", 100)])
def test_a_stuck_dns_waits_for_the_step_before_its_own(world: World, text: str, weight: int) -> None:
    injected(world, text, [ledger("settled", 6, 2, weight), {"event": "settled"}])
    assert world.faults == []


def test_a_fault_that_sets_in_at_a_step_is_not_there_from_the_start(world: World) -> None:
    injected(world, "errors@10", [ledger("adopted", 1, 6, 0)])
    assert world.faults == []


def test_the_weights_are_those_of_both_records_of_each_type() -> None:
    records: list[dict[str, Any]] = [
        {"SetIdentifier": "lambda", "Type": "A", "Weight": 10},
        {"Name": "x.", "Type": "NS"},
        {"SetIdentifier": "ecs", "Type": "A", "Weight": 90},
        {"SetIdentifier": "ecs", "Type": "AAAA", "Weight": 100},
    ]
    assert weights_in(records) == {"A": (90, 10), "AAAA": (100, 0)}
    assert weights_in([]) == {}


@pytest.mark.parametrize(
    ("text", "before"),
    [("killed@50", [ledger("settled", 6, 8, 10)]), ("killed@100", [ledger("settled", 9, 9, 50)]), ("killed@10", [])],
)
def test_the_run_is_killed_while_its_change_is_pending_and_started_again(
    world: World, text: str, before: list[Document]
) -> None:
    injection = Injection.parse(text)
    intent = ledger("intent", 10, 12, 0, after=[100 - injection.step, injection.step])
    world.polls = [before, [intent, ledger("applied", 11, 12.2, injection.step)], [tick(13, 50)], [said("end", 99)]]
    world.next_polls = [[ledger("settled", 12, 15, injection.step)], [said("end", 20)]]
    screen = Screen()

    outcome = rehearsed(world, screen, injection=injection)

    run, held = "run by cutover.toml", "aws faults {'route53_pending': True}"
    began = [run, held] if before else [held, run]
    assert world.did[4:] == [
        "drill",
        "drill stopped",
        *began,
        "run killed",
        "aws faults {}",
        "run stopped",
        "run by cutover.toml",
        "run stopped",
        "keyboard left",
        "traffic stopped",
    ]
    assert screen.words[-1] == "cutover run, again"
    assert [(one.words, one.exit) for one in outcome.recording.typed[-2:]] == [
        ("cutover run --yes", None), ("cutover run --yes", 0)
    ]  # fmt: skip
    assert screen.events[-5:] == ["intent", "applied", "tick", "settled", "end"]
    assert outcome.recording.processes == [4242, 4243]
    assert len(outcome.recording.injected) == 2


def test_only_the_change_to_its_step_is_held_and_broken_off(world: World) -> None:
    shift = [ledger("applied", 3, 6, 10), ledger("settled", 4, 8, 10), ledger("applied", 7, 9, 50)]
    injected(world, "killed@100", shift, [said("end", 20)])
    assert "run killed" not in world.did
    assert not any(step.startswith("aws faults") for step in world.did)


STUCK = """
title = "T"
story = "S."
[short]
steps = [50]
[[event]]
when = "settled 50"
outage = "valkey"
for = "2m"
[[event]]
when = "settled 50 + 1m"
types = "shift --lambda-weight 100"
exit = 7
[[event]]
when = "settled 50 + 1m"
records = { ecs = 70, lambda = 30 }
[[event]]
when = "settled 50 + 1m"
arrivals = 330
for = "1m"
[[then]]
types = "drift"
exit = 5
[[then]]
types = "run --yes"
exit = 0
[expect]
exit = 5
course = "went on"
"""


def test_a_scenario_is_told_to_the_stack_and_people_type_on_when_the_run_has_ended(world: World) -> None:
    world.polls, world.next_polls = [[ledger("settled", 3, 1, 50)], *[[]] * 20, [said("end", 3)]], [[said("end", 9)]]
    world.exits, world.typed_exits = [5, 0], [7, 5]
    screen = Screen()

    recording = rehearsed(world, screen, chosen=scenario_of("mine", STUCK)).recording

    assert world.did[2:] == [
        "run by cutover.toml --until 50",
        "valkey stopped",
        "typed shift --lambda-weight 100",
        "edited to [70, 30, 70, 30]",
        "rate 330",
        "rate 220",
        "brought back",
        "run stopped",
        "typed drift",
        "run by cutover.toml --until 50",
        "run stopped",
        "keyboard left",
        "traffic stopped",
    ]
    assert [(one.words, one.exit, one.expected) for one in recording.typed] == [
        ("cutover shift --lambda-weight 100", 7, 7),
        ("cutover run --yes --until 50", 5, 5),
        ("cutover drift", 5, 5),
        ("cutover run --yes --until 50", 0, 0),
    ]
    assert len(recording.injected) == 4
    assert [event.deed for _, event in recording.cleared] == [Rate(330), Outage("valkey")]
    assert recording.processes == [4242, 4243]
    assert "over: at 50%: valkey is gone, for 2m" in screen.words


def test_the_ledgers_lines_before_the_run_are_not_the_runs(world: World) -> None:
    world.polls = [[said("end", 9)]]
    out = world.directory / "out"
    out.mkdir()
    (out / "ledger.jsonl").write_text('{"kind": "rolled-back"}\n')

    class Writing(Screen):
        def told(self, told: Told, recording: Recording) -> None:
            with (out / "ledger.jsonl").open("a") as file:
                file.write('{"kind": "adopted"}\n')

    assert rehearsed(world, Writing()).ending.ledger == ("adopted",)


def test_the_settings_say_what_a_short_form_leaves_out(world: World) -> None:
    world.polls = [[said("end", 9)]]
    rehearsed(world, chosen=named("common-cause"))
    settings = tomllib.loads((world.directory / "out" / "cutover.toml").read_text())
    assert settings["safety"] == {"drill_above": 100, "first_step": 50}
    assert settings["timing"] == {"give_up_after": "8m"}
    assert [step["weight"] for step in settings["ladder"]] == [50, 100]
