"""What is reindexed: for each alias its table, the service's own builder of documents, and the mapping."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cutover.core.reindex.models import ALIASES
from service.kernel.wire_time import version_of
from service.search.documents import KINDS, ImageDocument, MocDocument, WishlistDocument
from service.search.indices import IMAGES, MAPPINGS, MOCS, SCHEMA, WISHLIST

__all__ = ["KIND", "SCHEMA", "Kind", "version_of"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of row. `document` makes a row (any mapping by column name, `tags` as JSON text) into what is indexed.

    `shape` is the type that it makes: its fields have the names of the columns. `changed_at` is the column that tells
    newer from older; `version_of` makes it the document's version.
    """

    alias: str
    shape: type[msgspec.Struct]
    document: Callable[[Mapping[str, Any]], msgspec.Struct]
    changed_at: str
    mapping: Mapping[str, Any]

    @property
    def table(self) -> str:
        """The table's name, which the alias shares."""
        return self.alias


_SHAPES: Mapping[str, type[msgspec.Struct]] = {MOCS: MocDocument, IMAGES: ImageDocument, WISHLIST: WishlistDocument}

KIND: Mapping[str, Kind] = {
    alias: Kind(alias, _SHAPES[alias], KINDS[alias].document, KINDS[alias].changed_at, MAPPINGS[alias])
    for alias in ALIASES
}
"""By alias, in the order in which `all` does them."""
