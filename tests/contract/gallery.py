"""What the tests of images, albums and pictures have in common."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from tests.contract.client import Side
from tests.contract.direct import PNG, Sent

IMAGES = "/api/images"
ALBUMS = "/api/albums"
GALLERY = "/api/gallery"
SEARCH_SECONDS = 5.0


def image_path(image: dict[str, Any]) -> str:
    """Where an image is read."""
    return f"{IMAGES}/{image['id']}"


def album_path(album: dict[str, Any]) -> str:
    """Where an album is read."""
    return f"{ALBUMS}/{album['id']}"


def ids_of(things: Sequence[dict[str, Any]]) -> list[str]:
    """Their ids, in their order."""
    return [thing["id"] for thing in things]


def sent(side: Side, file: Sent = PNG, user: str | None = "alice", **texts: Any) -> httpx.Response:
    """The answer to an image in a form; a text that is a list is a field that comes several times."""
    return side.send(IMAGES, {"image": file.part()}, texts, user)


def on_each(sides: Sequence[Side], path: str) -> Iterator[Any]:
    """What each side has at the path: `data`."""
    for side in sides:
        answer = side.get(path)
        assert answer.status_code == 200, answer.text
        yield answer.json()["data"]


def becomes(found: Callable[[], Any], wanted: Any) -> None:
    """A search comes to that within 5 s."""
    deadline = time.monotonic() + SEARCH_SECONDS
    while (shown := found()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert shown == wanted
