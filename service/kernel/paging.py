"""Which part of a list is asked for."""

from dataclasses import dataclass

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Slice:
    """`limit` rows from `offset` on; `page` is what the client is told (1 = the first)."""

    page: int
    limit: int
    offset: int

    @classmethod
    def of_page(cls, page: int, limit: int) -> "Slice":
        """The page-th slice of `limit` rows."""
        return cls(page, limit, (page - 1) * limit)

    @classmethod
    def of_offset(cls, offset: int, limit: int) -> "Slice":
        """The slice that starts at `offset`, as the old clients' `from` and `size` ask."""
        return cls(offset // limit + 1, limit, offset)
