"""The image of a wishlist item: what is taken, what is stored, and that row and object stay together."""

from typing import Any

import httpx
import pytest
import pyvips

from tests.fakes.clamd import EICAR, fake_clamd
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.wishes import (
    LIST,
    NOBODYS,
    colour_of,
    detail,
    insert,
    leftovers,
    picture,
    send_image,
    titles,
    wish,
)

MIB = 1024 * 1024
RED, BLUE = picture(colour=(200, 30, 30)), picture(colour=(30, 30, 200))


@pytest.fixture
async def item(api: Api) -> dict[str, Any]:
    """An item without an image."""
    return await wish(api)


def key_of(item: dict[str, Any], sub: str = "alice") -> str:
    return f"wishlist/{sub}/{item['id']}.webp"


async def settled(api: Api) -> None:
    """What follows an answer is done."""
    await api.runtime.background.drain(10.0)


async def test_the_image_is_stored_as_webp_of_at_most_800_pixels_and_named(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    answer = await send_image(api, item, picture(1600, 1000))
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"success", "data"}
    changed = answer.json()["data"]
    base, _, version = changed["imageUrl"].partition("?v=")
    assert base == api.runtime.storage.url_of(key_of(item))
    assert version
    assert changed == {**item, "imageUrl": changed["imageUrl"], "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > item["updatedAt"]
    assert await detail(api, item) == changed
    assert (await api.get(LIST)).json()["data"] == [changed]
    assert s3.keys(bucket) == [key_of(item)]
    stored = pyvips.Image.new_from_buffer(s3.read(bucket, key_of(item)), "")
    assert (stored.get("vips-loader"), stored.width, stored.height) == ("webpload_buffer", 800, 500)
    await settled(api)
    assert leftovers(postgres, database) == []


@pytest.mark.parametrize(
    ("suffix", "filename", "content_type"),
    [(".jpg", "a.JPG", "image/jpeg"), (".png", "a.png", "image/png"), (".webp", "ä b.webp", "image/webp")],
)
async def test_every_kind_of_picture_is_taken_and_none_enlarged(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, suffix: str, filename: str, content_type: str
) -> None:
    answer = await send_image(api, item, picture(40, 30, suffix=suffix), filename, content_type)
    assert answer.status_code == 200, answer.text
    stored = pyvips.Image.new_from_buffer(s3.read(bucket, key_of(item)), "")
    assert (stored.width, stored.height) == (40, 30)


async def test_a_new_image_takes_the_place_of_the_old_one_at_a_new_address(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    first = (await send_image(api, item, RED)).json()["data"]["imageUrl"]
    second = (await send_image(api, item, BLUE)).json()["data"]["imageUrl"]
    again = (await send_image(api, item, BLUE)).json()["data"]["imageUrl"]
    assert len({first, second, again}) == 3
    assert len({url.partition("?")[0] for url in (first, second, again)}) == 1
    await settled(api)
    assert s3.keys(bucket) == [key_of(item)]
    assert colour_of(s3.read(bucket, key_of(item))) == [30, 30, 200]
    assert leftovers(postgres, database) == []


@pytest.mark.parametrize("kept", [True, False])
async def test_an_image_elsewhere_in_our_store_goes_unless_another_row_names_it(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, kept: bool
) -> None:
    old = "wishlist/alice/wishlist-5.jpg"
    await api.runtime.storage.put(old, RED, "image/jpeg")
    url = f"'{api.runtime.storage.url_of(old)}'"
    item = {"id": insert(postgres, database, image_url=url)}
    if kept:
        insert(postgres, database, image_url=url)
    assert (await send_image(api, item, BLUE)).status_code == 200
    await settled(api)
    assert s3.keys(bucket) == sorted([key_of(item), *([old] if kept else [])])
    assert leftovers(postgres, database) == []


@pytest.mark.parametrize("url", ["/uploads/a b.jpg", "https://img.example.com/wishlist/alice/a.webp", "", "nonsense"])
async def test_old_and_foreign_addresses_are_replaced_and_deleted_without_a_word(
    api: Api, postgres: Postgres, database: str, s3: Objects, bucket: str, url: str
) -> None:
    replaced = {"id": insert(postgres, database, image_url=f"'{url}'")}
    deleted = insert(postgres, database, image_url=f"'{url}'")
    assert (await send_image(api, replaced, RED)).status_code == 200
    assert (await api.delete(f"{LIST}/{deleted}")).status_code == 200
    await settled(api)
    assert s3.keys(bucket) == [key_of(replaced)]
    assert leftovers(postgres, database) == []


@pytest.mark.parametrize("how", ["deleted", "cleared", "replaced"])
async def test_an_image_goes_with_its_item_or_when_the_item_names_it_no_more(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str, how: str
) -> None:
    await send_image(api, item, RED)
    path = f"{LIST}/{item['id']}"
    if how == "deleted":
        answer = await api.delete(path)
    else:
        answer = await api.patch(path, {"imageUrl": None if how == "cleared" else "https://img.example.com/a.png"})
    assert answer.status_code == 200
    await settled(api)
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])


