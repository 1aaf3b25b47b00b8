"""OpenSearch by opensearch-py, which is imported when first needed: it costs a cold start half a second."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from service.aws_role import NoKeys, Role
from service.kernel.breaker import Breaker
from service.kernel.signature_v4 import Moment, signed_get
from service.search.indices import SCHEMA
from service.search.knock import host_of, knock
from service.search.port import Hits, SearchUnavailable, Versioned
from service.telemetry import metrics, tracing
from service.telemetry.log import Log
from service.telemetry.metrics import Dependency, Gauged

log = Log(__name__)

SEARCH_TIMEOUT_SECONDS = 0.8
WRITE_TIMEOUT_SECONDS = 2.0
CHECK_EVERY_SECONDS = 30.0
CONFLICT = 409  # a newer version is there already
BAD_REQUEST = 400
TOO_MANY_CLAUSES = "too_many_nested_clauses"
BULK_DOCUMENTS = 500  # at most 10 MB, the smallest limit that Amazon's domains have
AWS_DOMAINS = ".es.amazonaws.com"
AWS_SERVICE = "es"

T = TypeVar("T")


class _Refused(SearchUnavailable):
    """The engine is there and does not take this query, such as one of too many clauses."""


class _Total(msgspec.Struct):
    value: int


class _Hit(msgspec.Struct):
    source: dict[str, Any] = msgspec.field(name="_source")


class _Hits(msgspec.Struct):
    total: _Total
    hits: list[_Hit]


class _Found(msgspec.Struct):
    """What is read of the answer to a search."""

    hits: _Hits


class _Done(msgspec.Struct):
    status: int


class _Written(msgspec.Struct):
    """What is read of the answer to a bulk request: an entry for each document, under what was done with it."""

    items: list[dict[str, _Done]]


class _Properties(msgspec.Struct):
    meta: dict[str, Any] = msgspec.field(name="_meta", default_factory=dict)


class _Index(msgspec.Struct):
    """What is read of an index's mapping."""

    mappings: _Properties


class OpenSearch:
    """The indices on one OpenSearch endpoint, signed with the process's AWS role where the domain wants that."""

    def __init__(
        self, endpoint: str, *, region: str, signed: bool, role: Role | None = None, breaker: Breaker | None = None
    ) -> None:
        self._url = url_of(endpoint)
        self._region = region
        self._signed = signed
        self._role = role or Role(None)
        self._breaker = breaker or Breaker()
        self._made: Any = None
        self._checked_until: dict[str, float] = {}

    async def find(self, index: str, query: Mapping[str, Any]) -> Hits:
        """Search. Raises SearchUnavailable."""
        await self._require_ours(index)
        path, params = f"/{index}/_search", {"allow_partial_search_results": "false"}
        found = await self._call(_Found, SEARCH_TIMEOUT_SECONDS, "GET", path, params=params, body=query)
        return Hits([hit.source for hit in found.hits.hits], found.hits.total.value)

    async def put(self, index: str, document_id: str, version: int, document: bytes) -> None:
        """Index. Raises SearchUnavailable."""
        await self._require_ours(index)
        await self._write("PUT", f"/{index}/_doc/{document_id}", version, document)

    async def put_all(self, index: str, documents: Sequence[Versioned]) -> None:
        """Index by the bulk call. Raises SearchUnavailable."""
        await self._require_ours(index)
        for first in range(0, len(documents), BULK_DOCUMENTS):
            lines = b"".join(_bulk_lines(index, one) for one in documents[first : first + BULK_DOCUMENTS])
            written = await self._call(_Written, WRITE_TIMEOUT_SECONDS, "POST", "/_bulk", body=lines)
            statuses = {done.status for item in written.items for done in item.values()}
            if any(status >= 300 and status != CONFLICT for status in statuses):
                raise SearchUnavailable(f"POST /_bulk: {sorted(statuses)}")

    async def remove(self, index: str, document_id: str, version: int) -> None:
        """Delete. Raises SearchUnavailable."""
        await self._require_ours(index)
        await self._write("DELETE", f"/{index}/_doc/{document_id}", version, None)

    def prepare(self) -> None:
        """Import the client, unless that has been done. What stands in its way, the first call will say."""
        with suppress(SearchUnavailable):
            self._client()

    async def ping(self) -> None:
        """The engine's root. Raises SearchUnavailable; asks whatever the breaker says, and loads no client for it."""
        if self._made is not None:
            await self._perform(SEARCH_TIMEOUT_SECONDS, "GET", "/", None, None)
            return
        try:
            async with asyncio.timeout(SEARCH_TIMEOUT_SECONDS):
                status = await knock(self._url, await self._signature())
        except (NoKeys, OSError, TimeoutError, ValueError) as error:
            raise SearchUnavailable(f"GET /: {error!r}") from error
        if not 200 <= status < 300:  # nor a redirection: whoever searches is not led on
            raise SearchUnavailable(f"GET /: {status}")

    async def close(self) -> None:
        """Close the connections; whose the indices are is looked at anew after that."""
        self._checked_until.clear()
        self._role.forget()
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def _signature(self) -> Mapping[str, str]:
        if not self._signed:
            return {}
        moment = Moment(datetime.now(UTC), self._region, AWS_SERVICE)
        return signed_get(await self._role.keys(), moment, host_of(self._url), "/")

    async def _require_ours(self, index: str) -> None:
        """Refuse an index that is missing or was made by somebody else; looked at again every half minute."""
        if time.monotonic() < self._checked_until.get(index, 0.0):
            return
        found = await self._call(dict[str, _Index], SEARCH_TIMEOUT_SECONDS, "GET", f"/{index}/_mapping")
        schemas = [one.mappings.meta.get("schema") for one in found.values()]
        if not schemas or any(schema != SCHEMA for schema in schemas):
            log.warning("search_index_not_ours", index=index)
            raise SearchUnavailable(f"the index {index} does not carry the schema {SCHEMA}: it has to be reindexed")
        self._checked_until[index] = time.monotonic() + CHECK_EVERY_SECONDS

    async def _write(self, method: str, path: str, version: int, body: bytes | None) -> None:
        params = {"version": str(version), "version_type": "external_gte"}
        await self._call(object, WRITE_TIMEOUT_SECONDS, method, path, params=params, body=body)

    async def _call(
        self,
        shape: type[T],
        seconds: float,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> T:
        if not self._breaker.allows():
            raise SearchUnavailable("left alone after failures")
        try:
            with tracing.span("opensearch", **_told(method, path)):
                answer = _shaped(await self._perform(seconds, method, path, params, body), shape)
        except _Refused:  # that query is at fault, not the engine
            raise
        except SearchUnavailable as error:
            self._checked_until.clear()
            if self._breaker.failed():
                log.warning("search_unavailable", error=error)
                metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.OPENSEARCH, 1)
            raise
        if self._breaker.succeeded():
            log.info("search_available_again")
            metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.OPENSEARCH, 0)
        return answer

    async def _perform(
        self, seconds: float, method: str, path: str, params: Mapping[str, str] | None, body: Any
    ) -> Any:
        from opensearchpy.exceptions import ImproperlyConfigured, OpenSearchException, TransportError

        client = self._client()
        try:
            async with asyncio.timeout(seconds):
                return await client.transport.perform_request(method, path, params=params, body=body)
        except TransportError as error:
            if error.status_code == CONFLICT or (method == "DELETE" and error.status_code == 404):
                return None
            kind = _Refused if _is_about_the_query(error.status_code, error.info) else SearchUnavailable
            raise kind(f"{method} {path}: {error.status_code} {error.error}") from error
        except (OpenSearchException, ImproperlyConfigured, OSError, TimeoutError) as error:
            raise SearchUnavailable(f"{method} {path}: {error!r}") from error

    def _client(self) -> Any:
        if self._made is None:
            from opensearchpy import AIOHttpConnection, AsyncHttpConnection, AsyncOpenSearch

            self._made = AsyncOpenSearch(
                hosts=[self._url],
                # The first, which is the default, takes a signer for a name and password.
                connection_class=AsyncHttpConnection if self._signed else AIOHttpConnection,
                http_auth=_Signer(self._region) if self._signed else None,
                max_retries=0,
                retry_on_timeout=False,
                timeout=WRITE_TIMEOUT_SECONDS,
            )
        return self._made


