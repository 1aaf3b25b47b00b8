"""Applications that tests take over from each other: registering a hundred routes anew for each test takes most of it.

An application is taken over by a test only when the event loop of the one before is closed, so that nothing of that
one can be under way any more; and everything in it that belongs to a runtime is put in anew.
"""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from unittest.mock import patch

from litestar import Litestar
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Empty

import service.app
from service.runtime import Runtime
from service.web.boundary import Boundary

_OF_A_RUNTIME = ("dependencies", "middleware", "on_startup", "on_shutdown", "state")


@dataclass(slots=True)
class Assembled:
    """One application, with every instance of its middleware, and the loop of whoever has it."""

    loop: AbstractEventLoop
    app: Litestar = field(init=False)
    defined: DefineMiddleware = field(init=False)
    made: list[Any] = field(default_factory=list)

    def assemble(self, middleware: DefineMiddleware, arguments: Mapping[str, Any]) -> Litestar:
        """The application, made by Litestar as the service has it made."""
        make = middleware.middleware

        def noted(app: ASGIApp, **rest: Any) -> ASGIApp:
            self.made.append(make(app=app, **rest))
            return cast(ASGIApp, self.made[-1])

        self.defined = DefineMiddleware(noted, **middleware.kwargs)
        self.app = Litestar(**arguments, middleware=[self.defined])
        return self.app

    def take_over(self, middleware: DefineMiddleware, arguments: Mapping[str, Any]) -> Litestar:
        """The application with what belongs to a runtime put in anew."""
        provided: Mapping[str, Provide] = arguments["dependencies"]
        for name, provide in cast(Mapping[str, Provide], self.app.dependencies).items():
            provide.dependency, provide.value = provided[name].dependency, Empty
        self.defined.kwargs = middleware.kwargs
        for made in self.made:
            made.__init__(made._app, **middleware.kwargs)
        self.app.on_startup, self.app.on_shutdown = arguments["on_startup"], arguments["on_shutdown"]
        self.app.state = arguments["state"]
        return self.app


_made: dict[tuple[object, ...], list[Assembled]] = {}


def assembled(build: Callable[[Runtime], Boundary], runtime: Runtime) -> Boundary:
    """What `build` makes of the runtime, on an application that nobody has any more, or a new one."""
    with patch.object(service.app, "Litestar", _litestar):
        return build(runtime)


def _litestar(*, middleware: list[DefineMiddleware], **arguments: Any) -> Litestar:
    """Takes the place of Litestar's constructor."""
    (only,) = middleware
    loop = asyncio.get_running_loop()
    alike = _made.setdefault((only.middleware, *_kind(arguments)), [])
    for one in alike:
        if one.loop.is_closed():
            one.loop = loop
            return one.take_over(only, arguments)
    alike.append(Assembled(loop))
    return alike[-1].assemble(only, arguments)


def _kind(arguments: Mapping[str, Any]) -> tuple[object, ...]:
    """What two applications have to have in common, for one to take the other's place: all but the runtime's parts."""
    rest = {name: repr(value) for name, value in arguments.items() if name not in _OF_A_RUNTIME}
    return (tuple(arguments["route_handlers"]), tuple(arguments["dependencies"]), *sorted(rest.items()))
