"""Becomes another Python program that ends when its parent does: `python -m cutover.load.leashed PARENT WORDS…`.

A module of its own, because a process with threads must not run Python between fork and exec.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
GONE = 1


def become(words: Sequence[str]) -> None:
    """Replace this process by `python WORDS…`; from then on the parent's end is a Ctrl-C. Exits if it is gone."""
    parent, *program = words
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != int(parent):
        sys.exit(GONE)
    os.execv(sys.executable, [sys.executable, *program])  # noqa: S606 - no shell, and every word is ours


if __name__ == "__main__":
    become(sys.argv[1:])
