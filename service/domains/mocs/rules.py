"""What makes a MOC valid beyond the shape of its fields. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET

from service.domains.mocs.schemas import MocIn, MocPatch
from service.kernel.errors import ValidationFailed
from service.kernel.titles import trimmed_title

REQUIRED_BY_TYPE = {"moc": "author", "set": "brand"}


def new_moc(wanted: MocIn, this_year: int) -> dict[str, Any]:
    """The columns of a new row. Raises ValidationFailed."""
    fields = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return _valid({**fields, "title": trimmed_title(wanted.title)}, wanted.type, this_year)


def changes(patch: MocPatch, current: Mapping[str, Any], this_year: int) -> dict[str, Any]:
    """The columns that the patch really changes; `current` is the row as it is. Raises ValidationFailed.

    What a client merely sends back is no change: an old row may hold what no new one may.
    """
    asked = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    given = {name: value for name, value in asked.items() if value != current[name]}
    if "type" in given:
        raise ValidationFailed.of_field("type", f"is {current['type']} and can't be changed")
    if "title" in given:
        given["title"] = trimmed_title(given["title"])
    required = REQUIRED_BY_TYPE.get(current["type"])
    if required in given and not (given[required] or "").strip():
        raise ValidationFailed.of_field(required, f"is required for a {current['type']} and can't be cleared")
    return _checked(given, this_year)


def _valid(fields: dict[str, Any], moc_type: str, this_year: int) -> dict[str, Any]:
    required = REQUIRED_BY_TYPE[moc_type]
    if not (fields[required] or "").strip():
        raise ValidationFailed.of_field(required, f"is required for a {moc_type}")
    return _checked(fields, this_year)


def _checked(fields: dict[str, Any], this_year: int) -> dict[str, Any]:
    year = fields.get("release_year")
    if year is not None and year > this_year + 1:
        raise ValidationFailed.of_field("releaseYear", f"is after {this_year + 1}")
    if (uploaded := fields.get("uploaded_date")) is not None:
        fields["uploaded_date"] = _naive_utc(uploaded)
    if (tags := fields.get("tags")) is not None:
        fields["tags"] = msgspec.json.encode(tags).decode()
    return fields


def _naive_utc(moment: datetime) -> datetime:
    """The column holds UTC without a zone, in milliseconds."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        utc = aware.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:  # an hour before the year 1, or one after the year 9999
        raise ValidationFailed.of_field("uploadedDate", "is no time that can be stored") from error
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
