"""Any commands in any order, with anything going wrong at any call: what must never be true never is.

Each part begins at another rung and walks through made-up histories of 50 steps; together they take over 10,000 steps.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from cutover.core.models import RecordSet, Side, Snapshot, Weights
from cutover.core.record import Event, Kind
from cutover.core.state import State, fold
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed
from tests.fakes.telemetry import no_errors
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import FakeWeights, Killed, record, weighted
from tests.unit.cutover.invoking import invoke

STEPS = 50
PATIENCE = 60  # sleeps of one command
HISTORIES = 38  # for each of the five beginnings
DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 130})  # 1 is a bug
QUICK: dict[str, Any] = {
    "ladder": [{"weight": w, "bake": "3m", "min_requests": 500} for w in (10, 50, 100)],
    "gates": {"p95_window": "1m"},
    "timing": {"give_up_after": "8m", "insync_timeout": "3m"},
}
WEIGHTS = st.sampled_from([0, 1, 5, 10, 11, 49, 50, 60, 100])
POINTS = st.integers(1, 30)
COMMANDS: Sequence[tuple[str, ...]] = (
    ("run", "--yes", "--once"),
    ("run", "--yes", "--until", "10"),
    ("run", "--yes"),
    ("rollback",),
    ("resume", "--yes", "--reason", "mended"),
    ("status", "--exit-code"),
    ("check",),
    ("history",),
    ("plan", "--lambda-weight", "10"),
    ("drift",),
    ("drift", "--fix", "restore", "--yes", "--reason", "as it was"),
    ("drift", "--fix", "adopt", "--yes", "--reason", "as it is"),
    ("drill", "--yes"),
    ("rollback", "--path", "kill"),
    ("lock", "break", "--yes", "--holder", "run by a dead man", "--reason", "he is gone"),
    ("pause", "--yes", "--reason", "lunch"),
    ("promote", "--yes", "--reason", "go on"),
    ("promote", "--skip-bake", "--yes", "--reason", "seen enough"),
    ("freeze", "add", "--for", "20m", "--yes", "--reason", "release"),
    *(("shift", "--yes", "--lambda-weight", str(weight)) for weight in (0, 5, 10, 50, 100)),
    ("shift", "--yes", "--lambda-weight", "30", "--override", "drift=known", "--wait", "settled"),
)
RAISES: Sequence[tuple[str, ...]] = (
    ("shift", "--yes", "--lambda-weight", "10"),
    ("shift", "--yes", "--lambda-weight", "5", "--wait", "settled"),
    ("run", "--yes", "--until", "10"),
)
RIVALS: Sequence[tuple[str, ...]] = (
    ("rollback",),
    ("rollback",),
    ("shift", "--yes", "--lambda-weight", "5"),
    ("run", "--yes", "--once"),
)
FAILURES = {
    "throttled for too long": ControlPlaneUnavailable,
    "access denied": NotAllowed,
    "changed meanwhile": ChangedMeanwhile,
}


class WatchedWeights(FakeWeights):
    """Looks at every change that the tool makes, at the moment when it is made."""

    world: FakeWorld
    count = 0

    def apply(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        """Exchange, and hold the change to what must always be true."""
        known, live, lines = self.world, list(self.records), list(self.world.ledger.lines)
        self.assert_whole(after.records)
        if raises(before, after):
            assert known.switch.lambda_serves, "raised while the kill switch is thrown"
            earned = assert_earned(lines, fold(lines), after)
            assert known.clock.now() - earned.time < timedelta(seconds=1), "raised by gates of long ago"
        elif not (known.ledger.unwritable or known.ledger.unreadable):
            assert intent_of(lines, after), "a change that the ledger did not know of before it was made"
        self.count += 1
        change_id = super().apply(before, after, comment)
        assert types(self.records) >= types(live), "a type was left behind"
        return change_id

    def assert_whole(self, records: Sequence[RecordSet]) -> None:
        """Every type has both sides, and they sum to 100."""
        by_type = {
            type_: {r.set_identifier: r.weight for r in group}
            for type_, group in groupby(sorted(records, key=lambda r: r.type), key=lambda r: r.type)
        }
        assert by_type, "an empty change"
        for type_, pair in by_type.items():
            assert sorted(map(str, pair)) == ["ecs", "lambda"], (type_, pair)
            assert sum(w or 0 for w in pair.values()) == 100, (type_, pair)
        assert len({tuple(sorted(pair.items(), key=str)) for pair in by_type.values()}) == 1, by_type


def raises(before: Snapshot, after: Snapshot) -> bool:
    return share(after.records) > share(before.records)


def share(records: Sequence[RecordSet]) -> int:
    return max((r.weight or 0 for r in records if r.set_identifier == "lambda"), default=0)


def types(records: Sequence[RecordSet]) -> set[tuple[str, str | None]]:
    return {(r.type, r.set_identifier) for r in records}


def intent_of(lines: Sequence[Event], after: Snapshot) -> Event | None:
    """The newest intent of exactly these records."""
    bodies = sorted(r.body for r in after.records)
    found = [e for e in lines if e.kind is Kind.INTENT and sorted(e.evidence["records"]) == bodies]
    return found[-1] if found else None


def assert_earned(lines: Sequence[Event], state: State, after: Snapshot) -> Event:
    """Lambda gets more only by an intent that passed, and not while anything forbids it."""
    intent = intent_of(lines, after)
    assert intent, "raised without an intent in the ledger"
    assert state.intent == intent, "raised by an intent that others have answered since"
    assert intent.evidence["verdict"] == "pass" or (intent.before and intent.before[1] == 0), intent
    before = fold(lines[: intent.seq - 1])
    assert before.rolled_back is None, "raised after a rollback that nobody resumed"
    assert before.standing.paused is None, "raised during a pause"
    assert not any(f.start <= intent.time < f.end for f in before.standing.freezes), "raised during a freeze"
    assert state.rolled_back is None
    return intent


class Migration(RuleBasedStateMachine):
    """One migration, its operators, and everything that can happen to them."""

    beginning = (100, 0)
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.world = known_world(*self.beginning, **QUICK)
        watched = WatchedWeights(self.world.clock, self.world.calls, list(self.world.weights.records))
        watched.timeline, watched.world = self.world.weights.timeline, self.world
        self.world.weights = self.world.metrics.weights = self.world.names.weights = watched
        self.world.metrics.per_minute = 6000
        self.world.switch.is_set_up = self.world.ecs.is_set_up = True
        self.world.clock.then.append(self.lose_patience)

    def lose_patience(self, _now: object) -> None:
        """Ctrl-C to a run that waits for the end of a pause."""
        if len(self.world.clock.slept) > PATIENCE:
            raise KeyboardInterrupt

    def step(self, *words: str) -> None:
        """One command, unless it is killed on the way."""
        Migration.steps += 1
        self.world.calls.count = 0
        self.world.clock.slept.clear()
        try:
            result = invoke(self.world, *words)
        except Killed:
            return
        finally:
            self.world.revived()
            self.world.calls.meanwhile.clear()
        self.say(words, result.exit_code)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code in DOCUMENTED, (words, result.output)
        assert "Traceback" not in result.output

    def say(self, words: Sequence[str], code: int) -> None:
        """Nothing; to be replaced where one looks at a single history."""

    @rule(words=st.sampled_from(COMMANDS), minutes=st.integers(0, 5))
    def command(self, words: tuple[str, ...], minutes: int) -> None:
        """Somebody types something, some time later."""
        self.world.pass_time(timedelta(minutes=minutes))
        self.step(*words)

    @rule(words=st.sampled_from(COMMANDS), point=POINTS)
    def killed(self, words: tuple[str, ...], point: int) -> None:
        """kill -9 before or after any call."""
        self.world.calls.die_at = point
        self.step(*words)

    @rule(words=st.sampled_from(COMMANDS), other=st.sampled_from(COMMANDS), point=POINTS)
    def beside(self, words: tuple[str, ...], other: tuple[str, ...], point: int) -> None:
        """A second operator's whole command in the middle of the first one's."""
        self.world.calls.meanwhile[point] = lambda: self.other(*other)
        self.step(*words)

    def other(self, *words: str) -> None:
        """A command of somebody else's, who meets the lease as it is."""
        result = invoke(self.world, *words)
        assert result.exit_code in DOCUMENTED, (words, result.output)

    @rule(
        words=st.sampled_from(COMMANDS),
        call=st.sampled_from(["read", "apply", "apply-answer", "in_sync"]),
        how=st.sampled_from(sorted(FAILURES)),
        times=st.integers(1, 6),
    )
    def refused_by_aws(self, words: tuple[str, ...], call: str, how: str, times: int) -> None:
        """Throttles, timeouts after success, denials."""
        failing = self.world.weights.failing
        if call == "apply-answer" and how != "throttled for too long":
            how = "throttled for too long"  # what was carried out is not answered by a refusal
        failing[call] = [FAILURES[how](how) for _ in range(times)]
        self.step(*words)
        failing.clear()

    @rule(words=st.sampled_from(COMMANDS))
    def pending_for_ever(self, words: tuple[str, ...]) -> None:
        """A change that Route 53 takes and never finishes."""
        self.world.weights.pending = None
        self.step(*words)
        self.world.weights.pending = timedelta(seconds=40)

    @rule(words=st.sampled_from(COMMANDS), forget=st.booleans())
    def blind(self, words: tuple[str, ...], forget: bool) -> None:
        """No telemetry; or Route 53 has forgotten every change."""
        if forget:
            self.world.weights.forgotten |= set(self.world.weights.changes)
        healthy = self.world.metrics.failing
        self.world.blind()
        self.step(*words)
        self.world.metrics.failing = healthy

    @rule(words=st.sampled_from(COMMANDS), unreadable=st.booleans())
    def without_ledger(self, words: tuple[str, ...], unreadable: bool) -> None:
        """The ledger's disk is full, or gone."""
        ledger = self.world.ledger
        ledger.unreadable, ledger.unwritable = "gone" if unreadable else "", "full"
        self.step(*words)
        ledger.unreadable = ledger.unwritable = ""

    @rule(words=st.sampled_from(RAISES), other=st.sampled_from(RIVALS), point=st.integers(1, 24))
    def rival(self, words: tuple[str, ...], other: tuple[str, ...], point: int) -> None:
        """While one raises, another goes back, or raises too: from a tidy beginning, so that both get far."""
        self.heal()
        self.world.calls.meanwhile[point] = lambda: self.other(*other)
        self.step(*words)

    @rule()
    def heal(self) -> None:
        """Somebody mends everything: the records, the service, the ledger's idea of both."""
        pair = (self.world.live.ecs, self.world.live.serverless) if self.is_whole() else (100, 0)
        self.world.weights.records = weighted(*pair, "A", "AAAA")
        self.world.weights.note()
        self.world.metrics.error_rate = dict.fromkeys(Side, no_errors)
        self.step("rollback")
        self.step("resume", "--yes", "--reason", "mended")
        self.world.pass_time(timedelta(minutes=30))

    def is_whole(self) -> bool:
        """Whether the A records are two that sum to 100."""
        live = [r for r in self.world.weights.records if r.type == "A"]
        return len(live) == 2 and sum(r.weight or 0 for r in live) == 100

    @rule(
        rate=st.sampled_from([None, 0.0, 0.015, 0.05, 1.0]),
        pair=st.sampled_from([None, (100, 0), (50, 50), (0, 100), (100, 30), (0, 0)]),
        how=st.sampled_from(["weights", "one type", "a field"]),
    )
    def disturbed(self, rate: float | None, pair: tuple[int, int] | None, how: str) -> None:
        """Lambda's error rate changes; or somebody in the console: other weights, a record gone, another field."""
        Migration.steps += 1
        if rate is not None:
            self.sicken(rate)
        elif pair is not None:
            self.edit(pair, how)

    def sicken(self, rate: float) -> None:
        """Lambda's error rate from now on."""
        since, rates = self.world.clock.now(), self.world.metrics.error_rate
        was = rates[Side.SERVERLESS]
        self.world.metrics.error_rate = rates | {Side.SERVERLESS: lambda time: rate if time >= since else was(time)}

    def edit(self, pair: tuple[int, int], how: str) -> None:
        """By hand."""
        weights = self.world.weights
        if how == "one type":
            weights.records = [r for r in weights.records if (r.type, r.set_identifier) != ("AAAA", "lambda")]
        else:
            more = {"HealthCheckId": "by-hand"} if how == "a field" else {}
            edited = weighted(*pair, "A", "AAAA")
            weights.records = [record(r.type, r.set_identifier, r.weight, **more) for r in edited]
        weights.note()

    @rule(ledger_too=st.booleans(), holder=st.booleans())
    def rollback_works(self, ledger_too: bool, holder: bool) -> None:
        """Whatever was before, with Route 53 alone: everything is at ECS."""
        world, healthy = self.world, self.world.metrics.failing
        world.blind()
        world.ledger.held_by = "run by a dead man" if holder else ""
        if ledger_too:
            world.ledger.unreadable = world.ledger.unwritable = "gone"
        self.step("rollback")
        world.ledger.unreadable = world.ledger.unwritable = ""
        world.metrics.failing = healthy
        self.assert_home()

    def assert_home(self) -> None:
        """Every type that has both sides is at 100/0; where ECS is alone it answers whatever its weight, even 0."""
        live = {(r.type, r.set_identifier): r.weight for r in self.world.weights.records}
        assert ("A", "ecs") in live
        for (type_, identifier), weight in live.items():
            if identifier == "lambda":
                assert (live[type_, "ecs"], weight) == (100, 0)

    def teardown(self) -> None:
        """From wherever it came to, the way back is open, and so is the way up."""
        self.world.weights.pending = timedelta(seconds=40)
        self.step("rollback")
        self.assert_home()
        self.world.weights.records = weighted(100, 0, "A", "AAAA")
        self.world.metrics.error_rate = dict.fromkeys(Side, no_errors)
        self.world.pass_time(timedelta(minutes=30))
        assert invoke(self.world, "resume", "--yes", "--reason", "all is well").exit_code == 0
        assert invoke(self.world, "shift", "--yes", "--lambda-weight", "10").exit_code == 0
        assert self.world.live == Weights(90, 10)


@pytest.mark.parametrize("beginning", [(100, 0), (90, 10), (50, 50), (0, 100), (70, 30)])
def test_nothing_that_must_never_be_ever_is(beginning: tuple[int, int]) -> None:
    machine = seed(beginning[0])(type("Migration", (Migration,), {"beginning": beginning}))
    Migration.steps = 0
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    assert Migration.steps >= 2_000, f"only {Migration.steps} steps"  # five times that in all


def test_the_watch_sees_what_it_must_never_see() -> None:
    world = known_world(90, 10, **QUICK)
    watched = WatchedWeights(world.clock, world.calls, list(world.weights.records))
    watched.world = world
    before, raised = Snapshot(tuple(watched.records)), Snapshot(tuple(weighted(50, 50, "A", "AAAA")))
    with pytest.raises(AssertionError, match="without an intent"):
        watched.apply(before, raised, "")
    with pytest.raises(AssertionError, match="did not know of"):
        watched.apply(before, Snapshot(tuple(weighted(95, 5, "A", "AAAA"))), "")
    broken = tuple(replace(r, weight=30) for r in raised.records)
    with pytest.raises(AssertionError):
        watched.apply(before, Snapshot(broken), "")
    assert watched.count == 0
