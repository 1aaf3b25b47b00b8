"""The fixed SQL of a MOC's files: one round trip each."""

SAME_NAME = "SELECT 1 FROM moc_files WHERE moc_id = $1 AND original_filename = $2"

# The MOC's owner, and its file: nulls when it has no such file, no row when there is no such MOC.
FILE = """SELECT m.user_id, f.id, f.file_url, f.original_filename, f.mime_type FROM moc_instructions m
 LEFT JOIN moc_files f ON f.moc_id = m.id AND f.id = $2 WHERE m.id = $1"""
