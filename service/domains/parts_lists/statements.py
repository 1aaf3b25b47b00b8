"""The fixed SQL of the parts lists: one round trip each."""

from service.db.fragments import LATER, MOC_COLUMNS, NOW
from service.domains.parts_lists.status import PARSED, PENDING

OWNER = "SELECT user_id FROM moc_instructions WHERE id = $1"
SAME_NAME = "SELECT 1 FROM moc_files WHERE moc_id = $1 AND original_filename = $2"

# The first backend parsed a list before it wrote the row, without a status; what it wrote as a count may be no number.
READ = f"""SELECT m.user_id, l.id, l.title, coalesce(l.status, '{PARSED}') AS status, l.file_id, l.row_count,
 l.created_at, l.updated_at, coalesce(l.errors, '[]')::text AS errors, coalesce(l.error_count, 0) AS error_count,
 CASE WHEN l.total_parts_count ~ '^[0-9]{{1,18}}$' THEN l.total_parts_count::bigint END AS total_parts,
 (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('line', p.line, 'partId', p.part_id, 'name', p.name,
   'color', p.color, 'quantity', p.quantity, 'isSpare', p.is_spare)) ORDER BY p.line), '[]')::text
  FROM (SELECT * FROM moc_parts WHERE parts_list_id = l.id ORDER BY line LIMIT $3 OFFSET $4) AS p) AS parts
 FROM moc_instructions m LEFT JOIN moc_parts_lists l ON l.id = $2 AND l.moc_id = m.id WHERE m.id = $1"""

_JOB = """SELECT l.id, l.moc_id, l.status, l.source_key, m.user_id
 FROM moc_parts_lists l JOIN moc_instructions m ON m.id = l.moc_id WHERE l."""
JOB = f"{_JOB}id = $1"
JOB_OF_OBJECT = f"{_JOB}source_key = $1"
LEFT_OVER = f"""SELECT id FROM moc_parts_lists WHERE status = '{PENDING}'
 AND created_at < {NOW} - make_interval(secs => $1) ORDER BY created_at LIMIT $2"""

LOCK_MOC = "SELECT 1 FROM moc_instructions WHERE id = $1 FOR UPDATE"
LOCK_LIST = "SELECT status FROM moc_parts_lists WHERE id = $1 FOR UPDATE"
FINISH = f"""UPDATE moc_parts_lists SET status = $2, errors = $3::text::jsonb, error_count = $4, row_count = $5,
 total_parts_count = $6, updated_at = {NOW} WHERE id = $1"""
SUM = f"""UPDATE moc_instructions SET updated_at = {LATER}, total_piece_count = (
  SELECT least(coalesce(sum(total_parts_count::bigint), 0), 2147483647)::integer FROM moc_parts_lists
  WHERE moc_id = $1 AND total_parts_count ~ '^[0-9]{{1,18}}$')
 WHERE id = $1 RETURNING {MOC_COLUMNS}"""
