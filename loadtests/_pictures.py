"""The picture that is uploaded, never twice the same bytes.

`data/photo.jpg` (1024 × 768, 83 kB) is made by pyvips 3.2: clouds (`Image.perlin`, cells of 256 px) in a sky that fades
to the horizon, Worley noise (cells of 48 px) for leaves below it, grain (`Image.gaussnoise`, sigma 5) over all of it,
JPEG quality 75. Grain and leaves make it as hard to compress as a photo. What phones take has ten times as many pixels;
rendering this one takes about 80 ms of a core (both sizes, WebP effort 4), and with one request in 330 being an upload
that is an eighth of a core at 500 requests a second, which leaves the machine of a rehearsal for everything else.
"""

from functools import cache
from pathlib import Path

PHOTO = Path(__file__).parent / "data" / "photo.jpg"
_START = b"\xff\xd8"
_COMMENT = b"\xff\xfe"


def photo(note: str) -> bytes:
    """The picture with a comment segment that says so; other notes make other files."""
    comment = note.encode()
    length = (len(comment) + 2).to_bytes(2, "big")
    return _START + _COMMENT + length + comment + _stored()[len(_START) :]


@cache
def _stored() -> bytes:
    return PHOTO.read_bytes()
