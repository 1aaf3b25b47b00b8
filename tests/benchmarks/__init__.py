"""Side-by-side measurements; run by hand, never collected as tests."""
