"""Images, albums and the flags that users set on images."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, Key, MomentOfWriting, Reference, String, Strings
from service.db.constraints import IMAGE_OF_FLAG, ONE_FLAG_PER_USER


class GalleryImage(Base):
    """An image; `album_id` is no foreign key here, but was one (with cascade) in an older production schema."""

    __tablename__ = "gallery_images"
    __table_args__ = (
        Index("idx_gallery_images_user_id_lazy", "user_id"),
        Index("idx_gallery_images_album_id_lazy", "album_id"),
        Index("idx_gallery_images_user_created", "user_id", "created_at"),
        Index("idx_gallery_images_album_created", "album_id", "created_at"),
    )

    id: Mapped[Key]
    user_id: Mapped[String]
    title: Mapped[String]
    description: Mapped[String | None]
    tags: Mapped[Strings | None]
    image_url: Mapped[String]
    thumbnail_url: Mapped[String | None]  # None on rows of the first backend, which made no thumbnails
    album_id: Mapped[Reference | None]
    flagged: Mapped[bool | None] = mapped_column(server_default=text("false"))
    created_at: Mapped[MomentOfWriting]
    last_updated_at: Mapped[MomentOfWriting]


class GalleryAlbum(Base):
    """An album; `cover_image_id` is no foreign key and may name an image that is gone."""

    __tablename__ = "gallery_albums"
    __table_args__ = (
        Index("idx_gallery_albums_user_id_lazy", "user_id"),
        Index("idx_gallery_albums_user_created", "user_id", "created_at"),
    )

    id: Mapped[Key]
    user_id: Mapped[String]
    title: Mapped[String]
    description: Mapped[String | None]
    cover_image_id: Mapped[Reference | None]
    created_at: Mapped[MomentOfWriting]
    last_updated_at: Mapped[MomentOfWriting]


class GalleryFlag(Base):
    """One user's flag on an image, once per user."""

    __tablename__ = "gallery_flags"
    __table_args__ = (
        Index(ONE_FLAG_PER_USER, "image_id", "user_id", unique=True),
        Index("idx_gallery_flags_user_id_lazy", "user_id"),
        Index("idx_gallery_flags_image_id", "image_id"),
    )

    id: Mapped[Key]
    image_id: Mapped[Reference] = mapped_column(ForeignKey(GalleryImage.id, name=IMAGE_OF_FLAG, ondelete="CASCADE"))
    user_id: Mapped[String]
    reason: Mapped[String | None]
    created_at: Mapped[MomentOfWriting]
    last_updated_at: Mapped[MomentOfWriting]
