"""The fixed SQL of the links: prepared once a connection, one round trip each. The MOC is always $1."""

from service.db.fragments import IMAGE_COLUMNS

OWNER = "SELECT user_id FROM moc_instructions WHERE id = $1"
# Two who link at once wait for each other here: no constraint forbids the same link twice.
LOCK_MOC = "SELECT user_id FROM moc_instructions WHERE id = $1 FOR NO KEY UPDATE"

_LINKED = "(SELECT DISTINCT {column} AS linked_id FROM {table} WHERE moc_id = $1) AS l ON true"
_IMAGE_LINKS = _LINKED.format(table="moc_gallery_images", column="gallery_image_id")
_ALBUM_LINKS = _LINKED.format(table="moc_gallery_albums", column="gallery_album_id")

# The MOC's owner, and one row for each thing that is linked; one row of nulls when nothing is, none without a MOC.
IMAGES = f"""SELECT m.user_id AS moc_owner, i.* FROM moc_instructions m LEFT JOIN {_IMAGE_LINKS}
 LEFT JOIN (SELECT {IMAGE_COLUMNS} FROM gallery_images) AS i ON i.id = l.linked_id
 WHERE m.id = $1 ORDER BY i.created_at DESC, i.id"""
# As the album's own routes have it: the image itself, and nothing that somebody else has put in.
_WITHIN = "FROM gallery_images i WHERE i.album_id = a.id AND i.user_id = a.user_id"
ALBUMS = f"""SELECT m.user_id AS moc_owner, a.id, a.title, a.description, a.created_at, a.last_updated_at,
 (SELECT count(*) {_WITHIN}) AS image_count,
 (SELECT i.image_url {_WITHIN} AND i.id = a.cover_image_id) AS cover_image_url
 FROM moc_instructions m LEFT JOIN {_ALBUM_LINKS} LEFT JOIN gallery_albums a ON a.id = l.linked_id
 WHERE m.id = $1 ORDER BY a.created_at DESC, a.id"""

# Held until the link is committed: who deletes the image meanwhile waits, and takes the link along.
OWNER_OF_IMAGE = "SELECT user_id FROM gallery_images WHERE id = $1 FOR KEY SHARE"
OWNER_OF_ALBUM = "SELECT user_id FROM gallery_albums WHERE id = $1 FOR KEY SHARE"
IMAGE_LINK = "SELECT 1 FROM moc_gallery_images WHERE moc_id = $1 AND gallery_image_id = $2"
ALBUM_LINK = "SELECT 1 FROM moc_gallery_albums WHERE moc_id = $1 AND gallery_album_id = $2"
UNLINK_IMAGE = "DELETE FROM moc_gallery_images WHERE moc_id = $1 AND gallery_image_id = $2 RETURNING id"
UNLINK_ALBUM = "DELETE FROM moc_gallery_albums WHERE moc_id = $1 AND gallery_album_id = $2 RETURNING id"
