"""POST /api/images: what is taken, what is stored, what is refused and leaves nothing."""

from collections.abc import Sequence
from typing import Any

import pytest
import pyvips

from service.images.port import GalleryRendition
from service.kernel.received import MAX_IMAGE_BYTES
from service.search.indices import IMAGES
from service.storage.s3 import S3
from tests.fakes.clamd import EICAR, LOOPBACK, fake_clamd
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import scripted_http
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.servers import send
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import NO_ID, album, image, indexed, png, sent, titles


def nothing_stored(postgres: Postgres, database: str, s3: Objects, bucket: str) -> bool:
    """No row, no object, no key that waits for the sweep."""
    rows = "SELECT (SELECT count(*) FROM gallery_images), (SELECT count(*) FROM file_leftovers)"
    return postgres.run(rows, database) == ["0|0"] and s3.keys(bucket) == []


class TestWhatIsStored:
    """A row, two objects, a document."""

    async def test_it_answers_the_image_and_the_detail_says_the_same(self, api: Api, bucket: str) -> None:
        place = await album(api)
        answer = await sent(
            api, title=" Falcon ", description="Line\r\nbreak", tags=["space", "grey"], albumId=place["id"]
        )
        assert answer.status_code == 201
        data = answer.json()["data"]
        where = f"https://{bucket}.s3.amazonaws.com/images/alice"
        assert data == {
            "id": data["id"],
            "userId": "alice",
            "title": "Falcon",
            "description": "Line\r\nbreak",
            "tags": ["space", "grey"],
            "albumId": place["id"],
            "imageUrl": f"{where}/{data['id']}.webp",
            "thumbnailUrl": f"{where}/thumbnails/{data['id']}.webp",
            "flagged": False,
            "createdAt": data["createdAt"],
            "lastUpdatedAt": data["createdAt"],
        }
        assert (await api.get(f"/api/images/{data['id']}")).json() == {"success": True, "data": data}

    async def test_both_sizes_lie_in_the_store_as_webp_and_nothing_else_does(
        self, api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
    ) -> None:
        made = (await sent(api, body=png(3000, 600))).json()["data"]
        keys = [f"images/alice/{made['id']}.webp", f"images/alice/thumbnails/{made['id']}.webp"]
        assert s3.keys(bucket) == keys
        sizes = [size_of(s3.read(bucket, key)) for key in keys]
        assert sizes == [("webpload_buffer", 2048, 410), ("webpload_buffer", 400, 80)]
        assert postgres.run("SELECT count(*) FROM file_leftovers", database) == ["0"]

    async def test_the_engine_has_the_very_document_that_clients_read(self, api: Api, search_server: str) -> None:
        made = await image(api, title="Falcon", tags="a,b")
        await indexed(search_server, 1)
        assert send("GET", f"{search_server}/{IMAGES}/_doc/{made['id']}", None)["_source"] == made

    async def test_it_works_alike_on_lambda(self, open_api: Open, s3: Objects, bucket: str) -> None:
        async with open_api(on_lambda=True) as api:
            made = await image(api, albumId=(await album(api))["id"])
            assert (await api.get(f"/api/images/{made['id']}")).json()["data"] == made
            assert len(s3.keys(bucket)) == 2
            assert (await api.delete(f"/api/images/{made['id']}")).status_code == 200
            assert s3.keys(bucket) == []

    async def test_an_admins_upload_is_the_admins(self, api: Api, s3: Objects, bucket: str) -> None:
        made = await image(api, "admin")
        assert made["userId"] == "admin"
        assert all(key.startswith("images/admin/") for key in s3.keys(bucket))
        assert (await api.get(f"/api/images/{made['id']}")).status_code == 403


def size_of(body: bytes) -> tuple[str, int, int]:
    opened = pyvips.Image.new_from_buffer(body, "")
    return opened.get("vips-loader"), opened.width, opened.height


class TestTheTitle:
    """Given, or the file's name as it was sent, without its path."""

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("ship.png", "ship.png"),
            ("My Ship (1).PNG", "My Ship (1).PNG"),
            ("C:\\Users\\Ada\\ship.png", "ship.png"),
            ("../../etc/ship.png", "ship.png"),
            ("Schiff äöü 🚀.png", "Schiff äöü 🚀.png"),
            ("x" * 251 + ".png", "x" * 200),
            ("x" * 199 + " y.png", "x" * 199),
        ],
    )
    @pytest.mark.parametrize("fields", [{}, {"title": ""}, {"title": "  "}])
    async def test_without_one_it_is_the_files_name(
        self, api: Api, name: str, title: str, fields: dict[str, Any]
    ) -> None:
        assert (await sent(api, name=name, **fields)).json()["data"]["title"] == title

    @pytest.mark.parametrize("title", ["5", "null", "x" * 200, "<script>", "' OR 1=1 --", " padded " + " " * 300])
    async def test_one_that_is_given_is_trimmed_and_kept(self, api: Api, title: str) -> None:
        assert (await image(api, title=title))["title"] == title.strip()


