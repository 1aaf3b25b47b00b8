"""`date` as a page types it, by the rehearsal's clock: python -m tests.runbooks.simulated_date FACTOR EPOCH [WORD…].

GNU date's arguments; what follows -d is taken from the simulated moment on, as `-30 min` is from this one.
"""

import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

PROGRAM = "/bin/date"


def arguments(given: Sequence[str], now: float) -> Sequence[str]:
    """Those of the real program, for a simulated `now` in Unix seconds; pure."""
    moment = f"{datetime.fromtimestamp(int(now), UTC):%Y-%m-%d %H:%M:%S} UTC"
    if "-d" not in given:
        return ["-d", moment, *given]
    at = given.index("-d") + 1
    return [*given[:at], f"{moment} {given[at]}", *given[at + 1 :]]


def main(words: Sequence[str]) -> None:
    """Become the real program."""
    factor, epoch = float(words[0]), float(words[1])
    now = epoch + (time.time() - epoch) * factor
    os.execv(PROGRAM, [PROGRAM, *arguments(words[2:], now)])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
