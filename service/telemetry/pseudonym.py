"""A user's name in logs and traces, which nobody can turn back: `python -m service.telemetry.pseudonym SUB`."""

import sys
from functools import lru_cache
from hashlib import sha256

DIGITS = 16
KNOWN_AT_ONCE = 4096


@lru_cache(KNOWN_AT_ONCE)
def pseudonym(sub: str) -> str:
    """`u-` and the beginning of the SHA-256 of the token's subject, in hex."""
    return f"u-{sha256(sub.encode()).hexdigest()[:DIGITS]}"


def without_owner(key: str) -> str:
    """An object's key as a log may tell it: the owner, its second part, by the pseudonym."""
    kind, slash, rest = key.partition("/")
    owner, more, name = rest.partition("/")
    return f"{kind}{slash}{pseudonym(owner)}{more}{name}" if more else key


def main(arguments: list[str]) -> None:
    """Print the pseudonyms of these subjects."""
    if not arguments:
        raise SystemExit("Say whose: python -m service.telemetry.pseudonym SUB")
    sys.stdout.writelines(f"{pseudonym(sub)}\n" for sub in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
