"""Becomes the program given to it, after asking Linux to kill it when its parent dies.

Run as a file, `python -I -S launcher.py PARENT_PID DELAY_MS PROGRAM [ARGUMENT…]`. The order survives the exec
(prctl(2)) and works even when the parent is killed with SIGKILL or the child is stopped. Where there is no prctl, an
idle environment still ends by itself: its runtime client fails when the connection to the runtime API breaks.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask for SIGKILL at the parent's death; raises OSError when the kernel refuses."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def main(arguments: list[str]) -> None:
    """Replace this process by the program; exits at once when the parent is already dead."""
    die_with_parent()
    if os.getppid() != int(arguments[0]):
        sys.exit(1)
    time.sleep(float(arguments[1]) / 1000)  # a process is as old as it was before the exec: its start was that slow
    os.execv(arguments[2], arguments[2:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
