"""The reindex: from PostgreSQL to new indices that are proved equal, while both backends keep writing."""
