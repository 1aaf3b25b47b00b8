"""The five upload routes, as the contract's tests use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.contract.client import CSV, PDF, Side, failed
from tests.contract.direct import PNG, Sent

MEBIBYTE = 1024 * 1024
LAMBDA_TAKES_BYTES = 4 * MEBIBYTE
"""What clients may count on: 6 MB of event, base64 included, are about 4.5 MB of file."""


@dataclass(frozen=True, slots=True)
class Route:
    """An upload route; `new` makes what it is for, for a user, and says its path."""

    new: Callable[[Side, str], str]
    field: str
    good: Sent
    wrong: Sent
    limit_bytes: int
    status: int


def _below(kind: str, path: str) -> Callable[[Side, str], str]:
    return lambda side, user: path.format(getattr(side, kind)(user)["id"])


CSV_FILE = Sent("parts.csv", CSV, "text/csv")
PDF_FILE = Sent("plan.pdf", PDF, "application/pdf")
NO_PICTURE = Sent("ship.png", PDF, "image/png")
ROUTES: Mapping[str, Route] = {
    "image": Route(lambda _side, _user: "/api/images", "image", PNG, NO_PICTURE, 20 * MEBIBYTE, 201),
    "moc file": Route(
        _below("moc", "/api/mocs/{}/files"), "file", PDF_FILE, Sent("plan.pdf", b"<html>", "application/pdf"),
        10 * MEBIBYTE, 201,
    ),
    "parts list": Route(
        _below("moc", "/api/mocs/{}/upload-parts-list"), "partsListFile", CSV_FILE, Sent("parts.csv", PDF, "text/csv"),
        10 * MEBIBYTE, 202,
    ),
    "wishlist image": Route(
        _below("wish", "/api/wishlist/{}/image"), "image", PNG, NO_PICTURE, 5 * MEBIBYTE, 200
    ),
    "avatar": Route(lambda _side, _user: "/api/users/me/avatar", "avatar", PNG, NO_PICTURE, 5 * MEBIBYTE, 200),
}  # fmt: skip
OF_A_RESOURCE = ("moc file", "parts list", "wishlist image")
OF_PICTURES = ("image", "wishlist image", "avatar")


def in_form(side: Side, route: str, field: str, file: Sent, user: str = "eve", **texts: str) -> httpx.Response:
    """The answer to the same file in a form."""
    return side.send(route, {field: file.part()}, texts, user)


def refused_as_too_large(side: Side, answer: httpx.Response, size: int) -> Mapping[str, Any] | None:
    """The answer is a 413: the application's `error`; None for a gateway that spoke before the application could."""
    assert answer.status_code == 413, answer.text
    if "error" in answer.json():
        return failed(answer, "PAYLOAD_TOO_LARGE")
    assert side.name != "ecs", answer.text
    assert size > LAMBDA_TAKES_BYTES
    assert answer.json() in ({"message": "Request Too Long"}, {"message": "Request Entity Too Large"})
    return None
