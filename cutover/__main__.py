"""`python -m cutover`, and the `cutover` script: the real signals and streams around the command."""

import signal
import sys
from io import TextIOWrapper
from types import FrameType

from cutover.cli import cli


def main() -> None:
    """Run the command line; being told to end is an interruption like Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows question marks, not a traceback
    cli(prog_name="cutover")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
