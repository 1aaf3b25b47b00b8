"""Albums: list, detail, create, change, delete."""
