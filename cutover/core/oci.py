"""Container images by digest: what a manifest refers to, and the index of an OCI image layout that holds them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LAYOUT_FILE = "oci-layout"
LAYOUT = '{"imageLayoutVersion":"1.0.0"}'
INDEX_FILE = "index.json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
TAG = "org.opencontainers.image.ref.name"
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEX_TYPES = (INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json")
ARTIFACT_TYPES = ("application/vnd.oci.artifact.manifest.v1+json",)
ACCEPTED_TYPES = (*MANIFEST_TYPES, *INDEX_TYPES, *ARTIFACT_TYPES)
# Layers that a registry only points at: base layers of Windows, which may not be handed on.
_ELSEWHERE = ("foreign", "nondistributable")


class BadManifest(Exception):
    """A manifest that can't be archived; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to content: its media type, its digest as "sha256:HEX", its size in bytes."""

    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as the registry holds it, byte for byte, and what it refers to."""

    descriptor: Descriptor
    body: bytes
    manifests: tuple[Descriptor, ...]
    blobs: tuple[Descriptor, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What of one repository is in the archive: tags by image digest, sizes in bytes by content digest."""

    repository: str
    time: datetime
    images: Mapping[str, tuple[str, ...]]
    objects: Mapping[str, int]

    @property
    def size(self) -> int:
        """The bytes of everything together."""
        return sum(self.objects.values())

    def spelled(self) -> str:
        """The one spelling as JSON, from which the hash in the ledger is made."""
        plain = {
            "schema": "cutover.archive/1",
            "repository": self.repository,
            "time": self.time.isoformat(),
            "images": {digest: list(tags) for digest, tags in self.images.items()},
            "objects": dict(self.objects),
        }
        return json.dumps(plain, sort_keys=True, indent=1)

    @property
    def hash(self) -> str:
        """SHA-256 of `spelled`."""
        return hashlib.sha256(self.spelled().encode()).hexdigest()


def read_receipt(text: str) -> Receipt | None:
    """The receipt that `spelled` wrote; None for anything else."""
    try:
        raw = json.loads(text)
        images = {digest: tuple(tags) for digest, tags in raw["images"].items()}
        when = datetime.fromisoformat(raw["time"])
        return Receipt(raw["repository"], when, images, {key: int(size) for key, size in raw["objects"].items()})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def digest_of(body: bytes) -> str:
    """The digest by which content is addressed."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_manifest(digest: str, media_type: str, body: bytes) -> Manifest:
    """What it refers to. Raises BadManifest where its bytes are not those of the digest, or it is of another kind."""
    if digest_of(body) != digest:
        raise BadManifest(f"the manifest {digest} has other bytes than its digest says ({digest_of(body)})")
    try:
        raw = json.loads(body)
    except ValueError as error:
        raise BadManifest(f"the manifest {digest} is no JSON: {error}") from error
    kind = media_type or str(raw.get("mediaType", ""))
    if kind not in ACCEPTED_TYPES:
        raise BadManifest(
            f"the manifest {digest} is of the type {kind or 'unknown'!r}, which can't be archived by digest:"
            " push that image again with a current docker, or delete it"
        )
    manifests = _descriptors(raw.get("manifests", ()))
    blobs = _descriptors([raw.get("config"), *raw.get("layers", ()), *raw.get("blobs", ())])
    return Manifest(Descriptor(kind, digest, len(body)), body, manifests, blobs)


def layout_index(images: Mapping[str, Sequence[str]], manifests: Mapping[str, Manifest]) -> str:
    """The layout's index.json: every tag, and every image without one that no other image refers to."""
    referred = {child.digest for manifest in manifests.values() for child in manifest.manifests}
    listed = []
    for digest, tags in sorted(images.items()):
        plain = _plain(manifests[digest].descriptor)
        listed += [plain | {"annotations": {TAG: tag}} for tag in sorted(tags)]
        if not tags and digest not in referred:
            listed.append(plain)
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": listed}, indent=1)


def uncovered(images: Mapping[str, Sequence[str]], receipt: Receipt | None) -> tuple[str, ...]:
    """The digests and tags of the repository that the receipt does not have."""
    archived = receipt.images if receipt else {}
    missing = [digest for digest in images if digest not in archived]
    tags = [
        f"{tag} of {digest}"
        for digest, named in images.items()
        if digest in archived
        for tag in named
        if tag not in archived[digest]
    ]
    return (*missing, *tags)


def _descriptors(found: Sequence[Any]) -> tuple[Descriptor, ...]:
    kept = [raw for raw in found if raw and not any(word in str(raw.get("mediaType", "")) for word in _ELSEWHERE)]
    return tuple(Descriptor(str(raw.get("mediaType", "")), str(raw["digest"]), int(raw["size"])) for raw in kept)


def _plain(descriptor: Descriptor) -> dict[str, Any]:
    return {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
