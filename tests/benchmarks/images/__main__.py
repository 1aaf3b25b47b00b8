"""Our image pipeline beside sharp (and Pillow where it is installed): `python -m tests.benchmarks.images`.

The job: a JPEG of 12 megapixels becomes WebP of quality 80, 2048 px wide, and a thumbnail of 400 px. Rounds alternate
the jobs' order; figures are medians of rounds, ratios are taken round by round. sharp is installed from npm into a
temporary folder (or is there in SHARP_HOME). Goal at equal effort: sharp's images/s with 0.75 of its peak RSS.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pyvips

from tests.benchmarks.images.quality import reduced, ssim

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SHARP = "sharp@0.35.5"
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Job:
    """A worker's command, and what it told in each round."""

    name: str
    command: list[str]
    rounds: list[Figures] = field(default_factory=list)


def main() -> None:
    """Measure and print the table."""
    asked = _asked()
    with tempfile.TemporaryDirectory() as folder:
        photos = _photos(folder)
        sharp_home = _sharp_home(Path(folder))
        jobs = _jobs(asked.jobs.split(",") if asked.jobs else _default_jobs(sharp_home))
        env = {**os.environ, "SHARP_HOME": sharp_home or ""}
        for number in range(asked.rounds):
            for job in jobs[number % len(jobs) :] + jobs[: number % len(jobs)]:
                command = [*job.command, job.name, str(asked.at_once), str(asked.seconds), folder, *map(str, photos)]
                told = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout
                job.rounds.append(json.loads(told.splitlines()[-1]))
        _print(jobs, photos, f"{asked.at_once} at a time, {asked.rounds} rounds of {asked.seconds:g} s")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", help="such as ours,sharp,ours-effort-2,sharp-effort-2,pillow; the first is the base")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--at-once", type=int, default=2)
    return parser.parse_args()


def _photos(folder: str) -> list[Path]:
    """Made by another process: a worker's peak RSS, as Linux tells it, is at least what its parent held."""
    command = [sys.executable, "-m", "tests.benchmarks.images.photos", folder, "4", "4000", "3000"]
    subprocess.run(command, cwd=ROOT, check=True)
    return sorted(Path(folder).glob("photo*.jpg"))


def _default_jobs(sharp_home: str | None) -> list[str]:
    sharps = ["sharp"] if sharp_home else []
    pillows = ["pillow"] if importlib.util.find_spec("PIL") else []
    return [*sharps, "ours", *pillows, "ours-effort-2"] + (["sharp-effort-2"] if sharp_home else [])


def _jobs(names: list[str]) -> list[Job]:
    workers = {
        "ours": [sys.executable, "-m", "tests.benchmarks.images.ours"],
        "pillow": [sys.executable, "-m", "tests.benchmarks.images.pillow_worker"],
        "sharp": ["node", str(HERE / "sharp_worker.mjs")],
    }
    return [Job(name, workers[name.partition("-")[0]]) for name in names]


def _sharp_home(folder: Path) -> str | None:
    """The folder whose `node_modules` has sharp; None where Node.js is not installed."""
    npm, given = shutil.which("npm"), os.environ.get("SHARP_HOME")
    if given or npm is None or shutil.which("node") is None:
        return given
    (folder / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--package-lock=false", SHARP]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return str(folder)


def _print(jobs: list[Job], photos: list[Path], how: str) -> None:
    base = jobs[0]
    lines = [f"{len(photos)} JPEGs of 12 megapixels, {how}; ratios to {base.name}, round by round"]
    lines.append(
        f"{'job':16} {'images/s':>9} {'ratio':>18} {'cpu ms':>7} {'RSS MB':>7} {'ratio':>6} {'KB':>6} {'SSIM':>6}"
    )
    for job in jobs:
        speeds = _ratios(job, base, "ips")
        spread = f"{statistics.median(speeds):.2f} ({min(speeds):.2f}-{max(speeds):.2f})"
        kilobytes, likeness = _quality(job.name, photos)
        lines.append(
            f"{job.name:16} {_median(job, 'ips'):9.2f} {spread:>18} {_median(job, 'cpu_ms'):7.0f} "
            f"{_median(job, 'rss_mb'):7.0f} {statistics.median(_ratios(job, base, 'rss_mb')):6.2f} "
            f"{kilobytes:6.0f} {likeness:6.4f}"
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _median(job: Job, figure: str) -> float:
    return statistics.median(one[figure] for one in job.rounds)


def _ratios(job: Job, base: Job, figure: str) -> list[float]:
    return [one[figure] / other[figure] for one, other in zip(job.rounds, base.rounds, strict=True)]


def _quality(name: str, photos: list[Path]) -> tuple[float, float]:
    """The mean KB and SSIM of the large pictures that the job has written beside the photos."""
    files = [photo.parent / f"{name}-{number}-full.webp" for number, photo in enumerate(photos)]
    likeness = []
    for file, photo in zip(files, photos, strict=True):
        picture = pyvips.Image.new_from_file(str(file))
        likeness.append(ssim(picture, reduced(pyvips.Image.new_from_file(str(photo)), picture.width)))
    return statistics.mean(file.stat().st_size / 1024 for file in files), statistics.mean(likeness)


if __name__ == "__main__":
    main()
