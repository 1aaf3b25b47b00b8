"""The exit codes of `cutover`: stable, documented, the final truth of a command."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means; scripts and runbooks rely on the numbers."""

    DONE = 0
    INTERNAL = 1  # a bug; or the document that was asked for could not be written
    USAGE = 2
    GATES_FAILED = 3  # nothing was changed
    ROLLED_BACK = 4  # failed, rolled back, INSYNC confirmed
    DRIFT = 5
    HOLD = 6
    LOCKED = 7
    REFUSED = 8
    TELEMETRY_UNAVAILABLE = 9
    CONTROL_PLANE_UNAVAILABLE = 10  # the change is unconfirmed
    TIMED_OUT = 11  # INSYNC or settling did not come in time
    MISMATCH = 12
    LOAD_NOT_DELIVERED = 13
    FROZEN = 14
    INTERRUPTED = 130
