"""Photographs that are made, not shipped: noise of a photo's spectrum, and bricks with flat faces and hard edges.

`python -m tests.benchmarks.images.photos FOLDER COUNT WIDTH HEIGHT` writes some.
"""

import random
import sys
from pathlib import Path

import pyvips

TILE_PX = 2000
OCTAVES = 9


def photo(width: int, height: int, seed: int = 1) -> pyvips.Image:
    """An sRGB picture, the same for the same arguments; larger ones repeat their upper left 2000 px, mirrored."""
    tile = _bricks(_clouds(min(width, TILE_PX), min(height, TILE_PX), seed), seed)
    if width <= TILE_PX and height <= TILE_PX:
        return tile
    pair = tile.join(tile.fliphor(), "horizontal")
    block = pair.join(pair.flipver(), "vertical")
    across, down = -(-width // block.width), -(-height // block.height)
    return block.replicate(across, down).crop(0, 0, width, height).copy_memory()


def written(folder: Path, count: int, width: int, height: int) -> list[Path]:
    """That many JPEGs as a phone writes them: quality 90, colours at half resolution, no profile."""
    paths = [folder / f"photo{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        photo(width, height, number).jpegsave(str(path), Q=90, subsample_mode="on", keep="none")
    return paths


def _clouds(width: int, height: int, seed: int) -> pyvips.Image:
    light, warm, cold = (_noise(width, height, seed * 100 + plane) for plane in range(3))
    bands = (light + 0.35 * warm).bandjoin([light, light + 0.35 * cold])
    return (bands + 120).cast("uchar").copy(interpretation="srgb").copy_memory()


def _noise(width: int, height: int, seed: int) -> pyvips.Image:
    """Octaves of noise, each of half the resolution and 1.46 times the strength of the one before: about 1/f."""
    total = None
    for octave in range(OCTAVES):
        scale = 2**octave
        size = (-(-width // scale) + 2, -(-height // scale) + 2)
        layer = pyvips.Image.gaussnoise(*size, mean=0, sigma=2.5 * scale**0.55, seed=seed * 100 + octave)
        if scale > 1:
            layer = layer.resize(scale, kernel="cubic")
        layer = layer.crop(0, 0, width, height)
        total = layer if total is None else total + layer
    return total


def _bricks(image: pyvips.Image, seed: int) -> pyvips.Image:
    chance = random.Random(seed)  # noqa: S311 - the same bricks each time, no secret
    for _ in range(40):
        colour = [chance.randrange(256) for _ in range(3)]
        width, height = 1 + chance.randrange(image.width // 8 + 1), 1 + chance.randrange(image.height // 12 + 1)
        brick = (pyvips.Image.black(width, height, bands=3) + colour).cast("uchar").copy(interpretation="srgb")
        image = image.insert(brick, chance.randrange(image.width), chance.randrange(image.height))
    return image.copy_memory()


if __name__ == "__main__":
    folder, count, width, height = sys.argv[1:]
    written(Path(folder), int(count), int(width), int(height))
