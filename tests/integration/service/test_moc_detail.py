"""GET and DELETE /api/mocs/{id}: a MOC with what hangs on it, and what goes with it."""

from typing import Any

import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure

LISTS = ("files", "images", "partsLists")


def give_everything(postgres: Postgres, database: str, moc_id: str) -> None:
    """Hang on the MOC what the routes of this service or another have hung on it."""
    postgres.run(
        f"""
        INSERT INTO moc_files (id, moc_id, file_type, file_url, original_filename, mime_type, created_at) VALUES
          ('00000000-0000-0000-0000-0000000000f1', '{moc_id}', 'instruction', '/uploads/a.pdf', 'a.pdf',
           'application/pdf', '2025-01-02 03:04:05.678'),
          ('00000000-0000-0000-0000-0000000000f2', '{moc_id}', 'thumbnail', 'https://x.test/b', NULL, NULL,
           '2025-01-02 03:04:06');
        INSERT INTO gallery_images (id, user_id, title, description, image_url, thumbnail_url, created_at) VALUES
          ('00000000-0000-0000-0000-0000000000a1', 'alice', 'Old', NULL, '/uploads/1.jpg', NULL, '2025-01-01'),
          ('00000000-0000-0000-0000-0000000000a2', 'alice', 'New', 'Bow', 'https://i.test/2', 'https://i.test/t',
           '2025-01-02');
        INSERT INTO moc_gallery_images (id, moc_id, gallery_image_id) VALUES
          ('00000000-0000-0000-0000-0000000000b1', '{moc_id}', '00000000-0000-0000-0000-0000000000a1'),
          ('00000000-0000-0000-0000-0000000000b2', '{moc_id}', '00000000-0000-0000-0000-0000000000a2');
        INSERT INTO moc_parts_lists (id, moc_id, title, description, total_parts_count, created_at, updated_at) VALUES
          ('00000000-0000-0000-0000-0000000000c1', '{moc_id}', 'Old list', 'csv', '435', '2025-01-01', '2025-01-01'),
          ('00000000-0000-0000-0000-0000000000c2', '{moc_id}', 'Odd list', NULL, 'many', '2025-01-02', '2025-01-02');
        """,
        database,
    )


async def test_it_shows_files_images_and_parts_lists_without_anything_empty(
    api: Api, postgres: Postgres, database: str
) -> None:
    moc = await api.create()
    give_everything(postgres, database, moc["id"])
    data = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert data["files"] == [
        {
            "id": "00000000-0000-0000-0000-0000000000f1",
            "mocId": moc["id"],
            "fileType": "instruction",
            "fileUrl": "/uploads/a.pdf",
            "originalFilename": "a.pdf",
            "mimeType": "application/pdf",
            "createdAt": "2025-01-02T03:04:05.678Z",
        },
        {
            "id": "00000000-0000-0000-0000-0000000000f2",
            "mocId": moc["id"],
            "fileType": "thumbnail",
            "fileUrl": "https://x.test/b",
            "createdAt": "2025-01-02T03:04:06.000Z",
        },
    ]
    assert data["images"] == [
        {
            "id": "00000000-0000-0000-0000-0000000000a2",
            "url": "https://i.test/2",
            "alt": "New",
            "caption": "Bow",
            "thumbnailUrl": "https://i.test/t",
            "linkedId": "00000000-0000-0000-0000-0000000000b2",
            "createdAt": "2025-01-02T00:00:00.000Z",
        },
        {
            "id": "00000000-0000-0000-0000-0000000000a1",
            "url": "/uploads/1.jpg",
            "alt": "Old",
            "linkedId": "00000000-0000-0000-0000-0000000000b1",
            "createdAt": "2025-01-01T00:00:00.000Z",
        },
    ]
    assert [(one["title"], one["status"], one.get("totalParts")) for one in data["partsLists"]] == [
        ("Old list", "parsed", 435),
        ("Odd list", "parsed", None),
    ]
    assert all(None not in one.values() for name in LISTS for one in data[name])


async def test_somebody_elses_is_403_before_and_after_its_owner_has_cached_it(api: Api) -> None:
    moc = await api.create("bob")
    path = f"/api/mocs/{moc['id']}"
    assert_failure(await api.get(path), 403, "FORBIDDEN")
    assert (await api.get(path, "bob")).status_code == 200
    assert_failure(await api.get(path), 403, "FORBIDDEN")
    assert (await api.get(path, "bob")).status_code == 200


