"""Which IAM actions each caller has needed, by the access key that signed: what a role must allow, and no more."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

_CREDENTIAL = re.compile(r"(?:^|[ ,=])([^/ ,=]+)/\d{8}/[^/]+/([^/]+)/aws4_request")
INVOCATION = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")
_FORM_CREDENTIAL = re.compile(rb'name="x-amz-credential"\s+([^/\s]+)/\d{8}/[^/]+/s3/aws4_request', re.IGNORECASE)
_FORM_KEY = re.compile(rb'name="key"\s+([^\r\n]+)')
_DELETED_KEY = re.compile(rb"<Key>([^<]+)</Key>")
_DOCUMENT = re.compile(r"/_doc/[^/]+$")
_OF_OBJECTS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}


class Needed(msgspec.Struct, frozen=True):
    """One action on one resource.

    Of an object it is the first part of its key, of a search its path (any document's as `*`), of a function its name.
    """

    caller: str
    action: str
    resource: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Signed:
    """Who asks, and which service: the key and the service of a signature's credential scope."""

    caller: str
    service: str


def signed_by(headers: Mapping[str, str], query: Mapping[str, str]) -> Signed | None:
    """What a signature version 4 in the header or in a presigned URL names."""
    text = headers.get("Authorization") or unquote(query.get("X-Amz-Credential", ""))
    match = _CREDENTIAL.search(text)
    return Signed(match[1], match[2]) if match else None


def needed(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> tuple[Needed, ...]:
    """The actions that one request needs. `body` is looked into for S3's POSTs only; path-style addresses."""
    who = signed_by(headers, query)
    if who is None:
        return _of_a_form(body) if method == "POST" else ()
    if who.service == "s3":
        return tuple(Needed(who.caller, action, of) for action, of in _on_objects(method, path, query, body))
    if who.service == "lambda":
        invoked = INVOCATION.fullmatch(path)
        return (Needed(who.caller, "lambda:InvokeFunction", unquote(invoked[1])),) if invoked else ()
    operation = headers.get("X-Amz-Target", "").rpartition(".")[2]
    return (Needed(who.caller, f"{who.service}:{operation}", ""),) if operation else ()


def needed_of_search(method: str, path: str, authorization: str) -> tuple[Needed, ...]:
    """The action of a request to the search domain whose caller is named by basic authentication."""
    caller = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0]
    return (Needed(caller, f"es:ESHttp{method.title()}", _DOCUMENT.sub("/_doc/*", path.removeprefix("/"))),)


def _of_a_form(body: bytes) -> tuple[Needed, ...]:
    """A presigned POST: its form names who signed it."""
    who, key = _FORM_CREDENTIAL.search(body), _FORM_KEY.search(body)
    return (Needed(who[1].decode(), "s3:PutObject", _first(key[1].decode())),) if who and key else ()


def _on_objects(method: str, path: str, query: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    _, _, key = path.removeprefix("/").partition("/")
    if method == "POST" and "delete" in query:
        return sorted({("s3:DeleteObject", _first(one.decode())) for one in _DELETED_KEY.findall(body)})
    if not key:
        return [("s3:ListBucket", "")]
    return [(_OF_OBJECTS.get(method, "s3:PutObject"), _first(unquote(key)))]


def _first(key: str) -> str:
    return key.partition("/")[0] + "/"


class Operations:
    """Everything that was needed since the start."""

    def __init__(self) -> None:
        self._seen: Counter[Needed] = Counter()

    def add(self, found: tuple[Needed, ...]) -> None:
        """Count these."""
        self._seen.update(found)

    def all(self) -> list[Needed]:
        """Each once, with how often."""
        ordered = sorted(self._seen.items(), key=lambda item: (item[0].caller, item[0].action, item[0].resource))
        return [msgspec.structs.replace(needed, count=count) for needed, count in ordered]
