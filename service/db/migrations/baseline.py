"""The nine tables as the first backend left them in production: created by revision 0001, or checked and adopted.

Frozen: what changes afterwards is a revision of its own, and the models follow the revisions.
"""

from collections.abc import Iterator

_KEY = "uuid DEFAULT gen_random_uuid() NOT NULL"
_WRITTEN = "timestamp DEFAULT now() NOT NULL"

# Table -> column -> definition in SQL: the type's one word first, then what it must hold and what it is by default.
COLUMNS = {
    "gallery_images": {
        "id": _KEY,
        "user_id": "text NOT NULL",
        "title": "text NOT NULL",
        "description": "text",
        "tags": "jsonb",
        "image_url": "text NOT NULL",
        "album_id": "uuid",
        "flagged": "boolean DEFAULT false",
        "created_at": _WRITTEN,
        "last_updated_at": _WRITTEN,
    },
    "gallery_albums": {
        "id": _KEY,
        "user_id": "text NOT NULL",
        "title": "text NOT NULL",
        "description": "text",
        "cover_image_id": "uuid",
        "created_at": _WRITTEN,
        "last_updated_at": _WRITTEN,
    },
    "gallery_flags": {
        "id": _KEY,
        "image_id": "uuid NOT NULL",
        "user_id": "text NOT NULL",
        "reason": "text",
        "created_at": _WRITTEN,
        "last_updated_at": _WRITTEN,
    },
    "moc_instructions": {
        "id": _KEY,
        "user_id": "text NOT NULL",
        "title": "text NOT NULL",
        "description": "text",
        "type": "text NOT NULL",
        "author": "text",
        "parts_count": "integer",
        "theme": "text",
        "subtheme": "text",
        "uploaded_date": "timestamp",
        "brand": "text",
        "set_number": "text",
        "release_year": "integer",
        "retired": "boolean",
        "tags": "jsonb",
        "thumbnail_url": "text",
        "total_piece_count": "integer",
        "created_at": _WRITTEN,
        "updated_at": _WRITTEN,
    },
    "moc_files": {
        "id": _KEY,
        "moc_id": "uuid NOT NULL",
        "file_type": "text NOT NULL",
        "file_url": "text NOT NULL",
        "original_filename": "text",
        "mime_type": "text",
        "created_at": _WRITTEN,
    },
    "moc_gallery_images": {"id": _KEY, "moc_id": "uuid NOT NULL", "gallery_image_id": "uuid NOT NULL"},
    "moc_gallery_albums": {"id": _KEY, "moc_id": "uuid NOT NULL", "gallery_album_id": "uuid NOT NULL"},
    "moc_parts_lists": {
        "id": _KEY,
        "moc_id": "uuid NOT NULL",
        "file_id": "uuid",
        "title": "text NOT NULL",
        "description": "text",
        "built": "boolean DEFAULT false",
        "purchased": "boolean DEFAULT false",
        "inventory_percentage": "text DEFAULT '0.00'",
        "total_parts_count": "text",
        "acquired_parts_count": "text DEFAULT '0'",
        "cost_estimate": "text",
        "actual_cost": "text",
        "notes": "text",
        "created_at": _WRITTEN,
        "updated_at": _WRITTEN,
    },
    "wishlist_items": {
        "id": _KEY,
        "user_id": "text NOT NULL",
        "title": "text NOT NULL",
        "description": "text",
        "product_link": "text",
        "image_url": "text",
        "category": "text",
        "sort_order": "text NOT NULL",
        "created_at": _WRITTEN,
        "updated_at": _WRITTEN,
    },
}

# (table, column, table whose id it holds, what happens when that row goes)
_REFERENCES = (
    ("gallery_flags", "image_id", "gallery_images", "CASCADE"),
    ("moc_files", "moc_id", "moc_instructions", "CASCADE"),
    ("moc_gallery_images", "moc_id", "moc_instructions", "CASCADE"),
    ("moc_gallery_images", "gallery_image_id", "gallery_images", "CASCADE"),
    ("moc_gallery_albums", "moc_id", "moc_instructions", "CASCADE"),
    ("moc_gallery_albums", "gallery_album_id", "gallery_albums", "CASCADE"),
    ("moc_parts_lists", "moc_id", "moc_instructions", "CASCADE"),
    ("moc_parts_lists", "file_id", "moc_files", "SET NULL"),
)