async def test_an_admin_may_read_it_and_leaves_nothing_cached_for_themselves(api: Api, redis: Any) -> None:
    moc = await api.create("bob")
    answer = await api.get(f"/api/mocs/{moc['id']}", "admin")
    assert answer.json()["data"]["userId"] == "bob"
    await api.patch(f"/api/mocs/{moc['id']}", {"theme": "new"}, "bob")
    assert (await api.get(f"/api/mocs/{moc['id']}", "admin")).json()["data"]["theme"] == "new"
    assert [key for key in await redis.keys("*") if b"admin" in key] == []


class TestDelete:
    """DELETE takes what belongs to the MOC with it, and nothing else."""

    async def test_it_answers_the_id_and_the_moc_is_gone_everywhere(self, api: Api) -> None:
        moc = await api.create()
        path = f"/api/mocs/{moc['id']}"
        await api.get(path)
        answer = await api.delete(path)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": moc["id"]}})
        assert_failure(await api.get(path), 404, "NOT_FOUND")
        assert_failure(await api.delete(path), 404, "NOT_FOUND")
        assert_failure(await api.patch(path, {"theme": "x"}), 404, "NOT_FOUND")
        assert (await api.get("/api/mocs")).json()["total"] == 0

    async def test_links_files_and_parts_lists_go_and_gallery_images_stay(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc, other = await api.create(), await api.create(title="Other")
        give_everything(postgres, database, moc["id"])
        postgres.run(
            "INSERT INTO moc_parts (parts_list_id, line, part_id, quantity)"
            " VALUES ('00000000-0000-0000-0000-0000000000c1', 2, '3001', 5)",
            database,
        )
        assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200
        counted = [
            "moc_instructions",
            "moc_files",
            "moc_gallery_images",
            "moc_parts_lists",
            "moc_parts",
            "gallery_images",
        ]
        found = [postgres.run(f"SELECT count(*) FROM {table}", database)[0] for table in counted]
        assert found == ["1", "0", "0", "0", "0", "2"]
        assert (await api.get(f"/api/mocs/{other['id']}")).status_code == 200

    async def test_its_objects_go_from_the_store_and_old_relative_addresses_do_no_harm(
        self, api: Api, postgres: Postgres, database: str, s3: Any, bucket: str
    ) -> None:
        moc, other = await api.create(), await api.create(title="Other")
        give_everything(postgres, database, moc["id"])
        assert (await api.upload(moc["id"], b"Part,Qty\n3001,1\n")).status_code == 202
        assert (await api.upload(other["id"], b"Part,Qty\n3001,1\n")).status_code == 202
        assert len(s3.keys(bucket)) == 2
        assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200
        await until(lambda: len(s3.keys(bucket)) == 1)
        assert s3.keys(bucket)[0].startswith(f"mocs/alice/{other['id']}/")

    async def test_its_title_is_free_again(self, api: Api) -> None:
        moc = await api.create()
        await api.delete(f"/api/mocs/{moc['id']}")
        assert (await api.create())["id"] != moc["id"]

    async def test_somebody_elses_is_403_and_stays(self, api: Api) -> None:
        moc = await api.create("bob")
        assert_failure(await api.delete(f"/api/mocs/{moc['id']}"), 403, "FORBIDDEN")
        assert (await api.get(f"/api/mocs/{moc['id']}", "bob")).status_code == 200

    async def test_an_admin_may_and_its_owner_sees_it_gone(self, api: Api) -> None:
        moc = await api.create("bob")
        await api.get(f"/api/mocs/{moc['id']}", "bob")
        await api.get("/api/mocs", "bob")
        assert (await api.delete(f"/api/mocs/{moc['id']}", "admin")).status_code == 200
        assert_failure(await api.get(f"/api/mocs/{moc['id']}", "bob"), 404, "NOT_FOUND")
        assert (await api.get("/api/mocs", "bob")).json()["total"] == 0

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null"])
    async def test_a_body_is_not_looked_at(self, api: Api, body: bytes) -> None:
        moc = await api.create()
        answer = await api.call("DELETE", f"/api/mocs/{moc['id']}", content=body)
        assert answer.status_code == 200
