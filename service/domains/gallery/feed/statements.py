"""The one statement of the gallery route."""

# $1 owner, $2 images?, $3 albums?, $4 words as a pattern or '', $5 tag or '', $6 album, $7 flagged
_WORDS = "($4::text = '' OR title ILIKE $4 OR description ILIKE $4)"
_IMAGES = f"""user_id = $1 AND $2::boolean AND {_WORDS}
  AND ($5::text = '' OR tags @> jsonb_build_array($5::text))
  AND ($6::uuid IS NULL OR album_id = $6) AND ($7::boolean IS NULL OR coalesce(flagged, false) = $7)"""
_ALBUMS = f"user_id = $1 AND $3::boolean AND {_WORDS}"
# $8 to $10 the item that the list goes on behind, or nulls
_BEHIND = """$8::text IS NULL OR created_at < $8::text::timestamp
  OR created_at = $8::text::timestamp AND (id, kind) > ($9::uuid, $10::text)"""
_BOTH_HAVE = "id, user_id, title, description, created_at, last_updated_at"
_ORDER = "created_at DESC, id, kind"
_WITHIN = "FROM gallery_images i WHERE i.album_id = page.id AND i.user_id = page.user_id AND page.kind = 'album'"

# $11 how many, $12 how many to leave out first. A part past the end is one row of nulls beside the total.
PART = f"""WITH item AS (
  SELECT id, created_at, 'image' AS kind FROM gallery_images WHERE {_IMAGES}
  UNION ALL SELECT id, created_at, 'album' AS kind FROM gallery_albums WHERE {_ALBUMS}),
 part AS (SELECT * FROM item WHERE {_BEHIND} ORDER BY {_ORDER} LIMIT $11 OFFSET $12),
 page AS (
  SELECT 'image' AS kind, {_BOTH_HAVE}, tags::text AS tags, image_url, thumbnail_url, album_id, flagged,
   NULL::uuid AS cover_image_id
   FROM gallery_images WHERE id IN (SELECT id FROM part WHERE kind = 'image')
  UNION ALL SELECT 'album' AS kind, {_BOTH_HAVE}, NULL, NULL, NULL, NULL, NULL, cover_image_id
   FROM gallery_albums WHERE id IN (SELECT id FROM part WHERE kind = 'album'))
 SELECT total.count AS total, page.*, (SELECT count(*) {_WITHIN}) AS image_count,
  (SELECT i.image_url {_WITHIN} AND i.id = page.cover_image_id) AS cover_image_url
 FROM (SELECT count(*) FROM item) AS total LEFT JOIN page ON true ORDER BY {_ORDER}"""
