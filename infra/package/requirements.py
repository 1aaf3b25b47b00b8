"""Takes the pins and hashes of named distributions out of the project's requirements. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotPinned(Exception):
    """A distribution of the package is not in the requirements; the message names it."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution: its version, and the digests of every file of it that is known."""

    name: str
    version: str
    digests: frozenset[str]


def pins(text: str) -> Mapping[str, Pin]:
    """The pins in `text` by normalized name; of several for different Pythons, the last one."""
    found: dict[str, Pin] = {}
    for entry in re.split(r"\n(?=\S)", text):
        pin = _PIN.match(entry)
        if pin is not None:
            name = normalized(pin[1])
            found[name] = Pin(name, pin[2], frozenset(_HASH.findall(entry)))
    return found


def chosen(known: Mapping[str, Pin], names: Iterable[str]) -> Sequence[Pin]:
    """The pins of these, by name. Raises NotPinned."""
    wanted = sorted(names)
    missing = [name for name in wanted if not (name in known and known[name].digests)]
    if missing:
        raise NotPinned(f"requirements.txt pins no {', '.join(missing)} with hashes: run `tox run -e pin`")
    return [known[name] for name in wanted]


def as_requirements(wanted: Iterable[Pin]) -> str:
    """The same as a requirements file. Without markers: they would ask which Python runs pip, not which it is for."""
    return "".join(
        " ".join([f"{pin.name}=={pin.version}", *(f"--hash=sha256:{digest}" for digest in sorted(pin.digests))]) + "\n"
        for pin in wanted
    )


def normalized(name: str) -> str:
    """The one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()
