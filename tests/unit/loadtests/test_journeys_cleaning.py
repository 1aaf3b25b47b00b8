"""Preparing, cleaning and sweeping: nothing of a run stays, and nothing else goes."""

from collections import Counter

import pytest

from loadtests._cleaning import clean, prepare, sweep
from loadtests._imitation import Imitation
from loadtests._journey import Answer, Ask, Start
from loadtests._owned import KINDS
from tests.unit.loadtests.journeying import JOURNEYS, SUB, all_of_it, dice, lossy, person, right, silent, walk

THEIRS = (
    "load bearing wall 3", "My castle", "load", "reload 7-1 tower 2", "Load 7-1 tower 2", "load 7-x tower",
    "load crane-9 spare parts", "load truck-2 crane", "load train-4 tower 2nd floor",
)  # fmt: skip


def add(api: Imitation, title: str) -> None:
    """One of each kind, as another client would have made it."""
    for kind, store in (("moc", api.mocs), ("image", api.images), ("album", api.albums), ("wish", api.wishes)):
        number = len(store)
        store[f"{kind}-{number}"] = {
            "id": f"{kind}-{number}",
            "userId": SUB,
            "title": title,
            "createdAt": "2025-01-01T00:00:00.000Z",
            "updatedAt": "2025-01-01T00:00:00.000Z",
            "lastUpdatedAt": "2025-01-01T00:00:00.000Z",
            "sortOrder": str(number),
        }


def test_a_person_is_prepared_with_something_of_each_kind() -> None:
    visitor = person()
    walk(prepare(visitor), right(Imitation(SUB)))

    assert [len(kind.ids(visitor)) for kind in KINDS] == [3, 1, 1, 4]
    assert all(1 <= len(kind.ids(visitor)) <= kind.keeps for kind in KINDS)


def test_who_is_prepared_already_gets_nothing_more() -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    before = all_of_it(api)

    assert {ask.method for ask in walk(prepare(visitor), right(api))} == {"GET"}
    assert all_of_it(api) == before


def test_preparing_ends_where_nothing_is_answered() -> None:
    visitor = person()

    assert len(walk(prepare(visitor), silent)) <= 10
    assert [kind.ids(visitor) for kind in KINDS] == [[]] * 4


def test_cleaning_leaves_nothing_of_this_person_and_all_of_the_others() -> None:
    api, visitor, other = Imitation(SUB), person(1), person(11)
    for each in (visitor, other):
        walk(prepare(each), right(api))
    for start in JOURNEYS * 5:
        walk(start(visitor), right(api))
    add(api, "My castle")
    theirs = [title for title in all_of_it(api) if not title.startswith(f"{visitor.prefix} ")]

    walk(clean(visitor), right(api))

    assert all_of_it(api) == theirs
    assert [*visitor.left, *(each for kind in KINDS for each in kind.ids(visitor))] == []


def test_cleaning_removes_what_nobody_told_the_person_of() -> None:
    api, visitor = Imitation(SUB), person()
    for start in JOURNEYS * 10:
        walk(start(visitor), lossy(api, dice(3), lost=0.3, effectless=0.1))
    assert all_of_it(api)

    walk(clean(visitor), right(api))

    assert all_of_it(api) == []


def test_cleaning_gets_through_when_some_deletes_fail() -> None:
    api, visitor, choose = Imitation(SUB), person(), dice(4)
    walk(prepare(visitor), right(api))
    answered, refused = right(api), Counter[str]()

    def grudging(ask: Ask) -> Answer | None:
        if choose.random() < 0.5 and refused[ask.path] < 2:
            refused[ask.path] += 1
            return None
        return answered(ask)

    walk(clean(visitor), grudging)

    assert refused
    assert all_of_it(api) == []


@pytest.mark.parametrize("ending", [clean, sweep])
def test_cleaning_ends_where_nothing_is_answered(ending: Start) -> None:
    visitor = person()
    walk(prepare(visitor), right(Imitation(SUB)))

    assert len(walk(ending(visitor), silent)) <= 30


def test_sweeping_removes_what_killed_runs_left_and_nothing_else() -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    for title in THEIRS:
        add(api, title)
    spared = all_of_it(api)
    for title in ("load 1700000000-3 castle 12", "load load-20261123-abc-1 tower 1", "load runner-1 crane 2"):
        add(api, title)

    walk(sweep(visitor), right(api))

    assert Counter(all_of_it(api)) == Counter(spared)


def test_a_prefix_of_another_shape_spares_its_own() -> None:
    api, visitor = Imitation(SUB), person()
    visitor.prefix = "load by hand"
    walk(prepare(visitor), right(api))
    before = all_of_it(api)

    walk(sweep(visitor), right(api))

    assert all_of_it(api) == before


def test_long_lists_are_looked_through_to_their_end() -> None:
    api, visitor = Imitation(SUB), person()
    for number in range(250):
        add(api, f"load old-{number} space 1")
        add(api, f"My castle {number}")

    asked = {ask.path for ask in walk(sweep(visitor), right(api), at_most=2000)}

    assert len(all_of_it(api)) == 250 * 4
    assert not any("old" in title for title in all_of_it(api))
    assert {f"/api/mocs?limit=100&page={page}" for page in (2, 3, 4, 5)} <= asked


def test_a_total_that_nothing_comes_to_is_given_up() -> None:
    endless = {"success": True, "data": [], "total": 10**9, "page": 1, "limit": 100, "nextCursor": "1", "hasMore": True}

    assert len(walk(sweep(person()), lambda _: Answer(200, endless), at_most=1000)) <= 15
