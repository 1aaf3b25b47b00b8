"""Names of constraints that code decides by. Pure, so that hot paths need not import the models."""

ONE_TITLE_PER_OWNER = "moc_instructions_user_title_unique"
ONE_FILE_NAME_PER_MOC = "moc_files_moc_filename_unique"
ONE_LIST_PER_UPLOAD = "moc_parts_lists_source_key_unique"
ONE_FLAG_PER_USER = "gallery_flags_image_user_unique"
IMAGE_OF_FLAG = "gallery_flags_image_id_gallery_images_id_fk"
