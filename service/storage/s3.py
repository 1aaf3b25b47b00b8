"""S3 by aioboto3."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from service.aws_client import LazyClient
from service.kernel.errors import Unavailable
from service.storage.port import NotAllDeleted, ObjectMissing, PostForm
from service.telemetry import tracing
from service.telemetry.log import Log
from service.telemetry.pseudonym import without_owner

log = Log(__name__)

TIMEOUT_SECONDS = 5.0
PUT_TIMEOUT_SECONDS = 12.0  # two attempts; the client itself waits for ever for leave to send the body
CHUNK_BYTES = 256 * 1024
BATCH = 1000  # what one DeleteObjects call takes


class S3:
    """The objects of one bucket; one client for the life of the process."""

    def __init__(self, bucket: str, region: str) -> None:
        self._bucket = bucket
        self._client = LazyClient("s3", region, TIMEOUT_SECONDS)

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """PutObject. Raises Unavailable."""
        with _in_our_words("put", key):
            client = await self._client.get()
            async with asyncio.timeout(PUT_TIMEOUT_SECONDS):
                with tracing.span("s3", operation="PutObject", bytes=len(body)):
                    await client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """GetObject, streamed. Raises Unavailable, ObjectMissing."""
        with _in_our_words("read", key):
            client = await self._client.get()
            with tracing.span("s3", operation="GetObject"):
                answer = await client.get_object(Bucket=self._bucket, Key=key)
            async with answer["Body"]:
                async for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                    yield chunk

    async def delete(self, keys: Sequence[str]) -> None:
        """DeleteObjects. Raises Unavailable; NotAllDeleted when S3 could not delete some of them."""
        kept: list[str] = []
        for first in range(0, len(keys), BATCH):
            objects = [{"Key": key} for key in keys[first : first + BATCH]]
            with _in_our_words("delete", objects[0]["Key"]):
                client = await self._client.get()
                with tracing.span("s3", operation="DeleteObjects", objects=len(objects)):
                    deleting = {"Objects": objects, "Quiet": True}
                    answer = await client.delete_objects(Bucket=self._bucket, Delete=deleting)
            kept += [error.get("Key", "") for error in answer.get("Errors", ())]
        if kept:
            log.warning("storage_delete_failed", keys=[without_owner(key) for key in kept])
            raise NotAllDeleted(kept)

    async def form_for(self, key: str, content_type: str, size_bytes: int, valid_seconds: int) -> PostForm:
        """A presigned POST, its policy bound to key, type and size. Raises Unavailable."""
        with _in_our_words("presign", key):
            client = await self._client.get()
            form = await client.generate_presigned_post(
                Bucket=self._bucket,
                Key=key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", size_bytes, size_bytes]],
                ExpiresIn=valid_seconds,
            )
        return PostForm(form["url"], form["fields"])

    async def download_url(self, key: str, filename: str, content_type: str, valid_seconds: int) -> str:
        """A presigned GET. Raises Unavailable."""
        with _in_our_words("presign", key):
            client = await self._client.get()
            url: str = await client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ResponseContentDisposition": attachment(filename),
                    "ResponseContentType": content_type,
                },
                ExpiresIn=valid_seconds,
            )
        return url

    def url_of(self, key: str) -> str:
        """`https://BUCKET.s3.amazonaws.com/KEY`, as the rows of the old service have it."""
        return f"https://{self._bucket}.s3.amazonaws.com/{key}"

    def key_of(self, url: str) -> str | None:
        """The key behind such an address, None for any other."""
        prefix = self.url_of("")
        return url[len(prefix) :].partition("?")[0] if url.startswith(prefix) else None

    async def open(self) -> None:
        """Make the client now. Raises Unavailable."""
        with _in_our_words("open", ""):
            await self._client.get()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def attachment(filename: str) -> str:
    """A Content-Disposition that saves under this name (RFC 6266): in ASCII for old clients, in full for the others."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


@contextmanager
def _in_our_words(doing: str, key: str) -> Iterator[None]:
    from aiohttp import ClientPayloadError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            raise ObjectMissing(key) from error
        raise _unavailable(doing, key, error) from error
    except (BotoCoreError, ClientPayloadError, OSError, TimeoutError) as error:
        raise _unavailable(doing, key, error) from error


def _unavailable(doing: str, key: str, error: Exception) -> Unavailable:
    log.warning("storage_unavailable", doing=doing, key=without_owner(key), error=error)
    return Unavailable("The file store is not available")
