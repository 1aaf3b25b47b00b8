"""Which files are taken for parts lists: what the bytes are, and whether name and claim agree. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.kernel.errors import UnsupportedMediaType

Format = Literal["csv", "json", "xml"]
"""What the bytes are; plain text is read as CSV is."""

_SAYS_SOMETHING = re.compile(rb"[^\xef\xbb\xbf\xff\xfe\x00 \t\r\n]")  # no byte order mark, zero of UTF-16, white space
_UNSAID = frozenset({"", "application/octet-stream", "text/plain"})  # a browser that knows no better says one of these

# How files begin that people rename to .csv, and that no text does.
BINARY_MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"MZ",
    b"\x7fELF",
    b"\x1f\x8b",
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A format's name, the extensions it comes under with the type each is stored as, and its declared types."""

    called: str
    stored_as: Mapping[str, str]
    declared: frozenset[str]


_KINDS: Mapping[Format, _Kind] = {
    "csv": _Kind(
        "plain text",
        {"csv": "text/csv", "txt": "text/plain", "tsv": "text/tab-separated-values"},
        # Browsers send CSV under all of these names, depending on what else is installed beside them.
        _UNSAID
        | {
            "application/csv",
            "application/vnd.ms-excel",
            "text/comma-separated-values",
            "text/csv",
            "text/tab-separated-values",
        },
    ),
    "json": _Kind("JSON", {"json": "application/json"}, _UNSAID | {"application/json", "text/json"}),
    "xml": _Kind("XML", {"xml": "application/xml"}, _UNSAID | {"application/xml", "text/xml"}),
}
_FORMATS: Mapping[bytes, Format] = {b"<": "xml", b"[": "json", b"{": "json"}
_EXTENSIONS = frozenset(extension for kind in _KINDS.values() for extension in kind.stored_as)


def format_of(body: bytes) -> Format:
    """What the bytes are, told from the first that says anything: `<` begins XML, `[` and `{` JSON, all else text."""
    found = _SAYS_SOMETHING.search(body)
    return _FORMATS.get(found[0], "csv") if found else "csv"


def require_type(filename: str, declared: str) -> None:
    """Raise UnsupportedMediaType when no bytes could make a parts list of that name and claim."""
    extension = _extension(filename)
    kind = next(kind for kind in _KINDS.values() if extension in kind.stored_as)
    _require_declared(kind, extension, declared)


def parts_list_type(filename: str, declared: str, body: bytes) -> str:
    """The media type that the file is stored as. Raises UnsupportedMediaType unless bytes, name and claim agree."""
    extension = _extension(filename)
    if body.startswith(BINARY_MAGIC):
        raise UnsupportedMediaType("The file is not text: export it as CSV, JSON or BrickLink XML")
    kind = _KINDS[format_of(body)]
    if extension not in kind.stored_as:
        raise UnsupportedMediaType(f"The file holds {kind.called}, but is named .{extension}")
    _require_declared(kind, extension, declared)
    return kind.stored_as[extension]


def _extension(filename: str) -> str:
    _, dot, extension = filename.lower().rpartition(".")
    if not dot or extension not in _EXTENSIONS:
        raise UnsupportedMediaType("A parts list has to be a .csv, .tsv, .txt, .json or .xml file")
    return extension


def _require_declared(kind: _Kind, extension: str, declared: str) -> None:
    if declared not in kind.declared:
        stored_as = kind.stored_as[extension]
        raise UnsupportedMediaType(f"A parts list of this kind has to be sent as {stored_as}, not as {declared}")
