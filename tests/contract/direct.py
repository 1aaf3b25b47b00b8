"""Uploads past the API, as clients make them, and what the file store then holds."""

import base64
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
import pyvips

from tests.contract import pictures
from tests.contract.client import SECONDS, Side, one

STORED = (200, 201, 204)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as a client sends it."""

    name: str
    body: bytes
    declared: str

    def part(self) -> tuple[str, bytes, str]:
        """As a part of a form."""
        return self.name, self.body, self.declared

    def announced(self) -> dict[str, Any]:
        """What a presign is asked with."""
        return {"filename": self.name, "contentType": self.declared, "size": len(self.body)}


PNG = Sent("ship.png", pictures.png(), "image/png")
FORM_KEYS = {"uploadId", "url", "fields", "expiresAt"}


def begun(side: Side, route: str, file: Sent, user: str = "alice") -> dict[str, Any]:
    """The form for this file, which is not sent yet."""
    return one(side.post(f"{route}/presign", file.announced(), user), 201)


def posted(form: dict[str, Any], file: Sent) -> httpx.Response:
    """The store's answer to the file, sent with the form as browsers send it: the file last."""
    return httpx.post(form["url"], data=form["fields"], files={"file": file.part()}, timeout=SECONDS)


def uploaded(side: Side, route: str, file: Sent, user: str = "alice") -> dict[str, Any]:
    """The form of a file that is in the store."""
    form = begun(side, route, file, user)
    answer = posted(form, file)
    assert answer.status_code in STORED, answer.text
    return form


def completed(side: Side, route: str, form: dict[str, Any], user: str = "alice", **texts: Any) -> httpx.Response:
    """The answer to what a client says when its file is in the store."""
    return side.post(f"{route}/complete", {"uploadId": form["uploadId"], **texts}, user)


def sent_directly(side: Side, route: str, file: Sent, user: str = "alice", **texts: Any) -> httpx.Response:
    """The whole way of a file past the API: the last answer."""
    return completed(side, route, uploaded(side, route, file, user), user, **texts)


def policy_of(form: dict[str, Any]) -> dict[str, Any]:
    """The policy that the store holds an upload to; it is signed, so nobody changes it."""
    (encoded,) = [value for name, value in form["fields"].items() if name.lower() == "policy"]
    policy: dict[str, Any] = json.loads(base64.b64decode(encoded))
    return policy


def in_store(side: Side, key: str) -> int:
    """The status with which the store answers for an object: 200 or 404, where it says so to somebody unknown."""
    return _asked(side, key).status_code


def gone(side: Side, key: str) -> bool:
    """Whether the store has let the object go, within 5 s."""
    deadline = time.monotonic() + 5.0
    while in_store(side, key) == 200:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def stored(side: Side, url: str) -> bytes:
    """What lies behind an address that an answer has named."""
    answer = _asked(side, key_of(url))
    if answer.status_code == 403:
        pytest.skip("the file store shows its objects to nobody")
    assert answer.status_code == 200, answer.text
    return answer.content


def key_of(url: str) -> str:
    """The key of the object behind such an address."""
    return urlsplit(url).path.lstrip("/")


def noise(width: int, height: int) -> bytes:
    """A PNG that nothing makes smaller: about three bytes a pixel."""
    image = pyvips.Image.new_from_memory(secrets.token_bytes(width * height * 3), width, height, 3, "uchar")
    body: bytes = image.copy(interpretation="srgb").pngsave_buffer(compression=1)
    return body


def _asked(side: Side, key: str) -> httpx.Response:
    form = begun(side, "/api/images", PNG)  # tells where the store is: a stand-in is not where addresses say
    url = f"{form['url'].rstrip('/')}/{quote(key)}"
    answer = httpx.get(url, timeout=SECONDS)
    # The stand-in shows what has been signed in any way; to a real store this is nothing but another stranger.
    return httpx.get(url, params={"Signature": "any"}, timeout=SECONDS) if answer.status_code == 403 else answer
