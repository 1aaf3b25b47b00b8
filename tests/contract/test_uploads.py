"""Files past the API: forms for the file store, and what completes them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.contract.client import NOBODYS, PDF, TIME, Side, failed, is_uuid, one, unique
from tests.contract.direct import (
    FORM_KEYS,
    PNG,
    STORED,
    Sent,
    begun,
    completed,
    gone,
    in_store,
    noise,
    policy_of,
    posted,
    sent_directly,
    uploaded,
)
from tests.contract.upload_routes import (
    LAMBDA_TAKES_BYTES,
    MEBIBYTE,
    OF_A_RESOURCE,
    OF_PICTURES,
    PDF_FILE,
    ROUTES,
    in_form,
    refused_as_too_large,
)

VALID_SECONDS = 600
# What no two answers have in common, and the titles of the two resources that were made for them.
ITS_OWN = {
    "id", "mocId", "title", "createdAt", "updatedAt", "lastUpdatedAt", "imageUrl", "thumbnailUrl", "fileUrl", "picture",
    "avatarUrl", "partsListId", "sortOrder",
}  # fmt: skip


def alike(data: Any) -> Any:
    """The answer without what is its own."""
    if isinstance(data, dict):
        return {name: "…" if name in ITS_OWN else alike(value) for name, value in data.items()}
    return data


def told(answer: httpx.Response) -> Any:
    """What a failure says, without when and to whom."""
    error = answer.json()["error"]
    return answer.status_code, {name: error.get(name) for name in ("code", "message", "details")}


@pytest.mark.contract("presign", "presign.routes", "time.wire")
@pytest.mark.parametrize("name", ROUTES)
def test_a_form_is_valid_for_ten_minutes(side: Side, name: str) -> None:
    route = ROUTES[name]
    asked = time.time()
    form = begun(side, route.new(side, "eve"), route.good, "eve")
    assert set(form) == FORM_KEYS
    assert is_uuid(form["uploadId"])
    assert TIME.fullmatch(form["expiresAt"])
    for end in (form["expiresAt"], policy_of(form)["expiration"]):
        assert abs(datetime.fromisoformat(end).timestamp() - asked - VALID_SECONDS) < 60


@pytest.mark.contract("presign.bound")
@pytest.mark.parametrize("name", ROUTES)
def test_a_form_is_bound_to_key_type_and_size(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    forms = [begun(side, path, route.good, "eve") for _ in range(2)]
    assert forms[0]["fields"]["key"] != forms[1]["fields"]["key"]
    for form in forms:
        conditions = policy_of(form)["conditions"]
        assert {"key": form["fields"]["key"]} in conditions
        assert {"Content-Type": route.good.declared} in conditions
        assert form["fields"]["Content-Type"] == route.good.declared
        assert [condition for condition in conditions if isinstance(condition, list)] == [
            ["content-length-range", len(route.good.body), len(route.good.body)]
        ]


@pytest.mark.contract("presign.bound", "complete.deletes")
def test_more_bytes_than_were_said_are_refused(side: Side) -> None:
    form = begun(side, "/api/images", PNG, "eve")
    if posted(form, Sent(PNG.name, PNG.body + b"\0", PNG.declared)).status_code not in STORED:
        return  # the store itself holds the client to the policy; the rehearsal's does not
    failed(completed(side, "/api/images", form, "eve"), "PAYLOAD_TOO_LARGE")
    failed(completed(side, "/api/images", form, "eve"), "CONFLICT")
    assert gone(side, form["fields"]["key"])


@pytest.mark.contract("complete", "presign.routes")
@pytest.mark.usefixtures("eve")
@pytest.mark.parametrize("name", ROUTES)
def test_both_ways_answer_alike(side: Side, name: str) -> None:
    route = ROUTES[name]
    by_form = in_form(side, route.new(side, "eve"), route.field, route.good)
    direct = sent_directly(side, route.new(side, "eve"), route.good, "eve")
    assert (direct.status_code, by_form.status_code) == (route.status, route.status), (direct.text, by_form.text)
    assert alike(one(direct, route.status)) == alike(one(by_form, route.status))
    assert set(direct.json()) == set(by_form.json())


@pytest.mark.contract("complete", "limits")
@pytest.mark.usefixtures("eve")
@pytest.mark.parametrize("name", OF_PICTURES)
def test_what_no_request_to_lambda_can_carry_goes_directly(side: Side, name: str) -> None:
    route = ROUTES[name]
    file = Sent("noise.png", noise(1270, 1270), "image/png")
    assert LAMBDA_TAKES_BYTES < len(file.body) <= route.limit_bytes
    path = route.new(side, "eve")
    one(sent_directly(side, path, file, "eve"), route.status)
    by_form = in_form(side, path, route.field, file)
    if by_form.status_code == 413:
        assert refused_as_too_large(side, by_form, len(file.body)) is None
    else:
        one(by_form, route.status)


@pytest.mark.contract("complete", "limits")
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("moc file", Sent("large.pdf", PDF.ljust(10 * MEBIBYTE), "application/pdf")),
        (
            "parts list",
            Sent("large.json", b'[{"part":"3001","quantity":2}]'.ljust(10 * MEBIBYTE), "application/json"),
        ),
    ],
    ids=["moc file", "parts list"],
)
def test_a_file_as_large_as_may_be_goes_directly(side: Side, name: str, file: Sent) -> None:
    route = ROUTES[name]
    stored = one(sent_directly(side, route.new(side, "eve"), file, "eve"), route.status)
    assert stored.get("originalFilename", stored.get("file", {}).get("originalFilename")) == file.name


@pytest.mark.contract("complete")
def test_an_image_takes_the_texts_of_the_form(side: Side) -> None:
    album = side.album()
    texts = {"title": unique("Ship"), "description": "a\nb", "tags": '["x","y"]', "albumId": album["id"]}
    by_form = one(in_form(side, "/api/images", "image", PNG, "alice", **texts), 201)
    direct = one(sent_directly(side, "/api/images", PNG, **texts), 201)
    as_list = one(sent_directly(side, "/api/images", PNG, **{**texts, "tags": ["x", "y"]}), 201)
    assert {by_form["title"], direct["title"], as_list["title"]} == {texts["title"]}
    assert alike(direct) == alike(as_list) == alike(by_form)
    assert (direct["tags"], direct["albumId"], direct["description"]) == (["x", "y"], album["id"], "a\nb")


@pytest.mark.contract("complete")
@pytest.mark.parametrize(
    "texts", [{"title": "x" * 201}, {"tags": "[5]"}, {"albumId": "7"}, {"albumId": NOBODYS}], ids=repr
)
def test_texts_that_do_not_fit_are_refused_alike(side: Side, texts: dict[str, str]) -> None:
    by_form = in_form(side, "/api/images", "image", PNG, **texts)
    assert 400 <= by_form.status_code < 500
    assert told(sent_directly(side, "/api/images", PNG, "eve", **texts)) == told(by_form)


@pytest.mark.contract("complete", "files.type")
def test_a_moc_file_takes_its_kind(side: Side) -> None:
    path = ROUTES["moc file"].new(side, "alice")
    failed(sent_directly(side, path, PDF_FILE, fileType="manual"), "VALIDATION_ERROR", "fileType")
    failed(sent_directly(side, path, PDF_FILE, fileType="thumbnail"), "UNSUPPORTED_MEDIA_TYPE")
    file = one(sent_directly(side, path, PDF_FILE, fileType="instruction"), 201)
    assert (file["fileType"], file["originalFilename"]) == ("instruction", "plan.pdf")
    failed(sent_directly(side, path, PDF_FILE), "CONFLICT")


@pytest.mark.contract("complete", "complete.deletes", "type.by-bytes")
@pytest.mark.parametrize("name", ROUTES)
def test_wrong_bytes_are_refused_alike_and_deleted(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    by_form = in_form(side, path, route.field, route.wrong)
    failed(by_form, "UNSUPPORTED_MEDIA_TYPE")
    form = uploaded(side, path, route.wrong, "eve")
    assert in_store(side, form["fields"]["key"]) in (200, 403)
    assert told(completed(side, path, form, "eve")) == told(by_form)
    assert gone(side, form["fields"]["key"])
    failed(completed(side, path, form, "eve"), "CONFLICT")


@pytest.mark.contract("complete", "complete.deletes")
@pytest.mark.parametrize("name", OF_PICTURES)
def test_a_damaged_picture_is_refused_alike_and_deleted(side: Side, name: str) -> None:
    route = ROUTES[name]
    path, damaged = route.new(side, "eve"), Sent("ship.png", PNG.body[:90], "image/png")
    by_form = in_form(side, path, route.field, damaged)
    failed(by_form, "VALIDATION_ERROR", route.field)
    form = uploaded(side, path, damaged, "eve")
    assert told(completed(side, path, form, "eve")) == told(by_form)
    assert gone(side, form["fields"]["key"])


@pytest.mark.contract("complete", "auth.statuses")
def test_somebody_elses_upload_is_403_and_stays_theirs(side: Side) -> None:
    form = uploaded(side, "/api/images", PNG)
    failed(completed(side, "/api/images", form, "eve"), "FORBIDDEN")
    failed(completed(side, "/api/images", form, "admin"), "FORBIDDEN")
    for name in ("moc file", "wishlist image", "avatar"):
        assert completed(side, ROUTES[name].new(side, "eve"), form, "eve").status_code in (403, 404)
    one(completed(side, "/api/images", form), 201)


@pytest.mark.contract("complete", "presign.bound")
@pytest.mark.parametrize("name", OF_A_RESOURCE)
def test_an_upload_is_for_one_route(side: Side, name: str) -> None:
    route = ROUTES[name]
    path, another = route.new(side, "alice"), route.new(side, "alice")
    form = uploaded(side, path, route.good)
    for elsewhere in (another, "/api/images", "/api/users/me/avatar"):
        failed(completed(side, elsewhere, form), "NOT_FOUND")
    one(completed(side, path, form), route.status)


@pytest.mark.contract("complete")
@pytest.mark.usefixtures("eve")
@pytest.mark.parametrize("name", ROUTES)
def test_an_upload_is_completed_once(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    form = uploaded(side, path, route.good, "eve")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: completed(side, path, form, "eve"), range(4)))
    assert sorted(answer.status_code for answer in answers) == [route.status, 409, 409, 409]
    failed(completed(side, path, form, "eve"), "CONFLICT")
    assert gone(side, form["fields"]["key"])


@pytest.mark.contract("complete")
@pytest.mark.usefixtures("eve")
@pytest.mark.parametrize("name", ROUTES)
def test_a_file_that_is_not_sent_yet_is_409_until_it_is(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    form = begun(side, path, route.good, "eve")
    failed(completed(side, path, form, "eve"), "CONFLICT")
    failed(completed(side, path, form, "eve"), "CONFLICT")
    assert posted(form, route.good).status_code in STORED
    one(completed(side, path, form, "eve"), route.status)


@pytest.mark.contract("complete", "failure.everywhere")
@pytest.mark.parametrize("name", ROUTES)
def test_what_completes_nothing(side: Side, name: str) -> None:
    path = f"{ROUTES[name].new(side, 'eve')}/complete"
    failed(side.post(path, {"uploadId": NOBODYS}, "eve"), "NOT_FOUND")
    for body in ({}, {"uploadId": None}, {"uploadId": "7"}, {"uploadId": 7}):
        failed(side.post(path, body, "eve"), "VALIDATION_ERROR", "uploadId")
    for content in (b"{", b"", b"[]"):
        answer = side.call("POST", path, "eve", content=content, headers={"Content-Type": "application/json"})
        failed(answer, "VALIDATION_ERROR")
    failed(side.send(path, {"image": PNG.part()}, {"uploadId": NOBODYS}, "eve"), "UNSUPPORTED_MEDIA_TYPE")


BAD_ANNOUNCEMENTS: list[tuple[str, Any]] = [
    ("filename", ""),
    ("filename", None),
    ("filename", 5),
    ("filename", "x" * 252 + ".png"),
    ("filename", "a\u0000.png"),
    ("filename", "a\nb.png"),
    ("contentType", ""),
    ("contentType", None),
    ("contentType", "png"),
    ("contentType", "image/png\r\nX: y"),
    ("size", 0),
    ("size", -1),
    ("size", 1.5),
    ("size", "5"),
    ("size", True),
    ("size", None),
]


@pytest.mark.contract("presign", "failure.details")
@pytest.mark.parametrize(("field", "value"), BAD_ANNOUNCEMENTS, ids=lambda value: repr(value)[:20])
def test_what_is_no_announcement(side: Side, field: str, value: Any) -> None:
    for path in ("/api/images", "/api/users/me/avatar"):
        told_all = {**PNG.announced(), field: value}
        failed(side.post(f"{path}/presign", told_all), "VALIDATION_ERROR", field)
        del told_all[field]
        failed(side.post(f"{path}/presign", told_all), "VALIDATION_ERROR", field)


@pytest.mark.contract("limits", "presign")
@pytest.mark.parametrize("name", ROUTES)
def test_a_form_is_given_up_to_the_limit(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = f"{route.new(side, 'eve')}/presign"
    announced = {**route.good.announced(), "size": route.limit_bytes}
    one(side.post(path, announced, "eve"), 201)
    for size in (route.limit_bytes + 1, 2**31 - 1):
        failed(side.post(path, {**announced, "size": size}, "eve"), "PAYLOAD_TOO_LARGE", "size")


@pytest.mark.contract("presign.routes", "auth.statuses", "public")
@pytest.mark.parametrize("name", ROUTES)
def test_nobody_uploads_anything(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    failed(side.send(path, {route.field: route.good.part()}, user=None), "UNAUTHORIZED")
    failed(side.post(f"{path}/presign", route.good.announced(), None), "UNAUTHORIZED")
    failed(side.post(f"{path}/complete", {"uploadId": NOBODYS}, None), "UNAUTHORIZED")


@pytest.mark.contract("presign.routes", "auth.statuses", "id.uuid")
@pytest.mark.parametrize("name", OF_A_RESOURCE)
def test_nobody_uploads_to_what_is_not_theirs(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "alice")
    identity = path.split("/")[3]
    for where, user, code in (
        (path, "eve", "FORBIDDEN"),
        (path.replace(identity, NOBODYS), "alice", "NOT_FOUND"),
        (path.replace(identity, "7"), "alice", "VALIDATION_ERROR"),
    ):
        failed(in_form(side, where, route.field, route.good, user), code)
        failed(in_form(side, where, "nonsense", route.wrong, user), code)
        failed(side.post(f"{where}/presign", route.good.announced(), user), code)
        failed(side.post(f"{where}/complete", {"uploadId": NOBODYS}, user), code)


@pytest.mark.contract("admin", "presign.routes")
def test_an_admin_sends_files_to_other_peoples_mocs_also_directly(side: Side) -> None:
    path = ROUTES["moc file"].new(side, "alice")
    file = one(sent_directly(side, path, PDF_FILE, "admin"), 201)
    assert [found["id"] for found in one(side.get(path.removesuffix("/files")))["files"]] == [file["id"]]
    failed(completed(side, path, uploaded(side, path, PDF_FILE, "admin")), "FORBIDDEN")