class _Signer:
    """Signs requests with the process's AWS role. Raises SearchUnavailable while its credentials can't be had."""

    def __init__(self, region: str) -> None:
        from botocore.session import Session
        from opensearchpy import AWSV4SignerAsyncAuth

        with _credentials():
            self._sign = AWSV4SignerAsyncAuth(Session().get_credentials(), region, AWS_SERVICE)

    def __call__(self, **request: Any) -> dict[str, str]:
        with _credentials():
            return self._sign(**request)


@contextmanager
def _credentials() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except (BotoCoreError, ValueError) as error:  # ValueError: there are none at all
        raise SearchUnavailable(f"no AWS credentials to sign with: {error!r}") from error


def is_on_aws(endpoint: str) -> bool:
    """Whether `endpoint`, a URL or `host:port`, is a domain of Amazon OpenSearch Service: TLS, signed requests."""
    host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    return host.endswith(AWS_DOMAINS)


def url_of(endpoint: str) -> str:
    """The URL that `endpoint`, a URL or `host:port`, stands for."""
    if "://" in endpoint:
        return endpoint
    return f"{'https' if is_on_aws(endpoint) else 'http'}://{endpoint}"


def _told(method: str, path: str) -> dict[str, str]:
    """What traces tell of a call: the operation, and the index if it is about one; no document's id."""
    first, _, rest = path[1:].partition("/")
    if first.startswith("_"):
        return {"operation": first[1:]}
    return {"operation": f"{method} {rest.partition('/')[0]}", "index": first}


def _is_about_the_query(status: Any, info: Any) -> bool:
    """Whether the engine refused what it was asked. It says 500 of a query that has too many clauses."""
    return status == BAD_REQUEST or TOO_MANY_CLAUSES in str(info)


def _bulk_lines(index: str, one: Versioned) -> bytes:
    target = {"_index": index, "_id": one.document_id, "version": one.version, "version_type": "external_gte"}
    return msgspec.json.encode({"index": target}) + b"\n" + one.document + b"\n"


def _shaped(answer: Any, shape: type[T]) -> T:
    """The parts of an answer that are read. A proxy in between may answer 200 with anything."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise SearchUnavailable(f"an answer that is none: {error}") from error
