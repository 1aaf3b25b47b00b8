"""The Lambda package: built from the hashed requirements, without Docker, the same bytes every time."""
