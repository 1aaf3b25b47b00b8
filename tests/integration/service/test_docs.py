"""The API's description as a page and as JSON: for everybody, outside production."""

import json

import pytest

from service.domains.docs.service import FILE
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open


async def test_the_page_shows_every_operation_and_loads_nothing(api: Api) -> None:
    answer = await api.get("/docs", sub=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    for item in json.loads(FILE.read_bytes())["paths"].values():
        for operation in item.values():
            assert f'<article id="{operation["operationId"]}"' in answer.text
    assert "http-equiv" not in answer.text
    assert " src=" not in answer.text
    assert " style=" not in answer.text
    assert "onclick" not in answer.text


async def test_programs_get_the_description_as_it_is_kept(api: Api) -> None:
    answer = await api.get("/openapi.json", sub=None)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == FILE.read_bytes()


async def test_asked_again_it_is_the_same(api: Api) -> None:
    first, second = await api.get("/docs", sub=None), await api.get("/docs/", sub=None)
    assert first.content == second.content
    again = [await api.get("/openapi.json", sub=None) for _ in range(2)]
    assert again[0].content == again[1].content


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_staging_shows_it_too(open_api: Open, path: str) -> None:
    async with open_api(stage="staging") as api:
        assert (await api.get(path, sub=None)).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/openapi.json"])
@pytest.mark.parametrize("sub", [None, "alice", "admin"])
async def test_in_production_there_is_no_such_route(open_api: Open, path: str, sub: str | None) -> None:
    async with open_api(stage="production") as api:
        assert_failure(await api.get(path, sub=sub), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_it_can_only_be_read(api: Api, path: str) -> None:
    assert_failure(await api.post(path, {}), 405, "METHOD_NOT_ALLOWED")
