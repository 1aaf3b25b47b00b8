"""The order of a wishlist: a text column that mostly holds numbers, the end of the list, and its rearrangement."""

import asyncio
import random
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.wishes import LIST, NOBODYS, detail, insert, titles, wish

REORDER = f"{LIST}/reorder"

NUMBERS = [  # in their order
    "-1e3", "-10", "-3", "-2.5", "-0.0000001", "0", "1e-7", "0.5", "1", "007", "7", "7.0", "9", "10",
    "12345678901234567890",
    "1e+21", "9" * 100, "9e999",
]  # fmt: skip
TEXTS = [
    "", "\t9", " 7", "+5", ".5", "1 000", "1,5", "1.", "1.2.3", "1_000", "1" * 101, "1e1000", "1e5 ",
    "2025-11-02T10:15:30.123Z", "7\n", "Infinity", "NaN", "Z", "_", "a", "é", "٣", "\uff17", "🧱",
]  # fmt: skip


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def fill(postgres: Postgres, database: str, orders: Sequence[str], sub: str = "alice") -> None:
    """Old rows of these `sort_order`s, in any order, all of one moment."""
    shuffled = random.Random(5).sample(list(orders), len(orders))  # noqa: S311 - guards nothing
    values = ", ".join(f"('{sub}', 'x', {literal(order)}, '2020-01-01')" for order in shuffled)
    postgres.run(f"INSERT INTO wishlist_items (user_id, title, sort_order, created_at) VALUES {values}", database)


async def orders(api: Api, path: str = LIST, sub: str = "alice") -> list[str]:
    return [item["sortOrder"] for item in (await api.get(path, sub)).json()["data"]]


async def test_numbers_come_by_their_value_and_texts_after_them(api: Api, postgres: Postgres, database: str) -> None:
    fill(postgres, database, [*TEXTS, *NUMBERS])
    expected = [*NUMBERS, *sorted(TEXTS)]
    assert await orders(api) == expected
    assert await orders(api, f"{LIST}/search?limit=100") == expected
    pages = [await orders(api, f"{LIST}?page={page}&limit=5") for page in range(1, 10)]
    assert [order for page in pages for order in page] == expected


async def test_any_texts_at_all_are_ordered_and_never_an_error(api: Api, postgres: Postgres, database: str) -> None:
    chance = random.Random(18)  # noqa: S311 - guards nothing
    parts = ["0", "1", "9", "-", "+", ".", "e", "E", " ", "x", "99999", "٣"]
    texts = ["".join(chance.choices(parts, k=chance.randint(0, 7))) for _ in range(3000)]
    fill(postgres, database, texts)
    assert await orders(api) == sorted(texts, key=rank)


def rank(text: str) -> tuple[bool, Decimal, str]:
    """The order in Python's terms."""
    number = len(text) <= 100 and re.fullmatch(r"-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?", text)
    return (False, Decimal(text), text) if number else (True, Decimal(0), text)


async def test_of_two_alike_the_older_comes_first_then_the_smaller_id(
    api: Api, postgres: Postgres, database: str
) -> None:
    moments = ["2020-01-03", "2020-01-01", "2020-01-02", "2020-01-02"]
    ids = [insert(postgres, database, sort_order="'1'", created_at=f"'{moment}'") for moment in moments]
    expected = [ids[1], *sorted(ids[2:]), ids[0]]
    assert [item["id"] for item in (await api.get(LIST)).json()["data"]] == expected


