"""Health: what load balancers and people are told of the service."""

from collections.abc import Mapping
from typing import Any

import pytest

from service.settings import Settings
from tests.fakes.faulty_line import line_to
from tests.fakes.waiting import until
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open

ALL_WELL = {"database": "healthy", "redis": "healthy", "opensearch": "healthy"}
NOBODY_LISTENS = 1  # a privileged port on which nothing runs


def assert_health(answer: Any, http: int, status: str, **ill: str) -> None:
    assert answer.status_code == http
    body: Mapping[str, Any] = answer.json()
    assert set(body) == {"status", "service", "components", "timestamp"}
    assert (body["status"], body["service"]) == (status, "lego-projects-api")
    assert body["components"] == {**ALL_WELL, **ill}
    assert answer.headers["cache-control"] == "no-store"


async def test_with_everything_up_it_is_healthy_and_asks_nobody_who_they_are(api: Api) -> None:
    assert_health(await api.get("/health", None), 200, "healthy")


async def test_a_bad_token_does_no_harm_on_a_public_route(api: Api) -> None:
    headers = {"Authorization": "Bearer nonsense", "Cookie": "token=nonsense"}
    assert_health(await api.get("/health", None, headers=headers), 200, "healthy")


async def test_the_root_greets(api: Api) -> None:
    answer = await api.get("/", None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "running" in answer.text


@pytest.mark.parametrize(
    ("down", "ill"),
    [
        ({"redis_endpoint": f"127.0.0.1:{NOBODY_LISTENS}"}, {"redis": "unhealthy"}),
        ({"opensearch_endpoint": f"http://127.0.0.1:{NOBODY_LISTENS}"}, {"opensearch": "unhealthy"}),
        (
            {
                "redis_endpoint": f"127.0.0.1:{NOBODY_LISTENS}",
                "opensearch_endpoint": f"127.0.0.1:{NOBODY_LISTENS}",
            },
            {"redis": "unhealthy", "opensearch": "unhealthy"},
        ),
    ],
)
async def test_without_redis_or_search_it_is_degraded_and_still_takes_traffic(
    open_api: Open, down: dict[str, str], ill: dict[str, str]
) -> None:
    async with open_api(**down) as api:
        assert_health(await api.get("/health", None), 200, "degraded", **ill)


async def test_without_the_database_it_is_unhealthy_and_503(open_api: Open, settings: Settings) -> None:
    from dataclasses import replace

    async with open_api(postgres=replace(settings.postgres, port=NOBODY_LISTENS)) as api:
        assert_health(await api.get("/health", None), 503, "unhealthy", database="unhealthy")


async def test_servers_that_accept_and_stay_silent_are_given_up_side_by_side(
    open_api: Open, settings: Settings, valkey: int
) -> None:
    from dataclasses import replace

    async with line_to(valkey) as silent:
        silent.stall()
        here = f"127.0.0.1:{silent.port}"
        async with open_api(
            postgres=replace(settings.postgres, port=silent.port), redis_endpoint=here, opensearch_endpoint=here
        ) as api:
            answer = await api.get("/health", None)
    assert_health(answer, 503, "unhealthy", database="unhealthy", redis="unhealthy", opensearch="unhealthy")
    assert answer.elapsed.total_seconds() < 3.0  # each check has under 2 s; one after the other they would take longer


async def test_the_answer_is_fresh_within_five_seconds(open_api: Open, valkey: int) -> None:
    async with line_to(valkey) as line, open_api(redis_endpoint=f"127.0.0.1:{line.port}") as api:
        assert (await api.get("/health", None)).json()["status"] == "healthy"
        await line.refuse()
        await until(lambda: degraded(api), seconds=5.0)
        await line.behave()
        await until(lambda: healthy(api), seconds=5.0)


async def degraded(api: Api) -> bool:
    return bool((await api.get("/health", None)).json()["status"] == "degraded")


async def healthy(api: Api) -> bool:
    return bool((await api.get("/health", None)).json()["status"] == "healthy")
