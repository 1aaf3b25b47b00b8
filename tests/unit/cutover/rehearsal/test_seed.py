"""The same MOCs, images and wishes every time."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cutover.rehearsal import seed
from service.search.documents import moc_document
from service.search.indices import MAPPINGS, MOCS

COLUMNS = seed._COLUMNS
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in seed.rows()]


def test_there_are_two_thousand_mocs_of_fifty_users_forty_each() -> None:
    owners = Counter(row["user_id"] for row in ROWS)
    assert len(ROWS) == 2000
    assert set(owners) == set(seed.users())
    assert set(owners.values()) == {40}


def test_the_fifty_users_are_alice_bob_and_numbers() -> None:
    users = seed.users()
    assert (len(users), len(set(users))) == (50, 50)
    assert (users[:3], users[-1]) == (("alice", "bob", "user-03"), "user-50")
    assert seed.ADMIN not in users


def test_the_same_seed_is_the_same_data_and_another_is_other_data() -> None:
    assert seed.rows(7) == seed.rows(7)
    assert seed.rows() == seed.rows(1)
    assert seed.rows(7) != seed.rows(8)


def test_ids_and_titles_are_unique() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({(row["user_id"], row["title"]) for row in ROWS}) == len(ROWS)
    assert {row["id"].version for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS[:10])
def test_a_row_is_what_the_api_itself_would_take(row: dict[str, object]) -> None:
    assert 1 <= len(str(row["title"])) <= 200
    assert len(str(row["description"])) <= 5000
    assert (row["author"] is None, row["brand"] is None) == ((True, False) if row["type"] == "set" else (False, True))
    assert isinstance(msgspec.json.decode(str(row["tags"])), list)


def test_every_row_was_made_before_it_was_changed_and_not_in_the_future() -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    assert all(row["created_at"] <= row["updated_at"] < now for row in ROWS)
    assert all(row["release_year"] is None or 1932 <= row["release_year"] <= 2025 for row in ROWS)


def test_both_types_and_rows_with_and_without_a_piece_count_are_there() -> None:
    assert Counter(row["type"] for row in ROWS) == {"moc": 1600, "set": 400}
    assert Counter(row["total_piece_count"] is None for row in ROWS) == {True: 1333, False: 667}


def test_every_owner_has_every_word_that_the_users_search_for_or_nearly() -> None:
    found = Counter(word for row in ROWS for word in ("castle", "falcon", "crane", "tower") if word in row["title"])
    assert min(found.values()) > 100


def test_a_row_of_the_index_is_the_services_own_document_with_its_version() -> None:
    row = defaultdict(lambda: None, ROWS[0])  # the table has more columns than are seeded
    action, document, rest = seed._lines(MOCS, row).split(b"\n")
    told = msgspec.json.decode(action)["index"]
    assert (told["_index"], told["_id"], told["version_type"]) == (MOCS, str(row["id"]), "external_gte")
    assert isinstance(told["version"], int)
    assert msgspec.json.decode(document) == msgspec.json.decode(msgspec.json.encode(moc_document(row)))
    assert rest == b""


def test_the_index_stands_behind_its_alias(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, bytes, str]] = []

    def send(method: str, url: str, body: bytes, content_type: str) -> dict[str, bool]:
        sent.append((method, url, body, content_type))
        return {"errors": False}

    monkeypatch.setattr(seed, "_send", send)
    seed._make_index("http://search", MOCS)
    seed._bulk("http://search", b"lines")
    (method, url, body, _), bulk = sent
    assert (method, url) == ("PUT", f"http://search/{MOCS}-v1")
    assert msgspec.json.decode(body) == {"mappings": MAPPINGS[MOCS], "aliases": {MOCS: {}}}
    assert bulk == ("POST", "http://search/_bulk?refresh=true", b"lines", "application/x-ndjson")


def test_documents_that_the_search_server_refuses_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "_send", lambda *what: {"errors": True, "items": [{}]})
    with pytest.raises(RuntimeError, match="refused"):
        seed._bulk("http://search", b"lines")


def test_ids_are_drawn_from_the_seed_alone() -> None:
    assert ROWS[0]["id"] == uuid.UUID(str(seed.rows(1)[0][0]))


@pytest.mark.parametrize("rows", [seed.image_rows, seed.wish_rows])
def test_all_users_but_the_named_ones_have_twenty_images_and_wishes(rows: Callable[..., list[tuple[Any, ...]]]) -> None:
    owners = Counter(row[1] for row in rows())
    assert owners == dict.fromkeys(seed.users()[2:], 20)
    assert len({row[0] for row in rows()}) == sum(owners.values())
    assert rows() == rows()
    assert rows(7) != rows(8)


def test_the_wishes_of_a_user_are_in_an_order_without_gaps() -> None:
    orders = [row[5] for row in seed.wish_rows() if row[1] == "user-03"]
    assert sorted(map(int, orders)) == list(range(20))
