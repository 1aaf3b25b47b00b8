"""SQL that more than one domain needs. Pure."""

MOC_COLUMNS = """id, user_id, title, description, type, author, parts_count, theme, subtheme, uploaded_date, brand,
 set_number, release_year, retired, tags::text AS tags, thumbnail_url, total_piece_count, created_at, updated_at"""
"""A MOC's columns as `service.search.documents.moc_fields` reads them."""

# The database's clock, in milliseconds as every backend writes them; later than before even within one millisecond,
# because the search index tells old from new by it.
NOW = "date_trunc('milliseconds', timezone('utc', clock_timestamp()))"
LATER = f"greatest({NOW}, updated_at + interval '1 millisecond')"
LATER_IN_GALLERY = f"greatest({NOW}, last_updated_at + interval '1 millisecond')"

IMAGE_COLUMNS = """id, user_id, title, description, tags::text AS tags, image_url, thumbnail_url, album_id, flagged,
 created_at, last_updated_at"""
"""An image's columns as `service.search.documents.image_fields` reads them."""
WISHLIST_COLUMNS = """id, user_id, title, description, product_link, image_url, category, sort_order, created_at,
 updated_at"""
"""A wishlist item's columns as `service.search.documents.wishlist_fields` reads them."""
