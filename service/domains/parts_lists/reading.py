"""An uploaded file of any format as parts: the one way in."""

from collections.abc import Callable, Iterable, Mapping
from io import TextIOWrapper

from service.domains.parts_lists.bricklink import read_bricklink
from service.domains.parts_lists.decoding import decode, joined
from service.domains.parts_lists.delimited import read_delimited
from service.domains.parts_lists.json_lists import read_json
from service.domains.parts_lists.rules import PartsReader
from service.domains.parts_lists.types import Format, format_of

_READERS: Mapping[Format, Callable[[TextIOWrapper], PartsReader]] = {
    "csv": read_delimited,
    "json": read_json,
    "xml": read_bricklink,
}


def read_parts(chunks: Iterable[bytes]) -> PartsReader:
    """The parts of a file, whose bytes say what it is. Raises Unreadable, here and while the parts are read."""
    data = joined(chunks)
    return _READERS[format_of(data)](decode(data))