_UNIQUE_INDEXES = {
    "gallery_flags_image_user_unique": "gallery_flags (image_id, user_id)",
    "moc_instructions_user_title_unique": "moc_instructions (user_id, title)",
    "moc_files_moc_filename_unique": "moc_files (moc_id, original_filename)",
}
_INDEXES = {
    "idx_gallery_images_user_id_lazy": "gallery_images (user_id)",
    "idx_gallery_images_album_id_lazy": "gallery_images (album_id)",
    "idx_gallery_images_user_created": "gallery_images (user_id, created_at)",
    "idx_gallery_images_album_created": "gallery_images (album_id, created_at)",
    "idx_gallery_albums_user_id_lazy": "gallery_albums (user_id)",
    "idx_gallery_albums_user_created": "gallery_albums (user_id, created_at)",
    "idx_gallery_flags_user_id_lazy": "gallery_flags (user_id)",
    "idx_gallery_flags_image_id": "gallery_flags (image_id)",
    "idx_moc_instructions_user_id_lazy": "moc_instructions (user_id)",
    "idx_moc_instructions_user_created": "moc_instructions (user_id, created_at)",
    "idx_moc_instructions_title": "moc_instructions (title)",
    "idx_sets_brand_set_number": (
        "moc_instructions (brand, set_number) WHERE type = 'set' AND brand IS NOT NULL AND set_number IS NOT NULL"
    ),
    "idx_sets_brand_theme": "moc_instructions (brand, theme) WHERE type = 'set'",
    "idx_sets_release_year": "moc_instructions (release_year) WHERE type = 'set' AND release_year IS NOT NULL",
    "idx_sets_retired": "moc_instructions (retired) WHERE type = 'set' AND retired IS NOT NULL",
    "idx_moc_files_moc_id_lazy": "moc_files (moc_id)",
    "idx_moc_files_moc_type": "moc_files (moc_id, file_type)",
    "idx_moc_gallery_images_moc_id_lazy": "moc_gallery_images (moc_id)",
    "idx_moc_gallery_images_gallery_image_id_lazy": "moc_gallery_images (gallery_image_id)",
    "idx_moc_gallery_albums_moc_id_lazy": "moc_gallery_albums (moc_id)",
    "idx_moc_gallery_albums_gallery_album_id_lazy": "moc_gallery_albums (gallery_album_id)",
    "idx_moc_parts_lists_moc_id": "moc_parts_lists (moc_id)",
    "idx_moc_parts_lists_file_id": "moc_parts_lists (file_id)",
    "idx_moc_parts_lists_built": "moc_parts_lists (built)",
    "idx_moc_parts_lists_purchased": "moc_parts_lists (purchased)",
    "idx_moc_parts_lists_moc_built": "moc_parts_lists (moc_id, built)",
    "idx_moc_parts_lists_moc_purchased": "moc_parts_lists (moc_id, purchased)",
    "idx_wishlist_user_id": "wishlist_items (user_id)",
    "idx_wishlist_sort_order": "wishlist_items (user_id, sort_order)",
    "idx_wishlist_category_sort": "wishlist_items (user_id, category, sort_order)",
}


def statements() -> Iterator[str]:
    """The SQL that makes the nine tables in an empty database, one statement at a time."""
    for table, columns in COLUMNS.items():
        defined = ", ".join(f"{name} {definition}" for name, definition in columns.items())
        yield f"CREATE TABLE {table} ({defined}, CONSTRAINT {table}_pkey PRIMARY KEY (id))"
    for table, column, target, ending in _REFERENCES:
        name = f"{table}_{column}_{target}_id_fk"
        yield (
            f"ALTER TABLE {table} ADD CONSTRAINT {name} "
            f"FOREIGN KEY ({column}) REFERENCES {target} (id) ON DELETE {ending}"
        )
    for name, on in _UNIQUE_INDEXES.items():
        yield f"CREATE UNIQUE INDEX {name} ON {on}"
    for name, on in _INDEXES.items():
        yield f"CREATE INDEX {name} ON {on}"
