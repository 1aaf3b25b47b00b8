"""Compares what must hang together: the rows, the objects in the file store, the documents in the search index."""

import re
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from service.search.documents import KINDS
from tests.integration.servers import send

_KEY = re.compile(r"<Key>(.*?)</Key>")
_TOKEN = re.compile(r"<NextContinuationToken>(.*?)</NextContinuationToken>")
_NAMED = """SELECT image_url AS url FROM gallery_images UNION ALL SELECT thumbnail_url FROM gallery_images
 UNION ALL SELECT split_part(image_url, '?', 1) FROM wishlist_items UNION ALL SELECT file_url FROM moc_files"""
_STRAY = """SELECT 'image in no album: ' || id FROM gallery_images i WHERE album_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM gallery_albums WHERE id = i.album_id)
 UNION ALL SELECT 'parts without a list: ' || parts_list_id FROM moc_parts p
   WHERE NOT EXISTS (SELECT FROM moc_parts_lists WHERE id = p.parts_list_id)
 UNION ALL SELECT 'wrong sum: ' || m.id FROM moc_instructions m
   JOIN moc_parts_lists l ON l.moc_id = m.id AND l.status LIKE 'parsed%' GROUP BY m.id
   HAVING coalesce(m.total_piece_count, 0) <> sum(l.total_parts_count::bigint)"""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything is."""

    dsn: str
    file_store: str  # the endpoint's URL
    bucket: str
    search: str

    async def findings(self) -> list[str]:
        """What does not hang together; empty when everything does. Avatars are named by no row and left out."""
        connection = await asyncpg.connect(self.dsn)
        try:
            urls = [row["url"] for row in await connection.fetch(_NAMED)]
            left_over = {row["key"] for row in await connection.fetch("SELECT key FROM file_leftovers")}
            stray = [row[0] for row in await connection.fetch(_STRAY)]
            rows = {name: await connection.fetch(f"SELECT * FROM {name}") for name in KINDS}
        finally:
            await connection.close()
        prefix = f"https://{self.bucket}.s3.amazonaws.com/"
        named = {url.removeprefix(prefix) for url in urls if url is not None and url.startswith(prefix)}
        stored = {key for key in self._keys() if not key.startswith("avatars/")}
        return [*stray, *_objects(named, stored, left_over), *self._documents(rows)]

    def _keys(self) -> Iterator[str]:
        more = ""
        while True:
            text = self._list(more)
            yield from _KEY.findall(text)
            token = _TOKEN.search(text)
            if token is None:
                return
            more = f"&continuation-token={token[1]}"

    def _list(self, more: str) -> str:
        headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request"}
        url = f"{self.file_store}/{self.bucket}?list-type=2{more}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:  # noqa: S310 - our own server
            text: str = answer.read().decode()
        return text

    def _documents(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
        for name, kind in KINDS.items():
            found = send("POST", f"{self.search}/{name}/_search", {"size": 10_000})["hits"]["hits"]
            indexed = {hit["_id"]: hit["_source"] for hit in found}
            wanted = {
                str(row["id"]): msgspec.json.decode(msgspec.json.encode(kind.document(row))) for row in rows[name]
            }
            yield from (f"document without a row: {name} {key}" for key in indexed.keys() - wanted.keys())
            yield from (f"row without a document: {name} {key}" for key in wanted.keys() - indexed.keys())
            both = indexed.keys() & wanted.keys()
            yield from (f"old document: {name} {key}" for key in both if indexed[key] != wanted[key])


def _objects(named: Collection[str], stored: Collection[str], left_over: Collection[str]) -> Iterator[str]:
    yield from (f"object without a row: {key}" for key in set(stored) - set(named) - set(left_over))
    yield from (f"row without its object: {key}" for key in set(named) - set(stored))
