"""The fixed SQL of the MOC routes: prepared once a connection, one round trip each."""

from service.db.fragments import LATER, NOW
from service.db.fragments import MOC_COLUMNS as COLUMNS
from service.db.pages import page_of

NEWEST_FIRST = "updated_at DESC, id"
OWN = "user_id = $1"
OWN_WITH_TAG = "user_id = $1 AND tags @> jsonb_build_array($4::text)"
FOUND = "user_id = $1 AND (title ILIKE $4 OR description ILIKE $4)"
FOUND_WITH_TAG = f"{FOUND} AND tags @> jsonb_build_array($5::text)"
# What stands in a title counts for more, as it does in the search engine's score.
BEST_FIRST = f"(title ILIKE $4) DESC, {NEWEST_FIRST}"


LIST = page_of("moc_instructions", COLUMNS, OWN, NEWEST_FIRST)
LIST_WITH_TAG = page_of("moc_instructions", COLUMNS, OWN_WITH_TAG, NEWEST_FIRST)
SEARCH = page_of("moc_instructions", COLUMNS, FOUND, BEST_FIRST)
SEARCH_WITH_TAG = page_of("moc_instructions", COLUMNS, FOUND_WITH_TAG, BEST_FIRST)

_TIME = """'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'"""
_STATUS = "coalesce(l.status, 'parsed')"  # the first backend parsed a list before it wrote the row

DETAIL = f"""SELECT {COLUMNS},
 (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('id', f.id, 'mocId', f.moc_id, 'fileType', f.file_type,
   'fileUrl', f.file_url, 'originalFilename', f.original_filename, 'mimeType', f.mime_type,
   'createdAt', to_char(f.created_at, {_TIME}))) ORDER BY f.created_at, f.id), '[]')::text
  FROM moc_files f WHERE f.moc_id = m.id) AS files,
 (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('id', i.id, 'url', i.image_url, 'alt', i.title,
   'caption', i.description, 'thumbnailUrl', i.thumbnail_url, 'linkedId', g.id,
   'createdAt', to_char(i.created_at, {_TIME}))) ORDER BY i.created_at DESC, i.id), '[]')::text
  FROM moc_gallery_images g JOIN gallery_images i ON i.id = g.gallery_image_id WHERE g.moc_id = m.id) AS images,
 (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('id', l.id, 'title', l.title, 'status', {_STATUS},
   'description', l.description, 'fileId', l.file_id, 'errorCount', l.error_count,
   'rows', l.row_count,
   'totalParts', CASE WHEN l.total_parts_count ~ '^[0-9]{{1,18}}$' THEN l.total_parts_count::bigint END,
   'createdAt', to_char(l.created_at, {_TIME}), 'updatedAt', to_char(l.updated_at, {_TIME})))
   ORDER BY l.created_at, l.id), '[]')::text
  FROM moc_parts_lists l WHERE l.moc_id = m.id) AS parts_lists
 FROM moc_instructions m WHERE id = $1"""

WRITABLE = (
    "title", "description", "author", "parts_count", "theme", "subtheme", "uploaded_date", "brand", "set_number",
    "release_year", "retired", "tags", "thumbnail_url",
)  # fmt: skip

INSERT = f"""INSERT INTO moc_instructions (user_id, id, type, created_at, updated_at, {", ".join(WRITABLE)})
 SELECT $1, $2, $3, moment, moment, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::text::jsonb, $16
 FROM (SELECT {NOW} AS moment) AS clock RETURNING {COLUMNS}"""

SAME_TITLE = "SELECT 1 FROM moc_instructions WHERE user_id = $1 AND title = $2"
OWNER = "SELECT user_id FROM moc_instructions WHERE id = $1"
LOCKED = f"SELECT {COLUMNS} FROM moc_instructions WHERE id = $1 FOR UPDATE"
FILE_URLS = "SELECT file_url FROM moc_files WHERE moc_id = $1"
DELETE = f"DELETE FROM moc_instructions WHERE id = $1 RETURNING {LATER} AS deleted_at"

# A tag that is also a theme counts as that theme only; old rows hold tags that are no list, or no texts.
BY_CATEGORY = """WITH own AS (
  SELECT id, nullif(btrim(theme), '') AS theme, tags FROM moc_instructions WHERE user_id = $1),
 themes AS (SELECT theme AS category, count(*) AS count FROM own WHERE theme IS NOT NULL GROUP BY theme),
 tagged AS (SELECT lower(btrim(tag #>> '{}')) AS category, count(DISTINCT id) AS count
  FROM own, jsonb_array_elements(CASE WHEN jsonb_typeof(tags) = 'array' THEN tags ELSE '[]' END) AS tag
  WHERE jsonb_typeof(tag) = 'string' GROUP BY 1)
 SELECT category, count FROM (
  SELECT category, count, 1 AS place FROM themes UNION ALL
  SELECT category, count, 2 AS place FROM tagged
  WHERE category <> '' AND category NOT IN (SELECT lower(category) FROM themes)) AS counted
 ORDER BY count DESC, place, category LIMIT 10"""

BY_MONTH = f"""SELECT to_char(created_at, 'YYYY-MM') AS date, coalesce(nullif(btrim(theme), ''), 'Unknown') AS category,
 count(*) AS count FROM moc_instructions
 WHERE user_id = $1 AND created_at >= date_trunc('month', {NOW}) - interval '11 months'
 GROUP BY 1, 2 ORDER BY 1, 2"""


def update_of(columns: tuple[str, ...]) -> str:
    """UPDATE of these columns ($2, $3, …) of the row $1. Only writable columns are ever named."""
    unknown = set(columns) - set(WRITABLE)
    if unknown:
        raise ValueError(f"not writable: {sorted(unknown)}")
    values = (f"${n}::text::jsonb" if column == "tags" else f"${n}" for n, column in enumerate(columns, start=2))
    settings = ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    return f"UPDATE moc_instructions SET {settings}, updated_at = {LATER} WHERE id = $1 RETURNING {COLUMNS}"
