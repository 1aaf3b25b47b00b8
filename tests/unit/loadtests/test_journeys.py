"""Every journey, whatever it is answered: it ends, it lends what it owns to one at a time, and it fills no account."""

import json
import re
import uuid
from collections import Counter
from pathlib import Path

import pytest

from loadtests import _checks as checks
from loadtests._cleaning import clean, prepare
from loadtests._direct import FILE_STORE
from loadtests._imitation import Imitation
from loadtests._journey import Answer, Journey, Start
from loadtests._mix import MIX
from loadtests._owned import KINDS, MOST_BEYOND, one_that_never_was
from tests.unit.loadtests.journeying import (
    JOURNEYS,
    SUB,
    all_of_it,
    dice,
    lossy,
    person,
    right,
    silent,
    step,
    walk,
)

OPENAPI = Path(__file__).parents[3] / "service" / "openapi.json"
each_journey = pytest.mark.parametrize("start", JOURNEYS, ids=lambda start: start.__name__)


@each_journey
def test_right_answers_are_taken_for_right_again_and_again(start: Start) -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))

    assert all(walk(start(visitor), right(api)) for _ in range(60))


@each_journey
def test_a_person_who_owns_nothing_has_something_to_ask(start: Start) -> None:
    assert walk(start(person()), right(Imitation(SUB)))


@each_journey
@pytest.mark.parametrize("prepared", [True, False])
def test_without_a_right_answer_a_journey_ends_soon(start: Start, prepared: bool) -> None:
    visitor = person()
    if prepared:
        walk(prepare(visitor), right(Imitation(SUB)))

    assert 1 <= len(walk(start(visitor), silent)) <= 6


@each_journey
def test_a_journey_whose_answers_are_lost_at_any_place_does_not_call_the_next_one_wrong(start: Start) -> None:
    choose = dice(7)
    for number in range(15):
        api, visitor = Imitation(SUB), person(seed=number)
        walk(prepare(visitor), right(api))
        for _ in range(12):
            walk(start(visitor), lossy(api, choose, lost=0.2, effectless=0.1))


def test_a_parts_list_that_stays_pending_is_given_up() -> None:
    api, visitor = Imitation(SUB, looks=10**9), person()
    walk(prepare(visitor), right(api))

    asked = [walk(start(visitor), right(api)) for start in JOURNEYS for _ in range(10)]

    looks = Counter(ask.path for asks in asked for ask in asks if ask.after_seconds)
    assert set(looks.values()) == {5}


def test_clients_who_follow_a_list_wait_longer_each_time() -> None:
    api, visitor = Imitation(SUB, looks=10**9), person(seed=3)
    walk(prepare(visitor), right(api))

    asked = [ask for start in JOURNEYS for ask in walk(start(visitor), right(api))]

    waits = [ask.after_seconds for ask in asked if ask.after_seconds]
    assert waits[:5] == sorted(waits[:5])
    assert sum(waits[:5]) >= 10


def test_every_route_is_one_of_the_api_and_goes_where_it_says() -> None:
    operations = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, item in json.loads(OPENAPI.read_text())["paths"].items()
        for method in item
    }
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))

    asked = [ask for start in JOURNEYS for _ in range(40) for ask in walk(start(visitor), right(api))]

    for ask in asked:
        if ask.route == FILE_STORE:
            assert (ask.side, ask.url) == ("s3", "https://files.test/bucket")
            continue
        method, _, template = ask.route.partition(" ")
        template = template.partition("?")[0]
        assert (method, re.sub(r"\{\w+\}", "{}", template)) in operations, ask.route
        assert method == ask.method
        assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), ask.path.partition("?")[0]), ask
        assert ask.url == ask.side == ""


