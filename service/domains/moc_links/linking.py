"""The rows of links, written by the ORM; imported with the first write, as whoever reads needs no ORM."""

from uuid import UUID

from advanced_alchemy.repository import SQLAlchemyAsyncRepository

from service.db.database import Transaction
from service.db.models.moc import MocGalleryAlbum, MocGalleryImage
from service.domains.moc_links.repository import Kind


class _ImageLinks(SQLAlchemyAsyncRepository[MocGalleryImage]):
    model_type = MocGalleryImage


class _AlbumLinks(SQLAlchemyAsyncRepository[MocGalleryAlbum]):
    model_type = MocGalleryAlbum


async def add_link(kind: Kind, transaction: Transaction, moc_id: UUID, target: UUID) -> UUID:
    """A new link; its id."""
    session = await transaction.session()
    if kind == "image":
        image = MocGalleryImage(moc_id=moc_id, gallery_image_id=target)
        return (await _ImageLinks(session=session).add(image)).id
    album = MocGalleryAlbum(moc_id=moc_id, gallery_album_id=target)
    return (await _AlbumLinks(session=session).add(album)).id
