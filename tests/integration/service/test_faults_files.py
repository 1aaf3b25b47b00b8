"""A MOC's files when the MOC is deleted: S3 has a while for it, and what it does not delete then is swept later."""

import asyncio
from typing import Any

import pytest

from service import files
from service.kernel.errors import Unavailable
from service.telemetry.pseudonym import without_owner
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import Answer, Asked, ScriptedHttp, scripted_http
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open

DELETED = (200, b"<DeleteResult/>")


@pytest.fixture
async def store(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What stands in S3's place."""

    def answer(_: Asked) -> Answer:
        return DELETED

    async with scripted_http(answer) as store:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.url)
        yield store


@pytest.fixture(params=[False, True], ids=["on ECS", "on Lambda"])
async def api(open_api: Open, store: ScriptedHttp, request: Any) -> Any:
    """The API with that store."""
    async with open_api(on_lambda=request.param) as api:
        yield api


async def moc_with_files(api: Api, postgres: Postgres, database: str) -> tuple[str, list[str]]:
    """A MOC's path and the keys of its two files; a third one lies where the first backend had it."""
    moc = await api.create()
    keys = [f"mocs/alice/{moc['id']}/{name}.csv" for name in "ab"]
    urls = [*map(api.runtime.storage.url_of, keys), "/uploads/old.csv"]
    values = ", ".join(f"('{moc['id']}', 'parts-list', '{url}')" for url in urls)
    postgres.run(f"INSERT INTO moc_files (moc_id, file_type, file_url) VALUES {values}", database)
    return f"/api/mocs/{moc['id']}", keys


def leftovers(postgres: Postgres, database: str) -> list[str]:
    return postgres.run("SELECT key FROM file_leftovers ORDER BY key", database)


async def test_a_store_that_is_slow_is_waited_for(
    api: Api, store: ScriptedHttp, postgres: Postgres, database: str, lines: LogLines
) -> None:
    path, keys = await moc_with_files(api, postgres, database)
    store.hang = True
    asyncio.get_running_loop().call_later(0.6, store.release)
    assert (await api.delete(path)).status_code == 200
    await api.runtime.background.drain(10.0)
    (asked,) = store.asked
    assert all(key.encode() in asked.body for key in keys)
    assert b"uploads" not in asked.body
    assert lines.of("background_work_cut_off") + lines.of("files_left_to_the_sweep") == []
    assert leftovers(postgres, database) == []


async def test_what_the_store_does_not_delete_is_left_to_the_sweep(
    api: Api, store: ScriptedHttp, postgres: Postgres, database: str, lines: LogLines
) -> None:
    path, keys = await moc_with_files(api, postgres, database)
    store.answer = lambda _: (403, b"<Error><Code>AccessDenied</Code></Error>")
    assert (await api.delete(path)).status_code == 200
    await api.runtime.background.drain(10.0)
    assert [line["keys"] for line in lines.of("files_left_to_the_sweep")] == [
        sorted(without_owner(key) for key in keys)
    ]
    assert leftovers(postgres, database) == keys
    store.answer = lambda _: DELETED
    assert await api.runtime.files.sweep() == 2
    assert leftovers(postgres, database) == []
    assert all(key.encode() in store.asked[-1].body for key in keys)


async def test_what_can_not_be_deleted_does_not_stand_in_the_way_of_the_rest(
    api: Api, store: ScriptedHttp, postgres: Postgres, database: str
) -> None:
    path, keys = await moc_with_files(api, postgres, database)
    store.answer = lambda _: (403, b"<Error><Code>AccessDenied</Code></Error>")
    await api.delete(path)
    await api.runtime.background.drain(10.0)
    with pytest.raises(Unavailable):
        await api.runtime.files.sweep()
    store.answer = lambda _: DELETED
    assert await api.runtime.files.sweep() == 0
    assert leftovers(postgres, database) == keys


async def test_so_is_what_is_cut_off_on_lambda(
    open_api: Open, store: ScriptedHttp, postgres: Postgres, database: str, lines: LogLines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(files, "REMOVE_SECONDS", 0.3)
    async with open_api(on_lambda=True) as api:
        path, keys = await moc_with_files(api, postgres, database)
        store.hang = True
        assert (await api.delete(path)).status_code == 200
        assert leftovers(postgres, database) == keys
        assert (await api.get("/api/mocs")).json()["total"] == 0  # the one connection is free again
    assert [line["work"] for line in lines.of("background_work_cut_off")] == ["remove_files"]


async def test_a_store_whose_client_cannot_be_made_costs_the_delete_nothing_but_its_files(
    open_api: Open, postgres: Postgres, database: str, lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    async with open_api() as api:
        path, keys = await moc_with_files(api, postgres, database)
        assert (await api.delete(path)).status_code == 200
        await api.runtime.background.drain(10.0)
        await api.runtime.warm_up()
        assert leftovers(postgres, database) == keys
    assert lines.of("crashed") == []


async def test_a_slow_store_takes_no_connection_away_from_the_requests(
    open_api: Open, store: ScriptedHttp, postgres: Postgres, database: str
) -> None:
    async with open_api() as api:
        await delete_many_while_it_hangs(api, store, postgres, database)
    assert leftovers(postgres, database) == []


async def delete_many_while_it_hangs(api: Api, store: ScriptedHttp, postgres: Postgres, database: str) -> None:
    paths = [(await moc_with_files(api, postgres, database))[0]]
    paths += [f"/api/mocs/{(await api.create(title=str(number)))['id']}" for number in range(14)]
    for path in paths[1:]:
        url = api.runtime.storage.url_of(f"mocs/alice/{path.rpartition('/')[2]}/x.csv")
        statement = f"INSERT INTO moc_files (moc_id, file_type, file_url) VALUES ('{path[10:]}', 'parts-list', '{url}')"
        postgres.run(statement, database)
    store.hang = True
    assert {(await api.delete(path)).status_code for path in paths} == {200}
    answers = await asyncio.gather(*(api.get("/api/mocs", sub) for sub in ("alice", "bob", "eve") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    store.release()
    await api.runtime.background.drain(30.0)
