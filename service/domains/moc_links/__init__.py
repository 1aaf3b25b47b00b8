"""Gallery images and albums that are linked to a MOC."""
