"""What the tests of the reindex under way need: a line with faults, a writer that never stops, the site itself."""
