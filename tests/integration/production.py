"""The database as the first backend has it in production, in that backend's own SQL."""

import pytest

from tests.integration.postgres import Postgres

PRODUCTION = """
CREATE TABLE gallery_albums (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, user_id text NOT NULL, title text NOT NULL, description text,
  cover_image_id uuid, created_at timestamp DEFAULT now() NOT NULL, last_updated_at timestamp DEFAULT now() NOT NULL);
CREATE TABLE gallery_images (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, user_id text NOT NULL, title text NOT NULL, description text,
  tags jsonb, image_url text NOT NULL, album_id uuid, flagged boolean DEFAULT false,
  created_at timestamp DEFAULT now() NOT NULL, last_updated_at timestamp DEFAULT now() NOT NULL);
CREATE TABLE gallery_flags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, image_id uuid NOT NULL, user_id text NOT NULL, reason text,
  created_at timestamp DEFAULT now() NOT NULL, last_updated_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT gallery_flags_image_id_gallery_images_id_fk
    FOREIGN KEY (image_id) REFERENCES gallery_images (id) ON DELETE CASCADE ON UPDATE NO ACTION);
CREATE TABLE moc_instructions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, user_id text NOT NULL, title text NOT NULL, description text,
  type text NOT NULL, author text, parts_count integer, theme text, subtheme text, uploaded_date timestamp, brand text,
  set_number text, release_year integer, retired boolean, tags jsonb, thumbnail_url text, total_piece_count integer,
  created_at timestamp DEFAULT now() NOT NULL, updated_at timestamp DEFAULT now() NOT NULL);
CREATE TABLE moc_files (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, moc_id uuid NOT NULL, file_type text NOT NULL,
  file_url text NOT NULL, original_filename text, mime_type text, created_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT moc_files_moc_id_moc_instructions_id_fk
    FOREIGN KEY (moc_id) REFERENCES moc_instructions (id) ON DELETE CASCADE ON UPDATE NO ACTION);
CREATE TABLE moc_gallery_images (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, moc_id uuid NOT NULL, gallery_image_id uuid NOT NULL,
  CONSTRAINT moc_gallery_images_moc_id_moc_instructions_id_fk
    FOREIGN KEY (moc_id) REFERENCES moc_instructions (id) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT moc_gallery_images_gallery_image_id_gallery_images_id_fk
    FOREIGN KEY (gallery_image_id) REFERENCES gallery_images (id) ON DELETE CASCADE ON UPDATE NO ACTION);
CREATE TABLE moc_gallery_albums (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, moc_id uuid NOT NULL, gallery_album_id uuid NOT NULL,
  CONSTRAINT moc_gallery_albums_moc_id_moc_instructions_id_fk
    FOREIGN KEY (moc_id) REFERENCES moc_instructions (id) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT moc_gallery_albums_gallery_album_id_gallery_albums_id_fk
    FOREIGN KEY (gallery_album_id) REFERENCES gallery_albums (id) ON DELETE CASCADE ON UPDATE NO ACTION);
CREATE TABLE moc_parts_lists (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, moc_id uuid NOT NULL, file_id uuid, title text NOT NULL,
  description text, built boolean DEFAULT false, purchased boolean DEFAULT false,
  inventory_percentage text DEFAULT '0.00', total_parts_count text, acquired_parts_count text DEFAULT '0',
  cost_estimate text, actual_cost text, notes text,
  created_at timestamp DEFAULT now() NOT NULL, updated_at timestamp DEFAULT now() NOT NULL,
  CONSTRAINT moc_parts_lists_moc_id_moc_instructions_id_fk
    FOREIGN KEY (moc_id) REFERENCES moc_instructions (id) ON DELETE CASCADE ON UPDATE NO ACTION,
  CONSTRAINT moc_parts_lists_file_id_moc_files_id_fk
    FOREIGN KEY (file_id) REFERENCES moc_files (id) ON DELETE SET NULL ON UPDATE NO ACTION);
CREATE TABLE wishlist_items (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, user_id text NOT NULL, title text NOT NULL, description text,
  product_link text, image_url text, category text, sort_order text NOT NULL,
  created_at timestamp DEFAULT now() NOT NULL, updated_at timestamp DEFAULT now() NOT NULL);

CREATE INDEX idx_gallery_albums_user_id_lazy ON gallery_albums (user_id);
CREATE INDEX idx_gallery_albums_user_created ON gallery_albums (user_id, created_at);
CREATE INDEX idx_gallery_flags_user_id_lazy ON gallery_flags (user_id);
CREATE INDEX idx_gallery_flags_image_id ON gallery_flags (image_id);
CREATE UNIQUE INDEX gallery_flags_image_user_unique ON gallery_flags (image_id, user_id);
CREATE INDEX idx_gallery_images_user_id_lazy ON gallery_images (user_id);
CREATE INDEX idx_gallery_images_album_id_lazy ON gallery_images (album_id);
CREATE INDEX idx_gallery_images_user_created ON gallery_images (user_id, created_at);
CREATE INDEX idx_gallery_images_album_created ON gallery_images (album_id, created_at);
CREATE INDEX idx_moc_files_moc_id_lazy ON moc_files (moc_id);
CREATE INDEX idx_moc_files_moc_type ON moc_files (moc_id, file_type);
CREATE UNIQUE INDEX moc_files_moc_filename_unique ON moc_files (moc_id, original_filename);
CREATE INDEX idx_moc_gallery_albums_moc_id_lazy ON moc_gallery_albums (moc_id);
CREATE INDEX idx_moc_gallery_albums_gallery_album_id_lazy ON moc_gallery_albums (gallery_album_id);
CREATE INDEX idx_moc_gallery_images_moc_id_lazy ON moc_gallery_images (moc_id);
CREATE INDEX idx_moc_gallery_images_gallery_image_id_lazy ON moc_gallery_images (gallery_image_id);
CREATE UNIQUE INDEX moc_instructions_user_title_unique ON moc_instructions (user_id, title);
CREATE INDEX idx_moc_instructions_user_id_lazy ON moc_instructions (user_id);
CREATE INDEX idx_moc_instructions_user_created ON moc_instructions (user_id, created_at);
CREATE INDEX idx_moc_instructions_title ON moc_instructions (title);
CREATE INDEX idx_sets_brand_set_number ON moc_instructions (brand, set_number)
  WHERE type = 'set' AND brand IS NOT NULL AND set_number IS NOT NULL;
CREATE INDEX idx_sets_brand_theme ON moc_instructions (brand, theme) WHERE type = 'set';
CREATE INDEX idx_sets_release_year ON moc_instructions (release_year) WHERE type = 'set' AND release_year IS NOT NULL;
CREATE INDEX idx_sets_retired ON moc_instructions (retired) WHERE type = 'set' AND retired IS NOT NULL;
CREATE INDEX idx_moc_parts_lists_moc_id ON moc_parts_lists (moc_id);
CREATE INDEX idx_moc_parts_lists_file_id ON moc_parts_lists (file_id);
CREATE INDEX idx_moc_parts_lists_built ON moc_parts_lists (built);
CREATE INDEX idx_moc_parts_lists_purchased ON moc_parts_lists (purchased);
CREATE INDEX idx_moc_parts_lists_moc_built ON moc_parts_lists (moc_id, built);
CREATE INDEX idx_moc_parts_lists_moc_purchased ON moc_parts_lists (moc_id, purchased);
CREATE INDEX idx_wishlist_user_id ON wishlist_items (user_id);
CREATE INDEX idx_wishlist_sort_order ON wishlist_items (user_id, sort_order);
CREATE INDEX idx_wishlist_category_sort ON wishlist_items (user_id, category, sort_order);
"""

