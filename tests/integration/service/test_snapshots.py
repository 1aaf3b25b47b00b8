"""SnapStart: nothing open or growing old in the snapshot, and each restored environment on its own."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from snapshot_restore_py import (  # type: ignore[import-untyped]
    get_after_restore,
    get_before_snapshot,
)

from cutover.rehearsal.stack.tokens import TokenMaker
from service.entrypoints.snapshots import outlive_snapshots
from service.runtime import build_runtime
from service.settings import Postgres as Address
from service.settings import Settings
from tests.fakes.lambda_events import http_event
from tests.fakes.scripted_http import scripted_http
from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.test_functions import ALICE, run
from tests.integration.service.test_password import SetPassword, secret, strict
from tests.integration.service.test_signing_keys import verifier

__all__ = ["secret", "strict"]

JSON = {"Content-Type": "application/json"}
SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def told(module: str, settings: Settings, events: Sequence[Any], **more: str) -> dict[str, Any]:
    """What came of a snapshot of this function, and of its restores."""
    command = ["-W", "ignore::DeprecationWarning", "-m", "tests.integration.service.restoring", module]
    done = run(command, settings, events, **{**SNAP_START, **more})
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    found: dict[str, Any] = json.loads(line[5:])
    return found


def test_the_snapshot_holds_no_connection_and_every_copy_makes_its_own(
    settings: Settings, moto: str, postgres: Postgres, database: str
) -> None:
    events = [
        http_event("POST", "/api/mocs", JSON, body=json.dumps(MOC).encode(), claims=ALICE),
        http_event("GET", "/api/mocs", claims=ALICE),
        http_event("GET", "/health"),
        http_event("GET", "/api/mocs/search?q=falcon", claims=ALICE),
    ]
    found = told("service.entrypoints.mocs", settings, events)
    assert (found["opened"] >= 1, found["left"]) == (True, 0)
    first, second = found["copies"]
    assert [answer["statusCode"] for answer in first["answers"]] == [201, 200, 200, 200]
    assert [answer["statusCode"] for answer in second["answers"]] == [409, 200, 200, 200]
    assert json.loads(first["answers"][2]["body"])["status"] == "healthy"
    assert min(first["connections"], second["connections"]) >= 2  # PostgreSQL and Valkey at least


def test_two_copies_draw_other_numbers_and_other_than_the_snapshot_would(settings: Settings, moto: str) -> None:
    found = told("service.entrypoints.health", settings, [])
    drawn = [copy["drawn"] for copy in found["copies"]]
    assert len({*drawn, found["unhooked"]}) == 3


def test_the_parser_is_restored_too(settings: Settings, moto: str, postgres: Postgres, database: str) -> None:
    scheduled = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    found = told("service.entrypoints.parts_lists", settings, [scheduled])
    assert found["left"] == 0
    assert [copy["answers"] for copy in found["copies"]] == [[{"swept": 0, "filesSwept": 0}]] * 2


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_without_snapshots_nothing_is_registered_and_connections_stay(settings: Settings, moto: str, kind: str) -> None:
    found = told("service.entrypoints.health", settings, [], AWS_LAMBDA_INITIALIZATION_TYPE=kind)
    assert found["left"] == found["opened"]
    assert {copy["drawn"] for copy in found["copies"]} == {found["unhooked"]}


async def test_a_password_is_not_kept_in_the_snapshot(
    open_api: Open, strict: tuple[Postgres, Address, SetPassword], secret: tuple[str, SetPassword]
) -> None:
    _, address, change = strict
    arn, store = secret
    change("right")
    store("right")
    async with open_api(postgres=replace(address, secret_arn=arn), redis_endpoint="127.0.0.1:1") as api:
        assert (await api.get("/api/mocs")).status_code == 200
        await api.runtime.rest()
        store("wrong")
        assert_failure(await api.get("/api/mocs"), 503, "SERVICE_UNAVAILABLE")


async def test_the_user_pools_keys_are_asked_for_again(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, json.dumps(tokens.jwks()).encode())) as pool:
        verify = verifier(pool.url + "/jwks.json")
        for _ in range(2):
            assert (await verify.verify(tokens.token("alice"))).sub == "alice"
        verify.forget_keys()
        assert (await verify.verify(tokens.token("alice"))).sub == "alice"
    assert len(pool.asked) == 2


def test_hooks_are_registered_only_where_there_are_snapshots(settings: Settings) -> None:
    import asyncio

    loop = asyncio.new_event_loop()
    before = len(get_before_snapshot()), len(get_after_restore())
    outlive_snapshots(build_runtime(settings), loop)
    assert (len(get_before_snapshot()), len(get_after_restore())) == before
    outlive_snapshots(build_runtime(replace(settings, snap_start=True)), loop)
    assert (len(get_before_snapshot()), len(get_after_restore())) == (before[0] + 2, before[1] + 1)
    get_before_snapshot().pop()[0]()
    get_after_restore().pop()[0]()
    loop.close()
