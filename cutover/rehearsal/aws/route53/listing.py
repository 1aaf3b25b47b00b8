"""Pages of a zone's record sets, in Route 53's order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cutover.rehearsal.aws.route53.names import normalised, sort_key
from cutover.rehearsal.aws.route53.records import Key, RecordSet
from cutover.rehearsal.aws.wire import AwsError

_MAX_ITEMS = 300


@dataclass(frozen=True, slots=True)
class Page:
    """The record sets of one page, the page size that held, and where the next page starts, if there is one."""

    records: tuple[RecordSet, ...]
    max_items: int
    following: Key | None


def page_of(records: Iterable[RecordSet], query: Mapping[str, str]) -> Page:
    """The page that `query` (name, type, identifier, maxitems) asks for. Raises AwsError InvalidInput."""
    start = _start_of(query)
    max_items = max_items_of(query, _MAX_ITEMS)
    ordered = sorted(records, key=lambda record: _place(record.key))
    rest = [record for record in ordered if _place(record.key) >= start]
    following = rest[max_items].key if len(rest) > max_items else None
    return Page(tuple(rest[:max_items]), max_items, following)


def max_items_of(query: Mapping[str, str], most: int) -> int:
    """The page size; more than `most` is cut down to it. Raises AwsError InvalidInput."""
    text = query.get("maxitems", str(most))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise AwsError("InvalidInput", f"MaxItems must be a number of at least 1, not {text!r}")
    return min(int(text), most)


def _start_of(query: Mapping[str, str]) -> tuple[str, str, str]:
    name, kind, identifier = (query.get(field, "") for field in ("name", "type", "identifier"))
    if kind and not name:
        raise AwsError("InvalidInput", "StartRecordType needs StartRecordName")
    if identifier and not kind:
        raise AwsError("InvalidInput", "StartRecordIdentifier needs StartRecordName and StartRecordType")
    return (sort_key(normalised(name)) if name else "", kind, identifier)


def _place(key: Key) -> tuple[str, str, str]:
    return (sort_key(key.name), key.type, key.set_identifier or "")
