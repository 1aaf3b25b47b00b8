"""Which files are parts lists: the bytes decide, then name and claim have to agree."""

import pytest

from service.domains.parts_lists.types import format_of, parts_list_type
from service.kernel.errors import UnsupportedMediaType

CSV, JSON, XML = b"Part,Qty\n1,2\n", b'[{"part":1,"qty":2}]', b"<INVENTORY/>"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (CSV, "csv"),
        (b"", "csv"),
        (b" \n" * 5000 + b"[", "json"),
        (b" \n" * 5000, "csv"),
        (JSON, "json"),
        (b'{"parts":[]}', "json"),
        (b"\xef\xbb\xbf\r\n [", "json"),
        ("[1]".encode("utf-16"), "json"),
        (XML, "xml"),
        (b'\n<?xml version="1.0"?>', "xml"),
        ("<INVENTORY/>".encode("utf-16-be"), "xml"),
        (b"\xfe\xff" + "<INVENTORY/>".encode("utf-16-be"), "xml"),
    ],
)
def test_the_first_character_tells_the_format(body: bytes, found: str) -> None:
    assert format_of(body) == found


@pytest.mark.parametrize(
    ("filename", "body", "stored_as", "declared"),
    [
        ("a.csv", CSV, "text/csv", ["text/csv", "text/plain", "application/octet-stream", "application/vnd.ms-excel"]),
        ("a.TXT", CSV, "text/plain", ["text/plain", "text/csv", ""]),
        ("a.tsv", CSV, "text/tab-separated-values", ["text/tab-separated-values", "text/plain", ""]),
        ("a.b.json", JSON, "application/json", ["application/json", "text/json", "application/octet-stream", ""]),
        ("a.xml", XML, "application/xml", ["application/xml", "text/xml", "application/octet-stream", "text/plain"]),
    ],
)
def test_a_file_is_taken_under_every_type_that_may_be_claimed_for_it(
    filename: str, body: bytes, stored_as: str, declared: list[str]
) -> None:
    assert {parts_list_type(filename, claim, body) for claim in declared} == {stored_as}


@pytest.mark.parametrize(
    ("filename", "declared", "body", "words"),
    [
        ("a.exe", "text/csv", CSV, ".csv, .tsv, .txt, .json or .xml"),
        ("csv", "text/csv", CSV, ".csv, .tsv, .txt, .json or .xml"),
        ("a.csv", "text/csv", JSON, "holds JSON, but is named .csv"),
        ("a.txt", "text/plain", XML, "holds XML, but is named .txt"),
        ("a.json", "application/json", CSV, "holds plain text, but is named .json"),
        ("a.json", "application/json", XML, "holds XML, but is named .json"),
        ("a.xml", "application/xml", JSON, "holds JSON, but is named .xml"),
        ("a.csv", "application/json", CSV, "has to be sent as text/csv, not as application/json"),
        ("a.json", "text/csv", JSON, "has to be sent as application/json, not as text/csv"),
        ("a.xml", "text/html", XML, "has to be sent as application/xml, not as text/html"),
        ("a.json", "application/vnd.ms-excel", JSON, "not as application/vnd.ms-excel"),
        ("a.json", "application/json", b"PK\x03\x04", "is not text"),
    ],
)
def test_what_does_not_agree_is_refused_in_words_that_help(
    filename: str, declared: str, body: bytes, words: str
) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        parts_list_type(filename, declared, body)
    assert words in caught.value.message
