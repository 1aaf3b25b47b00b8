"""Moments as CloudWatch writes them."""

from datetime import UTC, datetime


def iso(moment: float) -> str:
    """With milliseconds and its zone, from Unix seconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def iso_java(moment: float) -> str:
    """As it stands in the JSON that CloudWatch writes about alarms."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
