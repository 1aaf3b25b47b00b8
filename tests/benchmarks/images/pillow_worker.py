"""Pillow as a user would write it: `pillow_worker.py JOB AT_ONCE SECONDS FOLDER FILE…` prints one JSON line."""

import importlib
import io
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

pillow: Any = importlib.import_module("PIL.Image")  # not among the project's requirements
oriented: Any = importlib.import_module("PIL.ImageOps").exif_transpose


def made(body: bytes) -> list[bytes]:
    """Both sizes, each from its own decoding, in which libjpeg shrinks where it can."""
    out = []
    for width in (2048, 400):
        image = pillow.open(io.BytesIO(body))
        image.draft("RGB", (width, width))
        image = oriented(image)
        size = (width, round(image.height * width / image.width))
        target = io.BytesIO()
        image.resize(size, pillow.Resampling.LANCZOS, reducing_gap=2.0).save(target, "WEBP", quality=80)
        out.append(target.getvalue())
    return out


def main(job: str, at_once: int, seconds: float, folder: Path, files: list[Path]) -> None:
    """Write what comes out of each file, for the quality check, then measure."""
    bodies = [file.read_bytes() for file in files]
    for number, body in enumerate(bodies):
        for size, picture in zip(("full", "thumb"), made(body), strict=True):
            (folder / f"{job}-{number}-{size}.webp").write_bytes(picture)
    started, cpu = time.perf_counter(), time.process_time()

    def caller(number: int) -> int:
        done = 0
        while time.perf_counter() - started < seconds:
            made(bodies[(number + done) % len(bodies)])
            done += 1
        return done

    with ThreadPoolExecutor(at_once) as threads:
        count = sum(threads.map(caller, range(at_once)))
    figures = {
        "n": count,
        "ips": count / (time.perf_counter() - started),
        "cpu_ms": (time.process_time() - cpu) / count * 1000,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    job, at_once, seconds, folder, *files = sys.argv[1:]
    main(job, int(at_once), float(seconds), Path(folder), [Path(file) for file in files])
