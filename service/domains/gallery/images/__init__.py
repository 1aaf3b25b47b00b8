"""Gallery images: list, search, detail, upload, change, delete, flag."""
