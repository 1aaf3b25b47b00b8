"""What comes out of pictures: upright, in sRGB, of the right size, close to the source, and without a word of its own.

Thresholds. Of the made photo of 24 megapixels, reduced to 2048 px, WebP keeps an SSIM of .923 at quality 75, .944 at 80
and .961 at 85; a linear kernel gives .927, none .915, a picture that is off by one pixel .80. Smaller pictures, with
more noise a pixel, keep less: each threshold lies between qualities 70 and 80. An eye begins to see a mean ΔE of 2.3.
"""

from collections.abc import AsyncIterator, Callable

import pytest
import pyvips

from service.images.vips import VipsImages
from tests.benchmarks.images.photos import photo
from tests.benchmarks.images.quality import colour_difference, reduced, ssim

PATCHES = [(200, 60, 50), (60, 160, 70), (50, 80, 180), (230, 200, 60), (128, 128, 128), (245, 240, 235)]


@pytest.fixture
async def images() -> AsyncIterator[VipsImages]:
    made = VipsImages()
    yield made
    made.close()


def decoded(body: bytes) -> pyvips.Image:
    return pyvips.Image.webpload_buffer(body)


def flat(colour: tuple[int, ...], width: int, height: int) -> pyvips.Image:
    empty = pyvips.Image.black(width, height, bands=len(colour))
    return (empty + list(colour)).cast("uchar").copy(interpretation="srgb")


def patches(colours: list[tuple[int, int, int]] = PATCHES) -> pyvips.Image:
    """A row of squares of 64 px."""
    return pyvips.Image.arrayjoin([flat(colour, 64, 64) for colour in colours], across=len(colours)).copy_memory()


def smooth_difference(one: pyvips.Image, other: pyvips.Image) -> float:
    """The colours' difference without the noise, half of which every lossy picture drops."""
    return colour_difference(one.gaussblur(8), other.gaussblur(8))


async def test_a_photo_of_24_megapixels_comes_out_in_both_sizes_and_close_to_itself(images: VipsImages) -> None:
    source = photo(6000, 4000)
    made = await images.gallery(source.jpegsave_buffer(Q=90, keep="none"))
    full, thumbnail = decoded(made.full), decoded(made.thumbnail)
    assert (full.width, full.height) == (made.width, made.height) == (2048, 1365)
    assert (thumbnail.width, thumbnail.height) == (made.thumbnail_width, made.thumbnail_height) == (400, 267)
    assert 0.935 < ssim(full, reduced(source, 2048)) < 0.955
    assert 0.96 < ssim(thumbnail, reduced(source, 400)) < 0.98
    assert smooth_difference(full, reduced(source, 2048)) < 1.0


@pytest.mark.parametrize(("width", "height"), [(2048, 40), (2047, 3000), (400, 300), (399, 10), (1, 1), (3, 16_383)])
async def test_nothing_is_enlarged(images: VipsImages, width: int, height: int) -> None:
    made = await images.gallery(flat((10, 200, 90), width, height).pngsave_buffer())
    assert (made.width, made.height) == (width, height)
    assert made.thumbnail_width == min(width, 400)


@pytest.mark.parametrize(("size", "expected"), [((2049, 100), (2048, 100)), ((65_535, 2), (2048, 1))])
async def test_only_the_width_is_bounded(images: VipsImages, size: tuple[int, int], expected: tuple[int, int]) -> None:
    made = await images.gallery(flat((10, 200, 90), *size).pngsave_buffer())
    assert (made.width, made.height) == expected


async def test_a_wishlist_image_is_at_most_800_px_wide(images: VipsImages) -> None:
    source = photo(1600, 900)
    made = decoded(await images.wishlist(source.jpegsave_buffer(Q=90)))
    assert (made.width, made.height) == (800, 450)
    assert ssim(made, reduced(source, 800)) > 0.925
    small = decoded(await images.wishlist(flat((1, 2, 3), 120, 2000).pngsave_buffer()))
    assert (small.width, small.height) == (120, 2000)


