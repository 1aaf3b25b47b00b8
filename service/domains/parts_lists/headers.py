"""Which column of a parts list means what, told from its header."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

REQUIRED = ("part_id", "quantity")

# Meaning -> headers, compared without case, white space, "_" and "-". Of two different headers that mean the same, the
# earlier one here is read: it says more plainly what it holds, or tells people more (a colour by name than by number).
ALIASES: Mapping[str, tuple[str, ...]] = {
    "part_id": (
        "partid", "partnumber", "partno", "partnum", "part", "designid", "designno", "designnumber", "blitemno",
        "itemid", "itemno", "itemnumber", "elementid", "elementno", "elementnumber", "element", "item",
    ),
    "quantity": ("quantity", "qty", "qtyneeded", "quantityneeded", "minqty", "minquantity", "count", "amount"),
    "name": ("partname", "name", "itemname", "partdescription", "description", "desc"),
    "color": (
        "colorname", "colourname", "partcolor", "partcolour", "color", "colour", "colorid", "colourid", "blcolorid",
    ),
    "is_spare": ("isspare", "spare"),
}  # fmt: skip


class Columns(NamedTuple):
    """Where in a row the fields stand, counted from 0; None = the file has no such column."""

    part_id: int
    quantity: int
    name: int | None = None
    color: int | None = None
    is_spare: int | None = None


def recognised(header: Sequence[str]) -> dict[str, list[int]]:
    """Meaning -> the columns under the plainest of its headers; more than one = that header is there twice."""
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(header):
        places.setdefault(plain(cell), []).append(index)
    found = {meaning: next((a for a in aliases if a in places), None) for meaning, aliases in ALIASES.items()}
    return {meaning: places[alias] for meaning, alias in found.items() if alias is not None}


def missing(found: Mapping[str, Sequence[int]]) -> list[str]:
    """The meanings without which no row is a part, as far as the header lacks them."""
    return [meaning for meaning in REQUIRED if meaning not in found]


def plain(header: str) -> str:
    """The header as it is compared: without case, white space, "_" and "-"."""
    return "".join(header.lower().replace("_", "").replace("-", "").split())
