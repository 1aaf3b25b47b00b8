"""The fixed SQL of the album routes: prepared once a connection, one round trip each."""

from service.db.fragments import IMAGE_COLUMNS, NOW
from service.db.fragments import LATER_IN_GALLERY as LATER
from service.db.pages import page_of
from service.domains.gallery.statements import NEWEST_FIRST

NAMES = ("id", "user_id", "title", "description", "cover_image_id", "created_at", "last_updated_at")
COLUMNS = ", ".join(NAMES)

# An image that somebody else has put in, which the first backend let happen, is not shown.
_WITHIN = "FROM gallery_images i WHERE i.album_id = gallery_albums.id AND i.user_id = gallery_albums.user_id"
SHOWN = f"""{COLUMNS}, (SELECT count(*) {_WITHIN}) AS image_count,
 (SELECT i.image_url {_WITHIN} AND i.id = gallery_albums.cover_image_id) AS cover_image_url"""
"""What a list shows of an album."""

LIST = page_of("gallery_albums", SHOWN, "user_id = $1", NEWEST_FIRST)
ONE = f"SELECT {SHOWN} FROM gallery_albums WHERE id = $1"

ALBUM_PREFIX = "of_album_"
_ALBUM = ", ".join(f"a.{name} AS {ALBUM_PREFIX}{name}" for name in NAMES)
# A row for each image, the album beside it; an album without one is a row whose image is null.
DETAIL = f"""SELECT {_ALBUM}, i.* FROM gallery_albums a
 LEFT JOIN (SELECT {IMAGE_COLUMNS} FROM gallery_images WHERE album_id = $1) AS i ON i.user_id = a.user_id
 WHERE a.id = $1 ORDER BY i.created_at DESC, i.id"""

OWNER = "SELECT user_id FROM gallery_albums WHERE id = $1"
COVER_OWNER = "SELECT user_id FROM gallery_images WHERE id = $1"
OWNERS_WITHIN = "SELECT DISTINCT user_id FROM gallery_images WHERE album_id = $1"

INSERT = f"""INSERT INTO gallery_albums (user_id, title, description, cover_image_id, created_at, last_updated_at)
 SELECT $1, $2, $3, $4, moment, moment FROM (SELECT {NOW} AS moment) AS clock RETURNING {SHOWN}"""

# Locks, always in this order: the album, then its images by id. Whoever puts an image in holds the album, too.
LOCKED = f"SELECT {COLUMNS} FROM gallery_albums WHERE id = $1 FOR NO KEY UPDATE"
LOCKED_TO_GO = f"SELECT {COLUMNS} FROM gallery_albums WHERE id = $1 FOR UPDATE"
LOCKED_WITHIN = "SELECT id FROM gallery_images WHERE album_id = $1 ORDER BY id FOR NO KEY UPDATE"
LET_GO = f"""UPDATE gallery_images SET album_id = NULL, last_updated_at = {LATER} WHERE album_id = $1
 RETURNING {IMAGE_COLUMNS}"""
DELETE = "DELETE FROM gallery_albums WHERE id = $1"

WRITABLE = ("title", "description", "cover_image_id")


def update_of(columns: tuple[str, ...]) -> str:
    """UPDATE of these columns ($2, $3, …) of the row $1. Only writable columns are ever named."""
    unknown = set(columns) - set(WRITABLE)
    if unknown:
        raise ValueError(f"not writable: {sorted(unknown)}")
    settings = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, start=2))
    return f"UPDATE gallery_albums SET {settings}, last_updated_at = {LATER} WHERE id = $1 RETURNING {SHOWN}"
