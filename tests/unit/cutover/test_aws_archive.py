"""ECR images in moto's S3: an OCI layout by digest, gone on with after a kill, checked, nothing damaged let in.

Moto plays ECR's manifests and S3; the layers' addresses, which it lacks, come from a stub and lead to a server on
loopback.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cutover.aws import archive as archive_module
from cutover.aws.archive import S3Archive
from cutover.aws.ecr import Registry
from cutover.core.oci import INDEX_TYPE, MANIFEST_TYPES, digest_of
from cutover.ports import ArchiveBroken, EstateUnavailable, NotAllowed, NotFound
from tests.unit.cutover.moto_clients import account_of, client

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
REPOSITORY, BUCKET, PREFIX = "lego/api", "archive-bucket", "cutover-archive"
LAYER, CONFIG, OTHER = b"layer" * 1000, b'{"architecture":"arm64"}', b"another layer"


@dataclass
class Layers:
    """A registry's layers behind addresses on loopback."""

    url: str
    contents: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # digests whose next answers are cut short


class Ecr:
    """Moto's ECR, with the one call that it lacks."""

    def __init__(self, client: Any, layers: Layers) -> None:
        self._client, self._layers = client, layers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_download_url_for_layer(self, repositoryName: str, layerDigest: str) -> Any:  # noqa: N803 - boto3's names
        return {"downloadUrl": f"{self._layers.url}/{layerDigest}", "layerDigest": layerDigest}


@dataclass
class Account:
    """A registry with images, and an empty bucket."""

    ecr: Any
    s3: Any
    layers: Layers

    @property
    def archive(self) -> S3Archive:
        """The adapter on it."""
        return S3Archive(Registry(lambda: self.ecr), lambda: self.s3, BUCKET, PREFIX)

    def push(self, media_type: str, content: dict[str, Any], *tags: str) -> str:
        """Put a manifest; its digest."""
        body = json.dumps(content)
        for tag in tags or (None,):
            named = {"imageTag": tag} if tag else {}
            self.ecr.put_image(
                repositoryName=REPOSITORY,
                imageManifest=body,
                imageManifestMediaType=media_type,
                imageDigest=digest_of(body.encode()),
                **named,
            )
        return digest_of(body.encode())

    def image(self, *tags: str, layers: tuple[bytes, ...] = (LAYER,)) -> str:
        """An image of these layers."""
        self.layers.contents |= {digest_of(content): content for content in (CONFIG, *layers)}
        content = {"config": blob(CONFIG), "layers": [blob(layer) for layer in layers]}
        return self.push(MANIFEST_TYPES[0], content, *tags)

    def stored(self) -> set[str]:
        """What is in the bucket."""
        listed = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return {entry["Key"].removeprefix(f"{PREFIX}/") for entry in listed}

    def read(self, key: str) -> bytes:
        """One object."""
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}")["Body"].read()
        return body

    def copy(self) -> tuple[Any, list[str]]:
        """Copy the repository; the receipt, and what was told."""
        told: list[str] = []
        return self.archive.copy(REPOSITORY, NOW, told.append), told


def blob(content: bytes) -> dict[str, Any]:
    """Its descriptor."""
    return {"mediaType": "application/octet-stream", "digest": digest_of(content), "size": len(content)}


def blob_key(digest: str) -> str:
    """Where it lies."""
    return f"{REPOSITORY}/blobs/{digest.replace(':', '/')}"


@pytest.fixture
def layers() -> Iterator[Layers]:
    """A server of layers."""
    with serving() as found:
        yield found


