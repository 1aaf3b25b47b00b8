"""Parts lists in BrickLink's XML: an INVENTORY of ITEMs, read by expat as it comes, without DTD or entities."""

from collections.abc import Iterator
from typing import TextIO
from xml.parsers import expat

from service.domains.parts_lists.records import FIRST_LINE, Record, read_records
from service.domains.parts_lists.rules import MAX_COLUMNS, MAX_LINE_CHARACTERS, PartsReader, Unreadable, shown

INVENTORY, ITEM = "INVENTORY", "ITEM"
MAX_DEPTH = 16

_ITEM_DEPTH, _VALUE_DEPTH = 2, 3
_CHUNK_CHARACTERS = 16_384


def read_bricklink(text: TextIO) -> PartsReader:
    """The items as rows: ITEMID, MINQTY, COLOR and whatever else has a known name; ITEMTYPE is not looked at.

    The encoding is what `decode` found, whatever the declaration says. Raises Unreadable while the items are read:
    BAD_XML, NO_INVENTORY, DTD_REFUSED, TOO_DEEP, LINE_TOO_LONG, and what `read_records` raises.
    """
    return read_records(_items(text))


def _items(text: TextIO) -> Iterator[Record]:
    inventory = _Inventory()
    parser = _parser(inventory)
    for chunk in _chunks(text, inventory):
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise inventory.broken(error) from error
        yield from inventory.complete
        inventory.complete.clear()


def _parser(inventory: "_Inventory") -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = inventory.doctype
    parser.StartElementHandler = inventory.start
    parser.EndElementHandler = inventory.end
    parser.CharacterDataHandler = inventory.characters
    return parser


def _chunks(text: TextIO, inventory: "_Inventory") -> Iterator[str]:
    """The text piece by piece, "" at its end. Expat holds a tag until it is whole, so a long one is refused here."""
    since_tag = 0
    skipping = True
    while chunk := text.read(_CHUNK_CHARACTERS):
        if skipping:  # a declaration has to be the first that expat sees
            chunk = chunk.lstrip()
            skipping = not chunk
        at = chunk.find("<")
        if at >= 0:
            since_tag, after = since_tag + at, len(chunk) - chunk.rindex("<")
        else:
            since_tag, after = since_tag + len(chunk), since_tag + len(chunk)
        if since_tag > MAX_LINE_CHARACTERS:
            raise inventory.too_long()
        since_tag = after
        if chunk:
            yield chunk
    yield ""


class _Inventory:
    """What expat tells, put together to records; `complete` holds those that nobody has taken yet."""

    def __init__(self) -> None:
        self.complete: list[Record] = []
        self._line = FIRST_LINE
        self._depth = 0
        self._names: list[str] | None = None  # None: in no item
        self._values: list[str] = []
        self._text: list[str] = []
        self._characters = 0

    def doctype(self, *_: object) -> None:
        """A DTD could define entities and name other files."""
        raise Unreadable("DTD_REFUSED", "The file has a DOCTYPE; a BrickLink list needs none, so take it out.")

    def start(self, name: str, _attributes: object) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(
                "TOO_DEEP", f"Line {self._line}: more than {MAX_DEPTH} elements in one another.", self._line
            )
        if self._depth == 1 and name.upper() != INVENTORY:
            message = f"A BrickLink list is an <{INVENTORY}> of <{ITEM}>s; this file is a {shown(name)}."
            raise Unreadable("NO_INVENTORY", message)
        if self._depth == _ITEM_DEPTH and name.upper() == ITEM:
            self._names, self._values, self._characters = [], [], 0
        elif self._depth == _VALUE_DEPTH and self._names is not None:
            if len(self._names) == MAX_COLUMNS:
                message = f"The item of line {self._line} has more than {MAX_COLUMNS} values."
                raise Unreadable("TOO_MANY_COLUMNS", message, self._line)
            self._names.append(name)
            self._text = []

    def end(self, _name: str) -> None:
        """An element ends."""
        if self._names is not None and self._depth == _VALUE_DEPTH:
            self._values.append("".join(self._text))
        elif self._names is not None and self._depth == _ITEM_DEPTH:
            self.complete.append((tuple(self._names), self._values))
            self._names = None
            self._line += 1
        self._depth -= 1

    def characters(self, data: str) -> None:
        """Text, of which only what stands in an item's values counts."""
        if self._names is None or self._depth != _VALUE_DEPTH:
            return
        self._characters += len(data)
        if self._characters > MAX_LINE_CHARACTERS:
            raise self.too_long()
        self._text.append(data)

    def too_long(self) -> Unreadable:
        """An item, or a tag, that would have to be held for too long."""
        message = f"The item of line {self._line} has more than {MAX_LINE_CHARACTERS:,} characters."
        return Unreadable("LINE_TOO_LONG", message, self._line)

    def broken(self, error: expat.ExpatError) -> Unreadable:
        """The XML is not well-formed."""
        where = f"line {error.lineno}, column {error.offset + 1} of the text (item {self._line - FIRST_LINE + 1})"
        return Unreadable("BAD_XML", f"The file is no well-formed XML: it can't be read from {where} on.", self._line)
