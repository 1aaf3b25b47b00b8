"""MOCs and sets, their files, and their links to the gallery."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, Moment, MomentOfWriting, Reference, String, Strings
from service.db.constraints import ONE_FILE_NAME_PER_MOC, ONE_TITLE_PER_OWNER
from service.db.models.gallery import GalleryAlbum, GalleryImage

MOC_OF_FILE = "moc_files_moc_id_moc_instructions_id_fk"


class Moc(Base):
    """A MOC or a set (`type` is "moc" or "set"); one owner has a title once, whatever the type."""

    __tablename__ = "moc_instructions"
    __table_args__ = (
        Index(ONE_TITLE_PER_OWNER, "user_id", "title", unique=True),
        Index("idx_moc_instructions_user_id_lazy", "user_id"),
        Index("idx_moc_instructions_user_created", "user_id", "created_at"),
        Index("idx_moc_instructions_title", "title"),
        Index(
            "idx_sets_brand_set_number",
            "brand",
            "set_number",
            postgresql_where=text("type = 'set' AND brand IS NOT NULL AND set_number IS NOT NULL"),
        ),
        Index("idx_sets_brand_theme", "brand", "theme", postgresql_where=text("type = 'set'")),
        Index(
            "idx_sets_release_year",
            "release_year",
            postgresql_where=text("type = 'set' AND release_year IS NOT NULL"),
        ),
        Index("idx_sets_retired", "retired", postgresql_where=text("type = 'set' AND retired IS NOT NULL")),
    )

    id: Mapped[Key]
    user_id: Mapped[String]
    title: Mapped[String]
    description: Mapped[String | None]
    type: Mapped[String]
    author: Mapped[String | None]
    parts_count: Mapped[int | None]
    theme: Mapped[String | None]
    subtheme: Mapped[String | None]
    uploaded_date: Mapped[Moment | None]
    brand: Mapped[String | None]
    set_number: Mapped[String | None]
    release_year: Mapped[int | None]
    retired: Mapped[bool | None]
    tags: Mapped[Strings | None]
    thumbnail_url: Mapped[String | None]
    total_piece_count: Mapped[int | None]
    created_at: Mapped[MomentOfWriting]
    updated_at: Mapped[MomentOfWriting]


class MocFile(Base):
    """A stored file of a MOC: instruction, parts-list, thumbnail or gallery-image; a MOC has a file name once."""

    __tablename__ = "moc_files"
    __table_args__ = (
        Index(ONE_FILE_NAME_PER_MOC, "moc_id", "original_filename", unique=True),
        Index("idx_moc_files_moc_id_lazy", "moc_id"),
        Index("idx_moc_files_moc_type", "moc_id", "file_type"),
    )

    id: Mapped[Key]
    moc_id: Mapped[Reference] = mapped_column(ForeignKey(Moc.id, name=MOC_OF_FILE, ondelete="CASCADE"))
    file_type: Mapped[String]
    file_url: Mapped[String]
    original_filename: Mapped[String | None]
    mime_type: Mapped[String | None]
    created_at: Mapped[MomentOfWriting]


class MocGalleryImage(Base):
    """A link from a MOC to an image; nothing in the database forbids the same link twice."""

    __tablename__ = "moc_gallery_images"
    __table_args__ = (
        Index("idx_moc_gallery_images_moc_id_lazy", "moc_id"),
        Index("idx_moc_gallery_images_gallery_image_id_lazy", "gallery_image_id"),
    )

    id: Mapped[Key]
    moc_id: Mapped[Reference] = mapped_column(ForeignKey(Moc.id, ondelete="CASCADE"))
    gallery_image_id: Mapped[Reference] = mapped_column(ForeignKey(GalleryImage.id, ondelete="CASCADE"))


class MocGalleryAlbum(Base):
    """A link from a MOC to an album; nothing in the database forbids the same link twice."""

    __tablename__ = "moc_gallery_albums"
    __table_args__ = (
        Index("idx_moc_gallery_albums_moc_id_lazy", "moc_id"),
        Index("idx_moc_gallery_albums_gallery_album_id_lazy", "gallery_album_id"),
    )

    id: Mapped[Key]
    moc_id: Mapped[Reference] = mapped_column(ForeignKey(Moc.id, ondelete="CASCADE"))
    gallery_album_id: Mapped[Reference] = mapped_column(ForeignKey(GalleryAlbum.id, ondelete="CASCADE"))
