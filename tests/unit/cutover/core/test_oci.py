"""Manifests by digest: what they refer to, what can't be archived, the layout's index, the receipt's spelling."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cutover.core.oci import (
    INDEX_TYPE,
    MANIFEST_TYPES,
    BadManifest,
    Manifest,
    Receipt,
    digest_of,
    layout_index,
    read_manifest,
    read_receipt,
    uncovered,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ONE = "sha256:" + "1" * 64


def blob(number: int, media_type: str = "application/vnd.oci.image.layer.v1.tar+gzip") -> dict[str, Any]:
    """A descriptor."""
    return {"mediaType": media_type, "digest": f"sha256:{number:064x}", "size": number}


def manifest(media_type: str = MANIFEST_TYPES[0], **content: Any) -> Manifest:
    """A manifest with that content, read by its own digest."""
    body = json.dumps(content).encode()
    return read_manifest(digest_of(body), media_type, body)


def test_an_image_refers_to_its_config_and_layers() -> None:
    read = manifest(config=blob(1), layers=[blob(2), blob(3)])

    assert [d.size for d in read.blobs] == [1, 2, 3]
    assert read.manifests == ()
    assert read.descriptor.size == len(read.body)


def test_an_index_refers_to_its_manifests() -> None:
    read = manifest(INDEX_TYPE, manifests=[blob(4)])

    assert [d.size for d in read.manifests] == [4]
    assert read.blobs == ()


def test_an_artifact_refers_to_its_blobs() -> None:
    assert [d.size for d in manifest("application/vnd.oci.artifact.manifest.v1+json", blobs=[blob(5)]).blobs] == [5]


def test_layers_that_lie_elsewhere_are_not_copied() -> None:
    foreign = blob(9, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")

    assert [d.size for d in manifest(config=blob(1), layers=[foreign, blob(2)]).blobs] == [1, 2]


def test_the_media_type_may_stand_in_the_manifest_alone() -> None:
    body = json.dumps({"mediaType": INDEX_TYPE, "manifests": []}).encode()

    assert read_manifest(digest_of(body), "", body).descriptor.media_type == INDEX_TYPE


def test_other_bytes_than_the_digest_says_are_refused() -> None:
    with pytest.raises(BadManifest, match="has other bytes than its digest says"):
        read_manifest(ONE, MANIFEST_TYPES[0], b"{}")


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(BadManifest, match="is no JSON"):
        read_manifest(digest_of(b"{"), MANIFEST_TYPES[0], b"{")


def test_a_manifest_of_the_first_schema_is_refused_with_a_way_on() -> None:
    with pytest.raises(BadManifest, match="push that image again"):
        manifest("application/vnd.docker.distribution.manifest.v1+prettyjws", fsLayers=[])


def test_the_index_names_every_tag_and_every_image_that_no_other_refers_to() -> None:
    child, lone = manifest(config=blob(1), layers=[]), manifest(config=blob(2), layers=[])
    index = manifest(INDEX_TYPE, manifests=[{"digest": child.descriptor.digest, "size": 1}])
    every = {m.descriptor.digest: m for m in (child, lone, index)}
    images = {child.descriptor.digest: (), lone.descriptor.digest: (), index.descriptor.digest: ("v1", "latest")}

    layout = json.loads(layout_index(images, every))

    listed = layout["manifests"]
    named = {(d["digest"], d.get("annotations", {}).get("org.opencontainers.image.ref.name")) for d in listed}
    assert named == {
        (index.descriptor.digest, "v1"),
        (index.descriptor.digest, "latest"),
        (lone.descriptor.digest, None),
    }
    assert layout["schemaVersion"] == 2


def test_a_receipt_is_read_back_as_it_was_spelled() -> None:
    receipt = Receipt("lego/api", NOW, {ONE: ("v1",)}, {ONE: 7})

    assert read_receipt(receipt.spelled()) == receipt
    assert receipt.size == 7
    assert receipt.hash != Receipt("lego/api", NOW, {ONE: ()}, {ONE: 7}).hash


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": 1}', "null"])
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert read_receipt(text) is None


def test_without_a_receipt_nothing_is_covered() -> None:
    assert uncovered({ONE: ("v1",)}, None) == (ONE,)
