"""Parts lists: files of parts and quantities that belong to a MOC."""
