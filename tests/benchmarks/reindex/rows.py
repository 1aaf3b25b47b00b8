"""The MOCs that are indexed: made by PostgreSQL itself, the same each time, of about 600 bytes as documents."""

import subprocess

from tests.integration.postgres import Postgres

TABLE = "moc_instructions"
SEED_SECONDS = 900
# Rows come in the order of a hash, as those of random keys do. One in five is a set, one in ten has no tags.
_INSERT = """
INSERT INTO moc_instructions (id, user_id, title, description, type, author, parts_count, theme, subtheme,
    uploaded_date, brand, set_number, release_year, retired, tags, thumbnail_url, total_piece_count,
    created_at, updated_at)
SELECT md5('moc ' || n)::uuid,
    'user-' || n % 5000,
    (ARRAY['Small','Grey','Modular','Old','Tall','Red','Folding'])[1 + n % 7] || ' '
        || (ARRAY['castle','falcon','crane','tower','train'])[1 + n % 5] || ' no. ' || n,
    'Built from ' || 50 + n % 4950 || ' parts in ' || 1 + n % 9 || ' evenings. '
        || repeat('The roof comes off, the doors open. ', 1 + n % 6),
    CASE WHEN n % 5 = 0 THEN 'set' ELSE 'moc' END,
    CASE WHEN n % 5 <> 0 THEN 'Designer ' || n % 997 END,
    50 + n % 4950,
    (ARRAY['City','Star Wars','Castle','Technic'])[1 + n % 4],
    CASE WHEN n % 3 = 0 THEN 'Subtheme ' || n % 40 END,
    CASE WHEN n % 4 = 0 THEN timestamp '2024-03-01' + n * interval '13 seconds' END,
    CASE WHEN n % 5 = 0 THEN 'LEGO' END,
    CASE WHEN n % 5 = 0 THEN n || '-1' END,
    CASE WHEN n % 5 = 0 THEN 1978 + n % 47 END,
    CASE WHEN n % 5 = 0 THEN n % 2 = 0 END,
    CASE WHEN n % 10 <> 9 THEN jsonb_build_array('tag ' || n % 40, 'star wars', 'shelf ' || n % 13) END,
    CASE WHEN n % 2 = 0 THEN 'https://images.example.com/mocs/' || md5('picture ' || n) || '.jpg' END,
    CASE WHEN n % 3 = 0 THEN 50 + n % 4950 END,
    timestamp '2025-01-01' + n * interval '7.000123 seconds',
    timestamp '2025-02-01' + n * interval '7.000457 seconds'
FROM generate_series(1, {rows}) n"""
_INDEXES = """
SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index
WHERE indrelid = 'moc_instructions'::regclass AND NOT indisprimary;
"""


def seed(server: Postgres, dsn: str, rows: int) -> None:
    """Fill the migrated database with that many rows. Its other indexes are dropped: a load reads by the key alone."""
    server.run("\n;".join(server.run(_INDEXES, dsn)), dsn)
    _run(server, dsn, f"{_INSERT.format(rows=rows)};\nVACUUM ANALYZE {TABLE}; CHECKPOINT")


def _run(server: Postgres, dsn: str, sql: str) -> None:
    command = [str(server.files.binaries / "psql"), "-Xq", "-v", "ON_ERROR_STOP=1", dsn]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False, timeout=SEED_SECONDS)
    if done.returncode:
        raise SystemExit(f"psql: {done.stderr}")