async def test_an_image_stays_while_its_item_names_it_in_whatever_way(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str, lines: LogLines
) -> None:
    url = (await send_image(api, item, RED)).json()["data"]["imageUrl"]
    path = f"{LIST}/{item['id']}"
    for body in ({"imageUrl": url}, {"title": "x"}, {"imageUrl": url.partition("?")[0]}, {"imageUrl": url}):
        assert (await api.patch(path, body)).status_code == 200
        await settled(api)
        assert s3.keys(bucket) == [key_of(item)]
    assert leftovers(postgres, database) == []
    assert lines.of("leftover_is_named_by_a_row") == []  # nobody has even thought of deleting it


@pytest.mark.parametrize(
    "key", ["wishlist/bob/b.webp", "images/bob/b.webp", "avatars/alice/avatar.webp", "avatars/bob/avatar.webp",
            "mocs/bob/1/2.pdf", "uploads/alice/1"],
)  # fmt: skip
async def test_an_item_that_names_what_is_not_its_own_never_takes_it_away(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, key: str
) -> None:
    """Clients may write any address into `imageUrl`."""
    await api.runtime.storage.put(key, RED, "image/webp")
    url = api.runtime.storage.url_of(key)
    first, second = await wish(api, imageUrl=url), await wish(api, imageUrl=f"{url}?v=1")
    assert (await api.delete(f"{LIST}/{first['id']}")).status_code == 200
    assert (await api.patch(f"{LIST}/{second['id']}", {"imageUrl": None})).status_code == 200
    await settled(api)
    assert (s3.keys(bucket), leftovers(postgres, database)) == ([key], [])


async def test_one_image_of_two_items_goes_with_the_second(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str
) -> None:
    url = (await send_image(api, item, RED)).json()["data"]["imageUrl"]
    other = await wish(api, imageUrl=url)
    await api.delete(f"{LIST}/{item['id']}")
    await settled(api)
    assert s3.keys(bucket) == [key_of(item)]
    await api.delete(f"{LIST}/{other['id']}")
    await settled(api)
    assert s3.keys(bucket) == []


