"""DELETE /api/mocs/{id}/files/{fileId}: the row, the object, and the cover if it was that."""

from typing import Any

import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.moc_file_samples import CSV, NIL, PDF, detail, jpeg, stored
from tests.integration.service.test_parts_list_upload import lists_of


def path_of(moc: Any, file_id: str) -> str:
    return f"/api/mocs/{moc['id']}/files/{file_id}"


async def test_it_answers_with_the_id_and_row_and_object_are_gone(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    keeps = await stored(api, moc, PDF)
    goes = await stored(api, moc, ("b.pdf", PDF[1], PDF[2]))
    await detail(api, moc)
    answer = await api.delete(path_of(moc, goes["id"]))
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": goes["id"]}})
    assert (await detail(api, moc))["files"] == [keeps]
    await until(lambda: s3.keys(bucket) == [f"mocs/alice/{moc['id']}/{keeps['id']}.pdf"])
    await api.runtime.background.drain(10.0)
    assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]
    assert_failure(await api.delete(path_of(moc, goes["id"])), 404, "NOT_FOUND")
    await stored(api, moc, ("b.pdf", PDF[1], PDF[2]))


async def test_the_cover_goes_with_its_file(api: Api) -> None:
    moc = await api.create()
    cover = await stored(api, moc, jpeg())
    before = await detail(api, moc)
    assert (await api.delete(path_of(moc, cover["id"]))).status_code == 200
    found = await detail(api, moc)
    assert "thumbnailUrl" not in found
    assert found["updatedAt"] > before["updatedAt"]
    assert "thumbnailUrl" not in (await api.get("/api/mocs")).json()["data"][0]


async def test_another_cover_stays(api: Api) -> None:
    moc = await api.create()
    first = await stored(api, moc, jpeg("a.jpg"))
    second = await stored(api, moc, jpeg("b.jpg"))
    before = await detail(api, moc)
    assert (await api.delete(path_of(moc, first["id"]))).status_code == 200
    found = await detail(api, moc)
    assert (found["thumbnailUrl"], found["updatedAt"]) == (second["fileUrl"], before["updatedAt"])


async def test_a_parts_list_that_was_read_stays_with_its_count(api: Api) -> None:
    moc = await api.create()
    file = await stored(api, moc, CSV)
    await lists_of(api, moc)
    assert (await api.delete(path_of(moc, file["id"]))).status_code == 200
    found = await detail(api, moc)
    assert (found["files"], found["totalPieceCount"]) == ([], 7)
    assert [(one["totalParts"], "fileId" in one) for one in found["partsLists"]] == [(7, False)]


@pytest.mark.parametrize("url", ["/uploads/moc/a.pdf", "https://cdn.old.example/a.pdf", ""])
async def test_an_old_row_is_deleted_though_its_file_is_not_ours(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, url: str
) -> None:
    moc = await api.create(thumbnailUrl=url or None)
    insert = "INSERT INTO moc_files (moc_id, file_type, file_url) VALUES"
    file_id = postgres.run(f"{insert} ('{moc['id']}', 'thumbnail', '{url}') RETURNING id", database)[0]
    assert (await api.delete(path_of(moc, file_id))).status_code == 200
    found = await detail(api, moc)
    assert (found["files"], "thumbnailUrl" in found) == ([], False)
    assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]


async def test_it_has_to_be_a_file_of_that_very_moc(api: Api) -> None:
    moc, other = await api.create(), await api.create(title="Other")
    file = await stored(api, other, PDF)
    assert_failure(await api.delete(path_of(moc, file["id"])), 404, "NOT_FOUND")
    assert len((await detail(api, other))["files"]) == 1


async def test_somebody_elses_is_403_an_unknown_one_404_a_malformed_id_400_and_nobody_401(api: Api) -> None:
    moc, mine = await api.create("bob"), await api.create()
    file = await stored(api, moc, PDF, sub="bob")
    assert_failure(await api.delete(path_of(moc, file["id"])), 403, "FORBIDDEN")
    assert_failure(await api.delete(path_of(moc, NIL)), 403, "FORBIDDEN")
    assert_failure(await api.delete(path_of({"id": NIL}, file["id"])), 404, "NOT_FOUND")
    assert_failure(await api.delete(path_of(mine, NIL)), 404, "NOT_FOUND")
    assert_failure(await api.delete(path_of({"id": "x"}, file["id"])), 400, "VALIDATION_ERROR", "id")
    assert_failure(await api.delete(path_of(mine, "x")), 400, "VALIDATION_ERROR", "fileId")
    assert_failure(await api.delete(path_of(moc, file["id"]), None), 401, "UNAUTHORIZED")
    assert len((await detail(api, moc, "bob"))["files"]) == 1


async def test_an_admin_may_and_the_owner_sees_it(api: Api) -> None:
    moc = await api.create("bob")
    file = await stored(api, moc, jpeg(), sub="bob")
    await detail(api, moc, "bob")
    assert (await api.delete(path_of(moc, file["id"]), "admin")).status_code == 200
    found = await detail(api, moc, "bob")
    assert (found["files"], "thumbnailUrl" in found) == ([], False)
