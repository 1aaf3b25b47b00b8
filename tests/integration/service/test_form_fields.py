"""Text fields of forms: those that no route knows are ignored, those that it knows come once."""

import pytest

from tests.fuzz.files import PDF
from tests.integration.service.api import MOC, Api, assert_failure

FILES = {"instructionsFile": ("crane.pdf", PDF, "application/pdf")}


async def test_a_field_that_is_not_known_is_ignored_also_twice_and_long(api: Api) -> None:
    fields = {**MOC, "colour": ["red", "blue"], "": ["a", "b"], "essay": "x" * 30_000}
    answer = await api.call("POST", "/api/mocs/with-files", data=fields, files=FILES)
    assert answer.status_code == 201, answer.text
    assert not {"colour", "", "essay"} & set(answer.json()["data"])


@pytest.mark.parametrize("name", ["title", "author"])
async def test_a_field_that_is_known_comes_once(api: Api, name: str) -> None:
    fields = {**MOC, name: ["one", "two"]}
    assert_failure(
        await api.call("POST", "/api/mocs/with-files", data=fields, files=FILES), 400, "VALIDATION_ERROR", name
    )


async def test_old_clients_name_their_moc_once(api: Api) -> None:
    fields = {"mocId": ["11111111-1111-4111-8111-111111111111"] * 2, "fileType": ["a", "b"]}
    files = {"file": ("parts.csv", b"part,qty\n3001,2\n", "text/csv")}
    answer = await api.call("POST", "/api/mocs/upload-parts-list", data=fields, files=files)
    assert_failure(answer, 400, "VALIDATION_ERROR", "mocId")


@pytest.mark.parametrize(("start", "status"), [(1_000_000_000, 200), (1_000_000_001, 400), (99_999_999_999, 400)])
async def test_an_offset_is_taken_up_to_where_its_description_says(api: Api, start: int, status: int) -> None:
    assert (await api.get(f"/api/mocs/search?from={start}")).status_code == status
    assert (await api.get(f"/api/wishlist/search?from={start}")).status_code == status