async def test_a_gallery_image_that_an_item_names_stays_while_the_gallery_has_it(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    key = "images/alice/5.webp"
    await api.runtime.storage.put(key, RED, "image/webp")
    url = api.runtime.storage.url_of(key)
    postgres.run(f"INSERT INTO gallery_images (user_id, title, image_url) VALUES ('alice', 'x', '{url}')", database)
    first, second = await wish(api, imageUrl=url), await wish(api, imageUrl=url)
    await api.delete(f"{LIST}/{first['id']}")
    await settled(api)
    assert s3.keys(bucket) == [key]
    postgres.run("DELETE FROM gallery_images", database)
    await api.delete(f"{LIST}/{second['id']}")
    await settled(api)
    assert s3.keys(bucket) == []


@pytest.mark.parametrize(
    ("body", "filename", "content_type", "status", "code"),
    [
        (b"GIF89a" + b"x" * 200, "a.gif", "image/gif", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"MZ" + b"x" * 200, "a.jpg", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "image/png", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (RED, "a.png", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (RED, "a.jpg", "image/png", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (RED, "a", "image/jpeg", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (RED[:-50], "a.jpg", "image/jpeg", 400, "VALIDATION_ERROR"),
        (RED[:100], "a.jpg", "image/jpeg", 400, "VALIDATION_ERROR"),
        (b"", "a.jpg", "image/jpeg", 400, "VALIDATION_ERROR"),
        (RED + b"x" * (5 * MIB), "a.jpg", "image/jpeg", 413, "PAYLOAD_TOO_LARGE"),
        (RED + b"x" * (9 * MIB), "a.jpg", "image/jpeg", 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_a_file_that_is_no_such_picture_is_refused_and_the_one_before_stays(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, body: bytes, filename: str, content_type: str,
    status: int, code: str,
) -> None:  # fmt: skip
    before = (await send_image(api, item, BLUE)).json()["data"]
    error = assert_failure(await send_image(api, item, body, filename, content_type), status, code)
    if status == 413:
        assert f"{LIST}/{item['id']}/image" in [detail.get("presign") for detail in error["details"]]
    assert await detail(api, item) == before
    assert colour_of(s3.read(bucket, key_of(item))) == [30, 30, 200]


@pytest.mark.parametrize(
    ("fields", "count"), [(["file"], 1), (["image", "image"], 2), ([], 0)], ids=["another field", "two files", "none"]
)
async def test_exactly_one_file_is_expected_in_the_field_image(
    api: Api, item: dict[str, Any], fields: list[str], count: int
) -> None:
    files: list[Any] = [(field, ("a.jpg", RED, "image/jpeg")) for field in fields] or [("image", (None, b"text"))]
    answer = await api.call("POST", f"{LIST}/{item['id']}/image", files=files)
    assert_failure(answer, 400, "VALIDATION_ERROR", "image")


async def test_a_body_that_is_no_form_is_415(api: Api, item: dict[str, Any]) -> None:
    answer = await api.post(f"{LIST}/{item['id']}/image", {"image": "x"})
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("sub", ["bob", "admin"])
async def test_nobody_else_gives_an_item_an_image(
    api: Api, item: dict[str, Any], s3: Objects, bucket: str, sub: str
) -> None:
    path = f"{LIST}/{item['id']}/image"
    form = {"filename": "a.jpg", "contentType": "image/jpeg", "size": 5}
    assert_failure(await send_image(api, item, b"not even a picture", sub=sub), 403, "FORBIDDEN")
    assert_failure(await api.post(f"{path}/presign", form, sub), 403, "FORBIDDEN")
    assert_failure(await api.post(f"{path}/complete", {"uploadId": NOBODYS}, sub), 403, "FORBIDDEN")
    assert s3.keys(bucket) == []


async def test_an_item_that_is_not_there_is_404_before_its_file_is_looked_at(api: Api) -> None:
    path = f"{LIST}/{NOBODYS}/image"
    form = {"filename": "a.jpg", "contentType": "image/jpeg", "size": 5}
    assert_failure(await send_image(api, {"id": NOBODYS}, b"no picture"), 404, "NOT_FOUND")
    assert_failure(await send_image(api, {"id": "zz"}, RED), 400, "VALIDATION_ERROR", "id")
    assert_failure(await api.post(f"{path}/presign", form), 404, "NOT_FOUND")
    assert_failure(await api.post(f"{path}/complete", {"uploadId": NOBODYS}), 404, "NOT_FOUND")


class TestPastTheApi:
    """The client puts the file into the store itself, and says so."""

    @staticmethod
    async def sent(api: Api, item: dict[str, Any], body: bytes, filename: str = "a.jpg") -> str:
        """The id of an upload that has arrived."""
        wanted = {"filename": filename, "contentType": "image/jpeg", "size": len(body)}
        answer = await api.post(f"{LIST}/{item['id']}/image/presign", wanted)
        assert answer.status_code == 201, answer.text
        form = answer.json()["data"]
        assert set(form) == {"uploadId", "url", "fields", "expiresAt"}
        async with httpx.AsyncClient() as client:
            stored = await client.post(form["url"], data=form["fields"], files={"file": (filename, body, "image/jpeg")})
        assert stored.is_success, stored.text
        upload_id: str = form["uploadId"]
        return upload_id

    async def test_it_answers_as_the_upload_does_and_leaves_the_image_alone_in_the_store(
        self, api: Api, item: dict[str, Any], s3: Objects, bucket: str, postgres: Postgres, database: str
    ) -> None:
        complete = f"{LIST}/{item['id']}/image/complete"
        body = {"uploadId": await self.sent(api, item, picture(1000, 600))}
        answer = await api.post(complete, body)
        assert answer.status_code == 200, answer.text
        changed = answer.json()["data"]
        assert changed == {**item, "imageUrl": changed["imageUrl"], "updatedAt": changed["updatedAt"]}
        await settled(api)
        assert (s3.keys(bucket), leftovers(postgres, database)) == ([key_of(item)], [])
        assert_failure(await api.post(complete, body), 409, "CONFLICT")
        assert await detail(api, item) == changed

    async def test_what_the_upload_would_refuse_is_refused_and_deleted(
        self, api: Api, item: dict[str, Any], s3: Objects, bucket: str
    ) -> None:
        body = {"uploadId": await self.sent(api, item, b"MZ, no picture")}
        answer = await api.post(f"{LIST}/{item['id']}/image/complete", body)
        assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
        await settled(api)
        assert s3.keys(bucket) == []
        assert await detail(api, item) == item

    async def test_an_upload_is_for_the_item_that_it_was_begun_for(self, api: Api, item: dict[str, Any]) -> None:
        other = await wish(api)
        body = {"uploadId": await self.sent(api, item, RED)}
        assert_failure(await api.post(f"{LIST}/{other['id']}/image/complete", body), 404, "NOT_FOUND")
        assert (await api.post(f"{LIST}/{item['id']}/image/complete", body)).status_code == 200

    @pytest.mark.parametrize(
        ("wanted", "status", "code", "field"),
        [
            ({"size": 5 * MIB + 1}, 413, "PAYLOAD_TOO_LARGE", "size"),
            ({"size": 0}, 400, "VALIDATION_ERROR", "size"),
            ({"filename": ""}, 400, "VALIDATION_ERROR", "filename"),
            ({"contentType": "nonsense"}, 400, "VALIDATION_ERROR", "contentType"),
        ],
    )
    async def test_a_form_that_cannot_be_given_is_refused(
        self, api: Api, item: dict[str, Any], wanted: dict[str, Any], status: int, code: str, field: str
    ) -> None:
        body = {"filename": "a.jpg", "contentType": "image/jpeg", "size": 5, **wanted}
        assert_failure(await api.post(f"{LIST}/{item['id']}/image/presign", body), status, code, field)


async def test_what_a_scanner_finds_is_422_and_an_unreachable_scanner_503(
    open_api: Open, s3: Objects, bucket: str
) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"127.0.0.1:{clamd.port}") as api:
        item = await wish(api)
        assert_failure(await send_image(api, item, RED + EICAR), 422, "MALWARE_DETECTED")
    async with open_api(clamd_endpoint="127.0.0.1:1") as api:
        assert_failure(await send_image(api, item, RED), 503, "SERVICE_UNAVAILABLE")
        assert await detail(api, item) == item
    assert s3.keys(bucket) == []


async def test_while_the_store_is_away_an_upload_is_503_and_deletions_go_on(
    open_api: Open, moto: str, monkeypatch: pytest.MonkeyPatch, s3: Objects, bucket: str, postgres: Postgres,
    database: str,
) -> None:  # fmt: skip
    async with line_to(int(moto.rpartition(":")[2])) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{line.port}")
        async with open_api() as api:
            item, other = await wish(api), await wish(api)
            named = (await send_image(api, item, RED)).json()["data"]
            await line.refuse()
            assert_failure(await send_image(api, item, BLUE), 503, "SERVICE_UNAVAILABLE")
            assert_failure(await send_image(api, other, BLUE), 503, "SERVICE_UNAVAILABLE")
            assert (await api.get(LIST)).json()["data"] == [named, other]
            assert (await api.delete(f"{LIST}/{item['id']}")).status_code == 200
            await settled(api)
            await line.behave()
            postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
            await api.runtime.files.sweep()
            assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])
            assert await titles(api) == ["Falcon"]


async def test_on_lambda_it_is_the_same_and_done_when_it_is_answered(
    open_api: Open, s3: Objects, bucket: str, postgres: Postgres, database: str
) -> None:
    async with open_api(on_lambda=True) as api:
        item = await wish(api)
        for body in (RED, BLUE):
            assert (await send_image(api, item, body)).status_code == 200
        assert colour_of(s3.read(bucket, key_of(item))) == [30, 30, 200]
        assert (await api.delete(f"{LIST}/{item['id']}")).status_code == 200
        assert (s3.keys(bucket), leftovers(postgres, database)) == ([], [])
