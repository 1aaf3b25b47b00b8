"""The lease in DynamoDB: one holder among machines, however slow, dead or far off its clock is."""

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from cutover.ports import Lease, LedgerUnavailable, Locked
from tests.unit.cutover.ledger.table import LEASE, NOW, Shared, refused, silence


def eventually(is_so: Callable[[], bool]) -> None:
    """Wait until it is."""
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.005)


@contextmanager
def never_given_back(shared: Shared, holder: str) -> Iterator[Lease]:
    """The lease of a process that was killed or sleeps."""
    held = shared.machine("a").lease(holder)
    yield held.__enter__()
    assert held is not None  # until here nothing collects it


def renewing() -> bool:
    """Whether some lease is being prolonged in the background."""
    return any(thread.name == "lease" for thread in threading.enumerate())


def test_only_one_machine_holds_it_and_the_other_is_told_who(shared: Shared) -> None:
    who = rf"run by ada \(process {os.getpid()}\) on {platform.node()}"
    told = rf"{who} is at work .* since 22 Nov 09:00:00 UTC; its lease lasts until 09:02:00"

    with (
        shared.machine("a").lease("run by ada"),
        pytest.raises(Locked, match=told),
        shared.machine("b").lease("shift by bob"),
    ):
        pytest.fail("the lease must not be given")


