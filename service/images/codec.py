"""What libvips does to one picture, in the thread that it is called in; importing this module loads libvips."""

import ctypes
import logging
import re

import pyvips

from service.images.defusing import Overloaded, defused
from service.images.port import GalleryRendition
from service.images.recipes import QUALITY, Header, Recipe
from service.kernel.errors import AppError, UnsupportedMediaType, ValidationFailed
from service.telemetry.log import Log

log = Log(__name__)

LOADERS = ("Jpeg", "Png", "Webp", "Heif")
_M_MMAP_THRESHOLD = -3
# Given to the loader. The argument `fail_on` of libvips 8.18 itself lets JPEGs that are cut off pass.
_WHOLE_OR_NOTHING = "[fail_on=truncated]"
_ANY_HEIGHT = 10_000_000  # libvips' own largest
_SIDEWAYS = range(5, 9)  # EXIF orientations that swap width and height
# libheif's codes for a codec that it was built without: 4 unsupported feature, 11 plugin not there.
_NO_CODEC = re.compile(r"\((?:4|11)\.\d+\)")


class Codec:
    """Reads headers and renders. `effort` is WebP's 0 (fast) to 6 (small); `threads` work on one picture.

    libvips' settings are the process's: a second codec changes them for the first.
    """

    def __init__(self, *, effort: int, threads: int) -> None:
        self._effort = effort
        logging.getLogger("pyvips").setLevel(logging.CRITICAL)  # what it warns of, it also raises
        _give_memory_back()
        pyvips.cache_set_max(0)  # no upload comes twice
        pyvips.concurrency_set(threads)
        pyvips.operation_block_set("VipsForeignLoad", True)
        for loader in LOADERS:
            pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)

    def header(self, kind: str, body: bytes, recipe: Recipe) -> tuple[Header, bytes]:
        """What the file says of itself, and the bytes to decode it from. Raises ValidationFailed."""
        try:
            safe = defused(kind, body)
            return _header(kind, pyvips.Image.new_from_source(_source(safe), "", fail_on="truncated")), safe
        except Overloaded as error:
            raise ValidationFailed.of_field(recipe.field, "can't be read: it is made of too many parts") from error
        except pyvips.Error as error:
            raise _refusal(error, kind, recipe) from error

    def gallery(self, header: Header, body: bytes, recipe: Recipe) -> GalleryRendition:
        """Both sizes from one decoding."""
        try:
            full = _fitted(header, body, recipe)
            small = full.thumbnail_image(recipe.thumbnail_width_px, height=_ANY_HEIGHT, size="down")
            return GalleryRendition(
                full=self._encoded(full),
                thumbnail=self._encoded(small),
                width=full.width,
                height=full.height,
                thumbnail_width=small.width,
                thumbnail_height=small.height,
            )
        except pyvips.Error as error:
            raise _refusal(error, header.kind, recipe) from error

    def single(self, header: Header, body: bytes, recipe: Recipe) -> bytes:
        """The one picture that the recipe asks for."""
        try:
            return self._encoded(_fitted(header, body, recipe))
        except pyvips.Error as error:
            raise _refusal(error, header.kind, recipe) from error

    def _encoded(self, image: pyvips.Image) -> bytes:
        encoded: bytes = image.webpsave_buffer(Q=QUALITY, effort=self._effort, keep="none")
        return encoded


def _give_memory_back() -> None:
    """Let glibc return each large block when it is freed. By itself it learns to keep them, in one heap a thread: ten
    photos of 24 megapixels, two at once, then peak at 290 MB instead of 190, for 4 % less CPU. Other C libraries have
    no such setting, or need none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 128 * 1024)


def _fitted(header: Header, body: bytes, recipe: Recipe) -> pyvips.Image:
    """The picture upright, in sRGB and of the recipe's size, decoded into memory.

    Without a profile nothing is converted by one: libvips would take 340 ms to turn 3 megapixels of sRGB into sRGB.
    """
    shape = {"height": recipe.width_px, "crop": "centre"} if recipe.square else {"height": _ANY_HEIGHT, "size": "down"}
    colours = {"export_profile": "srgb"} if header.has_profile else {}
    small = pyvips.Image.thumbnail_source(
        _source(body), recipe.width_px, option_string=_WHOLE_OR_NOTHING, **shape, **colours
    )
    return (small if small.interpretation == "srgb" else small.colourspace("srgb")).copy_memory()


def _source(body: bytes) -> pyvips.Source:
    """The bytes where they are: a loader for buffers would copy them."""
    return pyvips.Source.new_from_memory(body)


def _header(kind: str, image: pyvips.Image) -> Header:
    fields = set(image.get_fields())

    def number(name: str) -> int:
        return int(image.get(name)) if name in fields else 0

    return Header(
        kind=kind,
        width=image.width,
        height=image.height,
        bands=image.bands,
        sample_bytes=2 if image.format == "ushort" else 1,
        turned=number("orientation") in _SIDEWAYS,
        whole=kind in ("webp", "heic") or bool(number("interlaced") or number("jpeg-multiscan")),
        has_profile="icc-profile-data" in fields,
    )


def _refusal(error: pyvips.Error, kind: str, recipe: Recipe) -> AppError:
    """libvips' own words are for the log: they name libraries."""
    log.info("image_unreadable", kind=kind, reason=str(error).strip().splitlines()[-1])
    if kind == "heic" and _NO_CODEC.search(error.detail):
        return UnsupportedMediaType("HEIC pictures can't be read here: send the picture as JPEG")
    return ValidationFailed.of_field(recipe.field, "can't be read: the file is damaged or incomplete")
