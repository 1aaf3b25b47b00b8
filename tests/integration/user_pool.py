"""A user pool in moto, filled and looked at from outside."""

from dataclasses import dataclass

import pytest

from cutover.rehearsal.stack import user_pool
from cutover.rehearsal.stack.tokens import POOL_ID


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool that the tests' tokens come from."""

    moto_url: str

    def add(self, sub: str, username: str = "", **attributes: str) -> None:
        """A user; without a username of their own they are called as their subject, as `Api.token` has it."""
        user_pool.add(self.moto_url, username or sub, sub, **{"email": f"{sub}@example.test", **attributes})

    def attributes(self, username: str) -> dict[str, str]:
        """What the pool holds of the user."""
        found = user_pool.call(self.moto_url, "AdminGetUser", UserPoolId=POOL_ID, Username=username)
        return {entry["Name"]: entry["Value"] for entry in found["UserAttributes"]}

    def set(self, username: str, name: str, value: str) -> None:
        """Change an attribute past the service."""
        pairs = [{"Name": name, "Value": value}]
        user_pool.call(
            self.moto_url, "AdminUpdateUserAttributes", UserPoolId=POOL_ID, Username=username, UserAttributes=pairs
        )

    def remove(self, username: str) -> None:
        """Delete the user."""
        user_pool.call(self.moto_url, "AdminDeleteUser", UserPoolId=POOL_ID, Username=username)


@pytest.fixture
def pool(moto: str) -> Pool:
    """The pool of one test: alice (Ada Lovelace) and bob, who has no name."""
    user_pool.make(moto, [])
    made = Pool(moto)
    made.add("alice", name="Ada Lovelace")
    made.add("bob")
    return made
