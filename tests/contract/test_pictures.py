"""What becomes of an uploaded picture: the two objects behind an image's addresses."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import pyvips

from tests.contract import pictures
from tests.contract.client import CSV, PDF, Side, failed, is_uuid, one
from tests.contract.direct import PNG, Sent, key_of, stored
from tests.contract.gallery import IMAGES, image_path, on_each, sent
from tests.fakes import picture_files

Colour = tuple[int, int, int]
# Four squares of a picture: above left, above right, below left, below right.
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 160, 40), (30, 40, 220), (230, 220, 40)
QUARTERS = (RED, GREEN, BLUE, YELLOW)
# For each orientation of EXIF, which of the stored quarters are to be seen above left, above right and so on.
SEEN = {
    1: (0, 1, 2, 3),
    2: (1, 0, 3, 2),
    3: (3, 2, 1, 0),
    4: (2, 3, 0, 1),
    5: (0, 2, 1, 3),
    6: (2, 0, 3, 1),
    7: (3, 1, 2, 0),
    8: (1, 3, 0, 2),
}
SIDEWAYS = (5, 6, 7, 8)
NEAR = 24
"""What a channel may be off by: lossy compression takes some 5, a colour that was not converted 30."""


def flat(colour: Sequence[int], width: int, height: int) -> pyvips.Image:
    return pyvips.Image.black(width, height).new_from_image(colour).cast("uchar").copy(interpretation="srgb")


def quarters(width: int, height: int) -> pyvips.Image:
    squares = [flat(colour, width // 2, height // 2) for colour in QUARTERS]
    return pyvips.Image.arrayjoin(squares, across=2).copy_memory()


def saved(image: pyvips.Image, kind: str, **options: Any) -> Sent:
    body: bytes = getattr(image, f"{kind}save_buffer")(**options)
    return Sent(f"picture.{kind}", body, f"image/{kind}")


def turned(kind: str, orientation: int, width: int = 192, height: int = 128) -> Sent:
    image = quarters(width, height).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return saved(image, kind, Q=95)


@cache
def animation() -> Sent:
    frames = flat(RED, 64, 48).join(flat(BLUE, 64, 48), "vertical").join(flat(GREEN, 64, 48), "vertical").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 48)
    frames.set_type(pyvips.GValue.array_int_type, "delay", [100, 100, 100])
    return saved(frames, "webp", lossless=True)


@cache
def telling() -> pyvips.Image:
    """A picture in a wide gamut that tells who took it where; its numbers, read as sRGB, are other colours."""
    image = quarters(600, 400).icc_transform("p3", input_profile="srgb").copy()
    for name, value in {
        "exif-ifd0-Artist": "Jane Doe of Elm Street",
        "exif-ifd0-Make": "Jane Doe's camera",
        "exif-ifd3-GPSLatitude": "52/1 31/1 12/1",
        "exif-ifd3-GPSLatitudeRef": "N",
    }.items():
        image.set_type(pyvips.GValue.gstr_type, name, value)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>Jane Doe of Elm Street</x:xmpmeta>")
    return image


def rendered(side: Side, file: Sent) -> tuple[pyvips.Image, pyvips.Image]:
    """The picture and its thumbnail, as the store has them after an upload; both are WebP."""
    image = one(sent(side, file), 201)
    bodies = [stored(side, image[name]) for name in ("imageUrl", "thumbnailUrl")]
    assert [(body[:4], body[8:12]) for body in bodies] == [(b"RIFF", b"WEBP")] * 2
    full, thumbnail = (pictures.opened(body) for body in bodies)
    return full, thumbnail


def size(image: pyvips.Image) -> tuple[int, int]:
    return image.width, image.height


def looks(image: pyvips.Image, colours: Sequence[Colour]) -> None:
    """These are the colours of its four quarters."""
    for number, colour in enumerate(colours):
        x, y = image.width // 4 * (1 + 2 * (number % 2)), image.height // 4 * (1 + 2 * (number // 2))
        found = image.getpoint(x, y)
        assert all(abs(a - b) < NEAR for a, b in zip(found, colour, strict=True)), (number, found, colour)


@pytest.mark.contract("image.kinds", "type.by-bytes")
@pytest.mark.parametrize(
    "file",
    [
        Sent("a.jpg", pictures.jpeg(), "image/jpeg"),
        Sent("a.jpeg", pictures.jpeg(), "image/jpeg"),
        Sent("A.JPG", pictures.jpeg(), "image/jpg"),
        Sent("a.png", pictures.png(), "image/png"),
        Sent("a.webp", pictures.webp(), "image/webp"),
    ],
    ids=lambda file: f"{file.name} {file.declared}",
)
def test_jpeg_png_and_webp_are_taken(side: Side, file: Sent) -> None:
    full, thumbnail = rendered(side, file)
    assert (size(full), size(thumbnail)) == ((64, 48), (64, 48))
    for image in (full, thumbnail):
        looks(image, [(220, 20, 20), (20, 20, 220)] * 2)


def heic_of_av1() -> bytes:
    """A file of HEIC's brand whose pixels any libvips with AVIF can read; most are built without HEVC."""
    body: bytes = flat(RED, 64, 64).heifsave_buffer(compression="av1", effort=0)
    return body.replace(b"ftypavif", b"ftypheic", 1)


