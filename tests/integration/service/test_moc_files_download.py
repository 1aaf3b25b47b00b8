"""GET /api/mocs/{id}/files/{fileId}/download: a redirect to an address of 15 minutes, or that address as JSON."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.moc_file_samples import NIL, PDF, STUDIO, jpeg, stored


def path_of(moc: Any, file_id: str) -> str:
    return f"/api/mocs/{moc['id']}/files/{file_id}/download"


def old_file(postgres: Postgres, database: str, moc: Any, url: str, name: str | None = None) -> str:
    """A row as the first backend left it."""
    named = "NULL" if name is None else f"'{name}'"
    values = f"'{moc['id']}', 'instruction', '{url}', {named}"
    insert = "INSERT INTO moc_files (moc_id, file_type, file_url, original_filename)"
    return postgres.run(f"{insert} VALUES ({values}) RETURNING id", database)[0]


async def test_it_redirects_to_the_file_as_an_attachment_for_fifteen_minutes(api: Api) -> None:
    moc = await api.create()
    file = await stored(api, moc, ('bu"ild ü\\🧱.pdf', PDF[1], PDF[2]))
    answer = await api.get(path_of(moc, file["id"]))
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    lifetime = asked.get("X-Amz-Expires") or [str(round(int(asked["Expires"][0]) - datetime.now(UTC).timestamp()))]
    assert 890 <= int(lifetime[0]) <= 900
    async with httpx.AsyncClient() as client:
        fetched = await client.get(answer.headers["location"])
    assert (fetched.status_code, fetched.content) == (200, PDF[1])
    assert fetched.headers["content-type"] == "application/pdf"
    disposition = fetched.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert disposition.endswith(f"filename*=UTF-8''{quote(file['originalFilename'], safe='')}")


async def test_with_format_json_it_says_so_instead(api: Api) -> None:
    moc = await api.create()
    file = await stored(api, moc, STUDIO)
    before = datetime.now(UTC)
    answer = await api.get(path_of(moc, file["id"]) + "?format=json")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body = answer.json()
    assert (set(body), body["success"]) == ({"success", "data"}, True)
    data = body["data"]
    assert set(data) == {"downloadUrl", "filename", "mimeType", "expiresIn", "expiresAt"}
    assert (data["filename"], data["mimeType"], data["expiresIn"]) == ("model.io", "application/octet-stream", 900)
    left = datetime.fromisoformat(data["expiresAt"]) - before
    assert timedelta(minutes=14) < left < timedelta(minutes=16)
    async with httpx.AsyncClient() as client:
        assert (await client.get(data["downloadUrl"])).content == STUDIO[1]


async def test_a_picture_is_saved_as_what_it_was_made(api: Api) -> None:
    moc = await api.create()
    file = await stored(api, moc, jpeg("front.jpg"))
    data = (await api.get(path_of(moc, file["id"]) + "?format=json")).json()["data"]
    assert (data["filename"], data["mimeType"]) == ("front.webp", "image/webp")


@pytest.mark.parametrize("query", ["format=xml", "format=", "format=JSON", "format=json&format=json", "format=a%00"])
async def test_another_format_is_400(api: Api, query: str) -> None:
    moc = await api.create()
    file = await stored(api, moc, PDF)
    answer = await api.get(f"{path_of(moc, file['id'])}?{query}")
    assert_failure(answer, 400, "VALIDATION_ERROR", "format")


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/uploads/moc/my file ü.pdf", "/uploads/moc/my%20file%20%C3%BC.pdf"),
        ("https://cdn.old.example/a.pdf?v=1&w=%20", "https://cdn.old.example/a.pdf?v=1&w=%20"),
    ],
)
async def test_an_old_file_is_where_its_row_says(
    api: Api, postgres: Postgres, database: str, url: str, location: str
) -> None:
    moc = await api.create()
    file_id = old_file(postgres, database, moc, url)
    answer = await api.get(path_of(moc, file_id))
    assert (answer.status_code, answer.headers["location"]) == (302, location)
    data = (await api.get(path_of(moc, file_id) + "?format=json")).json()["data"]
    assert data == {
        "downloadUrl": location,
        "filename": url.partition("?")[0].rpartition("/")[2],
        "mimeType": "application/octet-stream",
    }


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example/a", "/\\evil.example", "data:text/html,x", "", "/"]
)
async def test_an_old_address_that_leads_elsewhere_is_404(
    api: Api, postgres: Postgres, database: str, url: str
) -> None:
    moc = await api.create()
    answer = await api.get(path_of(moc, old_file(postgres, database, moc, url, "a.pdf")))
    assert_failure(answer, 404, "NOT_FOUND")
    assert "location" not in answer.headers


async def test_a_line_break_in_an_old_address_stays_in_it(api: Api, postgres: Postgres, database: str) -> None:
    moc = await api.create()
    answer = await api.get(path_of(moc, old_file(postgres, database, moc, "/uploads/a\r\nSet-Cookie: x=1")))
    assert answer.headers["location"] == "/uploads/a%0D%0ASet-Cookie:%20x=1"
    assert "set-cookie" not in answer.headers


async def test_somebody_elses_is_403_an_unknown_one_404_a_malformed_id_400_and_nobody_401(api: Api) -> None:
    moc, mine = await api.create("bob"), await api.create()
    file = await stored(api, moc, PDF, sub="bob")
    assert_failure(await api.get(path_of(moc, file["id"])), 403, "FORBIDDEN")
    assert_failure(await api.get(path_of(moc, NIL)), 403, "FORBIDDEN")
    assert_failure(await api.get(path_of({"id": NIL}, file["id"])), 404, "NOT_FOUND")
    assert_failure(await api.get(path_of(mine, file["id"])), 404, "NOT_FOUND")
    assert_failure(await api.get(path_of({"id": "x"}, file["id"])), 400, "VALIDATION_ERROR", "id")
    assert_failure(await api.get(path_of(mine, "x")), 400, "VALIDATION_ERROR", "fileId")
    assert_failure(await api.get(path_of(moc, file["id"]), None), 401, "UNAUTHORIZED")


async def test_an_admin_may(api: Api) -> None:
    moc = await api.create("bob")
    file = await stored(api, moc, PDF, sub="bob")
    assert (await api.get(path_of(moc, file["id"]), "admin")).status_code == 302


async def test_a_deleted_file_can_no_longer_be_asked_for(api: Api) -> None:
    moc = await api.create()
    file = await stored(api, moc, PDF)
    await api.delete(f"/api/mocs/{moc['id']}/files/{file['id']}")
    assert_failure(await api.get(path_of(moc, file["id"])), 404, "NOT_FOUND")


async def test_without_a_way_to_sign_it_is_503(open_api: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_api() as api:
        moc = await api.create()
        file = await stored(api, moc, PDF)
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    async with open_api() as api:
        assert_failure(await api.get(path_of(moc, file["id"])), 503, "SERVICE_UNAVAILABLE")