def test_journeys_of_one_person_that_run_into_each_other_are_never_answered_wrong() -> None:
    choose, api, visitor = dice(5), Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    under_way: list[tuple[Journey, Answer | None]] = []
    weights, starts = [weight for weight, _ in MIX], JOURNEYS

    for _ in range(8_000):
        if len(under_way) < 12:
            under_way.append((choose.choices(starts, weights)[0](visitor), None))
        journey, answer = under_way.pop(choose.randrange(len(under_way)))
        ask = step(journey, answer)
        if ask is not None:
            under_way.append((journey, right(api)(ask)))

    assert max(len(kind.ids(visitor)) for kind in KINDS) <= 4 + MOST_BEYOND
    assert len(all_of_it(api)) < 40


def test_what_somebody_else_deletes_between_list_and_look_is_no_wrong_answer() -> None:
    choose, api, visitor = dice(2), Imitation(SUB), person()
    stores = (api.mocs, api.images, api.albums, api.wishes)
    for _ in range(300):
        other = person(2, seed=choose.randrange(10**6))
        walk(prepare(other), right(api))
        journey, answer = choose.choice(JOURNEYS[:9])(visitor), None
        while (ask := step(journey, answer)) is not None:
            answer = right(api)(ask)
            for store in stores:
                if store and choose.random() < 0.5:
                    store.clear()


def test_accounts_do_not_fill_where_nothing_can_be_deleted() -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    answered = right(api)

    for _ in range(50):
        for start in JOURNEYS:
            walk(start(visitor), lambda ask: None if ask.method == "DELETE" else answered(ask))

    assert len(all_of_it(api)) < 40


def test_after_a_time_without_deletes_what_was_left_goes() -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    answered = right(api)
    for start in JOURNEYS * 20:
        walk(start(visitor), lambda ask: None if ask.method == "DELETE" else answered(ask))
    assert visitor.left

    for start in JOURNEYS * 20:
        walk(start(visitor), answered)

    assert visitor.left == []
    owned = [identity for kind in KINDS for identity in kind.ids(visitor)]
    assert len(all_of_it(api)) == len(owned) <= 20


@pytest.mark.parametrize("after", range(1, 9))
def test_a_journey_that_is_cut_off_gives_back_what_it_has_borrowed(after: int) -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    for start in JOURNEYS * 4:
        journey, answer = start(visitor), None
        for _ in range(after):
            ask = step(journey, answer)
            answer = right(api)(ask) if ask else None
        journey.close()
    owned = {identity for kind in KINDS for identity in kind.ids(visitor)}
    owned |= {path.rpartition("/")[2] for path in visitor.left}

    have = {identity for store in (api.mocs, api.images, api.albums, api.wishes) for identity in store}
    assert len(have - owned) <= 4 * 8  # a make that was cut off before its answer
    walk_on = clean(visitor)
    answer = None
    while (ask := step(walk_on, answer)) is not None:
        answer = right(api)(ask)
    assert all_of_it(api) == []


def test_a_write_that_is_not_read_back_as_it_was_answered_is_told() -> None:
    api, visitor = Imitation(SUB), person()
    walk(prepare(visitor), right(api))
    told: Counter[str] = Counter()
    for start in JOURNEYS * 5:
        journey, answer, written = start(visitor), None, False
        while (ask := step(journey, answer)) is not None:
            before = json.dumps([api.mocs, api.images, api.albums, api.wishes])
            status, body = api.answer(ask)
            answer = Answer(status, checks.json_of(body))
            if ask.method in ("PATCH", "PUT", "DELETE") and status == 200:  # it was answered, and then it is lost
                api.mocs, api.images, api.albums, api.wishes = json.loads(before)
                written = True
            elif ask.check(status, body) is not None:
                assert written
                told[start.__name__] += 1
                answer = None
    edits = {"moc_life", "edit_moc", "linking", "album_life", "edit_image", "wish_life", "edit_wish", "moc_with_files"}
    assert edits <= set(told)


def test_what_never_was_is_no_id_that_a_service_draws() -> None:
    visitor = person()
    ids = [uuid.UUID(one_that_never_was(visitor)) for _ in range(100)]

    assert {each.version for each in ids} == {5}
    assert len(set(ids)) == 100
