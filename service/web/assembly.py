"""What a domain brings to the application."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from litestar import Controller
from litestar.di import Provide

Hook = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Domain:
    """Controllers, the services that they ask for by name, what to do when a long-lived process starts and stops."""

    controllers: Sequence[type[Controller]]
    services: Mapping[str, object]
    on_startup: Sequence[Hook] = field(default=())
    on_shutdown: Sequence[Hook] = field(default=())

    def provided(self) -> dict[str, Provide]:
        """The services as Litestar's dependencies: made once, handed out as they are."""
        return {name: _always(service) for name, service in self.services.items()}


def _always(service: object) -> Provide:
    def provide() -> object:
        return service

    return Provide(provide, use_cache=True, sync_to_thread=False)
