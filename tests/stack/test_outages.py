"""Servers that die under the API: the same answers or an honest 503, and health again without anybody's help."""

import signal
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.integration.rehearsal.stack_answers import seen
from tests.integration.rehearsal.stack_cases import MINE, MOC, UPLOAD
from tests.integration.rehearsal.stack_rig import FORM, SIDES, Answer, Up, form_of, wait_until
from tests.unit.service.parts_list_files import HEADER

pytestmark = pytest.mark.xdist_group("stack")

CSV = f"{HEADER}3001,Brick,4,Red\n".encode()
READS = (
    "/api/mocs",
    "/api/mocs?page=3&limit=5",
    "/api/mocs?tag=castle",
    "/api/mocs/search?from=5&size=10",
    MINE,
)
SEARCHES = ("/api/mocs?search=castle", "/api/mocs?search=grey+crane&limit=3", "/api/mocs/search?q=widnmill")
IN_ONE_PLACE = ("crane", "harbour", "windmill", "lorry")  # in titles and descriptions; "castle" is a theme, too
MISSPELT = "/api/mocs?search=widnmill"  # only the search server finds what is meant
NEED_THE_DATABASE = (
    *(("GET", path, None) for path in READS),
    ("POST", "/api/mocs", {**MOC, "title": "Never made", "tags": ["never-made"]}),
    ("PATCH", MINE, {"title": "Never changed"}),
    ("PUT", MINE, {"title": "Never changed"}),
    ("DELETE", MINE, None),
)
NEED_NOTHING = (
    ("GET", "/", None, 200),
    ("GET", "/nowhere", None, 404),
    ("GET", "/api/mocs?limit=0", None, 400),
    ("POST", "/api/mocs", {"title": ""}, 400),
    ("DELETE", "/api/mocs", None, 405),
)
TITLES = count()


@pytest.fixture(autouse=True)
def everything_back(stack: Up) -> Iterator[None]:
    """Whatever a test leaves dead lives again for the next one."""
    yield
    stack.bring_back()


def told(stack: Up, *paths: str) -> Mapping[tuple[str, str], bytes]:
    """What both sides answer to these reads; all of them well."""
    answers = {(side, path): stack.ask(side, "GET", path) for side in SIDES for path in paths}
    assert {answer.status for answer in answers.values()} == {200}, answers
    return {asked: answer.body for asked, answer in answers.items()}


def ids(stack: Up, side: str, words: str) -> set[str]:
    """The MOCs that a search finds."""
    return {row["id"] for row in stack.ask(side, "GET", f"/api/mocs?search={words}&limit=100").json()["data"]}


def total(stack: Up, side: str, path: str) -> int:
    """How many MOCs a list counts."""
    found: int = stack.ask(side, "GET", path).json()["total"]
    return found


def wait_for_health(stack: Up, status: int, word: str) -> None:
    """Until both sides say so."""
    wait_until(lambda: all(stack.health(side) == (status, word) for side in SIDES))


def assert_unavailable(answer: Answer) -> None:
    """The one failure that a database that is gone may lead to."""
    assert answer.status == 503, (answer.status, answer.body)
    assert answer.header("content-type") == "application/json"
    assert int(answer.header("retry-after") or 0) > 0
    body = answer.json()
    assert set(body) == {"error", "message", "code"}
    assert set(body["error"]) == {"code", "message", "timestamp", "requestId"}
    assert (body["code"], body["error"]["code"]) == ("SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE")
    assert body["error"]["requestId"] == answer.header("x-request-id")
    assert b"postgres" not in answer.body.lower()


def create(stack: Up, side: str, title: str) -> Answer:
    """A MOC of Bob's."""
    return stack.ask(side, "POST", "/api/mocs", {**MOC, "title": title}, user="bob")


def test_without_valkey_every_answer_stays_the_same(stack: Up) -> None:
    before = told(stack, *READS, *SEARCHES)
    stack.kill("valkey")
    assert told(stack, *READS, *SEARCHES) == before
    wait_for_health(stack, 200, "degraded")
    assert told(stack, *READS, *SEARCHES) == before
    stack.bring_back()
    assert told(stack, *READS, *SEARCHES) == before


@pytest.mark.parametrize(("writer", "reader"), [SIDES, SIDES[::-1]])
def test_without_valkey_what_is_written_is_shown_at_once_on_the_other_side_and_still_when_it_is_back(
    stack: Up, writer: str, reader: str
) -> None:
    path = f"/api/mocs/{create(stack, writer, f'Cacheless {next(TITLES)}').json()['data']['id']}"
    for side in SIDES:
        assert stack.ask(side, "GET", path, user="bob").status == 200  # and is in the cache
    stack.kill("valkey")
    for number in range(1, 6):
        assert stack.ask(writer, "PATCH", path, {"partsCount": number}, user="bob").status == 200
        assert stack.ask(reader, "GET", path, user="bob").json()["data"]["partsCount"] == number
    stack.bring_back()
    assert stack.ask(reader, "GET", path, user="bob").json()["data"]["partsCount"] == 5
    assert stack.ask(reader, "DELETE", path, user="bob").status == 200
    assert stack.ask(writer, "GET", path, user="bob").status == 404


