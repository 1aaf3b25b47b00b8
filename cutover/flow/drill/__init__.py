"""A rehearsed rollback, measured, and its receipt."""
