"""Our pipeline as a worker of the benchmark: `ours.py JOB AT_ONCE SECONDS FOLDER FILE…` prints one JSON line.

JOB is `ours`, or `ours-effort-N`. Callers and line as in the service: coroutines that ask for a gallery image.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from service.images.turns import Limits
from service.images.vips import DEFAULT_EFFORT, VipsImages


async def measured(images: VipsImages, bodies: list[bytes], at_once: int, seconds: float) -> dict[str, float]:
    """Images a second, CPU ms an image and the process's peak RSS in MB."""
    started, cpu = time.perf_counter(), time.process_time()

    async def caller(number: int) -> int:
        done = 0
        while time.perf_counter() - started < seconds:
            await images.gallery(bodies[(number + done) % len(bodies)])
            done += 1
        return done

    count = sum(await asyncio.gather(*map(caller, range(at_once))))
    return {
        "n": count,
        "ips": count / (time.perf_counter() - started),
        "cpu_ms": (time.process_time() - cpu) / count * 1000,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def main(job: str, at_once: int, seconds: float, folder: Path, files: list[Path]) -> None:
    """Write what comes out of each file, for the quality check, then measure."""
    effort = int(job.rpartition("-")[2]) if "-effort-" in job else DEFAULT_EFFORT
    images = VipsImages(effort=effort, limits=Limits(at_once=at_once))
    bodies = [file.read_bytes() for file in files]
    for number, body in enumerate(bodies):
        made = await images.gallery(body)
        (folder / f"{job}-{number}-full.webp").write_bytes(made.full)
        (folder / f"{job}-{number}-thumb.webp").write_bytes(made.thumbnail)
    sys.stdout.write(json.dumps(await measured(images, bodies, at_once, seconds)) + "\n")


if __name__ == "__main__":
    job, at_once, seconds, folder, *files = sys.argv[1:]
    asyncio.run(main(job, int(at_once), float(seconds), Path(folder), [Path(file) for file in files]))
