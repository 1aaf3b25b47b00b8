"""A load test's papers, and how one is started."""
