"""How large a picture may come in and goes out, and the memory that lies between. Pure."""

from dataclasses import dataclass

from service.kernel.errors import ValidationFailed

QUALITY = 80  # WebP
MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 65_535  # JPEG's own limit; a wider PNG makes libvips hold hundreds of MB of very long lines
WEBP_MAX_SIDE_PX = 16_383
MAX_ASPECT_OF_SQUARE = 16  # a 1 × 65500 px strip would be blown up 256 times before its middle is cut out


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is made of an upload; `field` is the form's field that complaints name."""

    field: str
    width_px: int
    square: bool = False
    thumbnail_width_px: int | None = None


GALLERY = Recipe("image", width_px=2048, thumbnail_width_px=400)
WISHLIST = Recipe("image", width_px=800)
AVATAR = Recipe("avatar", width_px=256, square=True)


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself before any pixel is decoded. `turned`: shown on its side (EXIF), so stored width is
    height; `whole`: its decoder holds the whole picture at once (progressive, interlaced and the like).
    """

    kind: str
    width: int
    height: int
    bands: int
    sample_bytes: int
    turned: bool = False
    whole: bool = False
    has_profile: bool = False


def check_size(header: Header, recipe: Recipe) -> None:
    """Raises ValidationFailed for a picture that would take too much memory, or that WebP can't hold."""
    width, height = header.width, header.height
    if width * height > MAX_PIXELS:
        raise ValidationFailed.of_field(
            recipe.field, f"has {width} × {height} pixels, of at most {MAX_PIXELS // 1_000_000} megapixels"
        )
    if max(width, height) > MAX_SIDE_PX:
        raise ValidationFailed.of_field(recipe.field, f"is {width} × {height} px, of at most {MAX_SIDE_PX} px a side")
    if recipe.square:
        _check_aspect(header, recipe)
    elif _height_of(header, recipe) > WEBP_MAX_SIDE_PX:
        raise ValidationFailed.of_field(
            recipe.field,
            f"is too tall: it would be {_height_of(header, recipe)} px high, of at most {WEBP_MAX_SIDE_PX} px",
        )


def working_memory_mb(header: Header, recipe: Recipe) -> int:
    """About how much memory rendering it takes, in MB; measured with libvips 8.18 on pictures of 24 and 48 megapixels.

    A decoder that streams keeps about 1,024 lines. Others keep the picture: libjpeg 2 bytes a coefficient, libwebp
    4 bytes a pixel, libheif 17. What goes out is held once as pixels and once by the encoder.
    """
    pixels = header.width * header.height
    whole_bytes = pixels * _held_bytes_per_pixel(header)
    lines_bytes = 1024 * header.width * header.bands * header.sample_bytes
    held = whole_bytes if header.whole else min(whole_bytes, lines_bytes)
    out_bytes = 8 * min(_out_pixels(header, recipe), pixels)
    return 32 + (held + out_bytes) // 1_000_000


def _out_pixels(header: Header, recipe: Recipe) -> int:
    """The pixels of the largest picture that is written."""
    if recipe.square:
        return recipe.width_px**2
    width, _ = _upright(header)
    return min(width, recipe.width_px) * _height_of(header, recipe)


def _held_bytes_per_pixel(header: Header) -> int:
    if header.kind == "heic":
        return 17
    if header.kind == "webp":
        return 4
    return header.bands * (2 if header.kind == "jpeg" else header.sample_bytes)


def _check_aspect(header: Header, recipe: Recipe) -> None:
    short, long = sorted((header.width, header.height))
    if long > MAX_ASPECT_OF_SQUARE * short:
        raise ValidationFailed.of_field(
            recipe.field, f"is {header.width} × {header.height} px: a square of it would show next to nothing"
        )


def _height_of(header: Header, recipe: Recipe) -> int:
    width, height = _upright(header)
    return height if width <= recipe.width_px else max(1, round(height * recipe.width_px / width))


def _upright(header: Header) -> tuple[int, int]:
    return (header.height, header.width) if header.turned else (header.width, header.height)
