"""Wishlist items."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from service.db.base import Base, Key, MomentOfWriting, String


class WishlistItem(Base):
    """One wish; `sort_order` is text that mostly holds a number."""

    __tablename__ = "wishlist_items"
    __table_args__ = (
        Index("idx_wishlist_user_id", "user_id"),
        Index("idx_wishlist_sort_order", "user_id", "sort_order"),
        Index("idx_wishlist_category_sort", "user_id", "category", "sort_order"),
    )

    id: Mapped[Key]
    user_id: Mapped[String]
    title: Mapped[String]
    description: Mapped[String | None]
    product_link: Mapped[String | None]
    image_url: Mapped[String | None]
    category: Mapped[String | None]
    sort_order: Mapped[String]
    created_at: Mapped[MomentOfWriting]
    updated_at: Mapped[MomentOfWriting]
