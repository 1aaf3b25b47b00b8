"""Images and albums: looking through them, changing them, and linking them to MOCs."""

from typing import Any

from loadtests import _checks as checks
from loadtests._browse import is_detail, is_linked, opening
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import (
    ALBUMS,
    IMAGES,
    MOCS,
    Kind,
    Steps,
    borrowed,
    change,
    look_or_miss,
    may_make,
    new,
    part_with_one,
    read,
    remove,
    title_of_new,
)

LIMIT = 20
NEXT_PART = 0.3
OPENED = 0.6
BY_WORD = 0.2
FIELD_OF_LINK = {"images": "galleryImageId", "albums": "galleryAlbumId"}


def gallery(person: Person) -> Journey:
    """Images and albums in one list, as the old client scrolls through it, and one of them."""
    path = f"/api/gallery?type={person.random.choice(('all', 'all', 'image'))}&limit={LIMIT}"
    answer = yield _feed(person, path)
    if answer is None:
        return
    items, cursor = answer.body["data"], answer.body.get("nextCursor")
    if cursor and person.random.random() < NEXT_PART:
        yield _feed(person, f"{path}&cursor={cursor}")
    if items and person.random.random() < OPENED:
        item = person.random.choice(items)
        yield _look(person, IMAGES if item["type"] == "image" else ALBUMS, item["id"])


def pictures(person: Person) -> Journey:
    """The images outside albums, at times those that have a word, and one of them."""
    asked = f"page=1&limit={LIMIT}"
    check = checks.success(200, checks.page(person.sub, LIMIT, newest="createdAt"))
    ask = Ask("GET", f"/api/images?{asked}", "GET /api/images", check)
    if person.random.random() < BY_WORD:
        check = checks.success(200, checks.found(person.sub, LIMIT))
        ask = Ask("GET", f"/api/images?{asked}&search=load", "GET /api/images?search", check)
    yield from _list_and_look(person, ask, IMAGES)


def albums(person: Person) -> Journey:
    """The albums, and one of them with its images."""
    check = checks.success(200, checks.page(person.sub, LIMIT, newest="createdAt"))
    ask = Ask("GET", f"/api/albums?page=1&limit={LIMIT}", "GET /api/albums", check)
    yield from _list_and_look(person, ask, ALBUMS)


def edit_image(person: Person) -> Journey:
    """An own image is described anew, and so it is read back."""
    with borrowed(person, IMAGES) as taken:
        if not taken:
            yield from pictures(person)
            return
        text, tags = f"changed {person.random.random():.9f}", ["load", f"t{person.random.randrange(1000)}"]
        yield from change(person, IMAGES, taken[0], {"description": text, "tags": tags})


def album_life(person: Person) -> Journey:
    """An album is made, an image put into it; then the album goes, and the image stays."""
    if not may_make(person, ALBUMS):
        yield from part_with_one(person, ALBUMS)
        return
    album_id = yield from make_album(person)
    if album_id is None:
        return
    with borrowed(person, IMAGES) as images:
        with new(person, ALBUMS, album_id):
            yield read(ALBUMS, album_id, is_album(person.sub, id=album_id, images=[]))
            for image_id in images:
                yield from _put_in(person, image_id, album_id)
        person.own_albums.remove(album_id)
        gone = yield from remove(person, ALBUMS, album_id)
        for image_id in images if gone else ():
            yield read(IMAGES, image_id, checks.all_of(checks.thing(person.sub, id=image_id), _is_not_in(album_id)))


def linking(person: Person) -> Journey:
    """An own image or album is linked to an own MOC, which shows it, and taken off again."""
    name, kind = person.random.choice((("images", IMAGES), ("images", IMAGES), ("albums", ALBUMS)))
    with borrowed(person, MOCS) as mocs, borrowed(person, kind) as targets:
        if not mocs or not targets:
            yield from opening(person)
            return
        yield from _link(person, name, mocs[0], targets[0])


