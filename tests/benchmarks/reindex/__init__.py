"""How fast and how lightly rows of PostgreSQL get into a search index: `python -m tests.benchmarks reindex`."""
