"""Images in S3 by digest, each repository an OCI image layout; what is there already is not copied again."""

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cutover.aws.clients import Clients
from cutover.aws.ecr import ATTEMPTS as REGISTRY_ATTEMPTS
from cutover.aws.ecr import READ_SECONDS as REGISTRY_SECONDS
from cutover.aws.ecr import Gone, Registry
from cutover.aws.errors import Again, Rejected, translated
from cutover.core import oci
from cutover.core.oci import BadManifest, Descriptor, Manifest, Receipt
from cutover.ports import ArchiveBroken, EstateUnavailable, NotFound
from cutover.settings import Settings

READ_SECONDS, ATTEMPTS = 60, 4
MOST_BYTES = 5 * 1024**3  # of one PutObject, whose checksum is that of the whole object
RECEIPT = "receipt.json"


class S3Archive:
    """An ImageArchive in `bucket` under `prefix`; each repository has its own folder there.

    Receipt and index are written last: a copy that was cut off has none, and goes on where it was.
    """

    is_set_up = True

    def __init__(
        self, registry: Registry, client: Callable[[], Any], bucket: str, prefix: str, profile: str = ""
    ) -> None:
        self._registry, self._make_client, self._bucket = registry, client, bucket
        self._prefix, self._profile = prefix.strip("/"), profile

    def keep(self, name: str, text: str) -> str:
        """Store a document; its s3:// address."""
        self._put(f"documents/{name}", text.encode())
        return f"s3://{self._bucket}/{self._prefix}/documents/{name}"

    def images(self, repository: str) -> Mapping[str, tuple[str, ...]] | None:
        """The tags of every image by digest; None: the repository is gone."""
        try:
            return self._registry.images(repository)
        except Gone:
            return None

    def copy(self, repository: str, now: datetime, told: Callable[[str], None]) -> Receipt:
        """Copy what is not there yet, check all of it, and store index and receipt."""
        images = self.images(repository)
        if images is None:
            raise NotFound(f"there is no ECR repository {repository!r} in this region: check archive.repositories")
        try:
            manifests = self._manifests(repository, images)
        except BadManifest as error:
            raise ArchiveBroken(f"{repository}: {error}") from error
        wanted = _contents(manifests)
        for number, content in enumerate(wanted.values(), 1):
            self._copy_one(repository, content, manifests)
            told(f"{repository} {number} of {len(wanted)}: {content.digest}")
        receipt = Receipt(repository, now, images, {digest: content.size for digest, content in wanted.items()})
        if problems := self.verify(receipt):
            raise ArchiveBroken(f"{repository}: {problems[0]}; copy it again: cutover decommission archive")
        self._put(f"{repository}/{oci.LAYOUT_FILE}", oci.LAYOUT.encode())
        self._put(f"{repository}/{oci.INDEX_FILE}", oci.layout_index(images, manifests).encode())
        self._put(f"{repository}/{RECEIPT}", receipt.spelled().encode())
        return receipt

    def receipt(self, repository: str) -> Receipt | None:
        """The newest receipt, as it lies in the bucket."""
        try:
            with self._asked("s3:GetObject"):
                answer = self._client.get_object(Bucket=self._bucket, Key=self._key(f"{repository}/{RECEIPT}"))
                return oci.read_receipt(answer["Body"].read().decode())
        except Gone:
            return None

    def verify(self, receipt: Receipt) -> Sequence[str]:
        """What of it is not in the bucket with its size and checksum."""
        return [
            f"{digest} is not in the archive with its {size} bytes and its checksum"
            for digest, size in receipt.objects.items()
            if not self._has(receipt.repository, digest, size)
        ]

    def delete(self, repository: str) -> None:
        """Delete the repository with every image."""
        self._registry.delete(repository)

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def _manifests(self, repository: str, images: Mapping[str, Sequence[str]]) -> Mapping[str, Manifest]:
        """Every manifest of the repository, and every one that these refer to."""
        found: dict[str, Manifest] = {}
        left = list(images)
        while left:
            digest = left.pop()
            if digest not in found:
                found[digest] = self._registry.manifest(repository, digest)
                left += [child.digest for child in found[digest].manifests]
        return found

    def _copy_one(self, repository: str, content: Descriptor, manifests: Mapping[str, Manifest]) -> None:
        if self._has(repository, content.digest, content.size):
            return
        if content.digest in manifests:
            self._put(_blob(repository, content.digest), manifests[content.digest].body)
            return
        if content.size > MOST_BYTES:
            raise ArchiveBroken(
                f"{repository}@{content.digest} has {content.size} bytes, over the {MOST_BYTES} of one S3 upload:"
                " copy that image by skopeo, and take the repository out of archive.repositories"
            )
        with tempfile.TemporaryDirectory(prefix="cutover-layer-") as folder:
            file = Path(folder) / "layer"
            self._registry.layer(repository, content, file)
            with file.open("rb") as body:
                self._put_checked(_blob(repository, content.digest), body, content.digest)

    def _put(self, name: str, body: bytes) -> None:
        self._put_checked(name, body, oci.digest_of(body))

    def _put_checked(self, name: str, body: Any, digest: str) -> None:
        """S3 refuses a body of another checksum, and keeps the checksum beside the object."""
        with self._asked("s3:PutObject"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(name),
                Body=body,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=_base64(digest),
            )

    def _has(self, repository: str, digest: str, size: int) -> bool:
        try:
            with self._asked("s3:HeadObject"):
                found = self._client.head_object(
                    Bucket=self._bucket, Key=self._key(_blob(repository, digest)), ChecksumMode="ENABLED"
                )
        except Gone:
            return False
        return bool(found["ContentLength"] == size and found.get("ChecksumSHA256") == _base64(digest))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    @contextmanager
    def _asked(self, call: str) -> Iterator[None]:
        try:
            with translated(call, self._profile):
                yield
        except Rejected as error:
            if error.code in {"404", "NoSuchKey"}:
                raise Gone(str(error)) from error
            if error.code == "NoSuchBucket":
                raise NotFound(f"there is no bucket {self._bucket!r}: check archive.bucket") from error
            raise EstateUnavailable(str(error)) from error
        except Again as error:
            raise EstateUnavailable(str(error)) from error


def _contents(manifests: Mapping[str, Manifest]) -> Mapping[str, Descriptor]:
    """Everything to be stored, blobs before the manifests that name them."""
    blobs = {blob.digest: blob for manifest in manifests.values() for blob in manifest.blobs}
    return blobs | {digest: manifest.descriptor for digest, manifest in manifests.items()}


def _blob(repository: str, digest: str) -> str:
    return f"{repository}/blobs/{digest.replace(':', '/')}"


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode()


def archive_of(settings: Settings, clients: Clients) -> S3Archive:
    """The archive that the settings name; nothing is connected yet."""
    named, profile = settings.archive, settings.aws.profile
    return S3Archive(
        Registry(lambda: clients.make("ecr", REGISTRY_ATTEMPTS, REGISTRY_SECONDS), profile),
        lambda: clients.make("s3", ATTEMPTS, READ_SECONDS, named.region),
        named.bucket,
        named.prefix,
        profile,
    )
