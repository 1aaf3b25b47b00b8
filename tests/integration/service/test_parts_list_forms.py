"""Forms byte by byte: whatever is malformed is a 400 or 415 in our shape, and nothing is stored."""

import pytest

from tests.integration.s3 import Objects
from tests.integration.service.api import Api, assert_failure

CSV = b"Part ID,Quantity\n3001,5\n"
FORM = "multipart/form-data; boundary=x"
FILE = b'Content-Disposition: form-data; name="partsListFile"; filename="a.csv"'
END = b"\r\n--x--\r\n"


def part(head: bytes, body: bytes = CSV) -> bytes:
    return b"--x\r\n" + head + b"\r\n\r\n" + body


def text(name: str = "z") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"'.encode()


def charset(name: str) -> bytes:
    """A text part that claims this charset before a good file."""
    claimed = text() + f"\r\nContent-Type: text/plain; charset={name}".encode()
    return part(claimed, b"\xff\xfea-99999999") + b"\r\n" + part(FILE)


MALFORMED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", FORM),
    "only the end": (b"--x--\r\n", FORM),
    "no boundary": (part(FILE) + END, "multipart/form-data"),
    "an empty boundary": (part(FILE) + END, "multipart/form-data; boundary="),
    "another boundary": (part(FILE) + END, "multipart/form-data; boundary=y"),
    "a long boundary": (part(FILE) + END, "multipart/form-data; boundary=" + "x" * 5000),
    "truncated at the end": (part(FILE) + END[:3], FORM),
    "truncated in the body": (part(FILE)[:-5], FORM),
    "truncated in the head": (part(FILE)[:20], FORM),
    "1001 parts": (b"\r\n".join(part(text(f"a{n}"), b"1") for n in range(1001)) + END, FORM),
    "a part's head of 100 KB": (part(FILE + b"\r\nX-Long: " + b"a" * 100_000) + END, FORM),
    "text that is not UTF-8": (part(text(), b"\xff\xfe") + b"\r\n" + part(FILE) + END, FORM),
    "charset bogus": (charset("bogus") + END, FORM),
    "charset idna": (charset("idna") + END, FORM),
    "charset punycode": (charset("punycode") + END, FORM),
    "charset undefined": (charset("undefined") + END, FORM),
    "charset base64": (charset("base64") + END, FORM),
    "charset zlib": (charset("zlib") + END, FORM),
    "charset NUL": (charset('"\0"') + END, FORM),
    "no file name": (part(text("partsListFile")) + END, FORM),
    "an empty file name": (part(FILE.replace(b"a.csv", b"")) + END, FORM),
    "two files": (part(FILE) + b"\r\n" + part(FILE.replace(b"a.csv", b"b.csv")) + END, FORM),
    "two files in two fields": (part(FILE) + b"\r\n" + part(FILE.replace(b"partsListFile", b"file")) + END, FORM),
    "a file in another field": (part(FILE.replace(b"partsListFile", b"other")) + END, FORM),
    "a part without a name": (part(b'Content-Disposition: form-data; filename="a.csv"') + END, FORM),
    "a part without a disposition": (part(b"Content-Type: text/csv") + END, FORM),
    "another disposition": (part(FILE.replace(b"form-data", b"attachment")) + END, FORM),
    "a part without a head": (part(b"") + END, FORM),
    "a head without a colon": (part(FILE + b"\r\nnocolon") + END, FORM),
    "a file name with NUL": (part(FILE.replace(b"a.csv", b"a\0.csv")) + END, FORM),
    "a file name with a newline": (part(FILE.replace(b"a.csv", b"a\nb.csv")) + END, FORM),
    "a file name that is not UTF-8": (part(FILE.replace(b"a.csv", b"\xff.csv")) + END, FORM),
    "a file name of 5000": (part(FILE.replace(b"a.csv", b"a" * 5000 + b".csv")) + END, FORM),
    "an encoded file name that lies": (part(text("file") + b"; filename*=UTF-8''%ff.csv") + END, FORM),
    "an encoded file name of no charset": (part(text("file") + b"; filename*=bogus''a.csv") + END, FORM),
    "a file of no bytes": (part(FILE, b"") + END, FORM),
    "lines that end in LF alone": (part(FILE).replace(b"\r\n", b"\n") + b"\n--x--\n", FORM),
    "a type that is not ASCII": (part(FILE + b"\r\nContent-Type: \xff\xfe") + END, FORM),
}


@pytest.mark.parametrize(("body", "content_type"), MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_form_is_400_and_stores_nothing(
    api: Api, s3: Objects, bucket: str, body: bytes, content_type: str
) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}"
    answer = await api.call("POST", f"{path}/upload-parts-list", content=body, headers={"Content-Type": content_type})
    assert_failure(answer, 400, "VALIDATION_ERROR")
    assert s3.keys(bucket) == []
    assert (await api.get(path)).json()["data"]["files"] == []


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "text/csv",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=x",
        ";;",
    ],
)
async def test_a_body_that_is_no_form_is_415(api: Api, content_type: str | None) -> None:
    moc = await api.create()
    headers = {} if content_type is None else {"Content-Type": content_type}
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await api.call("POST", path, content=part(FILE) + END, headers=headers)
    assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (part(FILE) + END, FORM),
        (part(FILE) + END, "Multipart/Form-Data; Boundary=x"),
        (part(FILE) + END, 'multipart/form-data; boundary="x"'),
        (b"a preamble\r\n" + part(FILE) + END, FORM),
        (part(FILE) + END + b"what comes after", FORM),
        (part(FILE + b"\r\nContent-Type: ;;;") + END, FORM),
        (part(FILE + b"\r\nX-Unknown: yes") + END, FORM),
    ],
)
async def test_a_form_that_can_be_read_is_taken(api: Api, body: bytes, content_type: str) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await api.call("POST", path, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    "name",
    [
        "a\u00a0b",
        "14\u202f000 parts",
        "\u96c6\u3000\u5408",
        "\u0646\u0645\u06cc\u200c\u062f",
        "\U0001f468\u200d\U0001f467",
        "\u00ad\u2028",
    ],
)
async def test_a_file_name_may_hold_whatever_is_no_control_character(api: Api, name: str) -> None:
    moc = await api.create()
    answer = await api.upload(moc["id"], CSV, f"{name}.csv")
    assert answer.status_code == 202, answer.text
    assert answer.json()["data"]["file"]["originalFilename"] == f"{name}.csv"


@pytest.mark.parametrize("bad", [b"\x7f", b"\xc2\x85", b"\x1b", b"\xed\xb2\x80"])
async def test_a_control_character_in_a_file_name_is_400(api: Api, bad: bytes) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    body = part(FILE.replace(b"a.csv", b"a" + bad + b".csv")) + END
    answer = await api.call("POST", path, content=body, headers={"Content-Type": FORM})
    assert_failure(answer, 400, "VALIDATION_ERROR")


async def test_nobody_is_told_about_their_form_before_they_are_signed_in(api: Api) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}/upload-parts-list"
    answer = await api.call("POST", path, None, content=b"--x", headers={"Content-Type": FORM})
    assert_failure(answer, 401, "UNAUTHORIZED")
