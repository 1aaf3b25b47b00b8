"""GET /api/mocs/{id}/parts-lists/{listId}: how the parsing went, and the parts page by page."""

from typing import Any

import pytest

from service.domains.parts_lists.building import build_parser
from service.jobs.port import ParseJob
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.test_parts_list_parsing import lazy, pending, uploaded
from tests.integration.service.test_parts_list_upload import CSV, lists_of

__all__ = ["lazy"]

NIL = "00000000-0000-0000-0000-000000000000"


async def parsed(api: Api, body: bytes = CSV, filename: str = "parts.csv") -> tuple[dict[str, Any], str]:
    """A MOC, and the path of its list when that is parsed."""
    moc = await api.create()
    identity = await uploaded(api, moc, body, filename)
    await lists_of(api, moc)
    return moc, f"/api/mocs/{moc['id']}/parts-lists/{identity}"


async def test_a_list_shows_how_it_went_and_its_parts(api: Api) -> None:
    body = b"Part ID,Part Name,Color,Quantity,Is Spare\n3001,Brick,Red,5,no\n3002,,,none,\n3003,,,2,\n"
    moc, path = await parsed(api, body)
    answer = await api.get(path)
    assert answer.status_code == 200
    found = answer.json()
    data = found["data"]
    (summary,) = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["partsLists"]
    assert found == {
        "success": True,
        "data": {
            "id": summary["id"],
            "mocId": moc["id"],
            "title": "Parts List - parts.csv",
            "status": "parsed-with-errors",
            "errors": data["errors"],
            "errorCount": 1,
            "totalParts": 7,
            "rows": 2,
            "fileId": summary["fileId"],
            "createdAt": summary["createdAt"],
            "updatedAt": summary["updatedAt"],
            "parts": [
                {"line": 2, "partId": "3001", "name": "Brick", "color": "Red", "quantity": 5, "isSpare": False},
                {"line": 4, "partId": "3003", "quantity": 2},
            ],
        },
        "total": 2,
        "page": 1,
        "limit": 20,
    }
    message = 'The quantity "none" is not a whole number from 1 to 999999.'
    assert data["errors"] == [{"line": 3, "code": "BAD_QUANTITY", "message": message}]


async def test_three_bad_rows_among_a_hundred_cost_three(api: Api) -> None:
    rows = [b"%d,%d" % (number, number) for number in range(1, 101)]
    rows[9], rows[49], rows[99] = b",5", b"50,x", b"100"
    moc, path = await parsed(api, b"Part,Qty\n" + b"\n".join(rows))
    data = (await api.get(f"{path}?limit=100")).json()["data"]
    assert (data["status"], data["rows"], len(data["parts"]), data["errorCount"]) == ("parsed-with-errors", 97, 97, 3)
    assert [(error["line"], error["code"]) for error in data["errors"]] == [
        (11, "MISSING_PART"),
        (51, "BAD_QUANTITY"),
        (101, "SHORT_ROW"),
    ]
    assert data["totalParts"] == 5050 - 10 - 50 - 100
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == data["totalParts"]


async def test_the_parts_come_in_the_files_order_page_by_page(api: Api) -> None:
    _, path = await parsed(api, b"Part,Qty\n" + b"".join(b"p%d,1\n" % number for number in range(250)))
    pages = [(await api.get(f"{path}?page={page}&limit=100")).json() for page in (1, 2, 3, 4)]
    assert [page["total"] for page in pages] == [250] * 4
    assert [(page["page"], page["limit"]) for page in pages] == [(number, 100) for number in (1, 2, 3, 4)]
    assert [len(page["data"]["parts"]) for page in pages] == [100, 100, 50, 0]
    assert [part["partId"] for page in pages for part in page["data"]["parts"]] == [f"p{n}" for n in range(250)]
    assert len((await api.get(path)).json()["data"]["parts"]) == 20


@pytest.mark.parametrize("query", ["page=0", "limit=0", "limit=101", "page=x", "page=1e1", "page=1&page=2", "limit="])
async def test_a_page_or_limit_that_is_none_is_400(api: Api, query: str) -> None:
    _, path = await parsed(api)
    assert_failure(await api.get(f"{path}?{query}"), 400, "VALIDATION_ERROR", query.partition("=")[0])


async def test_a_pending_list_has_no_counts_yet_and_is_shown_anew_once_it_is_parsed(lazy: tuple[Api, Any]) -> None:
    api, _ = lazy
    moc, identity = await pending(lazy)
    path = f"/api/mocs/{moc['id']}/parts-lists/{identity}"
    for _ in range(2):  # the second time from the cache
        data = (await api.get(path)).json()["data"]
        assert (data["status"], data["errors"], data["errorCount"], data["parts"]) == ("pending", [], 0, [])
        assert not {"rows", "totalParts"} & set(data)
    await build_parser(api.runtime).parse(ParseJob(identity))
    data = (await api.get(path)).json()["data"]
    assert (data["status"], data["rows"], data["totalParts"], len(data["parts"])) == ("parsed", 2, 7, 2)


