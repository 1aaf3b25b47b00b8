"""Domain names as Route 53 takes, stores and sorts them."""

import re

_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_MAX_LENGTH = 255  # octets, RFC 1035


def normalised(name: str) -> str:
    """Lower case, with the trailing dot: names are compared in this form alone."""
    lowered = name.lower()
    return lowered if lowered.endswith(".") else f"{lowered}."


def fault_of(name: str) -> str | None:
    """What is wrong with a normalised name, or None."""
    if len(name) > _MAX_LENGTH:
        return f"FATAL problem: DomainNameTooLong (Domain name is too long) encountered with '{name}'"
    for label in name[:-1].split("."):
        if not label:
            return f"FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with '{name}'"
        if len(label) > 63:
            return f"FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '{name}'"
        if label == "*" or "\\" in label:
            return f"this stand-in knows neither wildcards nor escapes, as in '{name}'"
        if not _LABEL.fullmatch(label):
            return (
                f"FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '{name}'"
            )
    return None


def lies_in(name: str, zone: str) -> bool:
    """Whether the name is the zone's own or below it; both normalised."""
    return name == zone or name.endswith(f".{zone}")


def sort_key(name: str) -> str:
    """Route 53 lists by the labels in reverse, as one string: 'a-b.test.' comes before 'x.a.test.'."""
    return ".".join(reversed(name[:-1].split("."))) + "."
