"""The files of a MOC, and MOCs that are created together with their files."""
