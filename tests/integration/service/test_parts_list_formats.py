"""Every format through the upload route and the parser, and the real files with what was counted in them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.service.api import Api, assert_failure
from tests.integration.service.test_parts_list_upload import lists_of
from tests.unit.service.test_parts_list_memory import csv_list, json_list, xml_list
from tests.unit.service.test_parts_list_rules import REAL_FILES

XML = b"<INVENTORY><ITEM><ITEMID>3001</ITEMID><COLOR>5</COLOR><MINQTY>4</MINQTY></ITEM></INVENTORY>"
JSON = json.dumps({"parts": [{"part": "3001", "color": "5", "quantity": 4}]}).encode()
CSV = b"part\tcolor\tquantity\n3001\t5\t4\n"
TYPES = {"csv": "text/csv", "json": "application/json", "xml": "application/xml", "txt": "text/plain"}
# The worst that people may send as XML.
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><INVENTORY><ITEM>&b;</ITEM></INVENTORY>'
OUTSIDE = b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><INVENTORY><ITEM>&a;</ITEM></INVENTORY>'


async def counted(api: Api, name: str, body: bytes, declared: str = "") -> dict[str, Any]:
    """The list, read after its parsing."""
    moc = await api.create(title=name)
    path = f"/api/mocs/{moc['id']}"
    declared = declared or TYPES[name.rpartition(".")[2]]
    answer = await api.call("POST", f"{path}/upload-parts-list", files={"file": (name, body, declared)})
    assert answer.status_code == 202, answer.text
    assert answer.json()["data"]["file"]["fileUrl"].endswith(f".{name.rpartition('.')[2]}")
    await api.runtime.background.drain(30.0)
    await lists_of(api, moc)
    data = (await api.get(path)).json()["data"]
    found = (await api.get(f"{path}/parts-lists/{data['partsLists'][0]['id']}")).json()["data"]
    assert data.get("totalPieceCount") == found.get("totalParts")
    return {**found, "mimeType": data["files"][0]["mimeType"]}


@pytest.mark.parametrize(
    ("name", "body", "declared", "stored_as"),
    [
        ("a.csv", CSV, "application/vnd.ms-excel", "text/csv"),
        ("a.tsv", CSV, "text/tab-separated-values", "text/tab-separated-values"),
        ("a.txt", CSV, "text/plain", "text/plain"),
        ("a.json", JSON, "application/json", "application/json"),
        ("a.JSON", JSON, "application/octet-stream", "application/json"),
        ("a.xml", XML, "text/xml", "application/xml"),
        ("a.xml", b'<?xml version="1.0"?>' + XML, "application/xml", "application/xml"),
    ],
)
async def test_every_format_gives_the_same_part(
    api: Api, name: str, body: bytes, declared: str, stored_as: str
) -> None:
    found = await counted(api, name.lower(), body, declared)
    assert (found["status"], found["rows"], found["totalParts"], found["mimeType"]) == ("parsed", 1, 4, stored_as)
    assert found["parts"] == [{"line": 2, "partId": "3001", "color": "5", "quantity": 4}]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("a.json", b"[{", "BAD_JSON"),
        ("a.json", b'{"list":[]}', "NO_PARTS"),
        ("a.json", b"[]", "EMPTY_FILE"),
        ("a.json", b"[5]", "NO_GOOD_ROW"),
        ("a.xml", b"<INVENTORY>", "BAD_XML"),
        ("a.xml", b"<html></html>", "NO_INVENTORY"),
        ("a.xml", b"<INVENTORY/>", "EMPTY_FILE"),
        ("a.xml", LAUGHS, "DTD_REFUSED"),
        ("a.xml", OUTSIDE, "DTD_REFUSED"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_with_its_reason(api: Api, name: str, body: bytes, code: str) -> None:
    found = await counted(api, name, body)
    assert found["status"] == "failed"
    assert next(error["code"] for error in found["errors"]) == code
    assert "root:" not in json.dumps(found)


@pytest.mark.parametrize(
    ("name", "body", "declared"),
    [
        ("a.csv", JSON, "text/csv"),
        ("a.csv", XML, "text/csv"),
        ("a.json", CSV, "application/json"),
        ("a.xml", JSON, "application/xml"),
        ("a.json", JSON, "text/csv"),
        ("a.xml", XML, "application/json"),
    ],
)
async def test_bytes_name_and_claim_have_to_agree(api: Api, name: str, body: bytes, declared: str) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await api.call("POST", path, files={"file": (name, body, declared)})
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(("name", "make"), [("a.csv", csv_list), ("a.json", json_list), ("a.xml", xml_list)])
async def test_a_hundred_thousand_rows_of_any_format_are_all_there(
    api: Api, name: str, make: Callable[[], bytes]
) -> None:
    found = await counted(api, name, make())
    assert (found["status"], found["rows"], found["totalParts"]) == ("parsed", 100_000, 2_050_000)


@pytest.mark.skipif("PARTS_LISTS" not in os.environ, reason="PARTS_LISTS names no folder of real parts lists")
@pytest.mark.parametrize("name", REAL_FILES)
async def test_a_real_file_has_the_rows_and_pieces_that_were_counted(api: Api, name: str) -> None:
    rows, total = REAL_FILES[name]
    found = await counted(api, name, (Path(os.environ["PARTS_LISTS"]) / name).read_bytes())
    assert (found["status"], found["rows"], found["totalParts"], found["errorCount"]) == ("parsed", rows, total, 0)
