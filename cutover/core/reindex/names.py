"""The names of indices: the alias, and when the index was made."""

from datetime import UTC, datetime

_WRITTEN = "%Y%m%dt%H%M%S"
_LENGTH = len("20251102t101530")


def index_name(alias: str, moment: datetime) -> str:
    """`moc_instructions-v20251102t101530`: the alias's index that was made at that moment (aware)."""
    return f"{alias}-v{moment.astimezone(UTC).strftime(_WRITTEN)}"


def all_of(alias: str) -> str:
    """The pattern of the names of all indices made for that alias."""
    return f"{alias}-v*"


def made_at(alias: str, name: str) -> datetime | None:
    """When the index of that name was made, in UTC; None: it is not the name of an index made for that alias."""
    start = f"{alias}-v"
    written = name.removeprefix(start)
    if not name.startswith(start) or len(written) != _LENGTH:
        return None
    try:
        moment = datetime.strptime(written, _WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if index_name(alias, moment) == name else None
