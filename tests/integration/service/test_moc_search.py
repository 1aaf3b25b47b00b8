"""Search: by the search engine, by PostgreSQL when that is down, the same MOCs for the same exact words."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from service.search.indices import MOCS
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.search_engine import scripted_engine
from tests.fakes.waiting import until
from tests.integration.servers import remove_index, send
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open

NOBODY_LISTENS = "http://127.0.0.1:1"
CASTLES: Sequence[dict[str, Any]] = (
    {"title": "Winter castle", "description": "A grey tower"},
    {"title": "Crane", "description": "Beside the castle", "tags": ["harbour"]},
    {"title": "Harbour", "author": "Castleman", "theme": "City", "tags": ["castle"]},
    {"title": "100% wood_work \\ done"},
)


async def fill(api: Api) -> None:
    for fields in CASTLES:
        await api.create(**fields)
    await api.create("bob", title="Bob's castle")


async def found(api: Api, query: str, sub: str = "alice") -> list[str]:
    answer = await api.get(f"/api/mocs?{query}", sub)
    assert answer.status_code == 200, answer.text
    return [moc["title"] for moc in answer.json()["data"]]


async def indexed(api: Api, search_server: str, count: int) -> None:
    """Wait until the engine knows that many documents."""

    async def there() -> bool:
        answer = send("POST", f"{search_server}/{MOCS}/_count", {"query": {"match_all": {}}})
        return bool(answer["count"] == count)

    await until(there, seconds=5.0)


class TestByTheEngine:
    """What the engine finds, in its order."""

    @pytest.fixture(autouse=True)
    async def mocs(self, api: Api, search_server: str) -> None:
        await fill(api)
        await indexed(api, search_server, len(CASTLES) + 1)

    async def test_a_word_in_the_title_counts_for_more_than_in_the_description(self, api: Api) -> None:
        order = await found(api, "search=castle")
        assert order.index("Winter castle") < order.index("Crane")

    async def test_titles_tags_descriptions_themes_and_authors_are_searched(self, api: Api) -> None:
        assert set(await found(api, "search=castle")) == {"Winter castle", "Crane", "Harbour"}
        assert await found(api, "search=city") == ["Harbour"]
        assert await found(api, "search=castleman") == ["Harbour"]
        assert await found(api, "search=tower") == ["Winter castle"]

    async def test_a_slip_of_the_pen_is_forgiven(self, api: Api) -> None:
        assert "Winter castle" in await found(api, "search=castel")

    async def test_nobody_finds_what_others_own(self, api: Api) -> None:
        assert await found(api, "search=castle", "bob") == ["Bob's castle"]
        assert await found(api, "search=castle", "admin") == []

    @pytest.mark.parametrize(
        "words", ["title:*%20OR%20userId:bob", "*", "%22castle%22%20OR%20userId:bob", "userId:bob", "bob", "%2B%7C-()"]
    )
    async def test_no_query_language_reaches_the_engine(self, api: Api, words: str) -> None:
        assert "Bob's castle" not in await found(api, f"search={words}")

    async def test_a_tag_narrows_the_search(self, api: Api) -> None:
        assert await found(api, "search=castle&tag=harbour") == ["Crane"]
        assert await found(api, "search=castle&tag=harb") == []

    async def test_pages_of_a_search_follow_each_other(self, api: Api) -> None:
        everything = await found(api, "search=castle")
        pages = [await found(api, f"search=castle&limit=1&page={page}") for page in (1, 2, 3, 4)]
        assert pages == [[title] for title in everything] + [[]]
        assert (await api.get("/api/mocs?search=castle&limit=1&page=9")).json()["total"] == 3

    async def test_a_hit_shows_everything_that_a_list_shows(self, api: Api) -> None:
        by_title = {moc["title"]: moc for moc in (await api.get("/api/mocs")).json()["data"]}
        for moc in (await api.get("/api/mocs?search=castle")).json()["data"]:
            assert moc == by_title[moc["title"]]

    async def test_a_change_and_a_deletion_are_found_within_five_seconds(self, api: Api) -> None:
        first = (await api.get("/api/mocs?search=winter")).json()["data"][0]
        await api.patch(f"/api/mocs/{first['id']}", {"title": "Summer palace"})
        await until(lambda: finds(api, "summer", ["Summer palace"]), seconds=5.0)
        await until(lambda: finds(api, "winter", []), seconds=5.0)
        await api.delete(f"/api/mocs/{first['id']}")
        await until(lambda: finds(api, "summer", []), seconds=5.0)

    async def test_past_the_engines_window_postgresql_answers(self, api: Api) -> None:
        body = (await api.get("/api/mocs?search=castle&page=501&limit=20")).json()
        assert (body["data"], body["total"], body["page"]) == ([], 2, 501)


async def finds(api: Api, words: str, expected: list[str]) -> bool:
    return await found(api, f"search={words}") == expected


class TestWithoutTheEngine:
    """PostgreSQL's ILIKE on title and description takes the words literally."""

    @pytest.fixture
    async def api(self, open_api: Open) -> Any:
        async with open_api(opensearch_endpoint=NOBODY_LISTENS) as api:
            await fill(api)
            yield api

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("castle", ["Winter castle", "Crane"]),
            ("CASTLE", ["Winter castle", "Crane"]),
            ("grey tower", ["Winter castle"]),
            ("%25", ["100% wood_work \\ done"]),
            ("_", ["100% wood_work \\ done"]),
            ("%5C", ["100% wood_work \\ done"]),
            ("wood_work", ["100% wood_work \\ done"]),
            ("woodXwork", []),
            ("%25%25", []),
            ("_____", []),
            ("'; DROP TABLE moc_instructions; --", []),
        ],
    )
    async def test_words_are_found_literally(self, api: Api, words: str, expected: list[str]) -> None:
        assert await found(api, f"search={words}") == expected

    async def test_blanks_around_the_words_count_for_nothing(self, api: Api) -> None:
        assert await found(api, "search=%20castle%20%20&tag=%20") == ["Winter castle", "Crane"]

    async def test_nobody_finds_what_others_own(self, api: Api) -> None:
        assert await found(api, "search=castle", "bob") == ["Bob's castle"]
        assert await found(api, "search=castle", "admin") == []

    async def test_tag_and_paging_work_as_in_the_list(self, api: Api) -> None:
        assert await found(api, "search=castle&tag=harbour") == ["Crane"]
        assert await found(api, "search=castle&limit=1&page=2") == ["Crane"]
        body = (await api.get("/api/mocs?search=castle&page=7")).json()
        assert (body["data"], body["total"]) == ([], 2)

    async def test_the_title_counts_for_more_then_the_newest_change(self, api: Api) -> None:
        await api.create(title="Another castle")
        assert await found(api, "search=castle") == ["Another castle", "Winter castle", "Crane"]

    async def test_the_old_clients_list_falls_back_as_well(self, api: Api) -> None:
        body = (await api.get("/api/mocs/search?q=castle&from=1&size=1")).json()
        assert [moc["title"] for moc in body["mocs"]] == ["Crane"]
        assert body["total"] == 2