@contextmanager
def serving() -> Iterator[Layers]:
    """A server of layers on loopback."""
    known = Layers("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            digest = self.path[1:]
            known.asked.append(digest)
            content = known.contents[digest]
            if digest in known.broken:
                known.broken.remove(digest)
                content = content[:-1] + b"?"
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def account(layers: Layers) -> Iterator[Account]:
    """An account with an empty repository and an empty bucket."""
    with account_of("s3", "ecr"):
        s3, ecr = client("s3"), client("ecr")
        s3.create_bucket(Bucket=BUCKET)
        ecr.create_repository(repositoryName=REPOSITORY)
        yield Account(Ecr(ecr, layers), s3, layers)


def test_a_repository_becomes_an_oci_layout_by_digest(account: Account) -> None:
    digest = account.image("v1", "latest")

    receipt, told = account.copy()

    assert account.stored() == {
        blob_key(digest),
        blob_key(digest_of(LAYER)),
        blob_key(digest_of(CONFIG)),
        f"{REPOSITORY}/oci-layout",
        f"{REPOSITORY}/index.json",
        f"{REPOSITORY}/receipt.json",
    }
    assert account.read(blob_key(digest_of(LAYER))) == LAYER
    index = json.loads(account.read(f"{REPOSITORY}/index.json"))
    assert {entry["annotations"]["org.opencontainers.image.ref.name"] for entry in index["manifests"]} == {
        "v1",
        "latest",
    }
    assert json.loads(account.read(f"{REPOSITORY}/oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    assert receipt.images == {digest: ("latest", "v1")}
    assert len(told) == 3


def test_everything_in_the_layout_can_be_reached_from_its_index(account: Account) -> None:
    child = account.image(layers=(LAYER, OTHER))
    account.push(INDEX_TYPE, {"manifests": [{"digest": child, "size": 1, "mediaType": MANIFEST_TYPES[0]}]}, "v2")
    account.copy()

    left = [entry["digest"] for entry in json.loads(account.read(f"{REPOSITORY}/index.json"))["manifests"]]
    seen: dict[str, bytes] = {}
    while left:
        digest = left.pop()
        seen[digest] = account.read(blob_key(digest))
        assert digest_of(seen[digest]) == digest
        raw = json.loads(seen[digest]) if seen[digest].startswith(b"{") else {}
        found = [*raw.get("manifests", ()), *raw.get("layers", ()), raw.get("config")]
        left += [entry["digest"] for entry in found if entry]

    assert {child, digest_of(LAYER), digest_of(OTHER), digest_of(CONFIG)} < set(seen)


def test_the_checksum_lies_beside_each_object(account: Account) -> None:
    account.image("v1")
    account.copy()

    key = f"{PREFIX}/{blob_key(digest_of(LAYER))}"
    found = account.s3.head_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")

    assert found["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(LAYER).digest()).decode()


def test_what_is_there_already_is_not_fetched_again(account: Account) -> None:
    account.image("v1")
    account.copy()
    asked = len(account.layers.asked)
    account.image("v2", layers=(LAYER, OTHER))

    account.copy()

    assert account.layers.asked[asked:] == [digest_of(OTHER)]


def test_a_copy_that_was_cut_off_has_no_receipt_and_goes_on(account: Account) -> None:
    account.image("v1", layers=(LAYER, OTHER))

    class Killed(BaseException):
        """The process is gone."""

    def die(text: str) -> None:
        if " 2 of " in text:
            raise Killed

    with pytest.raises(Killed):
        account.archive.copy(REPOSITORY, NOW, die)
    assert account.archive.receipt(REPOSITORY) is None
    before = list(account.layers.asked)

    receipt, _ = account.copy()

    assert account.archive.receipt(REPOSITORY) == receipt
    assert not set(account.layers.asked[len(before) :]) & set(before)


def test_a_damaged_download_is_fetched_again(account: Account) -> None:
    account.image("v1")
    account.layers.broken = [digest_of(LAYER)]

    receipt, _ = account.copy()

    assert account.archive.verify(receipt) == []
    assert account.layers.asked.count(digest_of(LAYER)) == 2


def test_a_layer_that_stays_damaged_is_never_stored(account: Account) -> None:
    account.image("v1")
    account.layers.broken = [digest_of(LAYER)] * 3

    with pytest.raises(ArchiveBroken, match="the registry's copy is damaged"):
        account.copy()

    assert blob_key(digest_of(LAYER)) not in account.stored()
    assert account.archive.receipt(REPOSITORY) is None


def test_a_download_that_breaks_off_is_no_answer(account: Account) -> None:
    account.image("v1")
    account.layers.url = "http://127.0.0.1:1"

    with pytest.raises(EstateUnavailable, match="the download broke off"):
        account.copy()


def test_layers_come_by_https_only(account: Account) -> None:
    account.image("v1")
    account.layers.url = "http://example.com"

    with pytest.raises(EstateUnavailable, match=r"not https: http://example\.com/sha256"):
        account.copy()


def test_an_object_that_was_changed_afterwards_is_found(account: Account) -> None:
    account.image("v1")
    receipt, _ = account.copy()
    key = f"{PREFIX}/{blob_key(digest_of(LAYER))}"
    account.s3.put_object(Bucket=BUCKET, Key=key, Body=LAYER[:-1] + b"?", ChecksumAlgorithm="SHA256")
    account.s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{blob_key(digest_of(CONFIG))}")

    problems = account.archive.verify(receipt)

    assert len(problems) == 2


def test_an_upload_that_does_not_arrive_whole_gets_no_receipt(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.image("v1")
    put = account.s3.put_object

    def without_layer(**given: Any) -> None:
        if digest_of(LAYER)[7:] not in given["Key"]:
            put(**given)

    monkeypatch.setattr(account.s3, "put_object", without_layer)

    with pytest.raises(ArchiveBroken, match="cutover decommission archive"):
        account.copy()
    assert account.archive.receipt(REPOSITORY) is None


def test_a_manifest_that_can_not_be_archived_is_named(account: Account) -> None:
    digest = account.push("application/vnd.docker.distribution.manifest.v1+prettyjws", {"fsLayers": []}, "old")

    with pytest.raises(ArchiveBroken, match=f"lego/api: the manifest {digest}"):
        account.copy()


def test_an_index_whose_child_is_gone_is_named(account: Account) -> None:
    missing = "sha256:" + "d" * 64
    account.push(INDEX_TYPE, {"manifests": [{"digest": missing, "size": 1}]}, "v1")

    with pytest.raises(ArchiveBroken, match=f"{missing} can't be had: Requested image not found"):
        account.copy()


def test_a_layer_over_the_size_of_one_upload_is_refused(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    account.image("v1")
    monkeypatch.setattr(archive_module, "MOST_BYTES", 100)

    with pytest.raises(ArchiveBroken, match="copy that image by skopeo"):
        account.copy()


def test_documents_are_kept_in_the_bucket(account: Account) -> None:
    place = account.archive.keep("decommission-5-zone.json", "[]")

    assert place == f"s3://{BUCKET}/{PREFIX}/documents/decommission-5-zone.json"
    assert account.read("documents/decommission-5-zone.json") == b"[]"


def test_a_repository_is_deleted_with_its_images_and_twice_is_no_error(account: Account) -> None:
    account.image("v1")

    account.archive.delete(REPOSITORY)
    account.archive.delete(REPOSITORY)

    assert account.archive.images(REPOSITORY) is None
    with pytest.raises(NotFound, match=r"check archive\.repositories"):
        account.copy()


def test_a_bucket_that_does_not_exist_is_a_wrong_setting(account: Account) -> None:
    account.image("v1")
    elsewhere = S3Archive(Registry(lambda: account.ecr), lambda: account.s3, "no-such-bucket", PREFIX)

    with pytest.raises(NotFound, match=r"check archive\.bucket"):
        elsewhere.copy(REPOSITORY, NOW, lambda _: None)


class Failing:
    """A client whose every call raises."""

    def __init__(self, code: str, status: int) -> None:
        answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        self._error = ClientError(answer, "Call")

    def __getattr__(self, _: str) -> Any:
        def call(*_: Any, **__: Any) -> None:
            raise self._error

        return call


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDenied", 403, NotAllowed),
        ("SlowDown", 503, EstateUnavailable),
        ("InvalidRequest", 400, EstateUnavailable),
    ],
)
def test_a_call_that_fails_is_one_of_the_ports_errors(code: str, status: int, expected: type[Exception]) -> None:
    failing = Failing(code, status)
    archive = S3Archive(Registry(lambda: failing), lambda: failing, BUCKET, PREFIX)

    with pytest.raises(expected):
        archive.receipt(REPOSITORY)
    with pytest.raises(expected):
        archive.delete(REPOSITORY)
