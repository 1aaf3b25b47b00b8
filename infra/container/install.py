"""What the image imports, put into a folder: `python -m infra.container.install arm64 FOLDER`.

Fetched by pip, held against the hashes of requirements.txt, and unpacked: nothing is built, so no compiler and no build
tool of unknown origin takes part. In the image's own build it runs on the Python that the image has.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.package.contents import CORE, IMAGES, LAYERS
from infra.package.downloads import DownloadFailed, Downloads
from infra.package.requirements import NotPinned, Pin, chosen, pins
from infra.package.target import Target
from infra.package.wheels import Unreadable, entries

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
ONLY_ON_LAMBDA = frozenset({"mangum"})
SERVER = ("granian", "uvloop")  # without click, which is for its command line
MACHINES = {"arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}  # Docker's words and Lambda's, in Lambda's
_USAGE = f"usage: python -m infra.container.install {'|'.join(MACHINES)} FOLDER"


def distributions() -> Sequence[str]:
    """The names of everything that the service imports on ECS: as on Lambda, with a server."""
    return sorted({*LAYERS[CORE], *LAYERS[IMAGES], *SERVER} - ONLY_ON_LAMBDA)


def pinned(requirements: str) -> Sequence[Pin]:
    """Their pins. Raises NotPinned."""
    return chosen(pins(requirements), distributions())


def unpack(archive: Path, into: Path) -> None:
    """Put a distribution's files where `into` is on the path. Raises Unreadable."""
    for entry in entries(archive):
        place = into / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(entry.content)


def main(arguments: Sequence[str]) -> None:
    """Fetch and unpack everything for one architecture and the Python that runs this."""
    if len(arguments) != 2 or arguments[0] not in MACHINES:
        raise SystemExit(_USAGE)
    target = Target(MACHINES[arguments[0]], f"{sys.version_info.major}.{sys.version_info.minor}")
    try:
        found = Downloads.of(os.environ).fetch(pinned(REQUIREMENTS.read_text(encoding="utf-8")), target)
        for archive in found.values():
            unpack(archive, Path(arguments[1]))
    except (DownloadFailed, NotPinned, Unreadable) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main(sys.argv[1:])
