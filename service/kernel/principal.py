"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user: the token's subject, whether it says `role: "admin"`, and the user pool's name for them.

    `username` is not what people see, and need not be the subject: that of a federated user is `Google_1234`. The
    pool's tokens always tell it; "" when one does not.
    """

    sub: str
    is_admin: bool = False
    username: str = ""

    def may_act_for(self, owner: str) -> bool:
        """Whether this user may see and change what belongs to `owner`."""
        return self.is_admin or self.sub == owner
