"""Which requests that went well are logged: decided by their id, the same for all lines of a request. Pure."""

from zlib import crc32

_RANGE = 1 << 32
SLOW_MS = 1000.0
FAILED_FROM = 400  # statuses


def is_sampled(identity: str, share: float) -> bool:
    """Whether the request with this trace's or request's id is among the share, from 0 to 1, that is logged."""
    return share >= 1 or crc32(identity.encode("utf-8", "replace")) < share * _RANGE


def went_well(status: int, duration_ms: float) -> bool:
    """Whether a request is one of many alike, of which a sample tells enough."""
    return 0 < status < FAILED_FROM and duration_ms < SLOW_MS
