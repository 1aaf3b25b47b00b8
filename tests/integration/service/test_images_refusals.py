"""What is no picture, is cut off, too large or built to hurt is refused in words that a person can use."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pyvips

from service.images.turns import Limits
from service.images.vips import VipsImages
from service.kernel.errors import AppError, Unavailable, UnsupportedMediaType, ValidationFailed
from tests.benchmarks.images.photos import photo
from tests.fakes.log_lines import LogLines, log_lines
from tests.fakes.picture_files import HEIC, PNG_SIGNATURE, jpeg_segment, png, png_chunk

ROOT = Path(__file__).parents[3]
LIBRARY_WORDS = ("vips", "jpeg:", "png:", "heif", "libpng", "spng", "libwebp", "Source", "/", "\\")


@pytest.fixture
async def images() -> AsyncIterator[VipsImages]:
    made = VipsImages()
    yield made
    made.close()


@pytest.fixture
def lines() -> Iterator[LogLines]:
    with log_lines() as collected:
        yield collected


async def refusal(images: VipsImages, body: bytes) -> AppError:
    with pytest.raises(AppError) as refused:
        await images.gallery(body)
    message = refused.value.message.removeprefix("image: ")
    assert [word for word in LIBRARY_WORDS if word in message] == []
    return refused.value


def saved(kind: str) -> bytes:
    body: bytes = getattr(photo(600, 400), f"{kind}save_buffer")()
    return body


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
async def test_a_file_that_is_cut_off_is_refused(images: VipsImages, kind: str, kept: float) -> None:
    body = saved(kind)
    refused = await refusal(images, body[: int(len(body) * kept)])
    assert isinstance(refused, ValidationFailed)
    assert refused.message == "image: can't be read: the file is damaged or incomplete"
    assert list(refused.details) == [{"field": "image", "message": "can't be read: the file is damaged or incomplete"}]


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
async def test_a_file_with_nothing_but_its_first_bytes_is_refused(images: VipsImages, kind: str) -> None:
    assert isinstance(await refusal(images, saved(kind)[:16]), ValidationFailed)


@pytest.mark.parametrize("body", [b"", b"<html>", b"MZ\x90\x00", b"GIF89a\x01\x00\x01\x00", b"%PDF-1.7", b"<svg/>"])
async def test_what_is_no_picture_is_refused(images: VipsImages, body: bytes) -> None:
    assert isinstance(await refusal(images, body), UnsupportedMediaType)


async def test_formats_that_nobody_asked_for_are_not_read_even_under_another_name(images: VipsImages) -> None:
    await images.gallery(png(3, 2))
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "")
    assert isinstance(await refusal(images, PNG_SIGNATURE + b"<svg width='9' height='9'/>"), ValidationFailed)


async def test_avif_is_not_taken_though_it_could_be_read(images: VipsImages) -> None:
    body = photo(64, 64).heifsave_buffer(compression="av1", effort=0)
    assert isinstance(await refusal(images, body), UnsupportedMediaType)


async def test_heic_is_taken_where_its_codec_is_there(images: VipsImages) -> None:
    av1 = photo(64, 48).heifsave_buffer(compression="av1", effort=0).replace(b"ftypavif", b"ftypheic", 1)
    made = await images.gallery(av1)
    assert (made.width, made.height) == (64, 48)


async def test_heic_whose_codec_is_missing_is_a_kind_that_is_not_taken(images: VipsImages, lines: LogLines) -> None:
    try:
        told: int | str = (await images.gallery(HEIC)).width
    except UnsupportedMediaType as refused:
        told = refused.message
    refusal = "HEIC pictures can't be read here: send the picture as JPEG"
    assert (told, [line["kind"] for line in lines.of("image_unreadable")]) in ((refusal, ["heic"]), (64, []))


async def test_heic_that_is_cut_off_is_damaged(images: VipsImages) -> None:
    body = photo(64, 48).heifsave_buffer(compression="av1", effort=0).replace(b"ftypavif", b"ftypheic", 1)
    assert isinstance(await refusal(images, body[: len(body) // 2]), ValidationFailed)


@pytest.mark.parametrize("claimed", [(100_000, 100_000), (50_000, 1001), (2**31 - 1, 1)])
async def test_the_header_alone_decides_on_pixels(images: VipsImages, claimed: tuple[int, int]) -> None:
    refused = await refusal(images, png(10, 10, claimed=claimed))
    assert isinstance(refused, ValidationFailed)


async def test_a_picture_over_fifty_megapixels_is_told_the_limit(images: VipsImages) -> None:
    refused = await refusal(images, png(10, 10, claimed=(100_000, 100_000)))
    assert refused.message == "image: has 100000 × 100000 pixels, of at most 50 megapixels"


async def test_an_avatar_names_its_own_field(images: VipsImages) -> None:
    with pytest.raises(ValidationFailed, match=r"^avatar: has 100000"):
        await images.avatar(png(10, 10, claimed=(100_000, 100_000)))
    with pytest.raises(ValidationFailed, match=r"^avatar: can't be read"):
        await images.avatar(saved("jpeg")[:5000])


async def test_a_picture_without_pixels_is_refused(images: VipsImages) -> None:
    assert isinstance(await refusal(images, png(10, 10, claimed=(0, 10))), ValidationFailed)


async def test_a_picture_that_is_also_a_program_comes_out_as_a_picture_only(images: VipsImages) -> None:
    archive, script = b"PK\x03\x04 evil archive", b"<script>alert(1)</script>"
    for body in (
        saved("jpeg") + archive,
        saved("jpeg")[:2] + jpeg_segment(0xFE, script) + saved("jpeg")[2:],
        saved("png") + archive,
        png(30, 20, extra=png_chunk(b"tEXt", b"Comment\0" + script)),
        saved("webp") + archive,
    ):
        made = await images.gallery(body)
        assert made.full.startswith(b"RIFF")
        assert len(made.full) == 8 + int.from_bytes(made.full[4:8], "little")
        assert [word for word in (b"script", b"archive") if word in made.full + made.thumbnail] == []


async def test_too_many_at_once_are_told_to_come_back() -> None:
    images = VipsImages(limits=Limits(at_once=1, waiting=0))
    body = photo(1600, 1200).jpegsave_buffer()
    told = await asyncio.gather(*(images.gallery(body) for _ in range(4)), return_exceptions=True)
    assert len([one for one in told if isinstance(one, Unavailable)]) == 3
    assert (await images.gallery(body)).width == 1600
    images.close()


async def test_what_libvips_says_goes_to_the_log_and_not_to_the_client(images: VipsImages, lines: LogLines) -> None:
    await refusal(images, saved("jpeg")[:3000])
    (line,) = lines.of("image_unreadable")
    assert line["kind"] == "jpeg"
    assert line["reason"]


def test_libvips_is_loaded_by_the_first_picture_or_when_told() -> None:
    code = (
        "import sys\nfrom service.images.vips import VipsImages\nimages = VipsImages()\n"
        "assert 'pyvips' not in sys.modules\nimages.prepare()\nassert 'pyvips' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
