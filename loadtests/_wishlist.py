"""The wishlist: looking at it, adding to it, changing it, putting it in order."""

from collections.abc import Mapping
from typing import Any

from loadtests import _checks as checks
from loadtests._journey import Ask, Journey, Person
from loadtests._owned import (
    WISHES,
    Steps,
    borrowed,
    change,
    look_or_miss,
    may_make,
    new,
    part_with_one,
    read,
    title_of_new,
)

LIMIT = 20
CATEGORIES = ("LEGO Sets", "Parts")
OF_CATEGORY = 0.15
BY_WORD = 0.25
OPENED = 0.3
REORDERED = 3  # how many are dragged to another place before the client tells
LAST_PLACE = 10**6


def wishlist(person: Person) -> Journey:
    """All wishes, at times those of a category or with a word, and one of them."""
    answer = yield _list(person)
    if person.random.random() < OF_CATEGORY:
        category = person.random.choice(CATEGORIES)
        yield _list(person, f"?category={category.replace(' ', '%20')}", _all_are(category))
    if person.random.random() < BY_WORD:
        wrong = checks.all_of(checks.found(person.sub, LIMIT), checks.same_beside("items"))
        path = f"/api/wishlist/search?q=load&from=0&size={LIMIT}"
        yield Ask("GET", path, "GET /api/wishlist/search", checks.success(200, wrong))
    rows = answer.body["data"] if answer is not None else []
    if rows and person.random.random() < OPENED:
        item = person.random.choice(rows)["id"]
        yield look_or_miss(WISHES, item, checks.thing(person.sub, id=item))


def wish_life(person: Person) -> Journey:
    """A wish is added, read back and seen in the list; one of the older goes."""
    if may_make(person, WISHES):
        item_id = yield from make_wish(person)
        if item_id is None:
            return
    yield from part_with_one(person, WISHES)


def edit_wish(person: Person) -> Journey:
    """An own wish is changed, by the new method or by the old client's, and read back."""
    with borrowed(person, WISHES) as taken:
        if not taken:
            yield from wishlist(person)
            return
        fields = {"description": f"changed {person.random.random():.9f}", "category": person.random.choice(CATEGORIES)}
        yield from change(person, WISHES, taken[0], fields, person.random.choice(("PATCH", "PUT")))


def reorder(person: Person) -> Journey:
    """The list is opened, some own wishes are dragged to other places, and there they are."""
    yield _list(person)
    with borrowed(person, WISHES, REORDERED) as taken:
        if not taken:
            return
        places = {item: str(person.random.randrange(1, LAST_PLACE)) for item in taken}
        orders = [{"id": item, "sortOrder": _as_sent(person, place)} for item, place in places.items()]
        moved = checks.all_of(_in_order, checks.same_beside("items"), _placed(places))
        check = checks.success(200, checks.all_of(checks.listed(person.sub), moved))
        body = {person.random.choice(("items", "itemOrders")): orders}
        answer = yield Ask("POST", "/api/wishlist/reorder", "POST /api/wishlist/reorder", check, json=body)
        if answer is not None:
            yield _list(person, wrong=_placed(places))


def make_wish(person: Person) -> Steps[str | None]:
    """A new wish, read back: its id."""
    fields = {
        "title": title_of_new(person),
        "description": "Wished for by a load test.",
        "productLink": "https://www.lego.com/product/10307",
        "category": person.random.choice(CATEGORIES),
    }
    check = checks.success(201, checks.all_of(checks.thing(person.sub, **fields), checks.present("sortOrder")))
    answer = yield Ask("POST", "/api/wishlist", "POST /api/wishlist", check, json=fields)
    if answer is None:
        return None
    item_id: str = answer.body["data"]["id"]
    with new(person, WISHES, item_id):
        yield read(WISHES, item_id, checks.thing(person.sub, id=item_id, **fields))
        yield _list(person, wrong=checks.has(item_id))
    return item_id


def _list(person: Person, query: str = "", wrong: checks.Wrong = checks.fine) -> Ask:
    check = checks.success(200, checks.all_of(checks.listed(person.sub), _in_order, wrong))
    return Ask("GET", f"/api/wishlist{query}", "GET /api/wishlist", check)


def _as_sent(person: Person, place: str) -> str | int:
    """New clients send text, old ones numbers."""
    return place if person.random.random() < 0.5 else int(place)


def _in_order(answer: Any) -> str | None:
    """By number where the places are numbers."""
    places = [int(row["sortOrder"]) for row in answer["data"] if row["sortOrder"].isdecimal()]
    return None if places == sorted(places) else f"in the order {places}"


def _placed(places: Mapping[str, str]) -> checks.Wrong:
    """Every one of these is where it was put; nobody else moves what this person owns."""
    return checks.all_of(*(checks.has(item, sortOrder=place) for item, place in places.items()))


def _all_are(category: str) -> checks.Wrong:
    def wrong(answer: Any) -> str | None:
        others = {row.get("category") for row in answer["data"]} - {category}
        return f"among {category}: {others}" if others else None

    return wrong
