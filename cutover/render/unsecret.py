"""Settings as they may be handed around."""

import re
from typing import Any

import msgspec

from cutover.settings import Settings

LEFT_OUT = "left out"
_SECRET = re.compile(r"token|secret|passw|webhook|credential", re.IGNORECASE)
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"\?.*", re.DOTALL)


def without_secrets(settings: Settings) -> dict[str, Any]:
    """The settings as plain JSON values, without what could let somebody in.

    Keys that name an environment variable (`…_env`) stay: the variable's value is not in the settings.
    """
    raw: dict[str, Any] = msgspec.to_builtins(settings)
    command = raw["notify"]["command"]
    if len(command) > 1:
        raw["notify"]["command"] = [command[0], f"{len(command) - 1} arguments {LEFT_OUT}"]
    cleaned: dict[str, Any] = _cleaned(raw)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: LEFT_OUT if _is_secret(key) and item else _cleaned(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return _QUERY.sub(f"?{LEFT_OUT}", _USER_IN_URL.sub("", value)) if isinstance(value, str) else value


def _is_secret(key: str) -> bool:
    return bool(_SECRET.search(key)) and not key.endswith("_env")
