"""An ECR registry: every image's digest and tags, manifests byte for byte, layers as streams to a file."""

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.endpoints import is_loopback
from cutover.core.oci import ACCEPTED_TYPES, Descriptor, Manifest, read_manifest
from cutover.ports import ArchiveBroken, EstateUnavailable

READ_SECONDS, ATTEMPTS = 20, 4
LAYER_ATTEMPTS = 3
CHUNK = 1 << 20


class Gone(Exception):
    """There is no such repository."""


class Registry:
    """The account's registry. `client` makes the boto3 client when it is first needed."""

    def __init__(self, client: Callable[[], Any], profile: str = "") -> None:
        self._make_client, self._profile = client, profile

    def images(self, repository: str) -> Mapping[str, tuple[str, ...]]:
        """The tags of every image, by digest. Raises Gone."""
        tags: dict[str, list[str]] = {}
        with self._asked("ecr:ListImages"):
            for page in self._client.get_paginator("list_images").paginate(repositoryName=repository):
                for image in page["imageIds"]:
                    named = tags.setdefault(image["imageDigest"], [])
                    if tag := image.get("imageTag"):
                        named.append(tag)
        return {digest: tuple(sorted(named)) for digest, named in tags.items()}

    def manifest(self, repository: str, digest: str) -> Manifest:
        """One manifest, checked against its digest. Raises ArchiveBroken, BadManifest."""
        with self._asked("ecr:BatchGetImage"):
            answer = self._client.batch_get_image(
                repositoryName=repository,
                imageIds=[{"imageDigest": digest}],
                acceptedMediaTypes=list(ACCEPTED_TYPES),
            )
        if not answer["images"]:
            why = "; ".join(str(f.get("failureReason", "")) for f in answer["failures"]) or "no reason given"
            raise ArchiveBroken(f"{repository}@{digest} can't be had: {why}; delete that image, or try again")
        image = answer["images"][0]
        return read_manifest(digest, str(image.get("imageManifestMediaType") or ""), image["imageManifest"].encode())

    def layer(self, repository: str, layer: Descriptor, into: Path) -> None:
        """Stream it to a file, and check size and digest. Raises ArchiveBroken, EstateUnavailable."""
        for attempt in range(1, LAYER_ATTEMPTS + 1):
            with self._asked("ecr:GetDownloadUrlForLayer"):
                url = self._client.get_download_url_for_layer(repositoryName=repository, layerDigest=layer.digest)
            try:
                found, size = _fetched(str(url["downloadUrl"]), into)
            except (OSError, HTTPException) as error:
                if attempt == LAYER_ATTEMPTS:
                    raise EstateUnavailable(f"{repository}@{layer.digest}: the download broke off: {error}") from error
                continue
            if (found, size) == (layer.digest, layer.size):
                return
            if attempt == LAYER_ATTEMPTS:
                raise ArchiveBroken(
                    f"{repository}@{layer.digest}: what came has {size} bytes and the digest {found}, not {layer.size}"
                    " bytes: the registry's copy is damaged; push that image again, or delete it"
                )

    def delete(self, repository: str) -> None:
        """Delete it with every image; one that is gone already is no error."""
        try:
            with self._asked("ecr:DeleteRepository"):
                self._client.delete_repository(repositoryName=repository, force=True)
        except Gone:
            return

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    @contextmanager
    def _asked(self, call: str) -> Iterator[None]:
        try:
            with translated(call, self._profile):
                yield
        except Rejected as error:
            if error.code == "RepositoryNotFoundException":
                raise Gone(str(error)) from error
            raise EstateUnavailable(str(error)) from error
        except Again as error:
            raise EstateUnavailable(str(error)) from error


def _fetched(url: str, into: Path) -> tuple[str, int]:
    """Write what is there to the file; its digest and size. Raises OSError, HTTPException."""
    if not (url.startswith("https://") or is_loopback(url)):
        raise EstateUnavailable(f"ECR gave a download address that is not https: {url.split('?', maxsplit=1)[0]}")
    digest = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=READ_SECONDS) as answer, into.open("wb") as file:  # noqa: S310 - as checked
        while chunk := answer.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return f"sha256:{digest.hexdigest()}", into.stat().st_size