async def test_a_failed_list_shows_why(api: Api) -> None:
    _, path = await parsed(api, b"Part,Qty\n3001,none\n,4\n")
    found = (await api.get(path)).json()
    data = found["data"]
    assert (data["status"], data["rows"], data["parts"], data["errorCount"], found["total"]) == ("failed", 0, [], 3, 0)
    assert [(error.get("line"), error["code"]) for error in data["errors"]] == [
        (None, "NO_GOOD_ROW"),
        (2, "BAD_QUANTITY"),
        (3, "MISSING_PART"),
    ]
    assert "totalParts" not in data


@pytest.mark.parametrize(
    ("count", "told"), [("'435'", 435), ("'many'", None), ("NULL", None), ("'3000000000'", 3 * 10**9)]
)
async def test_a_list_of_the_first_backend_is_parsed_and_has_no_parts(
    api: Api, postgres: Postgres, database: str, count: str, told: int | None
) -> None:
    moc = await api.create()
    (identity,) = postgres.run(
        "INSERT INTO moc_parts_lists (moc_id, title, total_parts_count, created_at, updated_at) VALUES"
        f" ('{moc['id']}', 'Old', {count}, '2025-11-02 10:15:30.1234', '2025-11-02 10:15:30') RETURNING id",
        database,
    )
    found = (await api.get(f"/api/mocs/{moc['id']}/parts-lists/{identity}")).json()
    expected = {
        "id": identity,
        "mocId": moc["id"],
        "title": "Old",
        "status": "parsed",
        "errors": [],
        "errorCount": 0,
        "createdAt": "2025-11-02T10:15:30.123Z",
        "updatedAt": "2025-11-02T10:15:30.000Z",
        "parts": [],
    }
    assert found["data"] == {**expected, **({} if told is None else {"totalParts": told})}
    assert found["total"] == 0


async def test_a_list_whose_file_is_deleted_stays_and_counts(api: Api, postgres: Postgres, database: str) -> None:
    moc, path = await parsed(api)
    postgres.run("DELETE FROM moc_files", database)
    data = (await api.get(f"{path}?limit=50")).json()["data"]
    assert "fileId" not in data
    assert (data["status"], data["totalParts"], len(data["parts"])) == ("parsed", 7, 2)
    await uploaded(api, moc, b"Part,Qty\n3001,3\n", "parts.csv")
    await lists_of(api, moc)
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 10


async def test_it_is_for_the_owner_and_admins(api: Api) -> None:
    _, path = await parsed(api)
    for _ in range(2):  # also when the owner has it in the cache
        assert_failure(await api.get(path, "eve"), 403, "FORBIDDEN")
        assert_failure(await api.get(path, None), 401, "UNAUTHORIZED")
        assert (await api.get(path, "admin")).status_code == 200
        assert (await api.get(path)).status_code == 200


async def test_an_admin_sees_the_owners_change_at_once(api: Api) -> None:
    _, path = await parsed(api)
    assert (await api.get(path, "admin")).json()["data"]["totalParts"] == 7
    moc_path = path.partition("/parts-lists")[0]
    assert (await api.delete(moc_path)).status_code == 200
    assert_failure(await api.get(path, "admin"), 404, "NOT_FOUND")
    assert_failure(await api.get(path), 404, "NOT_FOUND")


async def test_the_list_of_another_moc_is_404(api: Api) -> None:
    _, path = await parsed(api)
    identity = path.rpartition("/")[2]
    other = await api.create(title="Other")
    foreign = await api.create("eve")
    assert_failure(await api.get(f"/api/mocs/{other['id']}/parts-lists/{identity}"), 404, "NOT_FOUND")
    assert_failure(await api.get(f"/api/mocs/{other['id']}/parts-lists/{NIL}"), 404, "NOT_FOUND")
    assert_failure(await api.get(f"/api/mocs/{NIL}/parts-lists/{identity}"), 404, "NOT_FOUND")
    assert_failure(await api.get(f"/api/mocs/{foreign['id']}/parts-lists/{identity}"), 403, "FORBIDDEN")
    assert_failure(await api.get(f"/api/mocs/{foreign['id']}/parts-lists/{NIL}"), 403, "FORBIDDEN")


async def test_a_malformed_id_is_400(api: Api) -> None:
    _, path = await parsed(api)
    moc_path, _, identity = path.rpartition("/")
    assert_failure(await api.get(f"{moc_path}/x"), 400, "VALIDATION_ERROR", "listId")
    assert_failure(await api.get(f"/api/mocs/x/parts-lists/{identity}"), 400, "VALIDATION_ERROR", "id")


async def test_no_other_method_is_known(api: Api) -> None:
    _, path = await parsed(api)
    assert_failure(await api.delete(path), 405, "METHOD_NOT_ALLOWED")


async def test_one_read_is_one_statement_and_the_next_none(api: Api, lines: LogLines) -> None:
    _, path = await parsed(api)
    asked: list[str] = []
    database: Any = api.runtime.database
    fetch_row = type(database).fetch_row

    async def counting(self: Any, statement: str, *values: object) -> Any:
        asked.append(statement)
        return await fetch_row(self, statement, *values)

    type(database).fetch_row = counting
    try:
        first, second = await api.get(path), await api.get(path)
    finally:
        type(database).fetch_row = fetch_row
    assert first.json() == second.json()
    assert len(asked) == 1
