"""Wishlist items: list, search, detail, create, change, order, image, delete."""
