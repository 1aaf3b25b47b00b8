"""Works on pictures in a process of its own and says how they fared and how far its memory rose: one JSON line.

`python -m tests.integration.service.images_memory at-once COUNT FILE`: the same photo that many times, all at once.
`python -m tests.integration.service.images_memory hostile`: files that are built to fill memory or time.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

import pyvips

from service.images.turns import Limits
from service.images.vips import VipsImages
from service.kernel.errors import AppError
from tests.fakes.picture_files import animated_webp, jpeg_segment, png, progressive_jpeg, text_bombs


def peak_mb() -> float:
    """The most memory that this process has held so far. Linux' `ru_maxrss` would count its parent's before `exec`."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


async def outcome(images: VipsImages, body: bytes) -> str:
    """The picture's size, or the refusal."""
    try:
        made = await images.gallery(body)
    except AppError as error:
        return error.message
    return f"{made.width} × {made.height}"


async def at_once(bodies: list[bytes]) -> dict[str, object]:
    """Each caller with bytes of its own, as uploads have."""
    images = VipsImages(limits=Limits(patience_seconds=200))
    images.prepare()
    before = peak_mb()
    told = await asyncio.gather(*(outcome(images, body) for body in bodies))
    return {"told": sorted(set(told)), "before_mb": before, "peak_mb": peak_mb()}


async def hostile() -> dict[str, object]:
    """One after another; what each would cost without defence is told in service/images/defusing.py."""
    images = VipsImages()
    await images.gallery(png(600, 400))
    grey = pyvips.Image.black(64, 64, bands=3).copy(interpretation="srgb")
    jpeg, frame = grey.jpegsave_buffer(), grey.crop(0, 0, 1, 1).webpsave_buffer(lossless=True)
    files = {
        "header": png(10, 10, claimed=(100_000, 100_000)),
        "text": png(64, 64, extra=text_bombs(20)),
        "frames": animated_webp(frame, 150_000),
        "segments": jpeg[:2] + jpeg_segment(0xE1, b"Exif\0\0") * 1_000_000 + jpeg[2:],
        "scans": progressive_jpeg(7000, 7000, 2000),
    }
    before = peak_mb()
    told = {name: await outcome(images, body) for name, body in files.items()}
    return {"told": told, "before_mb": before, "peak_mb": peak_mb()}


if __name__ == "__main__":
    job = (
        hostile()
        if sys.argv[1] == "hostile"
        else at_once([Path(sys.argv[3]).read_bytes() for _ in range(int(sys.argv[2]))])
    )
    sys.stdout.write(json.dumps(asyncio.run(job)) + "\n")