@pytest.mark.contract("image.kinds")
@pytest.mark.parametrize("declared", ["image/heic", "image/heif", "application/octet-stream"])
@pytest.mark.parametrize("body", [picture_files.HEIC, heic_of_av1()], ids=["hevc", "av1"])
def test_heic_is_taken_where_it_can_be_read_and_else_said_to_be_unreadable(
    others: Sequence[Side], body: bytes, declared: str
) -> None:
    answers = [sent(side, Sent("photo.heic", body, declared)) for side in others]
    assert len({answer.status_code for answer in answers}) == 1
    for side, answer in zip(others, answers, strict=True):
        if answer.status_code == 415:
            assert "HEIC" in failed(answer, "UNSUPPORTED_MEDIA_TYPE")["message"]
        else:
            full = pictures.opened(stored(side, one(answer, 201)["imageUrl"]))
            assert size(full) == (64, 64)
            looks(full, [RED] * 4)


@pytest.mark.contract("image.kinds", "type.by-bytes")
@pytest.mark.parametrize(
    "file",
    [
        Sent("a.gif", b"GIF89a\x01\0\x01\0\0\0\0;", "image/gif"),
        Sent("a.png", b"GIF89a\x01\0\x01\0\0\0\0;", "image/png"),
        Sent("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "image/svg+xml"),
        Sent("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "image/png"),
        Sent("a.bmp", b"BM" + bytes(60), "image/bmp"),
        Sent("a.tif", b"II*\0" + bytes(60), "image/tiff"),
        Sent("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(60), "image/avif"),
        Sent("a.png", PDF, "image/png"),
        Sent("a.png", CSV, "image/png"),
        Sent("a.jpg", pictures.png(), "image/jpeg"),
        Sent("a.jpg", pictures.png(), "image/png"),
        Sent("a.png", pictures.png(), "image/jpeg"),
        Sent("a.png", pictures.png(), "application/octet-stream"),
        Sent("a.exe", pictures.png(), "image/png"),
        Sent("png", pictures.png(), "image/png"),
    ],
    ids=lambda file: f"{file.name} {file.declared} {file.body[:4]!r}",
)
def test_no_other_kind_is_and_name_and_type_have_to_agree(side: Side, file: Sent) -> None:
    before = side.get(IMAGES).json()
    failed(sent(side, file), "UNSUPPORTED_MEDIA_TYPE")
    assert side.get(IMAGES).json() == before


@pytest.mark.contract("image.upright")
@pytest.mark.parametrize("orientation", SEEN)
def test_a_photo_stands_upright(side: Side, orientation: int) -> None:
    full, thumbnail = rendered(side, turned("jpeg", orientation, 960, 640))
    sideways = orientation in SIDEWAYS
    assert size(full) == ((640, 960) if sideways else (960, 640))
    assert size(thumbnail) == ((400, 600) if sideways else (400, 267))
    for image in (full, thumbnail):
        looks(image, [QUARTERS[number] for number in SEEN[orientation]])


@pytest.mark.contract("image.upright")
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_other_kinds_stand_upright_too(side: Side, kind: str) -> None:
    full, thumbnail = rendered(side, turned(kind, 6))
    for image in (full, thumbnail):
        assert size(image) == (128, 192)
        looks(image, [QUARTERS[number] for number in SEEN[6]])


@pytest.mark.contract("image.upright", "image.width")
def test_the_width_is_that_of_the_upright_picture(side: Side) -> None:
    tall, _ = rendered(side, turned("jpeg", 8, 3000, 600))
    wide, _ = rendered(side, turned("jpeg", 6, 600, 3000))
    assert (size(tall), size(wide)) == ((600, 3000), (2048, 410))


@pytest.mark.contract("image.width", "image.thumbnail")
@pytest.mark.parametrize(
    ("given", "kept", "small"),
    [
        ((3000, 1500), (2048, 1024), (400, 200)),
        ((2049, 512), (2048, 512), (400, 100)),
        ((2048, 512), (2048, 512), (400, 100)),
        ((500, 4000), (500, 4000), (400, 3200)),
        ((401, 401), (401, 401), (400, 400)),
        ((400, 300), (400, 300), (400, 300)),
        ((60, 40), (60, 40), (60, 40)),
        ((2, 1), (2, 1), (2, 1)),
    ],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
def test_widths_are_bounded_and_nothing_is_enlarged(
    side: Side, given: tuple[int, int], kept: tuple[int, int], small: tuple[int, int]
) -> None:
    full, thumbnail = rendered(side, Sent("a.png", pictures.png(*given), "image/png"))
    assert (size(full), size(thumbnail)) == (kept, small)


@pytest.mark.contract("image.quality")
def test_the_quality_is_80(side: Side) -> None:
    noise = [pyvips.Image.gaussnoise(512, 384, mean=128, sigma=40).gaussblur(blur) for blur in (1.2, 1.6, 2)]
    source = noise[0].bandjoin(noise[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()
    image = one(sent(side, saved(source, "png")), 201)
    less, more = (len(source.webpsave_buffer(Q=quality)) for quality in (75, 85))
    assert less < len(stored(side, image["imageUrl"])) < more


@pytest.mark.contract("image.metadata")
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_nothing_tells_who_took_it_and_colours_are_srgb(side: Side, kind: str) -> None:
    file = saved(telling(), kind)
    assert b"Jane Doe" in file.body
    looks(pictures.opened(file.body).icc_transform("srgb"), QUARTERS)
    image = one(sent(side, file), 201)
    for body in (stored(side, image["imageUrl"]), stored(side, image["thumbnailUrl"])):
        assert [word for word in (b"Jane", b"Exif", b"EXIF", b"XMP ", b"ICCP", b"VP8X") if word in body] == []
        looks(pictures.opened(body), QUARTERS)


@pytest.mark.contract("image.metadata")
def test_a_picture_for_print_becomes_srgb(side: Side) -> None:
    calm = ((170, 80, 75), (90, 140, 90), (80, 95, 150), (200, 180, 100))
    shown = pyvips.Image.arrayjoin([flat(colour, 96, 64) for colour in calm], across=2)
    full, thumbnail = rendered(side, saved(shown.icc_transform("cmyk", input_profile="srgb"), "jpeg", Q=95))
    for image in (full, thumbnail):
        assert (image.bands, image.interpretation) == (3, "srgb")
        looks(image, calm)


@pytest.mark.contract("image.animated")
def test_an_animation_gives_its_first_frame(side: Side) -> None:
    assert pictures.opened(animation().body).get("n-pages") == 3
    full, thumbnail = rendered(side, animation())
    for image in (full, thumbnail):
        assert size(image) == (64, 48)
        assert "n-pages" not in image.get_fields() or image.get("n-pages") == 1
        looks(image, [RED] * 4)


@pytest.mark.contract("image.pixels")
@pytest.mark.parametrize("claimed", [(100_000, 100_000), (50_000, 1001), (7072, 7072)], ids=str)
def test_a_header_of_too_many_pixels_is_enough(side: Side, claimed: tuple[int, int]) -> None:
    bomb = Sent("bomb.png", picture_files.png(10, 10, claimed=claimed), "image/png")
    before = side.get(IMAGES).json()
    assert "50 megapixels" in failed(sent(side, bomb), "VALIDATION_ERROR", "image")["message"]
    assert side.get(IMAGES).json() == before


@pytest.mark.contract("image.pixels")
def test_fifty_megapixels_are_not_too_many(side: Side) -> None:
    grey = pyvips.Image.black(10_000, 5000).copy(interpretation="b-w")
    full, thumbnail = rendered(side, saved(grey, "png", bitdepth=1))
    assert (size(full), size(thumbnail)) == ((2048, 1024), (400, 200))


@pytest.mark.contract("image.kinds", "failure.no-leaks")
@pytest.mark.parametrize(
    "body", [PNG.body[:90], PNG.body[:20], picture_files.PNG_SIGNATURE + b"<svg/>"], ids=["half", "head", "other"]
)
def test_a_damaged_picture_is_refused_and_nothing_is_stored(side: Side, body: bytes) -> None:
    before = side.get(IMAGES).json()
    answer = sent(side, Sent("a.png", body, "image/png"))
    failed(answer, "VALIDATION_ERROR", "image")
    assert not [word for word in ("vips", "libpng", "spng", "Error:") if word in answer.text]
    assert side.get(IMAGES).json() == before


@pytest.mark.contract("image.keys")
def test_both_objects_lie_under_their_owners_key(others: Sequence[Side]) -> None:
    for side in others:
        for user in ("alice", "eve"):
            image = side.image(user)
            key = key_of(image["imageUrl"])
            name = key.rpartition("/")[2]
            assert key == f"images/{image['userId']}/{name}"
            assert key_of(image["thumbnailUrl"]) == f"images/{image['userId']}/thumbnails/{name}"
            assert name.endswith(".webp")
            assert is_uuid(name.removesuffix(".webp"))
            assert {urlsplit(image[field]).scheme for field in ("imageUrl", "thumbnailUrl")} == {"https"}


@pytest.mark.contract("image.keys", "files.one")
def test_a_mocs_file_lies_under_its_own_key(side: Side) -> None:
    moc = side.moc()
    file = one(side.send(f"/api/mocs/{moc['id']}/files", {"file": ("plan.pdf", PDF, "application/pdf")}), 201)
    *folders, name = key_of(file["fileUrl"]).split("/")
    assert folders == ["mocs", moc["userId"], moc["id"]]
    assert (is_uuid(name.removesuffix(".pdf")), name.endswith(".pdf")) == (True, True)


@pytest.mark.contract("image.keys", "write.seen")
def test_a_changed_image_keeps_its_objects(others: Sequence[Side]) -> None:
    side = others[0]
    image = side.image()
    one(others[-1].patch(image_path(image), {"title": "Changed", "tags": ["x"]}))
    for shown in on_each(others, image_path(image)):
        assert (shown["imageUrl"], shown["thumbnailUrl"]) == (image["imageUrl"], image["thumbnailUrl"])
    assert size(pictures.opened(stored(side, image["imageUrl"]))) == (64, 48)