async def test_exact_words_find_the_same_mocs_with_and_without_the_engine(
    api: Api, open_api: Open, search_server: str
) -> None:
    await fill(api)
    await indexed(api, search_server, len(CASTLES) + 1)
    async with open_api(opensearch_endpoint=NOBODY_LISTENS) as fallback:
        for words in ("winter", "tower", "grey", "beside", "wood_work"):
            assert await found(api, f"search={words}") == await found(fallback, f"search={words}"), words


class TestEnginesThatCannotBeBelieved:
    """Down, slow, broken, foreign or poisoned: PostgreSQL answers, soon, and nothing leaks."""

    async def test_an_engine_that_hangs_costs_no_more_than_its_timeout(
        self, open_api: Open, settings: Any, search_server: str, lines: LogLines
    ) -> None:
        async with (
            line_to(int(search_server.rpartition(":")[2])) as line,
            open_api(opensearch_endpoint=f"127.0.0.1:{line.port}") as api,
        ):
            await fill(api)
            line.stall()
            for _ in range(6):
                answer = await api.get("/api/mocs?search=castle")
                assert [moc["title"] for moc in answer.json()["data"]] == ["Winter castle", "Crane"]
                assert answer.elapsed.total_seconds() < 3.0
            # Left alone after three failures: the rest does not wait at all.
            assert (await api.get("/api/mocs?search=castle")).elapsed.total_seconds() < 0.5
            assert len(lines.of("search_unavailable")) == 1

    @pytest.mark.parametrize("garbage", [b"\x00\x01\x02", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"<html>"])
    async def test_an_engine_that_talks_nonsense_is_none(
        self, open_api: Open, settings: Any, search_server: str, garbage: bytes
    ) -> None:
        async with line_to(int(search_server.rpartition(":")[2])) as line:
            line.babble(garbage)
            async with open_api(opensearch_endpoint=f"127.0.0.1:{line.port}") as api:
                await fill(api)
                assert await found(api, "search=castle") == ["Winter castle", "Crane"]

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b'{"error":{"type":"boom","reason":"SELECT secrets"},"status":500}'),
            (503, b"busy"),
            (429, b"{}"),
            (401, b""),
            (404, b'{"error":"no such index"}'),
            (400, b'{"error":{"root_cause":[]}}'),
            (200, b"{"),
            (200, b"not json"),
            (200, b""),
            (200, b"null"),
            (200, b"[]"),
            (200, b"5"),
            (200, b"{}"),
            (200, b'{"hits":null}'),
            (200, b'{"hits":{}}'),
            (200, b'{"hits":{"hits":[],"total":5}}'),
            (200, b'{"hits":{"hits":[],"total":{"value":"many"}}}'),
            (200, b'{"hits":{"hits":[{}],"total":{"value":1}}}'),
            (200, b'{"hits":{"hits":[{"_source":null}],"total":{"value":1}}}'),
            (200, b'{"hits":{"hits":[{"_source":{}}],"total":{"value":1}}}'),
            (200, b'{"hits":{"hits":[{"_source":{"id":"x","userId":"alice"}}],"total":{"value":1}}}'),
            (200, b'{"hits":{"hits":5,"total":{"value":1}}}'),
        ],
    )
    async def test_an_answer_that_is_none_is_never_an_error_of_ours(
        self, open_api: Open, status: int, body: bytes
    ) -> None:
        async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
            await fill(api)
            engine.search_answer = (status, body)
            assert await found(api, "search=castle") == ["Winter castle", "Crane"]

    @pytest.mark.parametrize(
        ("status", "cause"), [(500, "too_many_nested_clauses"), (400, "too_many_nested_clauses"), (400, "x")]
    )
    async def test_a_query_that_is_refused_takes_nobody_elses_search_away(
        self, open_api: Open, lines: LogLines, status: int, cause: str
    ) -> None:
        async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
            await fill(api)
            error = {"type": "search_phase_execution_exception", "root_cause": [{"type": cause, "reason": "no"}]}
            engine.search_answer = (status, json.dumps({"error": error, "status": status}).encode())
            for _ in range(5):
                assert await found(api, "search=castle") == ["Winter castle", "Crane"]
            engine.search_answer = None
            assert await found(api, "search=castle") == []  # the engine's word, which is empty
            assert lines.of("search_unavailable") == []

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, b'{"moc_instructions":{"mappings":{"properties":{}}}}'),
            (200, b'{"moc_instructions":{"mappings":{"_meta":{"schema":"old"}}}}'),
            (200, b'{"a":{"mappings":{"_meta":{"schema":"lego-projects/1"}}},"b":{"mappings":{}}}'),
            (200, b"{}"),
            (200, b"[]"),
            (200, b'"text"'),
            (200, b'{"moc_instructions":{}}'),
            (200, b'{"moc_instructions":{"mappings":{"_meta":5}}}'),
            (200, b'{"moc_instructions":null}'),
            (404, b'{"error":{"type":"index_not_found_exception"}}'),
        ],
    )
    async def test_an_index_that_is_not_ours_is_neither_searched_nor_written_to(
        self, open_api: Open, status: int, body: bytes
    ) -> None:
        async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
            engine.mapping_answer = (status, body)
            await fill(api)
            assert await found(api, "search=castle") == ["Winter castle", "Crane"]
            await api.runtime.background.drain(5.0)
            assert {path for _, path in engine.calls if path.endswith("_mapping")} == {f"/{MOCS}/_mapping"}
            assert [call for call in engine.calls if not call[1].endswith("_mapping")] == []

    async def test_the_old_services_index_on_the_real_engine_is_left_alone(
        self, api: Api, search_server: str, lines: LogLines
    ) -> None:
        remove_index(search_server)
        send("PUT", f"{search_server}/{MOCS}", {"mappings": {"properties": {"title": {"type": "text"}}}})
        send("PUT", f"{search_server}/{MOCS}/_doc/1?refresh=true", {"title": "castle", "userId": "alice"})
        await fill(api)
        assert await found(api, "search=castle") == ["Winter castle", "Crane"]
        await api.runtime.background.drain(5.0)
        send("POST", f"{search_server}/{MOCS}/_refresh", None)
        assert send("GET", f"{search_server}/{MOCS}/_count", None)["count"] == 1
        assert len(lines.of("search_index_not_ours")) >= 1

    async def test_a_hit_that_belongs_to_somebody_else_is_not_shown(self, open_api: Open) -> None:
        async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
            await fill(api)
            secret = await api.create("bob", title="Bob's secret castle")
            engine.hits = [secret]
            answer = await api.get("/api/mocs?search=castle")
            assert "Bob" not in answer.text
            assert [moc["title"] for moc in answer.json()["data"]] == ["Winter castle", "Crane"]

    async def test_the_engine_is_used_again_once_it_is_back(
        self, open_api: Open, search_server: str, lines: LogLines
    ) -> None:
        async with (
            line_to(int(search_server.rpartition(":")[2])) as line,
            open_api(opensearch_endpoint=f"127.0.0.1:{line.port}") as api,
        ):
            await fill(api)
            await indexed(api, search_server, len(CASTLES) + 1)
            await line.refuse()
            for _ in range(5):
                assert await found(api, "search=city") == []  # only the engine looks at themes
            await line.behave()
            await until(lambda: finds(api, "city", ["Harbour"]), seconds=15.0)
            assert len(lines.of("search_unavailable")) == 1
            assert len(lines.of("search_available_again")) == 1


