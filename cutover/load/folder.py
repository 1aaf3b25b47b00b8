"""A run's folder as it lies on disk: `run.json` and the lines of `seconds.ndjson`, also of a run that was killed."""

from collections.abc import Iterator
from pathlib import Path

from cutover.core.load.lines import Line, line_of, strictly
from cutover.core.load.run import LoadRun, run_of

RUN, LINES = "run.json", "seconds.ndjson"
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


class BadFolder(Exception):
    """The folder can't be read, or a run can't be written there; the message says what to do."""


def read(path: Path) -> LoadRun:
    """The run whose folder that is; one that goes on, or was killed, as far as it is written. Raises BadFolder."""
    try:
        meta = strictly((path / RUN).read_bytes())
    except FileNotFoundError:
        raise BadFolder(f"{path}: no load test's folder, as it has no {RUN}; name the folder of a run") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadFolder(f"{path / RUN} can't be read: {error}; without it the run is lost") from error
    try:
        return run_of(meta, _lines(path / LINES))
    except UNREADABLE as error:
        raise BadFolder(f"{path / RUN} is not what a load test writes: {_said(error)}") from error


def _lines(place: Path) -> Iterator[Line]:
    try:
        with place.open("rb") as file:
            for number, text in enumerate(file, 1):
                try:
                    line = line_of(text)
                except UNREADABLE as error:
                    if not text.endswith(b"\n"):  # the last one, and its writer was killed while it wrote it
                        return
                    raise BadFolder(
                        f"{place}, line {number}: {_said(error)}; remove that line to read the rest without it"
                    ) from error
                yield line
    except FileNotFoundError:
        return  # killed before its first second was over
    except OSError as error:
        raise BadFolder(f"{place} can't be read: {error}") from error


def _said(error: Exception) -> str:
    return f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