class TestTags:
    """A repeated field, one text with commas, or a JSON array."""

    @pytest.mark.parametrize("field", ["tags", "tags[]"])
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            (["a", "b"], ["a", "b"]),
            ("a, b ,c", ["a", "b", "c"]),
            ('["a, b", "c"]', ["a, b", "c"]),
            ("one", ["one"]),
            ("5", ["5"]),
            ("", None),
            (" , ", None),
            ("[]", None),
        ],
    )
    async def test_all_three_are_understood(
        self, api: Api, field: str, value: Sequence[str], stored: list[str] | None
    ) -> None:
        fields: dict[str, Any] = {field: value}
        assert (await image(api, **fields)).get("tags") == stored

    @pytest.mark.parametrize("value", ['["a"', "[5]", '[["a"]]', "t" * 51, ["t"] * 21, '["a\\u0000b"]', "a\x07b"])
    async def test_what_is_none_is_400(self, api: Api, value: Any) -> None:
        answer = await sent(api, tags=value)
        error = assert_failure(answer, 400, "VALIDATION_ERROR")
        assert error["details"][0]["field"].startswith("tags")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("title", "a\x00b"),
        ("title", "two\nlines"),
        ("title", ["one", "two"]),
        ("description", "x" * 2001),
        ("description", "a\x01b"),
        ("albumId", "nonsense"),
        ("albumId", "5"),
        ("albumId", NO_ID.replace("-", "")),
        ("albumId", f"{{{NO_ID}}}"),
    ],
)
async def test_a_field_that_does_not_fit_is_400_and_nothing_is_stored(
    api: Api, field: str, value: Any, postgres: Postgres, database: str, s3: Objects, bucket: str
) -> None:
    assert_failure(await sent(api, **{field: value}), 400, "VALIDATION_ERROR", field)
    assert nothing_stored(postgres, database, s3, bucket)


async def test_unknown_fields_are_ignored_and_nobody_sets_what_is_not_theirs(api: Api) -> None:
    made = await image(api, userId="bob", flagged="true", imageUrl="https://evil.test/", id=NO_ID, extra="1")
    assert (made["userId"], made["flagged"]) == ("alice", False)
    assert made["id"] != NO_ID
    assert "evil" not in made["imageUrl"]


