"""The rules of the links: the user's own MOC, an image or album of the same owner, each linked once."""

from dataclasses import dataclass
from uuid import UUID

from service.cache import keys
from service.db.database import Row
from service.domains.moc_links.repository import Kind, LinkRepository
from service.domains.moc_links.schemas import LinkedAlbumOut, LinkedAlbums, LinkedImageOut, LinkedImages
from service.kernel.errors import Conflict, Forbidden
from service.kernel.principal import Principal
from service.kernel.wire_time import wire_time
from service.search.documents import image_fields
from service.writes import Writes


@dataclass(frozen=True, slots=True)
class LinkService:
    """What a signed-in user can do with the links of a MOC; an admin does it for the MOC's owner."""

    links: LinkRepository
    writes: Writes

    async def images(self, who: Principal, moc_id: UUID) -> LinkedImages:
        """The MOC's images, newest first. Raises NotFound, Forbidden."""
        owner, rows = await self.links.linked("image", moc_id)
        _require(who, owner)
        images = [_image(row) for row in rows]
        return LinkedImages(data=images, total=len(images), images=images, message="The MOC's gallery images")

    async def albums(self, who: Principal, moc_id: UUID) -> LinkedAlbums:
        """The MOC's albums, newest first. Raises NotFound, Forbidden."""
        owner, rows = await self.links.linked("album", moc_id)
        _require(who, owner)
        albums = [_album(row) for row in rows]
        return LinkedAlbums(data=albums, total=len(albums), albums=albums, message="The MOC's gallery albums")

    async def link(self, who: Principal, kind: Kind, moc_id: UUID, target: UUID) -> UUID:
        """Link an image or album: the link's id.

        Raises NotFound, Forbidden when the MOC is not the user's or the target not the MOC's owner's, Conflict when it
        is linked already.
        """
        owner = await self._owner(who, moc_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            await self.links.lock_moc(owner, transaction, moc_id)
            if await self.links.owner_of_target(kind, transaction, target) != owner:
                raise Forbidden(f"This {kind} belongs to somebody else")
            if await self.links.is_linked(owner, kind, transaction, moc_id, target):
                told = {"field": _field(kind), "message": "is linked to this MOC already"}
                raise Conflict(f"This {kind} is linked to this MOC already", [told])
            return await self.links.add(owner, kind, transaction, moc_id, target)

    async def unlink(self, who: Principal, kind: Kind, moc_id: UUID, target: UUID) -> None:
        """Take a link away; the image or album stays. Raises NotFound, Forbidden."""
        owner = await self._owner(who, moc_id)
        async with self.writes.begin(keys.generation(owner)) as transaction:
            await self.links.remove(owner, kind, transaction, moc_id, target)

    async def _owner(self, who: Principal, moc_id: UUID) -> str:
        owner = await self.links.owner_of(moc_id)
        _require(who, owner)
        return owner


def _require(who: Principal, owner: str) -> None:
    if not who.may_act_for(owner):
        raise Forbidden("This MOC belongs to somebody else")


def _field(kind: Kind) -> str:
    return "galleryImageId" if kind == "image" else "galleryAlbumId"


def _image(row: Row) -> LinkedImageOut:
    fields = image_fields(row)
    return LinkedImageOut(
        id=fields["id"],
        title=fields["title"],
        url=fields["image_url"],
        image_url=fields["image_url"],
        created_at=fields["created_at"],
        last_updated_at=fields["last_updated_at"],
        description=fields["description"],
        thumbnail_url=fields["thumbnail_url"],
        tags=fields["tags"],
    )


def _album(row: Row) -> LinkedAlbumOut:
    return LinkedAlbumOut(
        id=row["id"],
        title=row["title"],
        image_count=row["image_count"],
        created_at=wire_time(row["created_at"]),
        last_updated_at=wire_time(row["last_updated_at"]),
        description=row["description"],
        cover_image_url=row["cover_image_url"],
    )
