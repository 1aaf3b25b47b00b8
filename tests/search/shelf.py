"""Documents of one kind in the index, put there and looked for as the service does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from service.kernel.paging import Slice
from service.kernel.wire_time import version_of, wire_time
from service.search.documents import ImageDocument, MocDocument, WishlistDocument
from service.search.indices import IMAGES, MOCS, WISHLIST
from service.search.opensearch import OpenSearch
from service.search.port import Hits, Versioned
from service.search.queries import image_query, moc_query, wishlist_query
from tests.integration.servers import send

OWNER = "alice"
THEN = datetime(2025, 11, 2, 10, 15, 30, tzinfo=UTC)
Document = MocDocument | ImageDocument | WishlistDocument
FIRST_PAGE = Slice.of_page(1, 20)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document. `label` makes the fields that hold its labels (tags, or a category) of one text."""

    index: str
    shape: type[Document]
    needs: Callable[[str], dict[str, Any]]
    label: Callable[[str], dict[str, Any]]
    query: Callable[[str, str, str, Slice], dict[str, Any]]


KINDS: Sequence[Kind] = (
    Kind(
        MOCS,
        MocDocument,
        lambda at: {"type": "moc", "created_at": at, "updated_at": at},
        lambda text: {"tags": (text, "else")},
        moc_query,
    ),
    Kind(
        IMAGES,
        ImageDocument,
        lambda at: {"image_url": "/i", "flagged": False, "created_at": at, "last_updated_at": at},
        lambda text: {"tags": (text, "else")},
        lambda owner, words, label, wanted: image_query(owner, words, label, None, wanted),
    ),
    Kind(
        WISHLIST,
        WishlistDocument,
        lambda at: {"sort_order": "1", "created_at": at, "updated_at": at},
        lambda text: {"category": text},
        wishlist_query,
    ),
)


@dataclass(slots=True)
class Shelf:
    """The index of a kind, as the service writes and reads it."""

    kind: Kind
    engine: OpenSearch
    url: str
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def document(self, title: str, *, owner: str = OWNER, label: str = "", seconds: int = 0, **fields: Any) -> Document:
        """A document of that title, changed so many seconds after THEN; its id is the next one."""
        given = {
            "id": UUID(int=next(self._numbers)),
            "user_id": owner,
            "title": title,
            **self.kind.needs(wire_time(THEN + timedelta(seconds=seconds))),
            **(self.kind.label(label) if label else {}),
            **fields,
        }
        return self.kind.shape(**given)

    async def put(self, *documents: Document, at: datetime = THEN) -> None:
        """Index them, so that they can be found at once."""
        version = version_of(at)
        every = [Versioned(str(one.id), version, msgspec.json.encode(one)) for one in documents]
        await self.engine.put_all(self.kind.index, every)
        self.refresh()

    async def put_one(self, document: Document, version: int) -> None:
        """Index one as of that version, as the service does after a commit."""
        await self.engine.put(self.kind.index, str(document.id), version, msgspec.json.encode(document))
        self.refresh()

    async def remove(self, document: Document, version: int) -> None:
        """Take it out as of that version."""
        await self.engine.remove(self.kind.index, str(document.id), version)
        self.refresh()

    async def hits(self, words: str, label: str = "", wanted: Slice = FIRST_PAGE, owner: str = OWNER) -> Hits:
        """What is found, as the service asks."""
        return await self.engine.find(self.kind.index, self.kind.query(owner, words, label, wanted))

    async def titles(self, words: str, label: str = "", owner: str = OWNER) -> list[str]:
        """The titles of what is found, in order."""
        return [one["title"] for one in (await self.hits(words, label, owner=owner)).documents]

    def stored(self) -> list[str]:
        """The titles of all documents there are, in no order."""
        found = self.ask("POST", "/_search", {"query": {"match_all": {}}, "size": 1_000})
        return [hit["_source"]["title"] for hit in found["hits"]["hits"]]

    def refresh(self) -> None:
        """Make what was written known to searches."""
        self.ask("POST", "/_refresh", None)

    def ask(self, method: str, path: str, body: Any) -> Any:
        """One request to the index itself."""
        return send(method, f"{self.url}/{self.kind.index}{path}", body)
