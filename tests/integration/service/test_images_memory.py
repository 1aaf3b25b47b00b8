"""Memory is bounded: by the line for honest pictures, by what is looked at first for hostile ones."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.images.photos import photo

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.integration.service.images_memory", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_ten_photos_of_24_megapixels_at_once_take_little_more_memory_than_two(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    photo(6000, 4000).jpegsave(str(file), Q=90)
    one, two, ten = (run("at-once", str(count), str(file)) for count in (1, 2, 10))
    for told in (one, two, ten):
        assert told["told"] == ["2048 × 1365"]
    print(f"peak RSS in MB: one {one['peak_mb']:.0f}, two {two['peak_mb']:.0f}, ten {ten['peak_mb']:.0f}")  # noqa: T201
    assert ten["peak_mb"] < 512
    rise_of_one, rise_of_ten = (told["peak_mb"] - told["before_mb"] for told in (one, ten))
    assert rise_of_ten < 5 * rise_of_one  # ten decodings at once would be ten


def test_files_that_are_built_to_fill_memory_do_not() -> None:
    told = run("hostile")
    assert told["told"] == {
        "header": "image: has 100000 × 100000 pixels, of at most 50 megapixels",
        "text": "64 × 64",
        "frames": "image: can't be read: it is made of too many parts",
        "segments": "image: can't be read: it is made of too many parts",
        "scans": "image: can't be read: it is made of too many parts",
    }
    assert told["peak_mb"] - told["before_mb"] < 40  # the text alone would be 1,000
