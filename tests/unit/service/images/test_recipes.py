"""Sizes in and out, and the memory between them."""

from dataclasses import replace

import pytest

from service.images.recipes import AVATAR, GALLERY, WISHLIST, Header, Recipe, check_size, working_memory_mb
from service.kernel.errors import ValidationFailed

PHOTO = Header("jpeg", 6000, 4000, bands=3, sample_bytes=1)


@pytest.mark.parametrize(
    ("width", "height", "recipe"),
    [
        (10_000, 5_000, GALLERY),
        (1, 1, GALLERY),
        (1, 16_383, GALLERY),
        (65_535, 1, GALLERY),
        (3000, 16_383, GALLERY),
        (1000, 20_478, WISHLIST),
        (1, 16, AVATAR),
        (16, 1, AVATAR),
    ],
)
def test_what_fits_is_taken(width: int, height: int, recipe: Recipe) -> None:
    check_size(replace(PHOTO, width=width, height=height), recipe)


@pytest.mark.parametrize(
    ("width", "height", "recipe", "complaint"),
    [
        (10_000, 5_001, GALLERY, "image: has 10000 × 5001 pixels, of at most 50 megapixels"),
        (100_000, 100_000, AVATAR, "avatar: has 100000 × 100000 pixels, of at most 50 megapixels"),
        (2**31 - 1, 1, GALLERY, "has 2147483647 × 1 pixels"),
        (65_536, 1, GALLERY, "is 65536 × 1 px, of at most 65535 px a side"),
        (1, 16_384, GALLERY, "too tall: it would be 16384 px high, of at most 16383 px"),
        (1000, 20_480, WISHLIST, "too tall: it would be 16384 px"),
        (1, 17, AVATAR, "avatar: is 1 × 17 px: a square of it would show next to nothing"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_limit(width: int, height: int, recipe: Recipe, complaint: str) -> None:
    header = replace(PHOTO, width=width, height=height)
    with pytest.raises(ValidationFailed) as refused:
        check_size(header, recipe)
    assert complaint in refused.value.message
    assert [entry["field"] for entry in refused.value.details] == [recipe.field]


def test_height_is_that_of_the_picture_as_it_is_shown() -> None:
    on_its_side = replace(PHOTO, width=20_000, height=1000, turned=True)
    with pytest.raises(ValidationFailed, match="20000 px high"):
        check_size(on_its_side, GALLERY)
    check_size(replace(on_its_side, turned=False), GALLERY)


@pytest.mark.parametrize(
    ("header", "measured_mb"),
    [
        (PHOTO, 72),
        (replace(PHOTO, width=8000, height=6000, whole=True), 345),  # progressive
        (Header("png", 8000, 6000, bands=4, sample_bytes=1, whole=True), 300),  # interlaced
        (Header("png", 8000, 6000, bands=4, sample_bytes=2, whole=True), 450),
        (Header("png", 65_500, 763, bands=3, sample_bytes=1), 181),
        (Header("webp", 8000, 6000, bands=4, sample_bytes=1, whole=True), 243),  # lossless
        (Header("heic", 6000, 4000, bands=3, sample_bytes=1, whole=True), 412),
    ],
)
def test_the_memory_that_a_picture_takes_is_about_what_was_measured(header: Header, measured_mb: int) -> None:
    assert working_memory_mb(header, GALLERY) == pytest.approx(measured_mb, rel=0.25)


def test_small_results_take_less() -> None:
    assert working_memory_mb(PHOTO, AVATAR) < working_memory_mb(PHOTO, WISHLIST) < working_memory_mb(PHOTO, GALLERY)