async def test_writes_succeed_while_the_engine_is_down_and_nobody_waits_for_it(open_api: Open) -> None:
    async with open_api(opensearch_endpoint=NOBODY_LISTENS) as api:
        moc = await api.create()
        assert (await api.patch(f"/api/mocs/{moc['id']}", {"theme": "x"})).status_code == 200
        assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200


async def test_a_write_does_not_wait_for_an_engine_that_hangs(open_api: Open) -> None:
    async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
        engine.http.hang = True
        answer = await api.post("/api/mocs", {"title": "Falcon", "type": "moc", "author": "Ada"})
        assert answer.status_code == 201
        await until(lambda: engine.calls != [])  # it was asked, after the answer
        engine.http.release()


async def test_late_index_writes_do_not_undo_newer_ones(open_api: Open) -> None:
    """The index tells old from new by the version that every write carries."""
    async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
        moc = await api.create()
        await api.patch(f"/api/mocs/{moc['id']}", {"theme": "x"})
        await api.delete(f"/api/mocs/{moc['id']}")
        await api.runtime.background.drain(5.0)
        versions = [version_in(path) for method, path in engine.calls if "_doc" in path]
        assert len(versions) == 3
        assert versions == sorted(set(versions))
        assert {method for method, path in engine.calls if "_doc" in path} == {"PUT", "DELETE"}
        assert all("version_type=external_gte" in path for _, path in engine.calls if "_doc" in path)


def version_in(path: str) -> int:
    return int(path.partition("version=")[2].partition("&")[0])


async def test_an_engine_that_has_a_newer_version_is_no_failure(open_api: Open, lines: LogLines) -> None:
    async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
        engine.write_answer = (409, b'{"error":{"type":"version_conflict_engine_exception"},"status":409}')
        await api.create()
        await api.runtime.background.drain(5.0)
        assert lines.of("after_commit_failed") == []
        engine.write_answer = (500, b"{}")
        await api.create(title="Second")
        await api.runtime.background.drain(5.0)
        assert len(lines.of("after_commit_failed")) == 1
