"""Times as clients read them: UTC, ISO 8601, milliseconds, Z."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def wire_time(moment: datetime) -> str:
    """`2025-11-02T10:15:30.123Z`. A naive time is UTC already (the columns hold UTC); an aware one is converted."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat("T", "milliseconds") + "Z"


def version_of(moment: datetime) -> int:
    """`updated_at` as the external version of its search document: microseconds since 1970, of earlier times 0.

    In whole numbers: a timestamp as a float is wrong by a second at the far end, where PostgreSQL's infinity is put.
    """
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0, (aware - _EPOCH) // _MICROSECOND)
