"""Whether two identities are certainly two people."""

import pytest

from cutover.core.people import are_two

ADA, BOB = "arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:user/bob"
ROLE = "arn:aws:sts::123456789012:assumed-role/Admin"
ELSEWHERE = "arn:aws-us-gov:sts::210987654321:assumed-role/Admin"
FEDERATED = "arn:aws:sts::123456789012:federated-user"


@pytest.mark.parametrize(
    ("one", "other", "two", "two_by_names"),
    [
        (ADA, BOB, True, True),
        (ADA, ADA, False, False),
        (ADA, "local:bob", False, False),
        ("local:ada", BOB, False, False),
        (f"{ROLE}/ada-1", f"{ROLE}/ada-2", False, True),
        (f"{ROLE}/ada-1", f"{ROLE}/ada-1", False, False),
        (f"{ROLE}/ada-1", f"{ROLE}istrators/ada-1", True, True),
        (f"{ROLE}/ada", f"{ELSEWHERE}/ada", True, True),
        (f"{FEDERATED}/ada", f"{FEDERATED}/bob", False, True),
        (f"{ROLE}/ada", ADA, True, True),
    ],
)
def test_only_what_nobody_can_choose_tells_people_apart(one: str, other: str, two: bool, two_by_names: bool) -> None:
    assert are_two(one, other, session_names_prove=False) is two
    assert are_two(one, other, session_names_prove=True) is two_by_names
