"""Uploads of images, and of new MOCs with their files."""

import json
from collections.abc import Sequence
from typing import Any

from loadtests import _checks as checks
from loadtests._browse import is_detail
from loadtests._direct import DIRECTLY, put
from loadtests._edit import fields_of_new
from loadtests._forms import Upload, form
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import IMAGES, MOCS, Steps, may_make, new, part_with_one, read, title_of_new
from loadtests._parts_lists import PartsFile, follow, parts_file
from loadtests._pictures import photo

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def image_life(person: Person) -> Journey:
    """A photo is uploaded and read back, and the list shows it; then the oldest image goes, and is gone."""
    if may_make(person, IMAGES):
        image_id = yield from upload_image(person)
        if image_id is None:
            return
    yield from part_with_one(person, IMAGES)


def moc_with_files(person: Person) -> Journey:
    """The old client's way to make a MOC: with its instructions and parts list. A file is fetched, and then deleted."""
    if not may_make(person, MOCS):
        yield from part_with_one(person, MOCS)
        return
    file, moc = yield from _create_with_files(person)
    if moc is None:
        return
    with new(person, MOCS, moc["id"]):
        wrong = is_detail(person.sub, id=moc["id"], title=moc["title"])
        answer = yield read(MOCS, moc["id"], checks.all_of(wrong, _has_files(2)))
        if answer is not None:
            [list_id] = [each["id"] for each in answer.body["data"]["partsLists"]]
            yield from follow(moc["id"], list_id, file)
            yield from _fetch_and_delete(person, moc["id"], moc["files"])
    yield from part_with_one(person, MOCS)


def upload_image(person: Person) -> Steps[str | None]:
    """A new image, by a form or directly, read back: its id."""
    fields = {"title": title_of_new(person), "description": "Taken by a load test."}
    tags = ["load", "photo"]
    created = checks.all_of(checks.thing(person.sub, tags=tags, **fields), checks.present("imageUrl", "thumbnailUrl"))
    file = Upload("image", "photo.jpg", "image/jpeg", photo(fields["title"]))
    if person.random.random() < DIRECTLY:
        upload_id = yield from put("/api/images", "/api/images", file)
        if upload_id is None:
            return None
        body = {"uploadId": upload_id, "tags": tags, **fields}
        path = "/api/images/complete"
        answer = yield Ask("POST", path, f"POST {path}", checks.success(201, created), json=body)
    else:
        sent = form({**fields, "tags": json.dumps(tags)}, [file])
        check = checks.success(201, created)
        answer = yield Ask("POST", "/api/images", "POST /api/images", check, body=sent.body, headers=sent.headers)
    if answer is None:
        return None
    image = answer.body["data"]
    with new(person, IMAGES, image["id"]):
        yield read(IMAGES, image["id"], checks.thing(person.sub, tags=tags, imageUrl=image["imageUrl"], **fields))
        shown = checks.shows(image["id"], image["createdAt"], "createdAt")
        wrong = checks.all_of(checks.page(person.sub, 20, newest="createdAt"), shown)
        yield Ask("GET", "/api/images?page=1&limit=20", "GET /api/images", checks.success(200, wrong))
    return str(image["id"])


def _create_with_files(person: Person) -> Steps[tuple[PartsFile, Any]]:
    fields, file = fields_of_new(person), parts_file(person)
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    files = [
        Upload("instructionsFile", f"{file.upload.filename}.pdf", "application/pdf", PDF),
        Upload("partsLists", file.upload.filename, file.upload.content_type, file.upload.content),
    ]
    sent = form(texts, files)
    path = "/api/mocs/with-files"
    check = checks.success(201, checks.all_of(checks.thing(person.sub, **fields), _has_files(2)))
    answer = yield Ask("POST", path, f"POST {path}", check, body=sent.body, headers=sent.headers)
    return file, answer and answer.body["data"]


def _fetch_and_delete(person: Person, moc_id: str, files: Sequence[dict[str, Any]]) -> Steps[None]:
    [pdf] = [each["id"] for each in files if each["fileType"] == "instruction"]
    path, below = f"{MOCS.path_of(moc_id)}/files/{pdf}", "/files/{fileId}"
    check = checks.success(200, checks.present("downloadUrl", "filename", "mimeType", "expiresAt"))
    yield Ask("GET", f"{path}/download?format=json", MOCS.route("GET", f"{below}/download"), check)
    deleted = checks.success(200, checks.fields(id=pdf))
    answer = yield Ask("DELETE", path, MOCS.route("DELETE", below), deleted)
    if answer is not None:
        left = checks.all_of(_has_files(1), checks.has_not([pdf], "files"))
        yield read(MOCS, moc_id, checks.all_of(is_detail(person.sub, id=moc_id), left))


def _has_files(count: int) -> checks.Wrong:
    def wrong(answer: Any) -> str | None:
        found = len(answer["data"]["files"])
        return None if found == count else f"{found} files, not {count}"

    return wrong
