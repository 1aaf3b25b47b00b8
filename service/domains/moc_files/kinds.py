"""What a file is to its MOC: told from its bytes, then its name and its declared type have to agree. Pure."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

from service.domains.parts_lists.types import parts_list_type
from service.images.kinds import kind_of, picture_type
from service.kernel.errors import UnsupportedMediaType
from service.kernel.received import ReceivedFile

Kind = Literal["instruction", "parts-list", "thumbnail"]
"""What a client may call a file. Rows may also hold `gallery-image`: further images of a MOC."""

PICTURES = ("jpeg", "png", "webp")
_PARTS_LISTS = frozenset({"csv", "tsv", "txt", "json", "xml"})
_UNSAID = frozenset({"", "application/octet-stream"})  # a browser that knows no better says one of these


@dataclass(frozen=True, slots=True)
class _Instruction:
    """A format of instructions: its first bytes, its name, its one extension, how it may be declared and is stored."""

    head: bytes
    called: str
    extension: str
    declared: Set[str]
    stored_as: str


_INSTRUCTIONS = (
    _Instruction(b"%PDF-", "a PDF", "pdf", _UNSAID | {"application/pdf"}, "application/pdf"),
    # Studio's files are ZIP archives, often with a password: nothing in them is looked at, and nothing is unpacked.
    _Instruction(
        b"PK\x03\x04",
        "a Studio file",
        "io",
        _UNSAID | {"application/zip", "application/x-zip-compressed"},
        "application/octet-stream",
    ),
)
_EXTENSIONS = _PARTS_LISTS | {"pdf", "io", "jpg", "jpeg", "jfif", "png", "webp"}
_TAKEN = {
    "instruction": "An instruction has to be a PDF or a Studio .io file",
    "parts-list": "A parts list has to be a .csv, .tsv, .txt, .json or .xml file",
    "thumbnail": "A thumbnail has to be a JPEG, PNG or WebP image",
    None: "A MOC takes PDF and .io files, parts lists (.csv, .tsv, .txt, .json, .xml), and JPEG, PNG and WebP images",
}


def sort_out(file: ReceivedFile, wanted: Kind | None) -> tuple[Kind, str]:
    """What the file is to its MOC, and its media type. `wanted`: what the client says that it is, if anything.

    Raises UnsupportedMediaType unless bytes, name, declared type and wish agree.
    """
    instruction = next((shape for shape in _INSTRUCTIONS if file.body.startswith(shape.head)), None)
    kind: Kind = "instruction" if instruction else "thumbnail" if kind_of(file.body) in PICTURES else "parts-list"
    if wanted not in (None, kind) or (kind == "parts-list" and extension_of(file.filename) not in _PARTS_LISTS):
        raise UnsupportedMediaType(_TAKEN[wanted])
    if instruction is not None:
        return kind, _instruction_type(file, instruction)
    if kind == "thumbnail":
        return kind, picture_type(file.filename, file.content_type, file.body, taken=PICTURES).media_type
    return kind, parts_list_type(file.filename, file.content_type, file.body)


def require_extension(filename: str) -> None:
    """Raise UnsupportedMediaType for a name that no file of a MOC may have."""
    if extension_of(filename) not in _EXTENSIONS:
        raise UnsupportedMediaType(_TAKEN[None])


def extension_of(filename: str) -> str:
    """What stands behind the last dot, in lower case."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def repeated(filenames: Sequence[str]) -> set[int]:
    """The places of names that stood there before: a MOC has a file name once."""
    return {place for place, name in enumerate(filenames) if name in filenames[:place]}


def _instruction_type(file: ReceivedFile, shape: _Instruction) -> str:
    if extension_of(file.filename) != shape.extension:
        raise UnsupportedMediaType(f"The file is {shape.called}, so its name has to end in .{shape.extension}")
    if file.content_type not in shape.declared:
        raise UnsupportedMediaType(f"The file is {shape.called}, but was sent as {file.content_type}")
    return shape.stored_as
