"""Rows that are built by the service's own function: their lines, and those that nothing can be made of."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from cutover.core.reindex.models import DeadLetter, Row
from cutover.reindex.building import build, bulk_lines
from cutover.reindex.kinds import KIND

WISH = UUID("00000000-0000-4000-8000-000000000001")


def wish(**changed: Any) -> dict[str, Any]:
    """The columns of a wishlist item."""
    moment = datetime.fromisoformat("2025-11-02T10:15:30.123456")
    columns = dict.fromkeys(("description", "product_link", "image_url", "category"))
    whole = {"id": WISH, "user_id": "alice", "title": "Falcon", "sort_order": "1", "created_at": moment}
    return {**columns, **whole, "updated_at": moment, **changed}


def test_a_row_becomes_what_the_service_would_index() -> None:
    built = build(KIND["wishlist_items"], wish())

    assert isinstance(built, Row)
    assert (built.id, built.version) == (WISH, 1762078530123456)
    assert msgspec.json.decode(built.document) == {
        "id": str(WISH),
        "userId": "alice",
        "title": "Falcon",
        "sortOrder": "1",
        "createdAt": "2025-11-02T10:15:30.123Z",
        "updatedAt": "2025-11-02T10:15:30.123Z",
    }


def test_a_row_without_a_time_is_dead_and_says_why() -> None:
    built = build(KIND["wishlist_items"], wish(created_at=None))

    assert isinstance(built, DeadLetter)
    assert built.id == str(WISH)
    assert "no document can be made" in built.reason
    assert "AttributeError" in built.reason


def test_the_lines_of_a_row_name_its_id_and_its_version() -> None:
    lines = bulk_lines(Row(WISH, 7, b'{"title":"Falcon"}'))

    action, document, nothing = lines.split(b"\n")
    wanted = {"_id": str(WISH), "version": 7, "version_type": "external_gte"}
    assert msgspec.json.decode(action) == {"index": wanted}
    assert (document, nothing) == (b'{"title":"Falcon"}', b"")