@pytest.mark.parametrize(("width", "height"), [(1500, 1000), (1000, 1500), (600, 600)])
async def test_an_avatar_is_the_middle_as_a_square_of_256_px(images: VipsImages, width: int, height: int) -> None:
    source, side = photo(width, height), min(width, height)
    middle = source.crop((width - side) // 2, (height - side) // 2, side, side)
    made = decoded(await images.avatar(source.pngsave_buffer()))
    assert (made.width, made.height) == (256, 256)
    assert ssim(made, middle.thumbnail_image(256)) > 0.925
    assert smooth_difference(made, middle.thumbnail_image(256)) < 2.3


@pytest.mark.parametrize(("width", "height"), [(100, 60), (16, 1), (1, 16), (1, 1)])
async def test_a_small_picture_is_enlarged_to_an_avatar(images: VipsImages, width: int, height: int) -> None:
    made = decoded(await images.avatar(flat((200, 60, 50), width, height).pngsave_buffer()))
    assert (made.width, made.height) == (256, 256)
    assert colour_difference(made, flat((200, 60, 50), 256, 256)) < 2.3


Turn = Callable[[pyvips.Image], pyvips.Image]
# How a camera that was held so has stored what is shown upright.
STORED: dict[int, Turn] = {
    1: lambda shown: shown,
    2: lambda shown: shown.fliphor(),
    3: lambda shown: shown.rot180(),
    4: lambda shown: shown.flipver(),
    5: lambda shown: shown.rot90().fliphor(),
    6: lambda shown: shown.rot270(),
    7: lambda shown: shown.rot270().fliphor(),
    8: lambda shown: shown.rot90(),
}


def turned(shown: pyvips.Image, orientation: int) -> bytes:
    stored = STORED[orientation](shown).copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    body: bytes = stored.jpegsave_buffer(Q=95, subsample_mode="off")
    return body


@pytest.mark.parametrize("orientation", sorted(STORED))
async def test_a_photo_comes_out_upright(images: VipsImages, orientation: int) -> None:
    shown = photo(900, 600)
    made = await images.gallery(turned(shown, orientation))
    assert (made.width, made.height) == (900, 600)
    assert ssim(decoded(made.full), shown) > 0.91
    avatar = decoded(await images.avatar(turned(shown, orientation)))
    assert ssim(avatar, shown.crop(150, 0, 600, 600).thumbnail_image(256)) > 0.925


async def test_the_width_that_is_bounded_is_that_of_the_upright_photo(images: VipsImages) -> None:
    made = await images.gallery(turned(photo(600, 3000), 6))
    assert (made.width, made.height) == (600, 3000)


@pytest.mark.parametrize("save", ["jpegsave_buffer", "webpsave_buffer", "pngsave_buffer"])
async def test_no_metadata_survives(images: VipsImages, save: str) -> None:
    source = photo(300, 200).icc_transform("p3", input_profile="srgb").copy()
    for field, value in {
        "exif-ifd0-Artist": "Jane Doe of Elm Street",
        "exif-ifd3-GPSLatitude": "52/1 31/1 12/1",
        "exif-ifd3-GPSLatitudeRef": "N",
    }.items():
        source.set_type(pyvips.GValue.gstr_type, field, value)
    source.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>Jane Doe of Elm Street</x:xmpmeta>")
    body = getattr(source, save)()
    assert b"Jane Doe" in body
    made = await images.gallery(body)
    for out in (made.full, made.thumbnail, await images.avatar(body), await images.wishlist(body)):
        assert [name for name in (b"Jane", b"Exif", b"EXIF", b"XMP ", b"ICCP", b"VP8X") if name in out] == []
        assert [name for name in decoded(out).get_fields() if "exif" in name or "icc" in name or "xmp" in name] == []


async def test_transparency_is_kept(images: VipsImages) -> None:
    ramp = (pyvips.Image.xyz(512, 256)[0] / 2).cast("uchar")
    source = flat((200, 60, 50), 512, 256).bandjoin(ramp).copy(interpretation="srgb")
    made = await images.gallery(source.pngsave_buffer())
    for out, expected in ((made.full, source), (made.thumbnail, source.thumbnail_image(400))):
        picture = decoded(out)
        assert picture.bands == 4
        assert (picture[3] - expected[3]).abs().max() <= 3
        opaque = picture.crop(picture.width // 2, 0, picture.width // 2, picture.height)
        assert colour_difference(opaque[:3], flat((200, 60, 50), opaque.width, opaque.height)) < 2.3


async def test_an_animation_gives_its_first_frame(images: VipsImages) -> None:
    frames = flat((200, 60, 50), 64, 48).join(flat((50, 80, 180), 64, 48), "vertical").copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 48)
    made = await images.gallery(frames.webpsave_buffer(lossless=True))
    full = decoded(made.full)
    assert (full.width, full.height) == (64, 48)
    assert colour_difference(full, flat((200, 60, 50), 64, 48)) < 2.3


async def test_a_wide_gamut_keeps_its_colours(images: VipsImages) -> None:
    shown = patches([(255, 0, 0), (200, 30, 20), (0, 200, 40), (200, 60, 50)])
    wide = shown.icc_transform("p3", input_profile="srgb")
    assert colour_difference(wide.copy(interpretation="srgb"), shown) > 2.3  # numbers alone would show it paler
    made = await images.gallery(wide.jpegsave_buffer(Q=95, subsample_mode="off"))
    assert colour_difference(decoded(made.full), shown) < 2.3
    assert colour_difference(decoded(made.thumbnail), shown) < 2.3


@pytest.mark.parametrize("keep", ["all", "none"])
async def test_cmyk_becomes_srgb_with_a_profile_and_without(images: VipsImages, keep: str) -> None:
    within_print = [(170, 80, 75), (90, 140, 90), (80, 95, 150), (200, 180, 100), (128, 128, 128), (235, 230, 225)]
    shown = patches(within_print)
    body = shown.icc_transform("cmyk", input_profile="srgb").jpegsave_buffer(Q=95, subsample_mode="off", keep=keep)
    made = await images.gallery(body)
    assert decoded(made.full).bands == 3
    assert colour_difference(decoded(made.full), shown) < 4.0


@pytest.mark.parametrize("alpha", [False, True])
async def test_sixteen_bits_become_eight(images: VipsImages, alpha: bool) -> None:
    shown = patches()
    deep = (shown * 257).cast("ushort").copy(interpretation="rgb16")
    body = (deep.bandjoin(65535) if alpha else deep).pngsave_buffer(bitdepth=16)
    made = decoded((await images.gallery(body)).full)
    assert made.format == "uchar"
    assert colour_difference(made[:3].copy(interpretation="srgb"), shown) < 2.3


async def test_grey_stays_grey(images: VipsImages) -> None:
    grey = photo(300, 200).colourspace("b-w")
    for body in (grey.jpegsave_buffer(Q=95), grey.pngsave_buffer(), grey.bandjoin(255).pngsave_buffer()):
        made = decoded((await images.gallery(body)).full)
        assert smooth_difference(made[:3].copy(interpretation="srgb"), grey.colourspace("srgb")) < 1.0


async def test_a_profile_that_is_none_does_not_spoil_the_picture(images: VipsImages) -> None:
    shown = patches().copy()
    shown.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"no profile at all" * 20)
    made = await images.gallery(shown.jpegsave_buffer(Q=95, subsample_mode="off"))
    assert colour_difference(decoded(made.full), patches()) < 2.3


@pytest.mark.parametrize("options", [{"interlace": True}, {"palette": True}, {"bitdepth": 4}, {"bitdepth": 1}])
async def test_every_kind_of_png_is_read(images: VipsImages, options: dict[str, object]) -> None:
    source = photo(200, 100).colourspace("b-w") if "bitdepth" in options else photo(200, 100)
    made = await images.gallery(source.pngsave_buffer(**options))
    assert (made.width, made.height) == (200, 100)


async def test_effort_buys_bytes(images: VipsImages) -> None:
    body = photo(1200, 800).jpegsave_buffer(Q=90)
    quick = VipsImages(effort=0)
    assert len((await quick.gallery(body)).full) > 1.03 * len((await images.gallery(body)).full)
    quick.close()
