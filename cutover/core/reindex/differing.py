"""Whether an index's document is what its row is, and the version that sets it right and undoes nothing newer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from cutover.core.reindex.models import Difference

ABSENT = b""
"""The state of a row or a document that is not there."""


@dataclass(frozen=True, slots=True)
class Side:
    """One document as the table or the index has it: its version, and its JSON in the one canonical spelling."""

    version: int
    content: bytes


def is_same(row: Side | None, document: Side | None) -> bool:
    """Whether the index has what the table has.

    A version above the row's is no difference: clocks of several writers, or a former mending, may have left it there,
    and what the document says is what counts. One below is: a late write of something older could still get in.
    """
    if row is None or document is None:
        return row is document
    return row.content == document.content and document.version >= row.version


def difference(document_id: str, row: Side | None, document: Side | None) -> Difference:
    """The difference between two sides that are not the same; of two documents the fields are named."""
    if row is None:
        return Difference(document_id, "extra")
    if document is None:
        return Difference(document_id, "missing")
    return Difference(document_id, "different", _fields(row.content, document.content) or ("version",))


def mending_version(row: Side | None, document: Side | None, *, clock: int, outranked: bool) -> int:
    """The version under which the index takes what the table has: a document or, without a row, its removal.

    An equal version is overwritten (external_gte), so a row's document goes under its own version, or under the index's
    where that is higher. What has to go, goes under the clock's, so that late writes of what it was stay out.
    `clock`: the database's, in µs, from before the row was read: what is written later than that can still get in.
    `outranked`: the document was written before and still is not there: what was deleted there lately had a higher
    version than the row, as after a restore of the row; only the clock can be above that.
    """
    held = document.version if document else 0
    if row is None:
        return max(clock, held)
    return max(row.version, held, clock if outranked and document is None else 0)


def state(side: Side | None) -> bytes:
    """A short stand-in for what a side holds, to tell later whether it is that still."""
    return blake2b(side.content, digest_size=16).digest() if side else ABSENT


def _fields(left: bytes, right: bytes) -> Sequence[str]:
    one, other = _members(left), _members(right)
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


def _members(content: bytes) -> Mapping[str, str]:
    """The fields, each as text, since Python takes 1 and true for equal."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return {name: json.dumps(value) for name, value in document.items()} if isinstance(document, dict) else {}
