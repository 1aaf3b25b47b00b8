"""The tokens of the people who are played: from whatever a person has them in. Pure; no message repeats a token."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]+", re.ASCII)
HOW = '{"USER": "TOKEN", …}, the document of `cutover rehearse up --json`, or a token a line'


class BadTokens(ValueError):
    """There are no tokens in it; the message says what was looked for."""


def tokens_of(text: str) -> Mapping[str, str]:
    """Tokens by user: of JSON, or of lines. Raises BadTokens."""
    return _of_json(text) if text.lstrip().startswith("{") else tokens_in(text.split())


def tokens_in(tokens: Iterable[str]) -> Mapping[str, str]:
    """Tokens by the user whom each names in itself. Raises BadTokens."""
    found = {_user_of(token, number): token for number, token in enumerate(tokens, 1)}
    if not found:
        raise BadTokens(f"there is no token in it; wanted is {HOW}")
    return found


def expiry_of(token: str) -> float | None:
    """When it ends (Unix seconds), by its own word; None: it does not say."""
    try:
        ends = _payload(token)["exp"]
    except (ValueError, LookupError, TypeError):
        return None
    return float(ends) if isinstance(ends, int | float) and not isinstance(ends, bool) else None


def _of_json(text: str) -> Mapping[str, str]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BadTokens(f"it begins as JSON and is none; wanted is {HOW}") from None
    named = raw["tokens"] if isinstance(raw.get("tokens"), dict) else raw
    if not named or not all(isinstance(token, str) and _TOKEN.fullmatch(token) for token in named.values()):
        raise BadTokens(f"it is JSON, but no tokens by user; wanted is {HOW}")
    return {str(user): str(token) for user, token in named.items()}


def _user_of(token: str, number: int) -> str:
    """Whose it is, as the service will call them; it is the service that looks at the signature."""
    try:
        user = str(_payload(token)["sub"])
    except (ValueError, LookupError, TypeError):
        user = ""
    if not user or not _TOKEN.fullmatch(token):
        raise BadTokens(f"number {number} is no token of a user; wanted is {HOW}")
    return user


def _payload(token: str) -> Any:
    """What a JSON Web Token says. Raises ValueError, LookupError."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
