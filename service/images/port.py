"""What the service needs of a picture processor."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GalleryRendition:
    """A gallery image as it is stored: both WebP, upright, in sRGB, without metadata; sizes in pixels."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int
    thumbnail_width: int
    thumbnail_height: int


class Images(Protocol):
    """Uploaded bytes in, WebP out.

    Every method raises UnsupportedMediaType for what is no picture of a kind that is taken (or can be read here),
    ValidationFailed for a damaged, cut off, too large or hostile one, and Unavailable when too many are waiting.
    """

    async def gallery(self, body: bytes) -> GalleryRendition:
        """The picture, at most 2048 px wide, and its thumbnail, at most 400 px wide; neither is ever enlarged."""
        ...

    async def picture(self, body: bytes) -> bytes:
        """The picture as `gallery` makes it, without a thumbnail."""
        ...

    async def wishlist(self, body: bytes) -> bytes:
        """The picture, at most 800 px wide, never enlarged."""
        ...

    async def avatar(self, body: bytes) -> bytes:
        """The middle of the picture as a square of 256 px."""
        ...

    def prepare(self) -> None:
        """Load what rendering needs now rather than at the first picture."""
        ...

    def close(self) -> None:
        """Take no more work; what is under way ends by itself."""
        ...
