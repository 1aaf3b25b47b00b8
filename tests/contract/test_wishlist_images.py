"""The images of wishlist items."""

from collections.abc import Sequence

import pytest

from tests.contract import pictures
from tests.contract.client import PDF, Side, deleted, failed, listed, one
from tests.contract.direct import PNG, Sent, gone, key_of, stored
from tests.contract.test_wishlist import WISHES, ids_of, path_of


@pytest.mark.contract("wishlist.delete", "success.delete", "write.seen")
def test_an_item_goes_with_its_image(others: Sequence[Side]) -> None:
    side, other = others[0], others[-1]
    item = side.wish()
    image = one(side.send(f"{path_of(item)}/image", {"image": PNG.part()}))["imageUrl"]
    deleted(other.delete(path_of(item)), item["id"])
    for seen in others:
        failed(seen.get(path_of(item)), "NOT_FOUND")
        assert item["id"] not in ids_of(listed(seen.get(WISHES), paged=False))
    failed(side.delete(path_of(item)), "NOT_FOUND")
    assert gone(side, key_of(image))


@pytest.mark.contract("wishlist.image", "image.keys", "write.seen")
@pytest.mark.parametrize(
    ("file", "size"),
    [
        (Sent("a.png", pictures.png(1600, 600), "image/png"), (800, 300)),
        (Sent("a.jpeg", pictures.jpeg(300, 1600), "image/jpeg"), (300, 1600)),
        (Sent("a.webp", pictures.webp(801, 801), "image/webp"), (800, 800)),
        (PNG, (64, 48)),
    ],
    ids=lambda value: str(value)[:12],
)
def test_an_image_is_at_most_800_px_wide(others: Sequence[Side], file: Sent, size: tuple[int, int]) -> None:
    side = others[0]
    item = side.wish()
    shown = one(side.send(f"{path_of(item)}/image", {"image": file.part()}))
    image_url = shown["imageUrl"]
    assert shown == {**item, "imageUrl": image_url, "updatedAt": shown["updatedAt"]}
    assert [one(seen.get(path_of(item))) for seen in others] == [shown] * len(others)
    assert key_of(image_url) == f"wishlist/{item['userId']}/{item['id']}.webp"
    body = stored(side, image_url)
    assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP")
    image = pictures.opened(body)
    assert (image.width, image.height) == size


@pytest.mark.contract("wishlist.image", "write.seen")
def test_a_new_image_takes_the_place_of_the_old_one(others: Sequence[Side]) -> None:
    side = others[0]
    item = side.wish()
    sizes = []
    for width in (40, 60):
        file = Sent("a.png", pictures.png(width, 40), "image/png")
        shown = one(others[-1].send(f"{path_of(item)}/image", {"image": file.part()}))
        sizes.append(pictures.opened(stored(side, shown["imageUrl"])).width)
        assert [one(seen.get(path_of(item))) for seen in others] == [shown] * len(others)
    assert sizes == [40, 60]
    cleared = one(side.patch(path_of(item), {"imageUrl": None}))
    assert "imageUrl" not in cleared
    assert gone(side, key_of(shown["imageUrl"]))


@pytest.mark.contract("wishlist.image", "type.by-bytes")
@pytest.mark.parametrize(
    ("file", "code"),
    [
        (Sent("a.png", PDF, "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.gif", b"GIF89a" + b"\0" * 50, "image/gif"), "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.png", pictures.webp(), "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.png", pictures.png(), "image/webp"), "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.pdf", pictures.png(), "image/png"), "UNSUPPORTED_MEDIA_TYPE"),
        (Sent("a.png", pictures.png()[:90], "image/png"), "VALIDATION_ERROR"),
        (Sent("a.png", b"", "image/png"), "VALIDATION_ERROR"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_image(side: Side, file: Sent, code: str) -> None:
    item = side.wish()
    failed(side.send(f"{path_of(item)}/image", {"image": file.part()}), code)
    assert one(side.get(path_of(item))) == item


@pytest.mark.contract("wishlist.image")
def test_the_form_holds_one_image_in_its_field(side: Side) -> None:
    item = side.wish()
    path = f"{path_of(item)}/image"
    failed(side.send(path, {"avatar": PNG.part()}), "VALIDATION_ERROR", "image")
    failed(side.send(path, [("image", PNG.part()), ("image", PNG.part())]), "VALIDATION_ERROR", "image")
    failed(side.post(path, {"image": "x"}), "UNSUPPORTED_MEDIA_TYPE")
    assert one(side.get(path_of(item))) == item
