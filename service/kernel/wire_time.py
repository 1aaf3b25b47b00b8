"""Times as clients read them: UTC, ISO 8601, milliseconds, Z."""

from datetime import UTC, datetime


def wire_time(moment: datetime) -> str:
    """`2025-11-02T10:15:30.123Z`. A naive time is UTC already (the columns hold UTC); an aware one is converted."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat("T", "milliseconds") + "Z"


def version_of(moment: datetime) -> int:
    """`updated_at` as the external version of its search document: microseconds since 1970."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1_000_000 + aware.microsecond
