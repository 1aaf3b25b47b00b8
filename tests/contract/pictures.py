"""Small pictures for the contract's tests, made with libvips."""

from functools import cache

import pyvips


@cache
def png(width: int = 64, height: int = 48) -> bytes:
    """A PNG whose left half is red and right half blue."""
    return _halves(width, height).pngsave_buffer()  # type: ignore[no-any-return]


@cache
def jpeg(width: int = 64, height: int = 48) -> bytes:
    """The same as a JPEG."""
    return _halves(width, height).jpegsave_buffer(Q=95)  # type: ignore[no-any-return]


@cache
def webp(width: int = 64, height: int = 48) -> bytes:
    """The same as a WebP."""
    return _halves(width, height).webpsave_buffer(Q=95)  # type: ignore[no-any-return]


def opened(body: bytes) -> pyvips.Image:
    """The picture that these bytes hold, with its first pixel decoded."""
    image = pyvips.Image.new_from_buffer(body, "")
    image.getpoint(0, 0)
    return image


def _halves(width: int, height: int) -> pyvips.Image:
    left = pyvips.Image.black(width // 2, height).new_from_image([220, 20, 20])
    right = pyvips.Image.black(width - width // 2, height).new_from_image([20, 20, 220])
    return left.join(right, "horizontal").cast("uchar").copy(interpretation="srgb")
