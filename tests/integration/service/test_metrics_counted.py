"""What is counted is what happened: once each, and nothing of what was rolled back or refused."""

import asyncio
import json
from dataclasses import replace

import pytest

from service.kernel.errors import Unavailable
from service.runtime import build_runtime
from service.settings import Settings
from service.telemetry import metrics
from service.telemetry.origin import Origin
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.metric_lines import blobs, counted
from tests.integration.service.api import MOC, Api
from tests.integration.service.avatars import picture as avatar
from tests.integration.service.avatars import send
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import image
from tests.integration.service.gallery import sent as sent_image
from tests.integration.service.test_parts_list_old_route import sent
from tests.integration.service.wishes import picture, send_image, wish

BAD_ROWS = b"Part,Qty\n3001,5\n3002,x\n3003,y\n"
CACHE = {"CacheHits", "CacheMisses", "CacheErrors"}


@pytest.fixture(autouse=True)
def afresh() -> None:
    """Nothing of other tests."""
    metrics.configure(Origin("development"))


def without_cache(lines: LogLines) -> dict[str, float]:
    """What was counted but for the cache."""
    return {name: value for name, value in counted(lines).items() if name not in CACHE}


async def test_a_moc_counts_when_it_is_committed_and_not_when_its_title_is_taken(api: Api, lines: LogLines) -> None:
    await api.create()
    assert (await api.post("/api/mocs", MOC)).status_code == 409
    assert (await api.post("/api/mocs", {**MOC, "title": ""})).status_code == 400
    assert without_cache(lines) == {"MocsCreated": 1}