def test_without_the_search_server_the_database_finds_the_same_rows(stack: Up) -> None:
    before = told(stack, *READS)
    found = {word: ids(stack, "ecs", word) for word in IN_ONE_PLACE}
    assert all(found.values())
    assert all(total(stack, side, MISSPELT) > 0 for side in SIDES)
    stack.kill("search")
    assert told(stack, *READS) == before
    assert [{word: ids(stack, side, word) for word in IN_ONE_PLACE} for side in SIDES] == [found] * 2
    assert [total(stack, side, MISSPELT) for side in SIDES] == [0, 0]
    wait_for_health(stack, 200, "degraded")
    stack.bring_back()
    wait_until(lambda: all(total(stack, side, MISSPELT) > 0 for side in SIDES))
    assert [{word: ids(stack, side, word) for word in IN_ONE_PLACE} for side in SIDES] == [found] * 2


def test_without_postgresql_what_needs_it_is_503_and_nothing_else_changes(stack: Up) -> None:
    before = told(stack, *READS, *SEARCHES)
    stack.kill("postgres")
    for _ in range(3):  # at once, and when every pool has noticed
        for side in SIDES:
            for method, path, body in NEED_THE_DATABASE:
                stack.forget_cached()
                assert_unavailable(stack.ask(side, method, path, body))
            upload = f"{MINE}/{UPLOAD}"
            assert_unavailable(stack.ask(side, "POST", upload, form_of(CSV, "never.csv"), headers=FORM))
            for method, path, body, status in NEED_NOTHING:
                assert stack.ask(side, method, path, body).status == status
            assert stack.ask(side, "GET", "/api/mocs", user=None).status == 401
    wait_for_health(stack, 503, "unhealthy")
    stack.bring_back()
    assert told(stack, *READS, *SEARCHES) == before
    assert [total(stack, side, "/api/mocs?tag=never-made") for side in SIDES] == [0, 0]


def test_both_sides_speak_of_an_outage_in_the_same_words(stack: Up) -> None:
    for dead, status in (("valkey", 200), ("search", 200), ("postgres", 503)):
        stack.kill(dead)
        wait_for_health(stack, status, "unhealthy" if status == 503 else "degraded")
        health = [seen("GET", stack.ask(side, "GET", "/health", user=None)) for side in SIDES]
        assert health[0] == health[1]
    failures = [seen("GET", stack.ask(side, "GET", "/api/mocs")) for side in SIDES]
    assert failures[0] == failures[1]


def test_whatever_was_answered_well_before_postgresql_died_is_there_afterwards(stack: Up) -> None:
    titles = [f"Kept {next(TITLES)}" for _ in range(20)]
    made = [create(stack, SIDES[number % 2], title) for number, title in enumerate(titles)]
    stack.kill("postgres")
    assert {answer.status for answer in made} == {201}
    stack.bring_back()
    stack.forget_cached()
    paths = [f"/api/mocs/{answer.json()['data']['id']}" for answer in made]
    assert [stack.ask("ecs", "GET", path, user="bob").json()["data"]["title"] for path in paths] == titles


def test_a_write_under_which_postgresql_dies_is_done_or_503(stack: Up) -> None:
    titles = [f"Caught {next(TITLES)}" for _ in range(120)]
    with ThreadPoolExecutor(4) as users:
        asked = [users.submit(create, stack, SIDES[number % 2], title) for number, title in enumerate(titles)]
        wait_until(lambda: sum(one.done() for one in asked) >= 30)
        stack.kill("postgres")
        answers = [one.result() for one in asked]
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {201, 503}
    for answer in answers:
        if answer.status != 201:
            assert_unavailable(answer)
    stack.bring_back()
    stack.forget_cached()
    pages = [stack.ask("ecs", "GET", f"/api/mocs?limit=100&page={page}", user="bob") for page in (1, 2, 3)]
    there = [row["title"] for page in pages for row in page.json()["data"]]
    assert len(there) == len(set(there)) == pages[0].json()["total"]
    assert {title for title, status in zip(titles, statuses, strict=True) if status == 201} <= set(there)


def test_when_everything_has_died_at_once_everything_comes_back(stack: Up) -> None:
    before = told(stack, *READS)
    for name in stack.described["pids"]:
        if name != "rehearsal":
            stack.kill(name)
    stack.bring_back()
    assert told(stack, *READS) == before
    assert all(total(stack, side, MISSPELT) > 0 for side in SIDES)
    for side in SIDES:  # needs the bucket, and on Lambda the parser
        path = f"/api/mocs/{stack.ask(side, 'POST', '/api/mocs', {**MOC, 'title': side}).json()['data']['id']}"
        assert stack.upload(side, path.rpartition("/")[2], CSV).status == 202
        wait_until(lambda here=side, moc=path: _pieces(stack, here, moc) == 4)  # type: ignore[misc]
        assert stack.ask(side, "DELETE", path).status == 200


def test_asking_for_the_dead_where_nobody_is_changes_nothing(stack: Up) -> None:
    before = {name: stack.pid(name) for name in stack.described["pids"]}
    written = stack.errors.read_text()
    stack.process.send_signal(signal.SIGUSR1)
    time.sleep(1)  # nothing tells that it has looked, which it does five times a second
    assert {name: stack.pid(name) for name in stack.described["pids"]} == before
    assert stack.errors.read_text() == written


def _pieces(stack: Up, side: str, path: str) -> int | None:
    count: int | None = stack.ask(side, "GET", path).json()["data"].get("totalPieceCount")
    return count
