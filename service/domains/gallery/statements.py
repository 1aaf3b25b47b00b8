"""SQL that images and albums have in common. Pure."""

NEWEST_FIRST = "created_at DESC, id"
