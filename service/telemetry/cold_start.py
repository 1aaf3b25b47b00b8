"""Whether this environment was made for a request that waited, which its first request is."""


class _Start:
    """One for the process."""

    was_waited_for = False


def was_waited_for() -> None:
    """Somebody waits for this environment's start: a Lambda function's that was made on demand."""
    _Start.was_waited_for = True


def is_first() -> bool:
    """Whether this is the request that waited; true once."""
    first, _Start.was_waited_for = _Start.was_waited_for, False
    return first
