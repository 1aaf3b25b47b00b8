"""Which uploads are pictures: bytes decide, name and declared type have to agree."""

import pytest

from service.images.kinds import PictureType, kind_of, picture_type
from service.kernel.errors import UnsupportedMediaType

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "


def iso_media(brand: bytes, *compatible: bytes) -> bytes:
    """The first box of a file of that brand, and the next one's length."""
    rest = brand + bytes(4) + b"".join(compatible)
    return (8 + len(rest)).to_bytes(4, "big") + b"ftyp" + rest + b"\x00\x00\x01\x42meta"


HEIC = iso_media(b"heic", b"mif1", b"heic")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (JPEG, "jpeg"),
        (PNG, "png"),
        (WEBP, "webp"),
        (HEIC, "heic"),
        (iso_media(b"mif1", b"miaf", b"heix"), "heic"),
        (iso_media(b"avif", b"mif1", b"miaf"), None),
        (iso_media(b"isom", b"mp42"), None),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"GIF89a", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"\x89PNG", None),
        (b"\xff\xd8", None),
        (b"II*\x00\x08\x00\x00\x00", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_kind(body: bytes, kind: str | None) -> None:
    assert kind_of(body) == kind


def test_a_brand_outside_the_first_box_does_not_count() -> None:
    assert kind_of(iso_media(b"isom", b"mp42") + b"heicheic") is None


@pytest.mark.parametrize(
    ("name", "declared", "body", "media_type"),
    [
        ("a.jpg", "image/jpeg", JPEG, "image/jpeg"),
        ("A.JPEG", "image/jpg", JPEG, "image/jpeg"),
        ("saved.jfif", "image/pjpeg", JPEG, "image/jpeg"),
        ("a.b.png", "image/png", PNG, "image/png"),
        ("a.webp", "image/webp", WEBP, "image/webp"),
        ("IMG_1.HEIC", "image/heic", HEIC, "image/heic"),
        ("IMG_1.heif", "image/heif", HEIC, "image/heic"),
        ("IMG_1.HEIC", "application/octet-stream", HEIC, "image/heic"),
        ("IMG_1.HEIC", "", HEIC, "image/heic"),
    ],
)
def test_a_picture_whose_bytes_name_and_type_agree_is_taken(
    name: str, declared: str, body: bytes, media_type: str
) -> None:
    assert picture_type(name, declared, body) == PictureType(media_type.partition("/")[2], media_type)


@pytest.mark.parametrize(
    ("name", "declared", "body", "complaint"),
    [
        ("a.png", "image/jpeg", JPEG, "its name has to end in .jpg"),
        ("a", "image/jpeg", JPEG, "its name has to end in .jpg"),
        ("jpg", "image/webp", WEBP, "its name has to end in .webp"),
        ("webp", "image/webp", WEBP, "its name has to end in .webp"),
        ("a.jpg", "image/png", JPEG, "has to be sent as image/jpeg, not as image/png"),
        ("a.jpg", "application/octet-stream", JPEG, "not as application/octet-stream"),
        ("a.png", "", PNG, "not as nothing"),
        ("a.png", "image/png", b"MZ\x90", "not a picture of a kind that is taken here: JPEG, PNG, WebP, HEIC"),
        ("a.svg", "image/svg+xml", b"<svg/>", "not a picture"),
        ("a.jpg", "image/jpeg", b"<html>", "not a picture"),
    ],
)
def test_any_other_is_refused_with_the_reason(name: str, declared: str, body: bytes, complaint: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=complaint):
        picture_type(name, declared, body)


def test_a_route_may_take_fewer_kinds() -> None:
    with pytest.raises(UnsupportedMediaType, match=r"taken here: JPEG, PNG$"):
        picture_type("a.heic", "image/heic", HEIC, taken=("jpeg", "png"))