def test_it_can_be_taken_again_when_it_is_given_back_and_its_number_grows(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada") as first:
        fences = [first.fence]
    assert shared.machine("b").holder() is None
    with shared.machine("b").lease("shift by bob") as second:
        fences.append(second.fence)

    assert fences == [1, 2]


def test_leases_of_migrations_are_apart(shared: Shared) -> None:
    with shared.machine().lease("run by ada"), shared.machine(migration="other").lease("run by bob") as other:
        assert other.fence == 1


def test_it_can_be_seen_who_holds_it(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada"):
        holder = shared.machine("b").holder()

    assert holder is not None
    name = f"run by ada (process {os.getpid()})"
    assert (holder.name, holder.fence, holder.host) == (name, 1, platform.node())
    assert (holder.since, holder.until) == (NOW, NOW + LEASE)


def test_nobody_holds_what_nobody_took(shared: Shared) -> None:
    assert shared.machine().holder() is None


def test_confirming_prolongs_it(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada") as lease:
        shared.clock.time += timedelta(minutes=1)
        lease.confirm()
        holder = shared.machine("b").holder()

    assert holder is not None
    assert holder.until == NOW + timedelta(minutes=1) + LEASE


def test_a_dead_holders_lease_is_free_after_its_time_and_a_margin_for_clocks(shared: Shared) -> None:
    with never_given_back(shared, "run by ada"):
        shared.clock.time += LEASE + timedelta(seconds=30)
        with pytest.raises(Locked), shared.machine("b").lease("run by bob"):
            pytest.fail("another machine's clock may be half a minute behind")
        shared.clock.time += timedelta(seconds=1)
        assert shared.machine("b").holder() is None
        with shared.machine("b").lease("run by bob") as lease:
            assert lease.fence == 2


def test_a_holder_that_slept_too_long_finds_it_taken(shared: Shared) -> None:
    with never_given_back(shared, "run by ada") as slept:
        shared.clock.time += timedelta(minutes=10)
        with (
            shared.machine("b").lease("run by bob"),
            pytest.raises(Locked, match=r"taken over, .* \(run by bob .* on "),
        ):
            slept.confirm()


def test_a_holder_that_slept_too_long_goes_on_if_nobody_wanted_it(shared: Shared) -> None:
    with never_given_back(shared, "run by ada") as slept:
        shared.clock.time += timedelta(minutes=10)

        slept.confirm()

        assert shared.machine("b").holder() is not None


def test_a_holder_that_wakes_up_at_the_last_moment_keeps_it(shared: Shared) -> None:
    with never_given_back(shared, "run by ada") as woken:
        shared.clock.time += timedelta(minutes=10)
        shared.client.before["update_item"] = [woken.confirm]  # between the other's reading and its taking

        with pytest.raises(Locked, match="run by ada"), shared.machine("b").lease("run by bob"):
            pytest.fail("the lease must not be given")

        woken.confirm()


def test_a_late_holder_gives_back_only_its_own(shared: Shared) -> None:
    late = shared.machine("a").lease("run by ada")
    late.__enter__()
    shared.clock.time += timedelta(minutes=10)
    with shared.machine("b").lease("run by bob"):
        late.__exit__(None, None, None)

        holder = shared.machine("c").holder()

    assert holder is not None
    assert holder.name.startswith("run by bob")


def test_a_broken_lease_can_be_taken_at_once_and_its_old_holder_is_stopped(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada") as broken:
        shared.machine("b").break_lease()
        assert shared.machine("b").holder() is None
        with pytest.raises(Locked, match=r"this lease was broken, or taken over, meanwhile$"):
            broken.confirm()
        with shared.machine("b").lease("run by bob") as lease:
            assert lease.fence == 3


def test_breaking_what_nobody_holds_changes_nothing_but_the_number(shared: Shared) -> None:
    shared.machine().break_lease()

    with shared.machine().lease("run by ada") as lease:
        assert lease.fence == 2


def test_a_lease_whose_answer_was_lost_is_recognised(shared: Shared) -> None:
    shared.client.after["update_item"] = [silence()]

    with shared.machine("a").lease("run by ada") as lease:
        assert lease.fence == 1
        lease.confirm()


def test_of_those_who_try_at_once_one_gets_it(shared: Shared) -> None:
    start, done, got = Barrier(4), Barrier(4), list[str]()

    def take(name: str) -> None:
        start.wait(10)
        try:
            with shared.machine(name).lease(name):
                got.append(name)
                done.wait(10)
        except Locked:
            done.wait(10)

    takers = [Thread(target=take, args=(name,)) for name in "abcd"]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join(30)

    assert len(got) == 1


def test_whoever_always_comes_second_is_told_so(shared: Shared) -> None:
    with shared.machine("b").lease("run by bob"):
        pass
    shared.client.before["update_item"] = [shared.outrun] * 3

    with pytest.raises(Locked, match="others took the lease"), shared.machine("a").lease("run by ada"):
        pytest.fail("the lease must not be given")


def test_it_is_prolonged_while_its_holder_does_something_else(shared: Shared) -> None:
    shared.clock.factor = 3000  # a lease of 40 ms

    with shared.machine("a").lease("run by ada"):
        shared.clock.time += timedelta(minutes=5)
        eventually(lambda: shared.machine("b").holder() is not None)

    eventually(lambda: not renewing())


def test_prolonging_goes_on_after_a_silence(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.ledger.dynamodb_calls.DARK_SECONDS", 0.01)
    shared.clock.factor = 3000

    with shared.machine("a").lease("run by ada"):
        shared.client.before["update_item"] = [refused("AccessDeniedException"), refused("AccessDeniedException")]
        shared.clock.time += timedelta(minutes=5)
        eventually(lambda: shared.machine("b").holder() is not None)


def test_prolonging_ends_when_the_lease_is_broken(shared: Shared) -> None:
    shared.clock.factor = 3000

    with shared.machine("a").lease("run by ada"):
        shared.machine("b").break_lease()
        eventually(lambda: not renewing())
        assert shared.machine("b").holder() is None


def test_a_table_that_is_away_gives_no_lease_and_confirms_none(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada") as lease:
        shared.client.before["update_item"] = [refused("AccessDeniedException")]
        with pytest.raises(LedgerUnavailable):
            lease.confirm()
    shared.client.before["get_item"] = [refused("AccessDeniedException")]
    with pytest.raises(LedgerUnavailable), shared.machine("b").lease("run by bob"):
        pytest.fail("the lease must not be given")


def test_a_lease_that_cannot_be_given_back_ends_by_itself(shared: Shared) -> None:
    with shared.machine("a").lease("run by ada"):
        shared.client.before["update_item"] = [refused("AccessDeniedException")]

    holder = shared.machine("b").holder()
    assert holder is not None
    assert holder.until == NOW + LEASE
