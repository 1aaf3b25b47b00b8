"""Load tests: what is asked of a target, what it answered, and whether that is good enough. Pure."""