class TestTheAlbum:
    """It has to be the user's own, whoever the user is."""

    @pytest.mark.parametrize("sub", ["alice", "admin"])
    async def test_somebody_elses_is_403_and_nothing_is_stored(
        self, api: Api, sub: str, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        theirs = await album(api, "bob")
        assert_failure(await sent(api, sub, albumId=theirs["id"]), 403, "FORBIDDEN")
        assert nothing_stored(postgres, database, s3, bucket)

    async def test_one_that_is_not_there_is_404_and_nothing_is_stored(
        self, api: Api, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        assert_failure(await sent(api, albumId=NO_ID), 404, "NOT_FOUND")
        assert nothing_stored(postgres, database, s3, bucket)

    async def test_it_is_looked_at_before_the_file(self, api: Api) -> None:
        assert_failure(await sent(api, body=b"no image", albumId=NO_ID), 404, "NOT_FOUND")

    async def test_one_that_goes_while_the_file_is_looked_at_is_404_and_nothing_stays(
        self, api: Api, postgres: Postgres, database: str, s3: Objects, bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = await album(api)
        gallery = type(api.runtime.images).gallery

        async def slow(self: Any, body: bytes) -> GalleryRendition:
            assert (await api.delete(f"/api/albums/{place['id']}")).status_code == 200
            return await gallery(self, body)

        monkeypatch.setattr(type(api.runtime.images), "gallery", slow)
        assert_failure(await sent(api, albumId=place["id"]), 404, "NOT_FOUND")
        await api.runtime.background.drain(10.0)
        assert nothing_stored(postgres, database, s3, bucket)

    @pytest.mark.parametrize("value", ["", " "])
    async def test_a_blank_one_is_none(self, api: Api, value: str) -> None:
        assert "albumId" not in await image(api, albumId=value)


class TestTheFile:
    """Its bytes decide, its name and its declared type have to agree."""

    async def test_a_form_without_one_is_400(self, api: Api) -> None:
        answer = await api.call("POST", "/api/images", files={"other": ("a.png", png(), "image/png")})
        assert_failure(answer, 400, "VALIDATION_ERROR", "image")

    async def test_two_are_400(self, api: Api) -> None:
        files = [("image", ("a.png", png(), "image/png")), ("image", ("b.png", png(), "image/png"))]
        assert_failure(await api.call("POST", "/api/images", files=files), 400, "VALIDATION_ERROR", "image")

    async def test_an_empty_one_is_400(self, api: Api) -> None:
        assert_failure(await sent(api, body=b""), 400, "VALIDATION_ERROR", "image")

    @pytest.mark.parametrize(
        ("body", "name"),
        [
            (b"<html><script>alert(1)</script>", "ship.png"),
            (b"%PDF-1.7", "ship.png"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "ship.png"),
            (b"GIF89a", "ship.png"),
            (png(), "ship.jpg"),
            (png(), "ship.exe"),
            (png(), "ship"),
        ],
    )
    async def test_another_type_is_415_and_nothing_is_stored(
        self, api: Api, body: bytes, name: str, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        assert_failure(await sent(api, body=body, name=name), 415, "UNSUPPORTED_MEDIA_TYPE")
        assert nothing_stored(postgres, database, s3, bucket)

    async def test_a_damaged_one_is_400_and_nothing_is_stored(
        self, api: Api, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        assert_failure(await sent(api, body=png(400, 400)[:-200]), 400, "VALIDATION_ERROR", "image")
        assert nothing_stored(postgres, database, s3, bucket)

    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/mixed; boundary=x"])
    async def test_a_body_that_is_no_form_is_415(self, api: Api, content_type: str) -> None:
        answer = await api.call("POST", "/api/images", content=b"{}", headers={"Content-Type": content_type})
        assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")

    @pytest.mark.parametrize("extra", [1, 200_000])
    async def test_one_over_20_mb_is_413_and_told_of_the_way_past(self, api: Api, extra: int) -> None:
        answer = await sent(api, body=png() + bytes(MAX_IMAGE_BYTES - len(png()) + extra))
        error = assert_failure(answer, 413, "PAYLOAD_TOO_LARGE")
        assert {"presign": "/api/images"}.items() <= error["details"][-1].items()

    async def test_nobody_uploads_without_signing_in(self, api: Api) -> None:
        assert_failure(await sent(api, None), 401, "UNAUTHORIZED")


class TestTheScanner:
    """Asked before anything is decoded or stored."""

    async def test_a_hit_is_422_and_nothing_is_stored(
        self, open_api: Open, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        async with fake_clamd() as clamd, open_api(clamd_endpoint=f"{LOOPBACK}:{clamd.port}") as api:
            assert_failure(await sent(api, body=png() + EICAR), 422, "MALWARE_DETECTED")
            assert nothing_stored(postgres, database, s3, bucket)
            assert (await sent(api)).status_code == 201
            assert [len(body) for body in clamd.scanned] == [len(png() + EICAR), len(png())]

    async def test_an_unreachable_one_is_503_never_a_pass(
        self, open_api: Open, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        async with open_api(clamd_endpoint="127.0.0.1:1") as api:
            assert_failure(await sent(api), 503, "SERVICE_UNAVAILABLE")
            assert nothing_stored(postgres, database, s3, bucket)


class TestFaults:
    """A row without its objects, or objects without their row: never."""

    async def test_without_s3_it_is_503_and_no_row_stays(
        self, open_api: Open, moto: str, postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with scripted_http(lambda _: (500, b"")) as broken:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", broken.url)
            async with open_api() as api:
                assert_failure(await sent(api), 503, "SERVICE_UNAVAILABLE")
        assert postgres.run("SELECT count(*) FROM gallery_images", database) == ["0"]

    async def test_when_the_database_dies_behind_the_store_the_objects_go_again(
        self, open_api: Open, settings: Any, postgres: Postgres, database: str, s3: Objects, bucket: str,
        lines: LogLines,
    ) -> None:  # fmt: skip
        async with (
            line_to(postgres.port) as line,
            open_api(postgres=postgres.address(database, line.port)) as api,
        ):
            await api.get("/api/images")
            line.cut_at(b"INSERT INTO gallery_images")
            assert_failure(await sent(api), 503, "SERVICE_UNAVAILABLE")
            await line.behave()
            await api.runtime.background.drain(10.0)
            await until(lambda: nothing_stored(postgres, database, s3, bucket))
            assert await titles(api, "/api/images") == []
        assert lines.of("crashed") == []

    async def test_a_lost_answer_to_the_commit_is_503_and_the_image_is_whole(
        self, open_api: Open, postgres: Postgres, database: str, s3: Objects, bucket: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        put = S3.put
        async with (
            line_to(postgres.port) as line,
            open_api(postgres=postgres.address(database, line.port)) as api,
        ):

            async def then_lose_the_next_commit(self: S3, key: str, body: bytes, content_type: str) -> None:
                await put(self, key, body, content_type)
                line.lose_answer_to(b"COMMIT", once=True)

            monkeypatch.setattr(S3, "put", then_lose_the_next_commit)
            assert_failure(await sent(api, title="Falcon"), 503, "SERVICE_UNAVAILABLE")
            await line.behave()
            await api.runtime.background.drain(10.0)
            await until(lambda: postgres.run("SELECT count(*) FROM gallery_images", database) == ["1"])
            assert await titles(api, "/api/images") == ["Falcon"]
            assert len(s3.keys(bucket)) == 2
            assert await api.runtime.files.sweep() == 0
