"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user: the token's subject, and whether the token says `role: "admin"`."""

    sub: str
    is_admin: bool = False

    def may_act_for(self, owner: str) -> bool:
        """Whether this user may see and change what belongs to `owner`."""
        return self.is_admin or self.sub == owner
