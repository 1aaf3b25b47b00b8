"""Reading MOCs: the list and its pages, words, one MOC with what hangs on it, and the profile's page."""

from typing import Any
from urllib.parse import quote

from loadtests import _checks as checks
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import MOCS, WORDS, Steps, look_or_miss

LIMIT = 20
OLD_LIMIT = 100  # what the old client asks for, whatever there is
SECOND_PAGE = 0.25
CLICKS = (0, 1, 1, 2)  # how many MOCs of a list are opened
GALLERY_OF_MOC = 0.3
ALBUMS_OF_MOC = 0.1
PARTS_LIST_OF_MOC = 0.5
MISSED = 0.25  # of the words that are searched for
TYPED = 0.4  # how often half a word is searched for on the way to the whole one


def opening(person: Person) -> Journey:
    """The list, at times its second page, and some of its MOCs."""
    shown = yield from list_page(person, 1)
    if shown == LIMIT and person.random.random() < SECOND_PAGE:
        yield from list_page(person, 2)
    yield from click(person)


def old_opening(person: Person) -> Journey:
    """The list as the old client asks for it, and some of its MOCs."""
    path = f"/api/mocs/search?from=0&size={OLD_LIMIT}"
    wrong = checks.all_of(checks.page(person.sub, OLD_LIMIT), checks.same_beside("mocs"))
    answer = yield Ask("GET", path, "GET /api/mocs/search", checks.success(200, wrong))
    if answer is not None:
        _know(person, answer.body["data"][:LIMIT])
    yield from click(person)


