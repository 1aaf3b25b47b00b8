"""Writing a file whole or not at all."""

import os
from pathlib import Path


def write_whole(place: Path, content: bytes, *, overwrite: bool) -> None:
    """Write it beside its place, readable by its owner only, and then put it there. Raises OSError.

    FileExistsError where something is there and must not be overwritten. A link is followed; into a device or a pipe,
    such as /dev/stdout, it is written, and that stays what it is.
    """
    place = Path(os.path.realpath(place))
    if place.exists() and not place.is_file():
        place.write_bytes(content)
        return
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            beside.replace(place)
        else:
            os.link(beside, place)
    finally:
        beside.unlink(missing_ok=True)
