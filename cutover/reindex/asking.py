"""Questions to the cluster that may be asked twice: repeated where no answer came, read as what is expected."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable
from cutover.reindex.ports import Search

ATTEMPTS = 4
PAUSE_SECONDS = 0.5  # before the second attempt; twice as long before each further one
CALL_SECONDS = 15.0
CHANGE_SECONDS = 60.0  # changes of the cluster's state queue up behind one another; the cluster itself waits 30 s

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


class Asking:
    """Asks, a few times if need be. Everything raises SearchUnreachable."""

    def __init__(self, search: Search, sleep: Sleep) -> None:
        self._search, self._sleep = search, sleep

    async def read(self, shape: type[T], path: str) -> T:
        """What the cluster says there. Raises ReindexStopped where it says no."""
        try:
            return read_as(shape, await self.ask("GET", path, None, CALL_SECONDS), path)
        except SearchRefused as error:
            raise stopped(error, f"the cluster refuses GET {path}", "cutover reindex status") from error

    async def read_if_told(self, shape: type[T], path: str) -> T | None:
        """What not every cluster says, and not to everybody; None: it does not."""
        try:
            return read_as(shape, await self.ask("GET", path, None, CALL_SECONDS), path)
        except SearchRefused:
            return None

    async def read_whatever_status(self, shape: type[T], path: str) -> T:
        """What the cluster says there, where the status is an answer too."""
        answer = await self._repeated(lambda: self._search.send("GET", path, timeout_seconds=CALL_SECONDS))
        try:
            return read_as(shape, msgspec.json.decode(answer.body), path)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SearchUnreachable(f"GET {path}: {answer.status} with what is no JSON") from error

    async def tell(self, method: str, path: str, body: Any = None) -> None:
        """Have the cluster do something. Raises ReindexStopped where it says no."""
        try:
            await self.ask(method, path, body, CHANGE_SECONDS)
        except SearchRefused as error:
            raise stopped(error, f"the cluster refuses {method} {path}", "cutover reindex status") from error

    async def ask(self, method: str, path: str, body: Any, seconds: float) -> Any:
        """The answer. Raises SearchRefused."""
        return await self._repeated(lambda: self._search.ask(method, path, body, timeout_seconds=seconds))

    async def _repeated(self, call: Callable[[], Awaitable[T]]) -> T:
        for attempt in range(ATTEMPTS - 1):
            try:
                return await call()
            except SearchUnreachable:
                await self._sleep(PAUSE_SECONDS * 2**attempt)
        return await call()


def stopped(error: SearchRefused, what: str, way_on: str) -> ReindexStopped:
    """What the cluster would say again; a block is told as what it is."""
    if "block" in error.kind:
        way_on = f"take the block away: a full disk, or somebody, has set it; then: {way_on}"
    return ReindexStopped(f"{what}: {error}", way_on)


def read_as(shape: type[T], answer: Any, path: str) -> T:
    """An answer as what is read of it. What is in the way may answer 200 with anything: SearchUnreachable."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise SearchUnreachable(f"{path}: an answer that is none: {error}") from error