def searching(person: Person) -> Journey:
    """A word as it is typed, and one of the MOCs that it finds; every fourth finds none."""
    if person.random.random() < MISSED:
        yield _search(person, f"zzxq{person.random.randrange(10**9):09}jvw", checks.nothing_found)
        return
    word = person.random.choice(WORDS)
    if person.random.random() < TYPED:
        yield _search(person, word[: len(word) // 2 + 1])
    answer = yield _search(person, word)
    hits = answer.body["data"] if answer is not None else []
    if hits:
        yield from view(person, person.random.choice(hits)["id"])


def profile(person: Person) -> Journey:
    """The profile's page: who one is, and both statistics."""
    name = person.random.choice(("me", quote(person.sub, safe="")))
    check = checks.success(200, _is_profile(person.sub))
    yield Ask("GET", f"/api/users/{name}", "GET /api/users/{userId}", check)
    by_category = checks.success(200, _counts("category", at_most=10))
    yield Ask("GET", "/api/mocs/stats/by-category", "GET /api/mocs/stats/by-category", by_category)
    over_time = checks.success(200, _counts("date", "category"))
    yield Ask("GET", "/api/mocs/stats/uploads-over-time", "GET /api/mocs/stats/uploads-over-time", over_time)


def csrf(_: Person) -> Journey:
    """What the web client fetches when it starts."""
    yield Ask("GET", "/api/csrf", "GET /api/csrf", checks.success(200, _is_token))


def list_page(person: Person, number: int) -> Steps[int]:
    """One page of the list: how many MOCs it has."""
    check = checks.success(200, checks.page(person.sub, LIMIT, number))
    answer = yield Ask("GET", f"/api/mocs?page={number}&limit={LIMIT}", "GET /api/mocs", check)
    if answer is None:
        return 0
    _know(person, answer.body["data"])
    return len(answer.body["data"])


def click(person: Person) -> Steps[None]:
    """Open some of the MOCs that the person knows of."""
    for _ in range(min(person.random.choice(CLICKS), len(person.known_mocs))):
        yield from view(person, person.random.choice(person.known_mocs))


def view(person: Person, moc_id: str) -> Steps[None]:
    """The page of a MOC, which may be gone since it was listed: its details, and what of it is unfolded."""
    answer = yield look_or_miss(MOCS, moc_id, is_detail(person.sub, id=moc_id))
    if answer is None or answer.status != 200:
        return
    path = MOCS.path_of(moc_id)
    for part, share in (("gallery-images", GALLERY_OF_MOC), ("gallery-albums", ALBUMS_OF_MOC)):
        if person.random.random() < share:
            check = checks.there_or_gone(is_linked(part.removeprefix("gallery-")))
            yield Ask("GET", f"{path}/{part}", MOCS.route("GET", f"/{part}"), check)
    lists = answer.body["data"]["partsLists"]
    if lists and person.random.random() < PARTS_LIST_OF_MOC:
        list_id = person.random.choice(lists)["id"]
        check = checks.there_or_gone(is_parts_list(list_id, moc_id))
        yield Ask("GET", f"{path}/parts-lists/{list_id}", MOCS.route("GET", "/parts-lists/{listId}"), check)


def is_detail(owner: str, **expected: object) -> checks.Wrong:
    """One MOC with these fields, its files, images and parts lists."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if not all(isinstance(data.get(name), list) for name in ("files", "images", "partsLists")):
            return f"no files, images or parts lists: {data!r:.200}"
        return None

    return checks.all_of(checks.thing(owner, **expected), wrong)


def is_parts_list(list_id: str, moc_id: str, **expected: object) -> checks.Wrong:
    """A parts list in whatever state it is, with these fields."""

    def wrong(answer: Any) -> str | None:
        data = answer["data"]
        if data["status"] not in ("pending", "parsed", "parsed-with-errors", "failed"):
            return f"a status {data['status']!r}"
        if answer["total"] != data.get("rows", 0) or len(data["parts"]) != min(answer["limit"], answer["total"]):
            return f"{len(data['parts'])} parts of {answer['total']}, rows {data.get('rows')}"
        return None if isinstance(data["errors"], list) else f"errors are {data['errors']!r:.200}"

    return checks.all_of(checks.fields(id=list_id, mocId=moc_id, **expected), wrong)


def is_linked(name: str) -> checks.Wrong:
    """All images or albums of a MOC; whose they are is not told there."""

    def wrong(answer: Any) -> str | None:
        told = (len(answer["data"]), all(isinstance(row["title"], str) for row in answer["data"]))
        return None if told == (answer["total"], True) else f"not a MOC's {name}: {answer!r:.200}"

    return checks.all_of(checks.same_beside(name), wrong)


def _search(person: Person, words: str, wrong: checks.Wrong = checks.fine) -> Ask:
    """By the new route or the old client's."""
    check = checks.success(200, checks.all_of(checks.found(person.sub, LIMIT), wrong))
    if person.random.random() < 0.5:
        return Ask("GET", f"/api/mocs?search={words}", "GET /api/mocs?search", check)
    old = checks.success(200, checks.all_of(checks.found(person.sub, LIMIT), wrong, checks.same_beside("mocs")))
    path = f"/api/mocs/search?q={words}&from=0&size={LIMIT}"
    return Ask("GET", path, "GET /api/mocs/search?q", old)


def _know(person: Person, rows: list[dict[str, Any]]) -> None:
    person.known_mocs = [moc["id"] for moc in rows] or person.known_mocs


def _is_profile(owner: str) -> checks.Wrong:
    def wrong(answer: Any) -> str | None:
        stats = answer["data"]["stats"]
        counts = [stats[name] for name in ("totalMOCs", "totalImages", "totalWishlistItems")]
        return None if all(isinstance(n, int) and n >= 0 for n in counts) else f"stats are {stats!r:.200}"

    return checks.all_of(checks.fields(sub=owner), checks.present("email"), wrong)


def _counts(*names: str, at_most: int | None = None) -> checks.Wrong:
    def wrong(answer: Any) -> str | None:
        rows = answer["data"]
        good = all(isinstance(row[name], str) for row in rows for name in names)
        if not good or not all(row["count"] > 0 for row in rows) or answer["total"] != len(rows):
            return f"not a statistic: {answer!r:.200}"
        return None if at_most is None or len(rows) <= at_most else f"{len(rows)} rows of at most {at_most}"

    return wrong


def _is_token(answer: Any) -> str | None:
    token = answer.get("token")
    told = isinstance(token, str) and token and answer["data"] == {"token": token}
    return None if told else f"no token in {answer!r:.200}"
