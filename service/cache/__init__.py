"""The cache beside the database: keys, and Redis behind a port."""
