"""Under which name a file is saved, and which stored addresses a client may be sent to. Pure."""

import re
from urllib.parse import quote

from service.kernel.errors import NotFound

_WEBP = "image/webp"
# Only the service writes these addresses. Nevertheless: no other scheme, and no `//host`, which browsers take for one.
_REDIRECTABLE = re.compile(r"(?:https?://|/(?![/\\]))[^\s]", re.IGNORECASE)
_KEPT = "/:?#[]@!$&'()*+,;=%~"


def name_of(original: str | None, url: str, media_type: str) -> str:
    """The name that the file had; a picture that was rendered anew says so. Without a name, the URL's last part."""
    name = original or url.partition("?")[0].rpartition("/")[2] or "file"
    stem, dot, extension = name.rpartition(".")
    if media_type == _WEBP and extension.lower() != "webp":
        return f"{stem if dot else name}.webp"
    return name


def redirectable(url: str) -> str:
    """An address that the first backend has left, fit for a header. Raises NotFound for one that leads nowhere."""
    if not _REDIRECTABLE.match(url):
        raise NotFound("The file is no longer there")
    return quote(url, safe=_KEPT)
