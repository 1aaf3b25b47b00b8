"""The fixed SQL of the image routes: prepared once a connection, one round trip each."""

from service.db.fragments import IMAGE_COLUMNS as COLUMNS
from service.db.fragments import LATER_IN_GALLERY as LATER
from service.db.fragments import NOW
from service.db.pages import page_of
from service.domains.gallery.statements import NEWEST_FIRST

# $4 is the album, null for outside any; $5 the tag, '' for whichever.
LISTED = """user_id = $1 AND album_id IS NOT DISTINCT FROM $4::uuid
 AND ($5::text = '' OR tags @> jsonb_build_array($5::text))"""
FOUND = f"{LISTED} AND (title ILIKE $6 OR description ILIKE $6)"
# What stands in a title counts for more, as it does in the search engine's score.
BEST_FIRST = "(title ILIKE $6) DESC, last_updated_at DESC, id"

LIST = page_of("gallery_images", COLUMNS, LISTED, NEWEST_FIRST)
SEARCH = page_of("gallery_images", COLUMNS, FOUND, BEST_FIRST)
DETAIL = f"SELECT {COLUMNS} FROM gallery_images WHERE id = $1"
OWNER = "SELECT user_id FROM gallery_images WHERE id = $1"

ALBUM_OWNER = "SELECT user_id FROM gallery_albums WHERE id = $1"
# Locks, always in this order: the album, then images. This one lets everything happen to the album but its deletion.
HELD_ALBUM = f"{ALBUM_OWNER} FOR KEY SHARE"
LOCKED = f"SELECT {COLUMNS} FROM gallery_images WHERE id = $1 FOR NO KEY UPDATE"

INSERT = f"""INSERT INTO gallery_images (user_id, id, title, description, tags, image_url, thumbnail_url, album_id,
  created_at, last_updated_at)
 SELECT $1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, moment, moment FROM (SELECT {NOW} AS moment) AS clock
 RETURNING {COLUMNS}"""
DELETE = f"""DELETE FROM gallery_images WHERE id = $1 AND user_id = $2
 RETURNING image_url, thumbnail_url, {LATER} AS deleted_at"""

FLAG = f"""INSERT INTO gallery_flags (user_id, image_id, reason, created_at, last_updated_at)
 SELECT $1, $2, $3, moment, moment FROM (SELECT {NOW} AS moment) AS clock
 RETURNING id, image_id, user_id, reason, created_at, last_updated_at"""

WRITABLE = ("title", "description", "tags", "album_id")


def update_of(columns: tuple[str, ...]) -> str:
    """UPDATE of these columns ($2, $3, …) of the row $1. Only writable columns are ever named."""
    unknown = set(columns) - set(WRITABLE)
    if unknown:
        raise ValueError(f"not writable: {sorted(unknown)}")
    values = (f"${n}::text::jsonb" if column == "tags" else f"${n}" for n, column in enumerate(columns, start=2))
    settings = ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    return f"UPDATE gallery_images SET {settings}, last_updated_at = {LATER} WHERE id = $1 RETURNING {COLUMNS}"
