"""The title that nearly everything has."""

from service.kernel.errors import ValidationFailed

MAX_TITLE_CHARS = 200


def trimmed_title(title: str) -> str:
    """The title as it is stored. Raises ValidationFailed."""
    trimmed = title.strip()
    if not 1 <= len(trimmed) <= MAX_TITLE_CHARS:
        raise ValidationFailed.of_field("title", f"has to have 1 to {MAX_TITLE_CHARS} characters")
    return trimmed
