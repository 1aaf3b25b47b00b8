"""OpenSearch by opensearch-py, which is imported when first needed: it costs a cold start half a second."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from service.kernel.breaker import Breaker
from service.search.indices import SCHEMA
from service.search.port import Hits, SearchUnavailable
from service.telemetry.log import Log

log = Log(__name__)

SEARCH_TIMEOUT_SECONDS = 0.8
WRITE_TIMEOUT_SECONDS = 2.0
CHECK_EVERY_SECONDS = 30.0
CONFLICT = 409  # a newer version is there already


class OpenSearch:
    """The indices on one OpenSearch endpoint, signed with the process's AWS role where the domain wants that."""

    def __init__(self, endpoint: str, *, region: str, signed: bool, breaker: Breaker | None = None) -> None:
        self._url = endpoint if "://" in endpoint else f"http://{endpoint}"
        self._region = region
        self._signed = signed
        self._breaker = breaker or Breaker()
        self._made: Any = None
        self._checked_until: dict[str, float] = {}

    async def find(self, index: str, query: Mapping[str, Any]) -> Hits:
        """Search. Raises SearchUnavailable."""
        await self._require_ours(index)
        answer = await self._call(
            SEARCH_TIMEOUT_SECONDS,
            "GET",
            f"/{index}/_search",
            params={"allow_partial_search_results": "false"},
            body=query,
        )
        hits = answer["hits"]
        return Hits([hit["_source"] for hit in hits["hits"]], hits["total"]["value"])

    async def put(self, index: str, document_id: str, version: int, document: bytes) -> None:
        """Index. Raises SearchUnavailable."""
        await self._require_ours(index)
        await self._write("PUT", f"/{index}/_doc/{document_id}", version, document)

    async def remove(self, index: str, document_id: str, version: int) -> None:
        """Delete. Raises SearchUnavailable."""
        await self._require_ours(index)
        await self._write("DELETE", f"/{index}/_doc/{document_id}", version, None)

    def prepare(self) -> None:
        """Import the client, unless that has been done."""
        self._client()

    async def ping(self) -> None:
        """The engine's root. Raises SearchUnavailable; asks whatever the breaker says."""
        await self._perform(SEARCH_TIMEOUT_SECONDS, "GET", "/", None, None)

    async def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def _require_ours(self, index: str) -> None:
        """Refuse an index that is missing or was made by somebody else; looked at again every half minute."""
        if time.monotonic() < self._checked_until.get(index, 0.0):
            return
        mappings = await self._call(SEARCH_TIMEOUT_SECONDS, "GET", f"/{index}/_mapping")
        schemas = {m["mappings"].get("_meta", {}).get("schema") for m in mappings.values()}
        if schemas != {SCHEMA}:
            log.warning("search_index_not_ours", index=index)
            raise SearchUnavailable(f"the index {index} does not carry the schema {SCHEMA}: it has to be reindexed")
        self._checked_until[index] = time.monotonic() + CHECK_EVERY_SECONDS

    async def _write(self, method: str, path: str, version: int, body: bytes | None) -> None:
        params = {"version": str(version), "version_type": "external_gte"}
        await self._call(WRITE_TIMEOUT_SECONDS, method, path, params=params, body=body)

    async def _call(
        self, seconds: float, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        if not self._breaker.allows():
            raise SearchUnavailable("left alone after failures")
        try:
            answer = await self._perform(seconds, method, path, params, body)
        except SearchUnavailable as error:
            self._checked_until.clear()
            if self._breaker.failed():
                log.warning("search_unavailable", error=str(error))
            raise
        if self._breaker.succeeded():
            log.info("search_available_again")
        return answer

    async def _perform(
        self, seconds: float, method: str, path: str, params: Mapping[str, str] | None, body: Any
    ) -> Any:
        client = self._client()
        from opensearchpy.exceptions import OpenSearchException, TransportError

        try:
            async with asyncio.timeout(seconds):
                return await client.transport.perform_request(method, path, params=params, body=body)
        except TransportError as error:
            if error.status_code == CONFLICT or (method == "DELETE" and error.status_code == 404):
                return None
            raise SearchUnavailable(f"{method} {path}: {error.status_code} {error.error}") from error
        except (OpenSearchException, OSError, TimeoutError) as error:
            raise SearchUnavailable(f"{method} {path}: {error!r}") from error

    def _client(self) -> Any:
        if self._made is None:
            from opensearchpy import AsyncOpenSearch

            self._made = AsyncOpenSearch(
                hosts=[self._url],
                http_auth=self._signer() if self._signed else None,
                max_retries=0,
                retry_on_timeout=False,
                timeout=WRITE_TIMEOUT_SECONDS,
            )
        return self._made

    def _signer(self) -> Any:
        from botocore.session import Session
        from opensearchpy import AWSV4SignerAsyncAuth

        return AWSV4SignerAsyncAuth(Session().get_credentials(), self._region, "es")
