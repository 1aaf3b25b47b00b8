"""`cutover decommission delete` where two people are needed: whose approval counts, and for how long."""

from datetime import timedelta

import pytest

from tests.fakes.around import FakeIdentity
from tests.fakes.estate import BALANCER as BALANCER_ARN
from tests.fakes.estate import INVENTORY
from tests.fakes.world import FakeWorld
from tests.unit.cutover.ending import BALANCER, EVERY, NAME, REPOSITORY, SERVICE, confirming, done, drained, told

BOB = "arn:aws:iam::123456789012:user/bob"


def as_bob(world: FakeWorld) -> None:
    world.identity = FakeIdentity(BOB)


def test_what_can_not_be_brought_back_needs_another_person() -> None:
    world = drained(archive={"bucket": "archive", "repositories": [REPOSITORY]})

    code, said = told(world, "delete", *confirming(NAME, SERVICE, BALANCER))

    assert code == 8
    assert "so another person than arn:aws:iam::123456789012:user/ada must approve its deletion" in said
    assert 'cutover decommission approve --reason "why it may go"  # somebody else' in said
    assert world.estate.deleted == [INVENTORY.service]


def test_another_persons_approval_lets_it_be_deleted_for_a_day() -> None:
    world = drained(archive={"bucket": "archive", "repositories": [REPOSITORY]})
    as_bob(world)
    approved = done(world, "approve", "--reason", "nobody calls it", "--yes")
    world.identity = FakeIdentity()

    done(world, "delete", *confirming(*EVERY))

    assert f"approved by {BOB} for 24 h: {BALANCER}, {REPOSITORY}" in approved.output
    assert world.archive.deleted == [REPOSITORY]


def test_an_approval_of_yesterday_is_none() -> None:
    world = drained(archive={"bucket": "archive", "repositories": [REPOSITORY]})
    as_bob(world)
    done(world, "approve", "--reason", "nobody calls it", "--yes")
    world.identity = FakeIdentity()
    world.pass_time(timedelta(hours=24, minutes=1))

    assert told(world, "delete", *confirming(NAME, SERVICE, BALANCER))[0] == 8


def test_ones_own_approval_is_none() -> None:
    world = drained(archive={"bucket": "archive", "repositories": [REPOSITORY]})
    done(world, "approve", "--reason", "nobody calls it", "--yes")

    code, said = told(world, "delete", *confirming(NAME, SERVICE, BALANCER))

    assert code == 8
    assert "rule: approval" in said
    assert BALANCER_ARN not in world.estate.deleted


def test_an_identity_that_sts_does_not_confirm_can_not_approve() -> None:
    world = drained()
    world.identity = FakeIdentity("local:root")

    code, said = told(world, "approve", "--reason", "nobody calls it", "--yes")

    assert code == 8
    assert "would prove nothing" in said


def test_an_identity_that_sts_does_not_confirm_deletes_nothing_final() -> None:
    world = drained(archive={"bucket": "archive", "repositories": [REPOSITORY]})
    as_bob(world)
    done(world, "approve", "--reason", "nobody calls it", "--yes")
    world.identity = FakeIdentity("local:ada")

    code, said = told(world, "delete", *confirming(*EVERY))

    assert code == 8
    assert "STS does not say who local:ada is" in said
    assert "aws sso login" in said
    assert BALANCER_ARN not in world.estate.deleted


def in_role(name: str, role: str = "Admin") -> FakeIdentity:
    """A session of a role."""
    return FakeIdentity(f"arn:aws:sts::123456789012:assumed-role/{role}/{name}")


@pytest.mark.parametrize(
    ("approver", "prove", "code"),
    [
        (in_role("ada-2"), False, 8),
        (in_role("ada-2"), True, 0),
        (in_role("ada-1"), True, 8),
        (in_role("ada-1", "Release"), False, 0),
        (FakeIdentity(BOB), False, 0),
    ],
)
def test_two_sessions_of_one_role_are_two_people_only_where_their_names_prove_it(
    approver: FakeIdentity, prove: bool, code: int
) -> None:
    archive = {"bucket": "archive", "repositories": [REPOSITORY], "session_names_prove": prove}
    world = drained(archive=archive)
    world.identity = approver
    done(world, "approve", "--reason", "nobody calls it", "--yes")
    world.identity = in_role("ada-1")

    ended, said = told(world, "delete", *confirming(*EVERY))

    assert ended == code, said
    assert (BALANCER_ARN in world.estate.deleted) is (code == 0)
    assert ("archive.session_names_prove = true" in said) is (approver.name.endswith("ada-2") and not prove)
