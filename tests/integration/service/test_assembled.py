"""What a test takes over from the one before is the routes: of its runtime, nothing is left."""

import asyncio
import gc
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from types import ModuleType
from typing import Any, cast

from litestar import Litestar

from cutover.rehearsal.stack.tokens import TokenMaker
from service.entrypoints.api import build
from service.kernel.errors import Unavailable
from service.runtime import Runtime, build_runtime
from service.settings import Settings
from service.web.forms import UPLOAD_MEMORY
from tests.integration.service.api import serve
from tests.integration.service.assembled import assembled
from tests.integration.service.conftest import with_own_keys

OURS = ("https://first.test", "https://second.test")


class Counted:
    """A database that only counts who asks whether it is there."""

    def __init__(self) -> None:
        self.pings = 0

    async def ping(self) -> None:
        """Count, and be down."""
        self.pings += 1
        raise Unavailable("The database is down")

    async def close(self) -> None:
        """Nothing is open."""


def runtimes(settings: Settings) -> Sequence[Runtime]:
    """Two that have nothing in common, each with its own keys, origin and database."""
    alike = [build_runtime(replace(settings, allowed_origins=(origin,))) for origin in OURS]
    return [replace(with_own_keys(one, TokenMaker.new()), database=cast(Any, Counted())) for one in alike]


async def taken(runtime: Runtime) -> Litestar:
    """The application that serves this runtime."""
    return cast(Litestar, assembled(build, runtime)._app)


async def asked(runtime: Runtime, tokens: TokenMaker, path: str, sub: str | None = "alice") -> int:
    """One request to its application: the status."""
    async with serve(runtime, tokens) as api:
        return (await api.get(path, sub)).status_code


def reachable(start: object) -> set[int]:
    """The ids of everything that can be got at from there, but by a module's own names."""
    names = {id(vars(module)) for module in list(sys.modules.values())}
    seen, left = {id(start)}, [start]
    while left:
        found = [one for one in gc.get_referents(left.pop()) if id(one) not in seen and id(one) not in names]
        left += [one for one in found if not isinstance(one, ModuleType | type)]
        seen.update(map(id, found))
    return seen


def test_the_next_test_takes_it_over_and_nothing_of_the_runtime_before(settings: Settings) -> None:
    first, second = runtimes(settings)
    before = asyncio.run(taken(first))
    held = reachable(before)
    memory = before.state[UPLOAD_MEMORY]

    app = asyncio.run(taken(second))

    clients = [field.name for field in fields(Runtime) if field.name not in ("settings", "file_removals")]
    own = {name for name in clients if id(getattr(second, name)) in reachable(app)}
    assert app is before
    assert own == {name for name in clients if id(getattr(first, name)) in held} >= {"database", "tokens", "search"}
    assert not [name for name in clients if id(getattr(first, name)) in reachable(app)]
    assert app.state[UPLOAD_MEMORY] is not memory


def test_each_request_goes_to_the_runtime_of_its_own_test(settings: Settings, tokens: TokenMaker) -> None:
    first, second = runtimes(settings)

    for runtime in (first, second, second):
        assert asyncio.run(asked(runtime, tokens, "/health", None)) == 503

    assert [cast(Any, one.database).pings for one in (first, second)] == [1, 2]


async def test_two_at_once_are_two_also_when_one_of_them_is_done_with(settings: Settings) -> None:
    first, second = runtimes(settings)

    assert await taken(first) is not await taken(second)


def test_a_token_of_another_test_is_not_believed(settings: Settings) -> None:
    mine, theirs = TokenMaker.new(), TokenMaker.new()

    statuses = [
        asyncio.run(asked(with_own_keys(build_runtime(settings), believed), mine, "/api/mocs"))
        for believed in (mine, theirs, mine)
    ]

    assert statuses == [200, 401, 200]


def test_other_routes_are_another_application(settings: Settings) -> None:
    first, second = runtimes(settings)
    closed = replace(second, settings=replace(second.settings, stage="production"))

    assert asyncio.run(taken(first)) is not asyncio.run(taken(closed))
