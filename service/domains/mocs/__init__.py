"""MOC instructions: list, search, detail, create, change, delete."""
