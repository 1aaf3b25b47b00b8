"""`python -m cutover`, and the `cutover` script: the real signals and streams around the command."""

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType

from cutover.cli import cli


def main() -> None:
    """Run the command line; being told to end is an interruption like Ctrl-C, unless it is ignored, as under nohup."""
    _open_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows question marks, not a traceback
    cli(prog_name="cutover")


def _open_streams() -> None:
    """Put /dev/null where a stream is closed: a file that is opened later would take its number, and its words."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8", closefd=False))  # open until the process ends


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