# What the first backend writes: every statement names the columns that it knows, and no other.
OLD_INSERTS = """
INSERT INTO moc_instructions (id, user_id, title, type, author, tags)
  VALUES ('00000000-0000-0000-0000-000000000001', 'ada', 'Falcon', 'moc', 'Ada', '["space"]');
INSERT INTO moc_files (id, moc_id, file_type, file_url, original_filename, mime_type)
  VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'parts-list',
          '/uploads/a.csv', 'a.csv', 'text/csv');
INSERT INTO moc_parts_lists (moc_id, file_id, title, description, total_parts_count, built, purchased)
  SELECT '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'Parts List - a.csv', 'csv',
         '435', false, false FROM generate_series(1, 2);
INSERT INTO gallery_albums (id, user_id, title) VALUES ('00000000-0000-0000-0000-000000000003', 'ada', 'Ships');
INSERT INTO gallery_images (id, user_id, title, tags, image_url, album_id)
  VALUES ('00000000-0000-0000-0000-000000000004', 'ada', 'Bow', '["a", "b"]', '/uploads/images/1.jpg',
          '00000000-0000-0000-0000-000000000003');
INSERT INTO gallery_flags (image_id, user_id, reason) VALUES ('00000000-0000-0000-0000-000000000004', 'eve', 'rude');
INSERT INTO moc_gallery_images (moc_id, gallery_image_id)
  VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000004');
INSERT INTO moc_gallery_albums (moc_id, gallery_album_id)
  VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000003');
INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('ada', 'Saturn V', '10');
"""


@pytest.fixture
def production(postgres: Postgres, empty_database: str) -> str:
    """The DSN of a database as production has it, with rows, never seen by a revision."""
    postgres.run(PRODUCTION + OLD_INSERTS, empty_database)
    return empty_database
