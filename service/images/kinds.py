"""Which kind of picture an upload is: its bytes decide, its name and declared type must agree. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from service.kernel.errors import UnsupportedMediaType

MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}
ALL_KINDS = tuple(MEDIA_TYPES)

_EXTENSIONS = {
    "jpeg": ("jpg", "jpeg", "jfif"),  # Windows gives pictures saved from the web the last one
    "png": ("png",),
    "webp": ("webp",),
    "heic": ("heic", "heif"),
}
_DECLARED = {
    "jpeg": ("image/jpeg", "image/jpg", "image/pjpeg"),
    "png": ("image/png",),
    "webp": ("image/webp",),
    # Browsers off Apple's systems do not know HEIC and declare nothing.
    "heic": ("image/heic", "image/heif", "application/octet-stream", ""),
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_MAX_BRANDS_BYTES = 256


@dataclass(frozen=True, slots=True)
class PictureType:
    """What an upload was found to be, such as `jpeg` and `image/jpeg`."""

    kind: str
    media_type: str


def kind_of(body: bytes) -> str | None:
    """`jpeg`, `png`, `webp` or `heic` by the file's first bytes; None for anything else."""
    if body.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if body[4:8] == b"ftyp" and not _HEIC_BRANDS.isdisjoint(_brands(body)):
        return "heic"
    return None


def picture_type(filename: str, declared: str, body: bytes, *, taken: Collection[str] = ALL_KINDS) -> PictureType:
    """The type that bytes, extension and declared media type (lower case, without parameters) agree on.

    `taken` are the kinds that the route takes. A declared `application/octet-stream`, or none, is accepted for HEIC
    alone, whose type most browsers don't know. Raises UnsupportedMediaType.
    """
    kind = kind_of(body)
    if kind is None or kind not in taken:
        raise UnsupportedMediaType(f"The file is not a picture of a kind that is taken here: {_named(taken)}")
    _, dot, extension = filename.lower().rpartition(".")
    if not dot or extension not in _EXTENSIONS[kind]:
        raise UnsupportedMediaType(f"The file is {_named([kind])}, so its name has to end in .{_EXTENSIONS[kind][0]}")
    if declared not in _DECLARED[kind]:
        raise UnsupportedMediaType(
            f"The file is {_named([kind])}, so it has to be sent as {MEDIA_TYPES[kind]}, not as {declared or 'nothing'}"
        )
    return PictureType(kind, MEDIA_TYPES[kind])


def require_picture_name(filename: str, declared: str) -> None:
    """Refuse what can't become a picture by its name and declared type alone. Raises UnsupportedMediaType."""
    extension = filename.rpartition(".")[2].lower()
    kinds = [kind for kind, known in _EXTENSIONS.items() if extension in known and "." in filename]
    if not kinds or declared not in _DECLARED[kinds[0]]:
        raise UnsupportedMediaType(f"The file is not a picture of a kind that is taken here: {_named(ALL_KINDS)}")


def _brands(body: bytes) -> set[bytes]:
    """The brands of an ISO media file: its own, and those it is compatible with."""
    end = min(int.from_bytes(body[:4], "big"), _MAX_BRANDS_BYTES, len(body))
    return {body[8:12]} | {body[at : at + 4] for at in range(16, end, 4)}


def _named(kinds: Collection[str]) -> str:
    names = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "heic": "HEIC"}
    return ", ".join(name for kind, name in names.items() if kind in kinds)
