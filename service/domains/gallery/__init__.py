"""The gallery: images and the flags on them, albums, and both in one list."""
