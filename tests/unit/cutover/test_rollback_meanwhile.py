"""A rollback in another shell, at every point of whatever else is at work: it always wins, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from click.testing import Result

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.flow.journal import HELD_SECONDS
from cutover.ledger.locking import LOCK_SECONDS
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import Calls, Killed
from tests.unit.cutover.invoking import invoke

HOME = Weights(100, 0)
QUICK: dict[str, Any] = {
    "ladder": [{"weight": w, "bake": "3m", "min_requests": 500} for w in (10, 50, 100)],
    "gates": {"p95_window": "1m"},
}
RAISE = ("shift", "--lambda-weight", "10", "--yes")
RAISE_AND_BAKE = (*RAISE, "--wait", "bake")
LOWER = ("shift", "--lambda-weight", "5", "--yes")
RUN = ("run", "--until", "50", "--yes", "--quiet")


class Points(Calls):
    """Every write and every call; at one of them something else happens."""

    def __init__(self, at: int, what: Callable[[], object]) -> None:
        super().__init__()
        self.at, self.what = at, what
        self.inside = False

    def _point(self, name: str) -> None:
        if self.inside:
            return
        super()._point(name)
        if self.count == self.at:
            self.inside = True
            self.what()
            self.inside = False


def world_at(serverless: int) -> FakeWorld:
    """A quick world at that share."""
    world = known_world(100 - serverless, serverless, **QUICK)
    world.metrics.per_minute = 6000
    return world


def at_point(world: FakeWorld, at: int, what: Callable[[], object]) -> Points:
    """Let that happen at that point."""
    points = Points(at, what)
    world.calls = world.weights.calls = world.metrics.calls = world.names.calls = world.ledger.calls = points
    return points


def meanwhile(world: FakeWorld, at: int, *words: str, back: Callable[[], Result] | None = None) -> tuple[Result, str]:
    """Run the command with a whole rollback at that point; its result, and what was going on then ("": nothing)."""
    ended: list[Result] = []
    points = at_point(world, at, lambda: ended.append((back or (lambda: invoke(world, "rollback")))()))
    result = invoke(world, *words)
    assert all(one.exit_code == 0 for one in ended), ended[0].output
    return result, points.names[at - 1] if ended else ""


def names_of(serverless: int, *words: str) -> list[str]:
    """What happens at every point of that command."""
    world = world_at(serverless)
    points = at_point(world, 0, lambda: None)
    invoke(world, *words)
    return points.names


def points_of(serverless: int, *words: str) -> range:
    """Every point of that command."""
    return range(1, len(names_of(serverless, *words)) + 1)


def applied_lines(world: FakeWorld) -> int:
    """How many changes the ledger knows to have been applied."""
    return sum(1 for line in world.ledger.lines if line.kind is Kind.APPLIED)


@pytest.mark.no_cover  # it goes, again and again, where other tests are measured; measured, it takes thrice as long
@pytest.mark.parametrize(
    ("serverless", "words"),
    [(0, RAISE), (0, RAISE_AND_BAKE), (10, LOWER), (10, ("shift", "--lambda-weight", "50", "--yes")), (0, RUN)],
    ids=["raise", "raise-and-bake", "lower", "raise-on", "run"],
)
def test_a_rollback_at_any_point_wins_and_every_change_is_in_the_ledger(
    serverless: int, words: tuple[str, ...]
) -> None:
    for at in points_of(serverless, *words):
        world = world_at(serverless)

        result, point = meanwhile(world, at, *words)

        said = f"at {at} ({point}): {result.exit_code} {result.output}"
        assert world.live == HOME, said
        assert applied_lines(world) == len(world.weights.applied), said
        assert world.ledger.lines[-1].kind in {Kind.ROLLED_BACK, Kind.STOPPED, Kind.ABANDONED}, said
        assert invoke(world, "run", "--once", "--yes").exit_code == 8, said
        assert world.live == HOME, said


@pytest.mark.parametrize("words", [RAISE, RUN], ids=["shift", "run"])
@pytest.mark.parametrize("line", ["intent", "applied"])
def test_a_rollback_that_could_not_be_written_is_not_overridden_by_who_held_the_ledger(
    line: str, words: tuple[str, ...]
) -> None:
    for moment in ("before", "after"):
        world = world_at(0)
        at = names_of(0, *words).index(f"{moment} append {line}") + 1

        result, point = meanwhile(world, at, *words, back=partial(unwritten, world))

        assert result.exit_code in {5, 7}, f"{point}: {result.output}"
        assert world.live == HOME, f"{point}: {result.output}"


def unwritten(world: FakeWorld) -> Result:
    """A rollback while another process is stopped with the ledger's lock in its hand."""
    world.ledger.unwritable = "another process holds its lock"
    world.pass_time(timedelta(seconds=LOCK_SECONDS))
    result = invoke(world, "rollback")
    world.ledger.unwritable = ""
    assert "another process holds its lock" in result.stderr
    return result


def test_a_rollback_between_the_intent_and_the_sending_keeps_the_change_from_being_sent() -> None:
    world = world_at(0)
    world.weights.pending = timedelta(0)  # no time passes, so that only the ledger's newest line tells
    at = names_of(0, *RAISE).index("after append intent") + 1

    result, _ = meanwhile(world, at, *RAISE)

    assert result.exit_code == 7
    assert world.weights.applied == [((100, 0), (100, 0))]
    assert world.ledger.kinds()[-2:] == ["rolled-back", "abandoned"]


def test_a_shift_whose_answer_was_lost_goes_back_after_a_rollback() -> None:
    world = world_at(0)
    at = names_of(0, *RAISE).index("before apply") + 1

    def back() -> Result:
        result = invoke(world, "rollback")
        world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
        return result

    result, _ = meanwhile(world, at, *RAISE, back=back)

    assert result.exit_code == 4
    assert "rolled back meanwhile" in result.stdout
    assert world.live == HOME


def test_a_shift_killed_after_a_rollback_that_its_change_overtook_is_taken_back_by_the_next_run() -> None:
    names = names_of(0, *RAISE)
    world = world_at(0)
    points = at_point(world, names.index("before apply") + 1, lambda: invoke(world, "rollback"))
    points.die_at = names.index("after append applied") + 2  # its first try meets the rollback's lines
    with pytest.raises(Killed):
        invoke(world, *RAISE)
    world.revived()
    assert world.live == Weights(90, 10)

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 4
    assert world.live == HOME


def test_a_change_that_arrived_after_a_rollback_without_a_line_is_a_drift_and_not_hidden_by_the_rollback() -> None:
    world = world_at(0)
    invoke(world, "rollback")
    world.weights.set_by_hand(90, 10)

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 5
    assert "Weight 10 instead of 0" in result.stderr


def test_two_rollbacks_at_once_both_end_at_ecs() -> None:
    for at in points_of(50, "rollback"):
        world = world_at(50)

        result, point = meanwhile(world, at, "rollback")

        said = f"at {at} ({point}): {result.output}"
        assert result.exit_code == 0, said
        assert world.live == HOME, said
        assert fold(world.ledger.lines).label == "ROLLED BACK", said


def test_a_slow_disk_stops_a_raise_and_not_a_lowering() -> None:
    for words, code in ((RAISE, 7), (LOWER, 0)):
        world = world_at(0 if words is RAISE else 10)
        world.ledger.before_append.append(partial(world.pass_time, timedelta(seconds=3)))

        result = invoke(world, *words)

        assert result.exit_code == code, result.output


def test_a_writer_counts_as_holding_the_ledger_before_a_rollback_gives_up_waiting_for_it() -> None:
    assert HELD_SECONDS <= LOCK_SECONDS
