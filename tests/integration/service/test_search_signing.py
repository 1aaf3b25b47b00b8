"""A search domain that wants signed requests, with AWS credentials and without."""

import json
import os

import pytest

from service.search.indices import MOCS
from service.search.opensearch import OpenSearch
from service.search.port import SearchUnavailable
from tests.fakes.log_lines import LogLines
from tests.fakes.search_engine import scripted_engine
from tests.integration.servers import REGION
from tests.integration.service.conftest import Open

DOMAIN = "vpc-lego.us-east-1.es.amazonaws.com"


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has no AWS role."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture
def credentials(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "its-secret")


async def test_signed_requests_work_on_the_real_engine(credentials: None, search_server: str, index: str) -> None:
    search = OpenSearch(search_server, region=REGION, signed=True)
    try:
        await search.ping()
        await search.put(MOCS, "1", 1, json.dumps({"title": "Falcön"}).encode())
        await search.remove(MOCS, "1", 2)
        assert (await search.find(MOCS, {"query": {"match_all": {}}})).total == 0
    finally:
        await search.close()


async def test_every_request_carries_the_roles_signature(credentials: None) -> None:
    async with scripted_engine() as engine:
        search = OpenSearch(engine.url, region=REGION, signed=True)
        await search.find(MOCS, {"query": {"match_all": {}}})
        await search.close()
        signatures = [asked.headers["authorization"] for asked in engine.http.asked]
    assert len(signatures) == 2
    for signature in signatures:
        assert signature.startswith("AWS4-HMAC-SHA256 Credential=key-of-the-role/")
        assert f"/{REGION}/es/aws4_request" in signature


async def test_without_credentials_it_is_unavailable_each_time_and_preparing_it_raises_nothing(
    no_credentials: None,
) -> None:
    search = OpenSearch(DOMAIN, region=REGION, signed=True)
    search.prepare()
    for _ in range(2):
        with pytest.raises(SearchUnavailable, match="credentials"):
            await search.ping()
    await search.close()


async def test_credentials_that_are_lost_later_make_it_unavailable(
    credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.credentials import Credentials
    from botocore.exceptions import CredentialRetrievalError

    async with scripted_engine() as engine:
        search = OpenSearch(engine.url, region=REGION, signed=True)
        await search.ping()

        def expired(_: object) -> None:
            raise CredentialRetrievalError(provider="container-role", error_msg="expired")

        monkeypatch.setattr(Credentials, "get_frozen_credentials", expired)
        with pytest.raises(SearchUnavailable, match="expired"):
            await search.ping()
        await search.close()


async def test_a_service_without_credentials_answers_everything(
    no_credentials: None, open_api: Open, lines: LogLines
) -> None:
    async with open_api(opensearch_endpoint=DOMAIN) as api:
        moc = await api.create()
        path = f"/api/mocs/{moc['id']}"
        assert (await api.patch(path, {"theme": "x"})).status_code == 200
        assert (await api.get("/api/mocs?search=falcon")).json()["total"] == 1
        assert (await api.get("/health", None)).json()["status"] == "degraded"
        assert (await api.delete(path)).status_code == 200
        await api.runtime.background.drain(5.0)
    assert lines.of("crashed") == []
    assert lines.of("background_work_failed") == []