class TestTheEnd:
    """An item that comes without `sortOrder` is the last."""

    @pytest.mark.parametrize(
        ("there", "last"),
        [
            ([], "1"),
            (["1"], "2"),
            (["9", "10"], "11"),
            (["2.5"], "3"),
            (["-7.5", "-20"], "-7"),
            (["1e21"], "1000000000000000000001"),
            (["9" * 99], "1" + "0" * 99),
        ],
    )
    async def test_it_is_the_next_whole_number(
        self, api: Api, postgres: Postgres, database: str, there: list[str], last: str
    ) -> None:
        if there:
            fill(postgres, database, there)
        fill(postgres, database, ["5000", "zzz"], "bob")
        assert (await wish(api))["sortOrder"] == last
        assert (await orders(api))[-1] == last

    @pytest.mark.parametrize(
        "there", ["", "2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z", "zzz", "~", "🧱", " 7"]
    )
    async def test_where_texts_are_it_comes_after_these_and_stays_short(
        self, api: Api, postgres: Postgres, database: str, there: str
    ) -> None:
        fill(postgres, database, ["1", "99", there])
        made = [await wish(api, title=str(number)) for number in range(20)]
        assert [item["id"] for item in (await api.get(LIST)).json()["data"]][3:] == [item["id"] for item in made]
        assert max(len(item["sortOrder"]) for item in made) <= len(there) + 27

    async def test_two_stamps_of_one_moment_are_still_in_order(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        """A clock that stands still, or goes back."""
        fill(postgres, database, ["a9999-12-31T23:59:59.999999Z"])
        made = [await wish(api, title=str(number)) for number in range(3)]
        assert (await orders(api))[1:] == [item["sortOrder"] for item in made]

    async def test_many_at_once_get_a_place_each(self, api: Api) -> None:
        made = await asyncio.gather(*(wish(api, title=str(number)) for number in range(12)))
        assert sorted(int(item["sortOrder"]) for item in made) == list(range(1, 13))
        assert await orders(api) == [str(number) for number in range(1, 13)]


def places(items: Sequence[dict[str, Any]], first: int = 1) -> list[dict[str, Any]]:
    return [{"id": item["id"], "sortOrder": number} for number, item in enumerate(items, first)]


@pytest.fixture
async def items(api: Api) -> list[dict[str, Any]]:
    """Six items in their order."""
    return [await wish(api, title=name) for name in "abcdef"]


@pytest.mark.parametrize("key", ["items", "itemOrders"])
async def test_a_new_order_is_answered_and_kept(api: Api, items: list[dict[str, Any]], key: str) -> None:
    await titles(api)
    answer = await api.post(REORDER, {key: places(items[::-1]), "requestId": "1"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"success", "data", "total", "items"}
    assert (body["success"], body["total"]) == (True, 6)
    assert [item["title"] for item in body["data"]] == list("fedcba")
    assert [item["sortOrder"] for item in body["data"]] == list("123456")
    assert body["items"] == body["data"] == (await api.get(LIST)).json()["data"]
    for item in body["data"]:
        assert await detail(api, item) == item


async def test_a_part_of_the_items_can_move_and_the_others_stay_untouched(
    api: Api, items: list[dict[str, Any]]
) -> None:
    places = [{"id": items[5]["id"], "sortOrder": "0.5"}, {"id": items[0]["id"], "sortOrder": 3.5}]
    body = (await api.post(REORDER, {"items": places})).json()
    assert [item["title"] for item in body["data"]] == list("fbcade")
    assert [item for item in body["data"] if item["title"] in "bcde"] == items[1:5]


async def test_the_order_that_is_there_already_changes_nothing(api: Api, items: list[dict[str, Any]]) -> None:
    assert (await api.post(REORDER, {"items": places(items)})).json()["data"] == items


@pytest.mark.parametrize("stranger", ["bob's", "nobody's"])
async def test_an_item_that_is_not_the_users_is_403_and_nothing_changes(
    api: Api, items: list[dict[str, Any]], stranger: str
) -> None:
    other = (await wish(api, "bob"))["id"] if stranger == "bob's" else NOBODYS
    body = {"items": [*places(items[::-1]), {"id": other, "sortOrder": 9}]}
    error = assert_failure(await api.post(REORDER, body), 403, "FORBIDDEN", "id")
    assert other in error["details"][0]["message"]
    assert (await api.get(LIST)).json()["data"] == items
    assert_failure(await api.post(REORDER, {"items": places(items)}, "admin"), 403, "FORBIDDEN")
    assert await orders(api, sub="bob") == (["1"] if stranger == "bob's" else [])


@pytest.mark.parametrize(
    "sort_order", ["", " ", None, True, [], {}, "x" * 101, "a\0", 10**120], ids=lambda value: repr(value)[:12]
)
async def test_a_place_that_is_none_is_400_and_nothing_changes(
    api: Api, items: list[dict[str, Any]], sort_order: Any
) -> None:
    body = {"items": [*places(items[:0:-1]), {"id": items[0]["id"], "sortOrder": sort_order}]}
    error = assert_failure(await api.post(REORDER, body), 400, "VALIDATION_ERROR")
    assert error["details"][0]["field"].endswith("sortOrder")
    assert (await api.get(LIST)).json()["data"] == items


@pytest.mark.parametrize("body", [
    {},
    {"items": None},
    {"items": []},
    {"itemOrders": []},
    {"items": {}},
    {"items": [5]},
    {"items": [{}]},
    {"items": [{"id": "zz", "sortOrder": "1"}]},
    {"items": [{"id": NOBODYS}]},
    {"items": [{"sortOrder": "1"}]},
    {"items": [{"id": NOBODYS, "sortOrder": "1"}, {"id": NOBODYS.upper(), "sortOrder": "2"}]},
    {"items": [{"id": NOBODYS, "sortOrder": "1"}], "itemOrders": [{"id": NOBODYS, "sortOrder": "1"}]},
    {"items": [{"id": f"00000000-0000-0000-0000-{n:012}", "sortOrder": 1} for n in range(10_001)]},
])  # fmt: skip
async def test_what_is_no_order_is_400(api: Api, items: list[dict[str, Any]], body: Any) -> None:
    assert_failure(await api.post(REORDER, body), 400, "VALIDATION_ERROR")
    assert (await api.get(LIST)).json()["data"] == items


async def test_ten_thousand_items_can_be_rearranged(api: Api, postgres: Postgres, database: str) -> None:
    postgres.run(
        "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT 'alice', n, n FROM generate_series(1, 10000) n",
        database,
    )
    there = (await api.get(LIST)).json()["data"]
    answer = await api.post(REORDER, {"items": places(there[::-1])})
    assert answer.status_code == 200, answer.text
    assert [item["title"] for item in answer.json()["data"]] == [str(n) for n in range(10_000, 0, -1)]
    await api.runtime.background.drain(30.0)


async def test_of_two_opposite_orders_at_once_one_holds_and_nobody_fails(api: Api, items: list[dict[str, Any]]) -> None:
    forwards, backwards = list("abcdef"), list("fedcba")
    for _ in range(12):
        wanted = [places(items, 1), places(items[::-1], 1), places(items, 1), places(items[::-1], 1)]
        answers = await asyncio.gather(*(api.post(REORDER, {"items": one}) for one in wanted))
        assert [answer.status_code for answer in answers] == [200] * 4
        for answer in answers:
            assert [item["title"] for item in answer.json()["data"]] in (forwards, backwards)
        assert await titles(api) in (forwards, backwards)


async def test_orders_changes_and_deletions_at_once_all_succeed(api: Api) -> None:
    items = [await wish(api, title=f"{number:02}") for number in range(20)]
    kept = items[10:]
    await asyncio.gather(
        *(api.post(REORDER, {"items": places(kept[::step])}) for step in (1, -1, 1, -1)),
        *(api.patch(f"{LIST}/{item['id']}", {"category": "x"}) for item in kept),
        *(api.delete(f"{LIST}/{item['id']}") for item in items[:10]),
    )
    found = (await api.get(LIST)).json()["data"]
    assert [item["title"] for item in found] in ([item["title"] for item in kept[::step]] for step in (1, -1))
    assert {item["category"] for item in found} == {"x"}


async def test_an_item_that_is_deleted_meanwhile_is_403_and_the_others_keep_their_places(
    api: Api, items: list[dict[str, Any]], database: str, postgres: Postgres
) -> None:
    """The order waits for a deletion that has not been committed yet."""
    connection = await asyncpg.connect(database)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("DELETE FROM wishlist_items WHERE id = $1", items[0]["id"])
        waiting = asyncio.ensure_future(api.post(REORDER, {"items": places(items[::-1])}))
        await until(lambda: waits(postgres))
        await transaction.commit()
        assert_failure(await waiting, 403, "FORBIDDEN", "id")
    finally:
        await connection.close()
    assert (await api.get(LIST)).json()["data"] == items[1:]


def waits(postgres: Postgres) -> bool:
    """Whether somebody waits for a lock."""
    return postgres.run("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == ["t"]


@pytest.mark.parametrize("greatest", ["9e999", "z" * 100, "z" * 90, "2025-" + "z" * 95, "\U0010fffd" * 100])
async def test_the_end_of_the_list_is_a_place_that_can_be_sent_back(api: Api, greatest: str) -> None:
    await wish(api, sortOrder=greatest)
    added = [await wish(api) for _ in range(3)]
    everything = (await api.get(LIST)).json()["data"]
    assert [item["id"] for item in everything][1:] == [item["id"] for item in added]
    body = {"items": [{"id": item["id"], "sortOrder": item["sortOrder"]} for item in everything]}
    assert (await api.post(REORDER, body)).status_code == 200
