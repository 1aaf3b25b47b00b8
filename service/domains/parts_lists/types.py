"""Which files are taken for parts lists. Pure."""

from service.kernel.errors import UnsupportedMediaType

TYPES_BY_EXTENSION = {"csv": "text/csv", "txt": "text/plain"}

# Browsers send CSV under all of these names, depending on what else is installed beside them.
DECLARED_TYPES = frozenset(
    {
        "",
        "application/csv",
        "application/octet-stream",
        "application/vnd.ms-excel",
        "text/comma-separated-values",
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
    }
)

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


def parts_list_type(filename: str, declared: str, body: bytes) -> str:
    """The media type that the file is stored as. Raises UnsupportedMediaType unless bytes, name and claim agree."""
    stored_as = TYPES_BY_EXTENSION.get(filename.rpartition(".")[2].lower())
    if stored_as is None:
        raise UnsupportedMediaType("A parts list has to be a .csv or .txt file")
    if declared not in DECLARED_TYPES:
        raise UnsupportedMediaType(f"A parts list has to be sent as text/csv, not as {declared}")
    if body.startswith(BINARY_MAGIC):
        raise UnsupportedMediaType("The file is not text: export it as CSV")
    return stored_as
