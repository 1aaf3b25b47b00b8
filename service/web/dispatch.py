"""ASGI applications put together of others: a function starts with what it is asked most. Knows no framework."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the health function starts without Litestar
    from litestar.types import ASGIApp, Receive, Scope, Send


class Lazily:
    """An application that is made when the first request for it comes, or `now`."""

    def __init__(self, make: "Callable[[], ASGIApp]", *, now: bool) -> None:
        self._make = make
        self._made: ASGIApp | None = make() if now else None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """One ASGI connection."""
        if self._made is None:
            self._made = self._make()
        await self._made(scope, receive, send)


class Either:
    """One of two applications: the first for the requests that it is `meant` for, the other for all else."""

    def __init__(self, meant: Callable[[Mapping[str, Any]], bool], first: "ASGIApp", other: "ASGIApp") -> None:
        self._meant, self._first, self._other = meant, first, other

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """One ASGI connection."""
        chosen = self._first if self._meant(scope) else self._other
        await chosen(scope, receive, send)
