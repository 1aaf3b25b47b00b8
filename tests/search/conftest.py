"""Both search servers, one after the other; the service's client on each; and the service itself."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.search import opensearch, queries
from service.search.indices import MAPPINGS
from service.search.opensearch import OpenSearch
from tests.integration.postgres import migrated_template, postgres
from tests.integration.servers import (
    ENGINE_VARIABLE,
    ENGINES,
    REGION,
    index,
    logs,
    moto,
    moto_server,
    remove_index,
    running_engine,
    valkey,
)
from tests.integration.service.conftest import (
    api,
    bucket,
    database,
    lines,
    open_api,
    redis,
    settings,
    shared_database,
    tokens,
)
from tests.opensearch.fetch import NoOpenSearch
from tests.search.shelf import KINDS, Shelf

__all__ = [
    "api", "bucket", "database", "index", "lines", "logs", "migrated_template", "moto", "moto_server", "open_api",
    "postgres", "redis", "settings", "shared_database", "tokens", "valkey",
]  # fmt: skip

_NAMED = os.environ.get(ENGINE_VARIABLE)
# What is found is asked here, not how fast: a machine that is busy with other things must change nothing.
_PATIENT_SECONDS = 30.0


@pytest.fixture(scope="session", params=[_NAMED] if _NAMED else ENGINES)
def search_server(request: pytest.FixtureRequest, logs: Path) -> Iterator[str]:
    """The URL of either; where a real OpenSearch can't run, its tests are skipped, unless it was asked for by name."""
    try:
        with running_engine(request.param, logs) as url:
            yield url
    except NoOpenSearch as error:
        if _NAMED:
            raise
        pytest.skip(f"NO TESTS ON A REAL OPENSEARCH: {error}")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service waits for its search server as long as it takes."""
    monkeypatch.setattr(opensearch, "SEARCH_TIMEOUT_SECONDS", _PATIENT_SECONDS)
    monkeypatch.setattr(opensearch, "WRITE_TIMEOUT_SECONDS", _PATIENT_SECONDS)
    monkeypatch.setattr(queries, "ENGINE_TIMEOUT", f"{_PATIENT_SECONDS:g}s")


@pytest.fixture
async def engine(search_server: str, patient: None) -> AsyncIterator[OpenSearch]:
    """The service's client."""
    client = OpenSearch(search_server, region=REGION, signed=False)
    yield client
    await client.close()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.index)
def shelf(request: pytest.FixtureRequest, engine: OpenSearch, search_server: str) -> Shelf:
    """The empty index of one kind; a test that asks for it runs for each kind."""
    return _emptied(Shelf(request.param, engine, search_server))


@pytest.fixture
def mocs(engine: OpenSearch, search_server: str) -> Shelf:
    """The empty index of MOCs, for what all kinds have in common."""
    return _emptied(Shelf(KINDS[0], engine, search_server))


@pytest.fixture
def images(engine: OpenSearch, search_server: str) -> Shelf:
    """The empty index of images, for what no other kind has."""
    return _emptied(Shelf(KINDS[1], engine, search_server))


def _emptied(shelf: Shelf) -> Shelf:
    remove_index(shelf.url, shelf.kind.index)
    shelf.ask("PUT", "", {"mappings": MAPPINGS[shelf.kind.index]})
    return shelf
