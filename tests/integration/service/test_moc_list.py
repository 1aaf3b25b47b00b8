"""GET /api/mocs: whose, in which order, which part, of which tag."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.fakes.waiting import until
from tests.integration.service.api import Api, assert_failure


async def titles(api: Api, query: str = "", sub: str = "alice") -> list[str]:
    answer = await api.get(f"/api/mocs{query}", sub)
    assert answer.status_code == 200, answer.text
    return [moc["title"] for moc in answer.json()["data"]]


async def made(api: Api, count: int, **fields: Any) -> Sequence[str]:
    """That many MOCs: their titles, newest first."""
    return [(await api.create(title=f"Moc {number:02}", **fields))["title"] for number in range(count)][::-1]


async def test_a_user_without_mocs_has_an_empty_first_page(api: Api) -> None:
    answer = await api.get("/api/mocs")
    assert answer.json() == {"success": True, "data": [], "total": 0, "page": 1, "limit": 20}


async def test_twenty_a_page_unless_asked_otherwise(api: Api) -> None:
    expected = await made(api, 21)
    body = (await api.get("/api/mocs")).json()
    assert (body["total"], body["page"], body["limit"], len(body["data"])) == (21, 1, 20, 20)
    assert [moc["title"] for moc in body["data"]] == expected[:20]


async def test_pages_follow_each_other_without_gap_or_overlap(api: Api) -> None:
    expected = await made(api, 7)
    found = [await titles(api, f"?page={page}&limit=3") for page in (1, 2, 3)]
    assert found == [expected[0:3], expected[3:6], expected[6:7]]


@pytest.mark.parametrize("page", [4, 5, 10_000_000])
async def test_a_page_past_the_end_is_empty_and_knows_the_total(api: Api, page: int) -> None:
    await made(api, 7)
    body = (await api.get(f"/api/mocs?page={page}&limit=3")).json()
    assert body == {"success": True, "data": [], "total": 7, "page": page, "limit": 3}


async def test_the_newest_change_comes_first(api: Api) -> None:
    first = await api.create(title="First")
    await api.create(title="Second")
    assert await titles(api) == ["Second", "First"]
    await api.patch(f"/api/mocs/{first['id']}", {"theme": "new"})
    assert await titles(api) == ["First", "Second"]


async def test_nobody_sees_what_others_own_not_even_an_admin(api: Api) -> None:
    await api.create("alice", title="Alice's")
    await api.create("bob", title="Bob's")
    assert await titles(api, "", "alice") == ["Alice's"]
    assert await titles(api, "", "bob") == ["Bob's"]
    assert await titles(api, "", "admin") == []
    assert await titles(api, "?search=s", "admin") == []


async def indexed(api: Api, count: int) -> bool:
    """Whether the search engine knows that many."""
    return bool((await api.get("/api/mocs?search=moc")).json()["total"] == count)


LIST_BAD = [
    *(
        ("page", value)
        for value in ("0", "-1", "abc", "1.5", "", "1e3", "9" * 23, "٣", "+1", "1_0", "0x1", " 1", "null")
    ),
    *(("limit", value) for value in ("0", "101", "1000000000", "-1", "abc", "2.0", "")),
    ("search", "%00"),
    ("search", "a%0ab"),
    ("search", "%ff"),
    ("search", "%ED%A0%80"),
    ("search", "a" * 201),
    ("search", "word%20" * 400),
    ("tag", "%00"),
    ("tag", "a%7f"),
    ("tag", "t" * 201),
]


@pytest.mark.parametrize(("name", "value"), LIST_BAD)
@pytest.mark.parametrize("path", ["/api/mocs", "/api/mocs/search"])
async def test_a_parameter_that_does_not_fit_is_400_and_named(api: Api, path: str, name: str, value: str) -> None:
    assert_failure(await api.get(f"{path}?{name}={value}"), 400, "VALIDATION_ERROR", name)


@pytest.mark.parametrize(
    "query", ["page=1&page=2", "limit=1&limit=1", "tag=a&tag=b", "search=a&search=a", "page=1&page="]
)
async def test_a_parameter_that_comes_twice_is_400(api: Api, query: str) -> None:
    assert_failure(await api.get(f"/api/mocs?{query}"), 400, "VALIDATION_ERROR", query.partition("=")[0])


@pytest.mark.parametrize("query", ["nobody=knows", "&&&==", "%ff=%ff", "search=&tag=", "search=%20%20", "userId=bob"])
async def test_what_nobody_knows_or_is_empty_counts_as_not_given(api: Api, query: str) -> None:
    await api.create("alice", title="Alice's")
    await api.create("bob", title="Bob's")
    assert await titles(api, f"?{query}") == ["Alice's"]


async def test_limits_of_1_and_100_are_fine(api: Api) -> None:
    expected = await made(api, 3)
    assert await titles(api, "?limit=1") == expected[:1]
    assert await titles(api, "?limit=100") == expected


class TestTags:
    """`tag` finds MOCs that carry exactly that tag."""

    @pytest.fixture(autouse=True)
    async def mocs(self, api: Api) -> None:
        await api.create(title="Space", tags=["space", "grey"])
        await api.create(title="Castle", tags=["castle, old", 'quo"te', "per%cent"])
        await api.create(title="No tags")
        await api.create("bob", title="Bob's space", tags=["space"])

    @pytest.mark.parametrize(
        ("tag", "found"),
        [
            ("space", ["Space"]),
            ("grey", ["Space"]),
            ("Space", []),
            ("spac", []),
            ("castle", []),
            ("castle%2C%20old", ["Castle"]),
            ("quo%22te", ["Castle"]),
            ("per%25cent", ["Castle"]),
            ("per%25", []),
            ("%5B%22space%22%5D", []),
            ("space'", []),
        ],
    )
    @pytest.mark.parametrize("path", ["/api/mocs?", "/api/mocs/search?"])
    async def test_exactly_that_tag_of_exactly_that_user(
        self, api: Api, path: str, tag: str, found: Sequence[str]
    ) -> None:
        body = (await api.get(f"{path}tag={tag}")).json()
        assert ([moc["title"] for moc in body["data"]], body["total"]) == (found, len(found))

    @pytest.mark.parametrize("path", ["/api/mocs", "/api/mocs/search"])
    @pytest.mark.parametrize("query", ["tag=%20", "tag=%20%20&search=%20", "search=%20&tag="])
    async def test_a_blank_tag_counts_as_not_given(self, api: Api, path: str, query: str) -> None:
        assert (await api.get(f"{path}?{query}")).json()["total"] == 3

    async def test_the_total_is_that_of_the_tag_past_the_end_too(self, api: Api) -> None:
        body = (await api.get("/api/mocs?tag=space&page=2")).json()
        assert (body["data"], body["total"]) == ([], 1)

    async def test_lists_of_different_tags_are_never_mixed_up_in_the_cache(self, api: Api) -> None:
        for _ in range(2):
            assert await titles(api) == ["No tags", "Castle", "Space"]
            assert await titles(api, "?tag=space") == ["Space"]
            assert await titles(api, "?tag=grey&limit=5") == ["Space"]
            assert await titles(api, "?tag=%7Bspace%7D") == []
            assert await titles(api, "?limit=1") == ["No tags"]
            assert await titles(api, "?limit=1&page=2") == ["Castle"]


class TestTheOldClientsList:
    """`GET /api/mocs/search` takes `q`, `from` and `size` as well and answers `mocs` beside `data`."""

    async def test_mocs_stands_beside_data_and_says_the_same(self, api: Api) -> None:
        await made(api, 2)
        body = (await api.get("/api/mocs/search")).json()
        assert set(body) == {"success", "data", "total", "page", "limit", "mocs"}
        assert body["mocs"] == body["data"] == (await api.get("/api/mocs")).json()["data"]
        assert (body["total"], body["page"], body["limit"]) == (2, 1, 20)

    @pytest.mark.parametrize("words", ["", "&q=moc", "&search=moc"])
    async def test_from_and_size_are_an_offset_and_a_limit(self, api: Api, words: str) -> None:
        expected = await made(api, 6)
        await until(lambda: indexed(api, 6))
        for start in (0, 1, 2, 3, 5, 6, 100):
            body = (await api.get(f"/api/mocs/search?from={start}&size=2{words}")).json()
            assert [moc["title"] for moc in body["data"]] == expected[start : start + 2], start
            assert (body["total"], body["limit"], body["page"]) == (6, 2, start // 2 + 1)

    async def test_page_and_limit_work_here_too(self, api: Api) -> None:
        expected = await made(api, 5)
        body = (await api.get("/api/mocs/search?page=2&limit=2")).json()
        assert [moc["title"] for moc in body["data"]] == expected[2:4]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("from", value) for value in ("-1", "abc", "1.5", "", "9" * 12, "1e2")),
            *(("size", value) for value in ("0", "101", "-1", "x", "", "1.0")),
            *(("q", value) for value in ("%00", "%ff", "a" * 201)),
        ],
    )
    async def test_its_own_parameters_have_the_same_rules(self, api: Api, name: str, value: str) -> None:
        assert_failure(await api.get(f"/api/mocs/search?{name}={value}"), 400, "VALIDATION_ERROR", name)