async def test_of_many_at_once_for_one_title_one_counts(api: Api, lines: LogLines) -> None:
    answers = await asyncio.gather(*(api.post("/api/mocs", MOC) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert without_cache(lines) == {"MocsCreated": 1}


async def test_files_count_when_they_stand(api: Api, lines: LogLines) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/files"
    files = {"file": ("a.pdf", b"%PDF-1.4 x", "application/pdf")}
    assert (await api.call("POST", path, files=files)).status_code == 201
    assert (await api.call("POST", path, files=files)).status_code == 409
    assert (await api.call("POST", path, files={"file": ("a.exe", b"MZ", "application/pdf")})).status_code == 415
    assert without_cache(lines) == {"MocsCreated": 1, "FilesUploaded": 1}


async def test_a_parts_list_counts_as_a_file_then_as_parsed_with_its_rejected_rows(api: Api, lines: LogLines) -> None:
    moc = await api.create()
    assert (await api.upload(moc["id"], BAD_ROWS, "bad.csv")).status_code == 202
    await api.runtime.background.drain(10.0)
    assert without_cache(lines) == {
        "MocsCreated": 1,
        "FilesUploaded": 1,
        "PartsListsParsed": 1,
        "PartsListRowsRejected": 2,
    }


async def test_a_parts_list_that_is_none_counts_as_failed_once(api: Api, lines: LogLines) -> None:
    moc = await api.create()
    counted(lines)
    assert (await api.upload(moc["id"], b"nothing\nof use\n", "none.csv")).status_code == 202
    await api.runtime.background.drain(10.0)
    assert without_cache(lines) == {"FilesUploaded": 1, "PartsListsFailed": 1}
    assert [line["level"] for line in lines.of("parts_list_failed")] == ["warning"]


async def test_pictures_count_wherever_they_go(api: Api, lines: LogLines) -> None:
    await image(api)
    assert (await send_image(api, await wish(api), picture())).status_code == 200
    assert (await sent_image(api, body=b"no")).status_code == 415
    assert without_cache(lines) == {"ImagesUploaded": 2}


async def test_a_search_counts_with_who_answered_it(open_api: Open, lines: LogLines) -> None:
    async with open_api() as api:
        await api.get("/api/mocs?search=falcon")
        assert without_cache(lines) == {"Searches": 1, "SearchesByOpenSearch": 1}
    async with open_api(opensearch_endpoint="http://127.0.0.1:1") as api:
        for _ in range(4):
            assert (await api.get("/api/mocs?search=falcon")).status_code == 200
        before = len(lines.stream.getvalue())
        found = counted(lines)
        assert {name: found[name] for name in ("Searches", "SearchesByPostgreSQL")} == {
            "Searches": 4,
            "SearchesByPostgreSQL": 4,
        }
        told = blobs(lines.stream.getvalue()[before:].splitlines())
        gauges = {one["Dependency"]: one["CircuitOpen"] for one in told if "Dependency" in one}
        assert gauges["opensearch"] == [1]


async def test_reads_are_hits_misses_or_errors(open_api: Open, lines: LogLines, valkey: int) -> None:
    async with line_to(valkey) as line, open_api(redis_endpoint=f"127.0.0.1:{line.port}") as api:
        await api.get("/api/mocs")
        assert counted(lines) == {"CacheMisses": 1}
        await api.get("/api/mocs")
        await api.get("/api/mocs")
        assert counted(lines) == {"CacheHits": 2}
        await api.create()
        await api.get("/api/mocs")
        assert counted(lines) == {"MocsCreated": 1, "CacheMisses": 1}
        await line.refuse()
        for _ in range(5):
            await api.get("/api/mocs")
        assert counted(lines) == {"CacheErrors": 5, "CircuitOpen": 1}


async def test_waiting_for_a_connection_is_measured(settings: Settings, lines: LogLines) -> None:
    runtime = build_runtime(replace(settings, on_lambda=True))  # a pool of one
    try:
        await asyncio.gather(*(runtime.database.fetch("SELECT pg_sleep(0.1)") for _ in range(3)))
        metrics.flush()
        waits = next(blobs(lines.stream.getvalue().splitlines()))["PoolWait"]
    finally:
        await runtime.close()
    assert len(waits) == 3
    assert waits[2] >= 190  # milliseconds, behind two others


async def test_giving_up_waiting_is_measured_as_well(
    settings: Settings, lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.db.database.ACQUIRE_TIMEOUT_SECONDS", 0.3)
    runtime = build_runtime(replace(settings, on_lambda=True))
    try:
        holding = asyncio.create_task(runtime.database.fetch("SELECT pg_sleep(1)"))
        await asyncio.sleep(0.15)
        with pytest.raises(Unavailable):
            await runtime.database.fetch("SELECT 1")
        await holding
        metrics.flush()
        waits = next(blobs(lines.stream.getvalue().splitlines()))["PoolWait"]
    finally:
        await runtime.close()
    assert waits[1] >= 290


async def test_no_value_of_a_dimension_comes_from_a_request(api: Api, lines: LogLines) -> None:
    for user in ("alice", "bob", "eve"):
        await api.create(user)
        await api.get("/api/mocs?search=falcon", user)
    metrics.flush()
    for blob in blobs(lines.stream.getvalue().splitlines()):
        names = {name for names in blob["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for name in names}
        assert names <= {"Stage", "Platform", "Function", "Dependency"}
        assert {blob["Stage"], blob["Platform"]} == {"development", "ecs"}
        assert "alice" not in json.dumps(blob)


async def test_the_old_way_of_sending_a_list_counts_alike(api: Api, lines: LogLines) -> None:
    moc = await api.create()
    counted(lines)
    assert (await sent(api, moc["id"])).status_code == 201
    assert (await sent(api, moc["id"], b"no list\n", "other.csv")).status_code == 400
    await api.runtime.background.drain(10.0)
    assert without_cache(lines) == {"FilesUploaded": 1, "PartsListsParsed": 1, "PartsListsFailed": 1}


@pytest.mark.usefixtures("pool")
async def test_an_avatar_is_a_picture_too(api: Api, lines: LogLines) -> None:
    assert (await send(api, avatar())).status_code == 200
    assert (await send(api, b"no")).status_code == 415
    assert without_cache(lines) == {"ImagesUploaded": 1}
