"""Making, changing and deleting MOCs, and what clients get wrong."""

from typing import Any

from loadtests import _checks as checks
from loadtests._browse import is_detail, opening
from loadtests._forms import Upload, form
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import (
    MOCS,
    Steps,
    borrowed,
    change,
    may_make,
    new,
    one_that_never_was,
    part_with_one,
    read,
    title_of_new,
)

LIST_AFTERWARDS = 0.5
THEMES = ("City", "Castle", "Space", "Technic")
NOTHING_YET: dict[str, Any] = {"files": [], "images": [], "partsLists": []}


def moc_life(person: Person) -> Journey:
    """A MOC is made and read back, and the list shows it; then the oldest goes, and is gone."""
    if may_make(person, MOCS):
        moc_id = yield from make_moc(person)
        if moc_id is None:
            return
    yield from part_with_one(person, MOCS)


def edit_moc(person: Person) -> Journey:
    """An own MOC is changed, by the new method or by the old client's, and read back."""
    with borrowed(person, MOCS) as taken:
        if not taken:
            yield from opening(person)
            return
        fields = {
            "description": f"changed {person.random.random():.9f}",
            "partsCount": person.random.randrange(1, 5000),
        }
        yield from change(person, MOCS, taken[0], fields, person.random.choice(("PATCH", "PATCH", "PUT")))


def mistake(person: Person) -> Journey:
    """What clients get wrong, answered in the failure shape; as often at all times, so that their rates compare."""
    yield person.random.choice(_MISTAKES)(person)


def make_moc(person: Person) -> Steps[str | None]:
    """A new MOC or set, read back: its id."""
    fields = fields_of_new(person)
    check = checks.success(201, checks.thing(person.sub, **fields))
    answer = yield Ask("POST", "/api/mocs", "POST /api/mocs", check, json=fields)
    if answer is None:
        return None
    moc = answer.body["data"]
    with new(person, MOCS, moc["id"]):
        yield read(MOCS, moc["id"], is_detail(person.sub, id=moc["id"], **fields, **NOTHING_YET))
        if person.random.random() < LIST_AFTERWARDS:
            wrong = checks.all_of(checks.page(person.sub, 20), checks.shows(moc["id"], moc["updatedAt"], "updatedAt"))
            yield Ask("GET", "/api/mocs?page=1&limit=20", "GET /api/mocs", checks.success(200, wrong))
    return str(moc["id"])


def fields_of_new(person: Person) -> dict[str, Any]:
    """What the client's form asks for; every fifth is a set."""
    common = {
        "title": title_of_new(person),
        "description": "Brick by brick it grows.\nMade by a load test.",
        "partsCount": person.random.randrange(50, 5000),
        "theme": person.random.choice(THEMES),
        "tags": ["load", person.random.choice(("grey", "modular", "winter"))],
    }
    if person.random.random() < 0.2:
        return {**common, "type": "set", "brand": "LEGO", "setNumber": "10307", "releaseYear": 2022, "retired": False}
    return {**common, "type": "moc", "author": "Ada"}


def _too_many(_: Person) -> Ask:
    return Ask("GET", "/api/mocs?limit=1000", "GET /api/mocs", checks.failure(400, "VALIDATION_ERROR"))


def _no_id(_: Person) -> Ask:
    return Ask("GET", "/api/mocs/undefined", MOCS.route("GET"), checks.failure(400, "VALIDATION_ERROR"))


def _no_author(person: Person) -> Ask:
    wanted = {"title": title_of_new(person), "type": "moc"}
    return Ask("POST", "/api/mocs", "POST /api/mocs", checks.failure(400, "VALIDATION_ERROR"), json=wanted)


def _old_bookmark(person: Person) -> Ask:
    path = MOCS.path_of(one_that_never_was(person))
    return Ask("GET", path, MOCS.route("GET"), checks.GONE)


def _no_picture(_: Person) -> Ask:
    sent = form({}, [Upload("image", "holiday.jpg", "image/jpeg", b"<html>Sign in to this network</html>")])
    check = checks.failure(415, "UNSUPPORTED_MEDIA_TYPE")
    return Ask("POST", "/api/images", "POST /api/images", check, body=sent.body, headers=sent.headers)


def _strange_wish(person: Person) -> Ask:
    body = {"items": [{"id": one_that_never_was(person), "sortOrder": 1}]}
    check = checks.failure(403, "FORBIDDEN")
    return Ask("POST", "/api/wishlist/reorder", "POST /api/wishlist/reorder", check, json=body)


_MISTAKES = (_too_many, _too_many, _no_id, _no_author, _old_bookmark, _old_bookmark, _no_picture, _strange_wish)
