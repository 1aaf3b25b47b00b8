"""What the service needs of the user pool beside its tokens: what it knows of a user."""

from dataclasses import dataclass
from typing import Protocol

from service.kernel.principal import Principal


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user as the pool has them; `picture` is a URL, not always one of our file store."""

    email: str
    name: str | None = None
    picture: str | None = None


class UserPool(Protocol):
    """The signed-in user's own attributes. Calls are bounded in time and raise `service.kernel.errors.Unavailable`.

    One that raises it while writing may have been heard all the same.
    """

    async def find(self, who: Principal) -> PoolUser:
        """What the pool knows of the user. Raises NotFound when they have been deleted; Unavailable."""
        ...

    async def set_name(self, who: Principal, name: str) -> None:
        """Give the user another name. Raises NotFound, Unavailable."""
        ...

    async def set_picture(self, who: Principal, url: str) -> None:
        """Name the user's picture. Raises NotFound, Unavailable."""
        ...

    async def remove_picture(self, who: Principal) -> None:
        """Name no picture any more; there is one. Raises NotFound, Unavailable."""
        ...

    async def open(self) -> None:
        """Make the client now rather than at the first use. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
