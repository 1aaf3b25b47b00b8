"""How fast a parts list of 100,000 rows goes into PostgreSQL: `python -m tests.benchmarks.parts_lists`."""
