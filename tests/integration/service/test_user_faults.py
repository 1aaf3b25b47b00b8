"""The user pool or the file store refused, silent or wrong: 503 and nothing half done; never a picture that is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.tokens import TokenMaker
from service.cache import keys
from service.domains.users import deps as users
from service.domains.users.avatars import AvatarService
from service.domains.users.repository import UserRepository
from service.kernel.errors import Unavailable
from service.kernel.principal import Principal
from service.runtime import build_runtime
from service.settings import Cognito, Settings
from service.telemetry.pseudonym import pseudonym
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import Answer, Asked, ScriptedHttp, scripted_http
from tests.fakes.waiting import until
from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.avatars import BLUE, KEY, assert_whole, picture, send
from tests.integration.service.conftest import Open
from tests.integration.user_pool import Pool

AVATAR = "/api/users/me/avatar"
COGNITO = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
FIND, UPDATE, DELETE = "AdminGetUser", "AdminUpdateUserAttributes", "AdminDeleteUserAttributes"


@pytest.fixture
async def line(moto: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FaultyLine]:
    """What stands between the service and the user pool."""
    async with line_to(int(moto.rpartition(":")[2])) as line:
        monkeypatch.setenv(COGNITO, f"http://{LOOPBACK}:{line.port}")
        yield line


@pytest.fixture
async def api(open_api: Open, line: FaultyLine) -> AsyncIterator[Api]:
    """The API with the user pool behind the line."""
    async with open_api() as api:
        yield api


@dataclass(slots=True)
class ScriptedPool:
    """A user pool that answers each operation as it is told, else as Cognito does."""

    told: dict[str, Answer] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=lambda: {"sub": "alice", "email": "alice@example.test"})
    operations: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        operation = asked.headers["x-amz-target"].partition(".")[2]
        self.operations.append(operation)
        if operation in self.told:
            return self.told[operation]
        body = json.loads(asked.body)
        if operation == UPDATE:
            self.attributes.update({entry["Name"]: entry["Value"] for entry in body["UserAttributes"]})
        pairs = [{"Name": name, "Value": value} for name, value in self.attributes.items()]
        return 200, json.dumps({"Username": "alice", "UserAttributes": pairs} if operation == FIND else {}).encode()


@dataclass(frozen=True, slots=True)
class Scripted:
    """The API on a scripted pool."""

    api: Api
    pool: ScriptedPool
    http: ScriptedHttp


@pytest.fixture
async def scripted(open_api: Open, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scripted]:
    """The API whose user pool answers by a script."""
    pool = ScriptedPool()
    async with scripted_http(pool.answer) as http:
        monkeypatch.setenv(COGNITO, http.url)
        async with open_api() as api:
            yield Scripted(api, pool, http)


def refusal(kind: str, status: int = 400) -> Answer:
    return status, json.dumps({"__type": kind, "message": "no"}).encode()


THROTTLED = refusal("TooManyRequestsException")
UNUSABLE: dict[str, Answer] = {
    "throttled": THROTTLED,
    "not allowed": refusal("AccessDeniedException"),
    "no such pool": refusal("ResourceNotFoundException"),
    "broken": refusal("InternalErrorException", 500),
    "a page": (200, b"<html>busy</html>"),
    "a page of a proxy": (502, b"<html>bad gateway</html>"),
    "nothing": (200, b""),
    "nobody": (200, b"{}"),
    "somebody without a subject": (200, b'{"UserAttributes": [{"Name": "email", "Value": "x@y.test"}]}'),
}


class TestReading:
    """Without the pool there is no address to show: 503, unless the profile is remembered."""

    @pytest.mark.parametrize("told", UNUSABLE.values(), ids=UNUSABLE)
    async def test_an_answer_that_is_none_is_503_and_not_remembered(
        self, scripted: Scripted, told: Answer, lines: LogLines
    ) -> None:
        scripted.pool.told[FIND] = told
        answer = await scripted.api.get("/api/users/me")
        assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "5"
        assert 1 <= len(scripted.pool.operations) <= 2
        assert [line["userId"] for line in lines.of("user_pool_unavailable")] == [pseudonym("alice")]
        scripted.pool.told.clear()
        assert (await scripted.api.get("/api/users/me")).status_code == 200

    @pytest.mark.parametrize("fault", ["refused", "cut", "garbage"])
    async def test_nor_is_a_line_that_breaks(self, api: Api, line: FaultyLine, pool: Pool, fault: str) -> None:
        if fault == "refused":
            await line.refuse()
        elif fault == "cut":
            line.cut_after(20)
        else:
            line.babble(b"nonsense\r\n\r\n")
        assert_failure(await api.get("/api/users/me"), 503, "SERVICE_UNAVAILABLE")
        await line.behave()
        assert (await api.get("/api/users/me")).status_code == 200

    async def test_a_pool_that_says_nothing_is_given_up(self, api: Api, line: FaultyLine, pool: Pool) -> None:
        line.stall()
        async with asyncio.timeout(15.0):
            assert_failure(await api.get("/api/users/me"), 503, "SERVICE_UNAVAILABLE")
        assert line.accepted == 2

    async def test_a_remembered_profile_is_served_meanwhile(self, api: Api, line: FaultyLine, pool: Pool) -> None:
        first = await api.get("/api/users/me")
        await line.refuse()
        again = await api.get("/api/users/me")
        assert (again.status_code, again.json()) == (200, first.json())
        assert (await api.create())["title"] == "Falcon"

    async def test_a_connection_that_died_while_unused_is_made_anew(
        self, api: Api, line: FaultyLine, pool: Pool
    ) -> None:
        await api.get("/api/users/me")
        line.cut()
        assert (await api.get("/api/users/me", "bob")).status_code == 200

    async def test_without_the_database_it_is_503_too(self, open_api: Open, settings: Settings, pool: Pool) -> None:
        async with open_api(postgres=replace(settings.postgres, port=1)) as api:
            assert_failure(await api.get("/api/users/me"), 503, "SERVICE_UNAVAILABLE")
            assert_failure(await api.patch("/api/users/me", {"name": "New"}), 503, "SERVICE_UNAVAILABLE")
        assert pool.attributes("alice")["name"] == "Ada Lovelace"

    @pytest.mark.parametrize("issuer", ["https://issuer.test", "https://issuer.test/", "x" * 80])
    async def test_an_issuer_that_names_no_pool_is_503(self, open_api: Open, settings: Settings, issuer: str) -> None:
        cognito = Cognito(issuer, settings.cognito.client_id, settings.cognito.jwks_url)
        async with open_api(cognito=cognito) as api:
            headers = {"Authorization": f"Bearer {api.tokens.token('alice', iss=issuer)}"}
            assert_failure(await api.get("/api/users/me", None, headers=headers), 503, "SERVICE_UNAVAILABLE")


class TestRenaming:
    """PATCH without the pool: 503, and what was remembered ends, as nobody knows what holds."""

    @pytest.mark.parametrize("told", [THROTTLED, refusal("InvalidParameterException"), refusal("X", 500)])
    async def test_a_refused_change_is_503_and_changes_nothing(self, scripted: Scripted, told: Answer) -> None:
        scripted.pool.told[UPDATE] = told
        assert_failure(await scripted.api.patch("/api/users/me", {"name": "New"}), 503, "SERVICE_UNAVAILABLE")
        assert "name" not in (await scripted.api.get("/api/users/me")).json()["data"]

    async def test_one_that_was_heard_is_seen_even_if_its_answer_was_lost(
        self, api: Api, line: FaultyLine, pool: Pool
    ) -> None:
        assert (await api.get("/api/users/me")).json()["data"]["name"] == "Ada Lovelace"
        line.lose_answer_to(UPDATE.encode())
        assert_failure(await api.patch("/api/users/me", {"name": "Ada King"}), 503, "SERVICE_UNAVAILABLE")
        assert (await api.get("/api/users/me")).json()["data"]["name"] == "Ada King"

    async def test_one_lost_answer_is_made_good_by_asking_again(self, api: Api, line: FaultyLine, pool: Pool) -> None:
        line.lose_answer_to(UPDATE.encode(), once=True)
        assert (await api.patch("/api/users/me", {"name": "Ada King"})).status_code == 200

    async def test_no_connection_to_the_database_waits_for_the_pool(self, scripted: Scripted, redis: Any) -> None:
        """Twenty hang in the pool, twice as many as there are connections: everybody else is served."""
        scripted.http.hang = True
        hanging = [asyncio.ensure_future(scripted.api.patch("/api/users/me", {"name": "x"})) for _ in range(20)]

        async def fenced() -> bool:
            return bool(await redis.exists(keys.generation("alice")))

        await until(fenced)
        assert (await scripted.api.get("/api/mocs", "bob")).status_code == 200
        scripted.http.release()
        assert {answer.status_code for answer in await asyncio.gather(*hanging)} <= {200, 503}


class TestStoringAnAvatar:
    """The object is stored before it is named; when it can't be named, the pool says what becomes of it."""

    async def test_without_the_pool_nothing_is_stored(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        await line.refuse()
        assert_failure(await send(api, picture()), 503, "SERVICE_UNAVAILABLE")
        assert s3.keys(bucket) == []

    async def test_a_first_one_that_is_not_named_is_deleted_again(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str, lines: LogLines
    ) -> None:
        line.cut_at(UPDATE.encode())
        assert_failure(await send(api, picture()), 503, "SERVICE_UNAVAILABLE")
        assert ("picture" in pool.attributes("alice"), s3.keys(bucket)) == (False, [])
        assert [line["userId"] for line in lines.of("avatar_withdrawn")] == [pseudonym("alice")]

    async def test_one_in_place_of_a_picture_from_elsewhere_too(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        pool.set("alice", "picture", "https://pictures.test/a.png")
        line.cut_at(UPDATE.encode())
        assert_failure(await send(api, picture()), 503, "SERVICE_UNAVAILABLE")
        assert (pool.attributes("alice")["picture"], s3.keys(bucket)) == ("https://pictures.test/a.png", [])

    async def test_of_a_later_one_the_object_stays_for_the_old_name(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        await send(api, picture())
        before = pool.attributes("alice")
        line.cut_at(UPDATE.encode())
        assert_failure(await send(api, picture(colour=BLUE)), 503, "SERVICE_UNAVAILABLE")
        assert (pool.attributes("alice"), s3.keys(bucket)) == (before, [KEY])
        await line.behave()
        assert (await send(api, picture(colour=BLUE))).status_code == 200
        assert assert_whole(pool, s3, bucket)

    async def test_one_that_was_named_counts_even_if_the_answer_was_lost(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        line.lose_answer_to(UPDATE.encode())
        assert (await send(api, picture())).status_code == 200
        assert assert_whole(pool, s3, bucket)

    async def test_when_nobody_can_say_the_object_stays(self, scripted: Scripted, s3: Objects, bucket: str) -> None:
        scripted.pool.told[UPDATE] = THROTTLED
        real = scripted.pool.answer

        def forgets(asked: Asked) -> Answer:
            found = real(asked)
            scripted.pool.told[FIND] = THROTTLED  # from the second time on
            return found

        scripted.http.answer = forgets
        assert_failure(await send(scripted.api, picture()), 503, "SERVICE_UNAVAILABLE")
        assert s3.keys(bucket) == [KEY]

    async def test_of_a_user_who_goes_meanwhile_nothing_is_left(
        self, scripted: Scripted, s3: Objects, bucket: str
    ) -> None:
        gone = refusal("UserNotFoundException")
        scripted.pool.told[UPDATE] = gone
        real = scripted.pool.answer

        def goes(asked: Asked) -> Answer:
            found = real(asked)
            scripted.pool.told[FIND] = gone
            return found

        scripted.http.answer = goes
        assert_failure(await send(scripted.api, picture()), 404, "NOT_FOUND")
        assert s3.keys(bucket) == []

    async def test_without_the_file_store_nothing_is_named(
        self, open_api: Open, pool: Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = pool.attributes("alice")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{LOOPBACK}:1")
        async with open_api() as api:
            assert_failure(await send(api, picture()), 503, "SERVICE_UNAVAILABLE")
            assert (await api.get("/api/users/me")).status_code == 200
        assert pool.attributes("alice") == before


class TestDeletingAnAvatar:
    """It is named no more before it is deleted; asked again, the rest is done."""

    async def test_without_the_pool_it_stays_whole(
        self, api: Api, line: FaultyLine, pool: Pool, s3: Objects, bucket: str
    ) -> None:
        await send(api, picture())
        line.cut_at(DELETE.encode())
        assert_failure(await api.delete(AVATAR), 503, "SERVICE_UNAVAILABLE")
        assert assert_whole(pool, s3, bucket)

    async def test_without_the_file_store_it_is_hidden_and_the_next_time_deleted(
        self, open_api: Open, pool: Pool, s3: Objects, bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_api() as api:
            await send(api, picture())
            assert "picture" in (await api.get("/api/users/me")).json()["data"]
        with monkeypatch.context() as away:
            away.setenv("AWS_ENDPOINT_URL_S3", f"http://{LOOPBACK}:1")
            async with open_api() as api:
                assert_failure(await api.delete(AVATAR), 503, "SERVICE_UNAVAILABLE")
                assert "picture" not in (await api.get("/api/users/me")).json()["data"]
        assert s3.keys(bucket) == [KEY]
        async with open_api() as api:
            assert (await api.delete(AVATAR)).status_code == 200
        assert s3.keys(bucket) == []


async def test_those_who_wait_too_long_for_their_turn_are_503_without_a_connection(
    settings: Settings, tokens: TokenMaker, pool: Pool, lines: LogLines
) -> None:
    runtime = build_runtime(settings)
    service = AvatarService(
        runtime.user_pool,
        UserRepository(runtime.database),
        runtime.writes,
        runtime.storage,
        runtime.scanner,
        runtime.images,
        turns=asyncio.Semaphore(1),
        turn_seconds=0.05,
    )
    try:
        async with service._alone(Principal("bob")):
            with pytest.raises(Unavailable, match="Too many"):
                await service.remove(Principal("alice"))
        await service.remove(Principal("alice"))
        assert len(lines.of("avatars_waiting")) == 1
    finally:
        await runtime.close()


async def test_the_client_of_the_pool_can_be_made_before_anybody_asks(api: Api, line: FaultyLine) -> None:
    await api.runtime.user_pool.open()
    assert line.accepted == 0


async def test_a_server_makes_it_at_its_start_and_starts_all_the_same_when_it_can_not(
    open_api: Open, lines: LogLines
) -> None:
    async with open_api() as api:
        [start] = users.domain(api.runtime).on_startup
        await start()
    assert lines.of("user_pool_unavailable") == []
    async with open_api(aws_region="no region") as api:
        [start] = users.domain(api.runtime).on_startup
        await start()
    assert [line["doing"] for line in lines.of("user_pool_unavailable")] == ["open"]