def make_album(person: Person) -> Steps[str | None]:
    """A new album: its id."""
    fields = {"title": title_of_new(person), "description": "Made by a load test."}
    check = checks.success(201, checks.thing(person.sub, imageCount=0, **fields))
    answer = yield Ask("POST", "/api/albums", "POST /api/albums", check, json=fields)
    return None if answer is None else str(answer.body["data"]["id"])


def is_album(owner: str, **expected: object) -> checks.Wrong:
    """One album with its images, newest first, as many as it counts."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        times = [image["createdAt"] for image in data["images"]]
        if data["imageCount"] != len(times) or times != sorted(times, reverse=True):
            return f"{data['imageCount']} images, made at {times}"
        strange = [
            image["id"] for image in data["images"] if (image["userId"], image["albumId"]) != (owner, data["id"])
        ]
        return f"in the album, but not of it: {strange}" if strange else None

    return checks.all_of(checks.thing(owner, **expected), wrong)


def _put_in(person: Person, image_id: str, album_id: str) -> Steps[None]:
    if (yield from change(person, IMAGES, image_id, {"albumId": album_id})):
        inside = checks.all_of(is_album(person.sub, id=album_id), checks.has(image_id, "images", albumId=album_id))
        yield read(ALBUMS, album_id, inside)


def _feed(person: Person, path: str) -> Ask:
    def wrong(answer: Any) -> str | None:
        if answer["hasMore"] is not ("nextCursor" in answer) or len(answer["data"]) > LIMIT:
            return f"{len(answer['data'])} items, hasMore {answer['hasMore']}"
        return next((f"a {row['type']}" for row in answer["data"] if row["type"] not in ("image", "album")), None)

    listed = checks.listed(person.sub, "createdAt")
    return Ask(
        "GET", path, "GET /api/gallery", checks.success(200, checks.all_of(listed, checks.same_beside("items"), wrong))
    )


def _is_not_in(album_id: str) -> checks.Wrong:
    """An album that could not be deleted before may still have it, if it could not be put into this one."""

    def wrong(answer: Any) -> str | None:
        return "still in the deleted album" if answer["data"].get("albumId") == album_id else None

    return wrong


def _list_and_look(person: Person, ask: Ask, kind: Kind) -> Steps[None]:
    answer = yield ask
    rows = answer.body["data"] if answer is not None else []
    if rows and person.random.random() < OPENED:
        yield _look(person, kind, person.random.choice(rows)["id"])


def _look(person: Person, kind: Kind, identity: str) -> Ask:
    wrong = is_album if kind is ALBUMS else checks.thing
    return look_or_miss(kind, identity, wrong(person.sub, id=identity))


def _link(person: Person, name: str, moc_id: str, target: str) -> Steps[None]:
    path, below, field = f"{MOCS.path_of(moc_id)}/gallery-{name}", f"/gallery-{name}", FIELD_OF_LINK[name]
    linked = checks.success(
        201, checks.all_of(checks.fields(mocId=moc_id, **{field: target}), checks.same_beside("link"))
    )
    # It is linked already when an earlier link, or the end of one, had an effect but no answer.
    check = checks.either((201, linked), (409, checks.failure(409, "CONFLICT")))
    answer = yield Ask("POST", path, MOCS.route("POST", below), check, json={field: target})
    if answer is None:
        return
    shown = checks.all_of(is_linked(name), checks.has(target))
    yield Ask("GET", path, MOCS.route("GET", below), checks.success(200, shown))
    if name == "images":
        yield read(MOCS, moc_id, checks.all_of(is_detail(person.sub, id=moc_id), checks.has(target, "images")))
    parameter = "{imageId}" if name == "images" else "{albumId}"
    unlinked = checks.success(200, checks.fields(id=target))
    answer = yield Ask("DELETE", f"{path}/{target}", MOCS.route("DELETE", f"{below}/{parameter}"), unlinked)
    if answer is not None:
        unshown = checks.all_of(is_linked(name), checks.has_not([target]))
        yield Ask("GET", path, MOCS.route("GET", below), checks.success(200, unshown))
