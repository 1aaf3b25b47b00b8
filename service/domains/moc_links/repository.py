"""All SQL of the links; the owner comes first. Links are written by the ORM, all else by fixed statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from service.db.database import Database, Row, Transaction
from service.domains.moc_links import statements
from service.kernel.errors import NotFound

Kind = Literal["image", "album"]


@dataclass(frozen=True, slots=True)
class _Sql:
    """The statements of one kind of link."""

    linked: str
    owner: str
    link: str
    unlink: str


_SQL = {
    "image": _Sql(statements.IMAGES, statements.OWNER_OF_IMAGE, statements.IMAGE_LINK, statements.UNLINK_IMAGE),
    "album": _Sql(statements.ALBUMS, statements.OWNER_OF_ALBUM, statements.ALBUM_LINK, statements.UNLINK_ALBUM),
}


@dataclass(frozen=True, slots=True)
class LinkRepository:
    """Rows of `moc_gallery_images` and `moc_gallery_albums`."""

    database: Database

    async def owner_of(self, moc_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose MOC it is. Raises NotFound."""
        return _owner(await self.database.fetch_row(statements.OWNER, moc_id), "MOC")

    async def linked(self, kind: Kind, moc_id: UUID) -> tuple[str, Sequence[Row]]:  # not-owned: it tells the owner
        """Whose MOC it is, and what is linked to it, each once, newest first. Raises NotFound."""
        rows = await self.database.fetch(_SQL[kind].linked, moc_id)
        if not rows:
            raise NotFound("MOC not found")
        owner: str = rows[0]["moc_owner"]
        return owner, [row for row in rows if row["id"] is not None]

    async def lock_moc(self, owner: str, transaction: Transaction, moc_id: UUID) -> None:
        """Hold the owner's MOC until the transaction ends. Raises NotFound, also when it changed hands meanwhile."""
        if _owner(await transaction.fetch_row(statements.LOCK_MOC, moc_id), "MOC") != owner:
            raise NotFound("MOC not found")

    async def owner_of_target(  # not-owned: it tells the owner
        self, kind: Kind, transaction: Transaction, target: UUID
    ) -> str:
        """Whose image or album it is; it stays until the transaction ends. Raises NotFound."""
        return _owner(await transaction.fetch_row(_SQL[kind].owner, target), kind.capitalize())

    async def is_linked(self, owner: str, kind: Kind, transaction: Transaction, moc_id: UUID, target: UUID) -> bool:
        """Whether the owner's MOC, which `lock_moc` holds, has that link."""
        return await transaction.fetch_row(_SQL[kind].link, moc_id, target) is not None

    async def add(self, owner: str, kind: Kind, transaction: Transaction, moc_id: UUID, target: UUID) -> UUID:
        """A new link; its id."""
        from service.domains.moc_links.linking import add_link

        return await add_link(kind, transaction, moc_id, target)

    async def remove(self, owner: str, kind: Kind, transaction: Transaction, moc_id: UUID, target: UUID) -> None:
        """Take the link away, and its doubles that old rows may have. Raises NotFound."""
        if not await transaction.fetch(_SQL[kind].unlink, moc_id, target):
            raise NotFound(f"This MOC has no such {kind}")


def _owner(row: Row | None, what: str) -> str:
    if row is None:
        raise NotFound(f"{what} not found")
    owner: str = row["user_id"]
    return owner
