"""The document that says who reindexes an alias, exchanged only by whoever has seen how it is."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from cutover.core.reindex.described import Mapped
from cutover.core.reindex.models import SearchRefused, SearchUnreachable
from cutover.reindex.ports import Search

INDEX = "cutover-reindex-locks"
CALL_SECONDS = 5.0
_SETTINGS = {
    "settings": {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}},
    "mappings": {"dynamic": False},
}

T = TypeVar("T")


class Held(msgspec.Struct, frozen=True):
    """What the document says: who holds the lock, for which run, until when (seconds since 1970).

    `token` is of this holding alone. `place`: the file on the holder's machine; who has that file to himself knows
    that the holder is dead.
    """

    run: str
    token: str
    place: str
    host: str
    identity: str
    since: float
    until: float

    def words(self) -> str:
        """Who, where, since when and for how long."""
        since, until = (datetime.fromtimestamp(at, UTC) for at in (self.since, self.until))
        return f"{self.identity} on {self.host}, since {since:%d %b %H:%M:%S} UTC, until {until:%H:%M:%S} if not longer"


class Found(msgspec.Struct, frozen=True):
    """The document, and which version of it that is."""

    seq_no: int = msgspec.field(name="_seq_no")
    primary_term: int = msgspec.field(name="_primary_term")
    held: Held = msgspec.field(name="_source")

    @property
    def unchanged(self) -> str:
        """The query that makes a write fail if the document is another by then."""
        return f"if_seq_no={self.seq_no}&if_primary_term={self.primary_term}"


class _Done(msgspec.Struct, frozen=True):
    seq_no: int = msgspec.field(name="_seq_no")
    primary_term: int = msgspec.field(name="_primary_term")


class Taken(Exception):
    """Somebody else has changed the document; the message says who has the lock now, where that is known."""


class LockDocument:
    """The document of one alias. Everything raises SearchUnreachable, SearchRefused."""

    def __init__(self, search: Search, alias: str) -> None:
        self._search, self._alias = search, alias

    async def read(self, *, prepare: bool = False) -> Found | None:
        """The document; None: there is none. `prepare`: make the index if it is not there."""
        try:
            answer = await self._search.ask("GET", self._path, timeout_seconds=CALL_SECONDS)
        except SearchRefused as error:
            if error.status != 404:
                raise
            if prepare and error.kind == "index_not_found_exception":
                await self._prepare()
            return None
        return _as(Found, answer)

    async def exchange(self, seen: Found | None, held: Held) -> Found:
        """Write it, if it is as it was seen (None: not there). Raises Taken."""
        path = f"{self._path}?{seen.unchanged}" if seen else f"/{INDEX}/_create/{self._alias}"
        try:
            answer = await self._search.ask("PUT", path, msgspec.to_builtins(held), timeout_seconds=CALL_SECONDS)
        except SearchRefused as error:
            if error.status == 409:
                raise Taken("somebody else was first") from error
            raise
        done = _as(_Done, answer)
        return Found(done.seq_no, done.primary_term, held)

    async def free(self, token: str) -> None:
        """Take it away if it is that holding's; if that can't be, it ends by itself."""
        with suppress(SearchRefused, SearchUnreachable):
            found = await self.read()
            if found is not None and found.held.token == token:
                path = f"{self._path}?{found.unchanged}"
                await self._search.ask("DELETE", path, timeout_seconds=CALL_SECONDS)

    async def is_index_lost(self) -> bool:
        """Whether the locks' index itself is gone, or only one that a write to what was not there has made."""
        try:
            answer = await self._search.ask("GET", f"/{INDEX}/_mapping", timeout_seconds=CALL_SECONDS)
        except SearchRefused as error:
            return error.kind == "index_not_found_exception"
        return all("dynamic" not in one.mappings for one in _as(dict[str, Mapped], answer).values())

    @property
    def _path(self) -> str:
        return f"/{INDEX}/_doc/{self._alias}"

    async def _prepare(self) -> None:
        try:
            await self._search.ask("PUT", f"/{INDEX}", _SETTINGS, timeout_seconds=CALL_SECONDS)
        except SearchRefused as error:
            if error.kind != "resource_already_exists_exception":  # another reindexer was first
                raise


def _as(shape: type[T], answer: object) -> T:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise SearchUnreachable(f"{INDEX}: an answer that is none: {error}") from error
