"""Builds the user services, once for the process."""

from contextlib import suppress

from service.domains.users.avatars import AvatarService
from service.domains.users.controller import UserController
from service.domains.users.repository import UserRepository
from service.domains.users.service import UserService
from service.kernel.errors import Unavailable
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The user routes; a long-lived process makes its client of the user pool before anybody waits for it."""

    async def open_pool() -> None:
        with suppress(Unavailable):  # already logged; it is made when it is needed
            await runtime.user_pool.open()

    users = UserRepository(runtime.database)
    avatars = AvatarService(
        pool=runtime.user_pool,
        users=users,
        writes=runtime.writes,
        storage=runtime.storage,
        scanner=runtime.scanner,
        images=runtime.images,
    )
    services = {
        "users": UserService(runtime.user_pool, users, runtime.aside),
        "avatars": avatars,
        "direct_uploads": runtime.direct_uploads,
    }
    return Domain([UserController], services, on_startup=[open_pool])
