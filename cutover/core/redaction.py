"""What may be shown of a value: no secrets, and not more than fits a line."""

import json
import re
from urllib.parse import urlsplit

LONGEST = 80
LOOKED_AT = (
    2000  # characters that are searched for secrets, and shown none of those behind: searching takes their square
)
HIDDEN = "•••"
_SECRET_NAMES = re.compile(
    r"token|secret|passw|authori[sz]ation|cookie|signature|credential|api[-_]?key|csrf|session|x-amz-", re.IGNORECASE
)
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")  # a signed token, wherever it stands
_CUT_WORD = re.compile(r"[\w.-]+\Z")  # half a token would not be known as one
_QUERY = re.compile(r"([?&][^=&#\s]*)=[^&#\s\"]*")


def shown(name: str, value: object, secret: str = "") -> str:
    """The value of that field as JSON, cut to LONGEST; `secret` is hidden wherever it stands."""
    if _SECRET_NAMES.search(name):
        return HIDDEN
    text = json.dumps(_without_secrets(value), ensure_ascii=False, sort_keys=True)
    if secret:
        text = text.replace(secret, HIDDEN)
    is_cut = len(text) > LOOKED_AT
    if is_cut:
        text = _CUT_WORD.sub("", text[:LOOKED_AT])
    text = _QUERY.sub(_without_value, _TOKEN.sub(HIDDEN, text))
    return text if len(text) <= LONGEST and not is_cut else text[: LONGEST - 1] + "…"


def shown_path(path: str) -> str:
    """A path with the values of telling query parameters hidden."""
    parts = urlsplit(path)
    query = _QUERY.sub(_without_value, f"?{parts.query}") if parts.query else ""
    return _TOKEN.sub(HIDDEN, parts.path) + _TOKEN.sub(HIDDEN, query)


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {key: HIDDEN if _SECRET_NAMES.search(key) else _without_secrets(inner) for key, inner in value.items()}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value


def _without_value(found: "re.Match[str]") -> str:
    return f"{found[1]}={HIDDEN}" if _SECRET_NAMES.search(found[1]) else found[0]
