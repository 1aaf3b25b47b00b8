"""Parts lists as clients send them, and how they find out what became of them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.contract.client import CSV, Side, one
from tests.contract.direct import Sent
from tests.contract.moc_files import path_of

OLD_ROUTE = "/api/mocs/upload-parts-list"
PARSED_SECONDS = 60.0
"""How long a list may be pending: far longer than it is, as machines that test are busy."""

XML = (
    b"<INVENTORY><ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3001</ITEMID><COLOR>5</COLOR><MINQTY>2</MINQTY></ITEM>"
    b"<ITEM><ITEMTYPE>P</ITEMTYPE><ITEMID>3002</ITEMID><COLOR>7</COLOR><MINQTY>5</MINQTY></ITEM></INVENTORY>"
)
JSON = b'[{"part": "3001", "quantity": 2, "color": "Red"}, {"part": "3002", "quantity": 5, "color": "Blue"}]'
GOOD = {"a.csv": CSV, "a.txt": CSV, "a.json": JSON, "a.xml": XML}
"""Lists of seven pieces in two rows."""
UNREADABLE = [
    Sent("a.csv", b"Part,Quantity\n", "text/csv"),
    Sent("a.csv", b"Part,Quantity\n3001,none\n,4\n", "text/csv"),
    Sent("a.csv", b"hello\nworld\n", "text/csv"),
    Sent("a.csv", b"Part,Colour\n3001,Red\n", "text/csv"),
    Sent("a.txt", b"3001 4\n", "text/plain"),
    Sent("a.json", b"[]", "application/json"),
    Sent("a.json", b"[{", "application/json"),
    Sent("a.json", b'{"list": []}', "application/json"),
    Sent("a.json", b"[5, null]", "application/json"),
    Sent("a.xml", b"<INVENTORY/>", "application/xml"),
    Sent("a.xml", b"<INVENTORY><ITEM>", "application/xml"),
    Sent("a.xml", b"<html></html>", "application/xml"),
    Sent("a.xml", b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><INVENTORY>&a;</INVENTORY>', "text/xml"),
]
"""Files of the right types without a row that is a part."""
STATUSES = ("parsed", "parsed-with-errors", "failed")


def csv(body: bytes, name: str = "parts.csv") -> Sent:
    """That body as a CSV file."""
    return Sent(name, body, "text/csv")


def list_sent(side: Side, moc: Mapping[str, Any], file: Sent, user: str = "alice") -> str:
    """The id of the list that was accepted for the MOC."""
    answer = side.send(f"{path_of(moc)}/upload-parts-list", {"partsListFile": file.part()}, user=user)
    identity: str = one(answer, 202)["partsListId"]
    return identity


def parsed(side: Side, moc: Mapping[str, Any], list_id: str) -> dict[str, Any]:
    """The list, with up to 100 of its parts, once it is no longer pending."""
    deadline = time.monotonic() + PARSED_SECONDS
    while True:
        found = one(side.get(f"{path_of(moc)}/parts-lists/{list_id}?limit=100"))
        if found["status"] != "pending":
            assert found["status"] in STATUSES
            return found
        assert time.monotonic() < deadline, "still pending"
        time.sleep(0.1)


def read_list(side: Side, file: Sent) -> dict[str, Any]:
    """What is read of such a file, as the only list of a new MOC."""
    moc = side.moc()
    return parsed(side, moc, list_sent(side, moc, file))


def sent_as_before(
    side: Side, moc_id: str | None, file: Sent, field: str = "partsListFile", user: str | None = "alice"
) -> httpx.Response:
    """The answer to what old clients send."""
    texts = {"fileType": "parts-list"} if moc_id is None else {"fileType": "parts-list", "mocId": moc_id}
    return side.send(OLD_ROUTE, {field: file.part()}, texts, user)


def pieces(side: Side, moc: Mapping[str, Any]) -> Any:
    """How many pieces the MOC has by its lists; None when nothing says it."""
    return one(side.get(path_of(moc))).get("totalPieceCount")


def coded(findings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each finding says what it is, to programs and to people."""
    return all(finding["code"].isupper() and finding["message"] for finding in findings)
