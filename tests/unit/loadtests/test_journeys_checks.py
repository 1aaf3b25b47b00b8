"""Every answer is looked at: what is wrong with it is told, whatever it is."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from loadtests import _checks as checks
from loadtests._browse import is_detail, is_parts_list
from loadtests._cleaning import prepare
from loadtests._gallery import is_album
from loadtests._imitation import Imitation
from loadtests._journey import Answer, Ask, Start
from tests.unit.loadtests.journeying import JOURNEYS, SUB, person, right, step, walk

Seen = list[tuple[Ask, int, bytes]]


def seen_by(start: Start) -> Seen:
    """What a journey asks and is answered, some times over."""
    api, visitor, seen = Imitation(SUB), person(), Seen()
    walk(prepare(visitor), right(api))
    for _ in range(8):
        journey, answer = start(visitor), None
        while (ask := step(journey, answer)) is not None:
            status, body = api.answer(ask)
            seen.append((ask, status, body))
            answer = Answer(status, checks.json_of(body))
    return seen


@pytest.mark.parametrize("start", JOURNEYS, ids=lambda start: start.__name__)
def test_no_answer_of_any_journey_goes_unchecked(start: Start) -> None:
    for ask, status, body in seen_by(start):
        assert ask.check(status, body) is None
        for other in (0, 200 if status != 200 else 201, 401, 500, 503):
            assert ask.check(other, body) is not None, ask
        for junk in (b"", b"null", b"[]", b"{}", b"<html>", b'{"success":true}', b'{"success":true,"data":null}'):
            assert ask.check(status, junk) is not None or ask.side == "s3", (ask, junk)


@pytest.mark.parametrize("start", JOURNEYS, ids=lambda start: start.__name__)
def test_what_belongs_to_somebody_else_is_never_right(start: Start) -> None:
    foreign = [(ask, status, body) for ask, status, body in seen_by(start) if b'"userId":"ada"' in body]

    for ask, status, body in foreign:
        listed = ask.route.endswith(("/gallery-images", "/gallery-albums"))  # whose they are is not told there
        assert listed or ask.check(status, body.replace(b'"userId":"ada"', b'"userId":"eve"')) is not None, ask


@pytest.mark.parametrize("start", JOURNEYS, ids=lambda start: start.__name__)
def test_an_empty_field_is_left_out(start: Start) -> None:
    for ask, status, body in seen_by(start):
        if status < 300 and body:
            assert ask.check(status, b'{"theme":null,' + body[1:]) is not None, ask


ROW = {"id": "1", "userId": SUB, "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": "2026-01-02T00:00:00.000Z"}
OLDER = {**ROW, "id": "2", "updatedAt": "2026-01-01T00:00:00.000Z"}
PAGE: dict[str, Any] = {"success": True, "data": [ROW, OLDER], "total": 2, "page": 1, "limit": 20}
ONE: dict[str, Any] = {"success": True, "data": ROW}


def told(wrong: checks.Wrong, answer: object) -> str | None:
    """What is wrong with this answer."""
    return checks.success(200, wrong)(200, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"data": [OLDER, ROW]}, "newest updatedAt first"),
        ({"data": [ROW, ROW]}, "twice"),
        ({"data": [ROW]}, "1 of 2 on page 1"),
        ({"total": 1}, "total 1"),
        ({"total": "2"}, "total '2'"),
        ({"page": 2}, r"\(2, 20\)"),
        ({"limit": 100}, r"\(1, 100\)"),
        ({"data": [ROW, {**OLDER, "userId": "eve"}]}, "somebody else"),
        ({"data": "none"}, "not a list"),
        ({"data": [ROW, None]}, "promised shape|null"),
    ],
)
def test_a_page_is_looked_at_closely(change: dict[str, Any], why: str) -> None:
    assert told(checks.page(SUB, 20), PAGE) is None
    with pytest.raises(AssertionError, match=why):
        assert not (wrong := told(checks.page(SUB, 20), {**PAGE, **change})), wrong


def test_a_page_past_the_end_is_empty_with_the_true_total() -> None:
    past = {**PAGE, "data": [], "page": 2}

    assert told(checks.page(SUB, 20, 2), past) is None
    assert told(checks.page(SUB, 1, 2), {**past, "limit": 1}) is not None


def test_what_was_made_is_in_the_list_unless_newer_things_have_pushed_it_off() -> None:
    def missing(moment: str) -> str | None:
        return told(checks.shows("3", moment, "updatedAt"), PAGE)

    assert told(checks.shows("1", ROW["updatedAt"], "updatedAt"), PAGE) is None
    assert missing("2026-01-01T00:00:00.000Z") is None
    assert missing("2026-01-01T00:00:00.001Z") is not None
    assert told(checks.shows("3", "2025-01-01T00:00:00.000Z", "updatedAt"), {**PAGE, "data": []}) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"id": 1},
        {"userId": "eve"},
        {"updatedAt": "2026-01-02T00:00:00Z"},
        {"updatedAt": 0},
        {"title": "another"},
    ],
)
def test_one_thing_is_looked_at_closely(change: dict[str, Any]) -> None:
    data = {**ROW, "title": "this"}

    assert told(checks.thing(SUB, title="this", theme=None), {**ONE, "data": data}) is None
    assert told(checks.thing(SUB, title="this"), {**ONE, "data": {**data, **change}}) is not None


FAILURE = {
    "error": {"code": "NOT_FOUND", "message": "No", "timestamp": "2026-01-01T00:00:00.000Z", "requestId": "r"},
    "message": "No",
    "code": "NOT_FOUND",
}


def without(*path: str) -> Any:
    """The failure less one thing."""
    found = json.loads(json.dumps(FAILURE))
    inner = found
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return found


@pytest.mark.parametrize(
    "answer",
    [
        without("error"),
        without("message"),
        without("code"),
        without("error", "message"),
        without("error", "timestamp"),
        without("error", "requestId"),
        {**FAILURE, "code": "GONE"},
        {**FAILURE, "error": {**FAILURE["error"], "details": {}}},  # type: ignore[dict-item]
        [],
    ],
)
def test_failures_have_the_one_shape(answer: object) -> None:
    assert checks.GONE(404, json.dumps(FAILURE).encode()) is None
    assert checks.GONE(404, json.dumps(answer).encode()) is not None


def test_a_race_is_legal_where_it_can_happen_and_nothing_else_is() -> None:
    check = checks.there_or_gone(checks.thing(SUB))

    assert check(404, json.dumps(FAILURE).encode()) is None
    assert check(200, json.dumps(ONE).encode()) is None
    assert check(404, json.dumps(ONE).encode()) is not None
    assert check(200, json.dumps(FAILURE).encode()) is not None
    assert check(403, json.dumps(FAILURE).encode()) is not None


@pytest.mark.parametrize(("status", "failed"), [(0, True), (500, True), (504, True), (200, False), (429, False)])
def test_no_answer_and_5xx_are_failures_of_the_service(status: int, failed: bool) -> None:
    assert checks.failed_without_answer(status) is failed


@pytest.mark.parametrize(
    ("wrong", "right_answer", "wrong_answer"),
    [
        (checks.has("1", title="a"), {"data": [{"id": "1", "title": "a"}]}, {"data": [{"id": "1", "title": "b"}]}),
        (checks.has("1", "images"), {"data": {"images": [{"id": "1"}]}}, {"data": {"images": []}}),
        (checks.has_not(["1"]), {"data": [{"id": "2"}]}, {"data": [{"id": "1"}]}),
        (checks.has_not(["1"], "files"), {"data": {"files": []}}, {"data": {"files": [{"id": "1"}]}}),
        (checks.same_beside("mocs"), {"data": [1], "mocs": [1]}, {"data": [1], "mocs": []}),
        (checks.present("url"), {"data": {"url": "a"}}, {"data": {"url": 1}}),
        (checks.fields(id="1"), {"data": {"id": "1"}}, {"data": {"id": "2"}}),
        (checks.nothing_found, {"data": [], "total": 0}, {"data": [], "total": 1}),
    ],
)
def test_each_check_tells_right_from_wrong(
    wrong: Callable[[Any], str | None], right_answer: dict[str, Any], wrong_answer: dict[str, Any]
) -> None:
    assert told(wrong, {"success": True, **right_answer}) is None
    assert told(wrong, {"success": True, **wrong_answer}) is not None


def test_a_null_within_a_text_is_a_text() -> None:
    body = b'{"success":true,"data":{"description":"\\"a\\":null"}}'

    assert checks.success(200)(200, body) is None


DETAIL = {**ROW, "files": [], "images": [], "partsLists": []}
LIST = {"id": "l", "mocId": "1", "status": "parsed", "errors": [], "parts": [{}], "rows": 1}
PARTS = {"success": True, "data": LIST, "total": 1, "page": 1, "limit": 20}
ALBUM = {**ROW, "imageCount": 1, "images": [{"id": "i", "userId": SUB, "albumId": "1", "createdAt": "2026"}]}


@pytest.mark.parametrize("name", ["files", "images", "partsLists"])
def test_a_detail_has_its_lists(name: str) -> None:
    assert told(is_detail(SUB), {**ONE, "data": DETAIL}) is None
    assert told(is_detail(SUB), {**ONE, "data": {**DETAIL, name: {}}}) is not None


@pytest.mark.parametrize("change", [{"status": "done"}, {"parts": []}, {"rows": 2}, {"errors": {}}, {"mocId": "2"}])
def test_a_parts_list_is_looked_at_closely(change: dict[str, Any]) -> None:
    check = is_parts_list("l", "1")

    assert told(check, PARTS) is None
    assert told(check, {**PARTS, "data": {**LIST, **change}}) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"imageCount": 2},
        {"images": [{"id": "i", "userId": SUB, "albumId": "2", "createdAt": "2026"}]},
        {"images": [{"id": "i", "userId": "eve", "albumId": "1", "createdAt": "2026"}]},
    ],
)
def test_an_album_is_looked_at_closely(change: dict[str, Any]) -> None:
    assert told(is_album(SUB), {**ONE, "data": ALBUM}) is None
    assert told(is_album(SUB), {**ONE, "data": {**ALBUM, **change}}) is not None


def test_long_lists_are_paged_through() -> None:
    api, visitor = Imitation(SUB), person()
    for number in range(25):
        walk(prepare(person(number + 2)), right(api))

    asked = {ask.path for start in JOURNEYS for _ in range(20) for ask in walk(start(visitor), right(api))}

    assert {"/api/mocs?page=2&limit=20", "/api/gallery?type=all&limit=20&cursor=20"} <= asked


@pytest.mark.parametrize("start", JOURNEYS, ids=lambda start: start.__name__)
def test_numbers_that_do_not_fit_are_told(start: Start) -> None:
    for ask, status, body in seen_by(start):
        if b'"total":' in body and b'"hasMore"' not in body:
            assert ask.check(status, re.sub(rb'"total":\d+', b'"total":-1', body)) is not None, ask
