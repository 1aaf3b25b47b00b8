"""The API as a real browser uses it from a page of another origin."""
