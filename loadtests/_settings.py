"""What the load test is told: by one JSON file that LEGO_TRAFFIC names, or by LEGO_TOKENS, LEGO_SEED and --host."""

import base64
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSettings(Exception):
    """The load test can't start; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who asks whom, how often.

    `tokens` are bearer tokens by user; `host` is the public URL. With `dns` (address, port of a name server) the
    host's name is asked for as a resolver would, and each answer is kept for its TTL; `sides` names the addresses
    that it may answer with. `journal` is the file that gets a line a second.
    """

    host: str
    tokens: Mapping[str, str]
    requests_per_second: float = 1.0  # of each user
    dns: tuple[str, int] | None = None
    sides: Mapping[str, str] | None = None
    journal: Path | None = None
    seed: int = 1


def traffic() -> Traffic:
    """The settings of this process. Raises BadSettings."""
    named = os.environ.get("LEGO_TRAFFIC")
    if named:
        return _of_file(Path(named))
    tokens = os.environ.get("LEGO_TOKENS", "")
    if not tokens:
        raise BadSettings("set LEGO_TOKENS to bearer tokens of test users, separated by commas")
    given = [token.strip() for token in tokens.split(",") if token.strip()]
    if not given:
        raise BadSettings("LEGO_TOKENS holds no token")
    by_user = {_user_of(token, number): token for number, token in enumerate(given, 1)}
    return Traffic(host=os.environ.get("LEGO_HOST", ""), tokens=by_user, seed=_seed())


def _user_of(token: str, number: int) -> str:
    """Whose token it is, as the service will call them; it is the service that looks at the signature."""
    try:
        payload = token.split(".")[1]
        sub = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadSettings(f"number {number} of LEGO_TOKENS is no token of a user") from error
    return str(sub)


def _seed() -> int:
    """LEGO_SEED, to do again what was done; else another each time: what a former run has made has its titles still."""
    named = os.environ.get("LEGO_SEED", "")
    if not named:
        return int(time.time())
    if not named.isascii() or not named.isdigit():
        raise BadSettings(f"LEGO_SEED is no number: {named}")
    return int(named)


def _of_file(path: Path) -> Traffic:
    try:
        return _of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadSettings(f"LEGO_TRAFFIC={path}: {error!r}") from error


def _of(raw: Any) -> Traffic:
    dns = raw.get("dns")
    rate = float(raw["requests_per_second"])
    if not 0 < rate < math.inf:
        raise ValueError(f"requests_per_second is {rate}")
    return Traffic(
        host=str(raw["host"]),
        tokens=_texts(raw["tokens"]),
        requests_per_second=rate,
        dns=(str(dns[0]), int(dns[1])) if dns else None,
        sides=_texts(raw["sides"]) if raw.get("sides") else None,
        journal=Path(raw["journal"]) if raw.get("journal") else None,
        seed=int(raw.get("seed", 1)),
    )


def _texts(raw: Any) -> Mapping[str, str]:
    """Texts by name, at least one."""
    found = {str(name): str(text) for name, text in raw.items()}
    if not found:
        raise ValueError("nothing where texts by name have to be")
    return found
