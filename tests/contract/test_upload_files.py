"""Files in forms and past them: how large they may be, what they may be, how they are saved again."""

import httpx
import pytest

from tests.contract import pictures
from tests.contract.client import CSV, PDF, Side, failed, one
from tests.contract.direct import Sent, begun, sent_directly
from tests.contract.upload_routes import LAMBDA_TAKES_BYTES, MEBIBYTE, ROUTES, in_form, refused_as_too_large


@pytest.mark.contract("too-large", "too-large.gateway", "limits")
@pytest.mark.parametrize("name", ROUTES)
def test_a_file_over_the_limit_in_a_form(side: Side, name: str) -> None:
    route = ROUTES[name]
    path = route.new(side, "eve")
    for more in (1, 200 * 1024):  # the form is read to the file's end, or refused by its own length
        size = route.limit_bytes + more
        answer = in_form(side, path, route.field, Sent(route.good.name, b"\0" * size, route.good.declared))
        error = refused_as_too_large(side, answer, size)
        if error is not None:
            assert path in [entry.get("presign") for entry in error["details"]]
            begun(side, path, route.good, "eve")
            assert answer.headers["x-request-id"]


@pytest.mark.contract("too-large", "too-large.gateway")
def test_a_form_that_does_not_say_how_long_it_is(side: Side) -> None:
    path, size = "/api/users/me/avatar", 6 * MEBIBYTE
    form = httpx.Request("POST", "http://form", files={"avatar": ("a.png", b"\0" * size, "image/png")})
    pieces = (form.read()[start : start + MEBIBYTE] for start in range(0, size + MEBIBYTE, MEBIBYTE))
    answer = side.call("POST", path, "eve", content=pieces, headers={"Content-Type": form.headers["content-type"]})
    error = refused_as_too_large(side, answer, size)
    if error is not None:
        assert [entry.get("presign") for entry in error["details"]] == [path]


@pytest.mark.contract("limits", "too-large.gateway")
@pytest.mark.parametrize("name", ROUTES)
def test_a_file_at_the_limit_in_a_form_is_not_too_large(side: Side, name: str) -> None:
    route = ROUTES[name]
    file = Sent(route.wrong.name, route.wrong.body.ljust(route.limit_bytes), route.wrong.declared)
    answer = in_form(side, route.new(side, "eve"), route.field, file)
    if answer.status_code == 413:
        assert refused_as_too_large(side, answer, route.limit_bytes) is None
    else:
        failed(answer, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.contract("too-large.gateway", "limits")
@pytest.mark.parametrize("name", ROUTES)
def test_four_megabytes_in_a_form_reach_the_application_on_every_side(side: Side, name: str) -> None:
    route = ROUTES[name]
    file = Sent(route.wrong.name, route.wrong.body.ljust(LAMBDA_TAKES_BYTES), route.wrong.declared)
    failed(in_form(side, route.new(side, "eve"), route.field, file), "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.contract("type.by-bytes")
@pytest.mark.parametrize(
    "file",
    [
        Sent("a.png", PDF, "image/png"),
        Sent("a.pdf", PDF, "image/png"),
        Sent("a.txt", PDF, "application/pdf"),
        Sent("a.pdf", pictures.png(), "application/pdf"),
        Sent("a.csv", pictures.png(), "text/csv"),
        Sent("a.csv", b"PK\x03\x04" + b"\0" * 40, "application/vnd.ms-excel"),
        Sent("a.csv", CSV, "application/pdf"),
        Sent("a.pdf", CSV, "text/csv"),
        Sent("a.xml", CSV, "application/xml"),
        Sent("a.exe", b"MZ" + b"\0" * 40, "application/octet-stream"),
        Sent("a.html", b"<html><script>1</script></html>", "text/html"),
        Sent("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        Sent("a", PDF, "application/pdf"),
    ],
    ids=lambda file: f"{file.name} {file.declared}",
)
def test_bytes_extension_and_type_have_to_agree(side: Side, file: Sent) -> None:
    moc = side.moc()
    path = f"/api/mocs/{moc['id']}/files"
    failed(side.send(path, {"file": file.part()}), "UNSUPPORTED_MEDIA_TYPE")
    presigned = side.post(f"{path}/presign", file.announced())
    if presigned.status_code == 201:
        failed(sent_directly(side, path, file), "UNSUPPORTED_MEDIA_TYPE")
    else:
        failed(presigned, "UNSUPPORTED_MEDIA_TYPE")
    assert one(side.get(f"/api/mocs/{moc['id']}"))["files"] == []


@pytest.mark.contract("type.csv", "complete")
@pytest.mark.parametrize(
    "declared", ["text/csv", "text/csv; charset=utf-8", "application/octet-stream", "text/plain",
                 "application/vnd.ms-excel"]
)  # fmt: skip
def test_csv_comes_under_many_names(side: Side, declared: str) -> None:
    moc, file = side.moc(), Sent("parts.csv", CSV, declared)
    path = f"/api/mocs/{moc['id']}"
    one(side.send(f"{path}/upload-parts-list", {"partsListFile": file.part()}), 202)
    one(side.send(f"{path}/files", {"file": ("more.csv", CSV, declared)}), 201)
    one(sent_directly(side, f"{path}/upload-parts-list", Sent("third.csv", CSV, declared)), 202)
    one(sent_directly(side, f"{path}/files", Sent("fourth.csv", CSV, declared)), 201)
    files = one(side.get(path))["files"]
    assert {(stored["fileType"], stored["mimeType"]) for stored in files} == {("parts-list", "text/csv")}
    assert len(files) == 4


@pytest.mark.contract("download.attachment", "files.download")
@pytest.mark.parametrize(
    ("sent_as", "saved_as"),
    [
        ("plan.pdf", "plan.pdf"),
        ("Käse & Brot 李.pdf", "Käse & Brot 李.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\plans\\plan.pdf", "plan.pdf"),
        ("a\";b=c'.pdf", "a\";b=c'.pdf"),
    ],
)
@pytest.mark.parametrize("directly", [False, True], ids=["form", "direct"])
def test_a_download_is_saved_under_a_safe_name(side: Side, sent_as: str, saved_as: str, directly: bool) -> None:
    path, sent = ROUTES["moc file"].new(side, "alice"), Sent(sent_as, PDF, "application/pdf")
    answer = sent_directly(side, path, sent) if directly else in_form(side, path, "file", sent, "alice")
    file = one(answer, 201)
    assert file["originalFilename"] == saved_as
    where = side.get(f"{path}/{file['id']}/download", follow_redirects=False)
    assert where.status_code == 302
    for url in (where.headers["location"], one(side.get(f"{path}/{file['id']}/download?format=json"))["downloadUrl"]):
        fetched = httpx.get(url, timeout=60.0)
        assert (fetched.status_code, fetched.content) == (200, PDF)
        disposition = fetched.headers["content-disposition"]
        kind, _, parameters = disposition.partition(";")
        assert kind == "attachment"
        assert not set(disposition) & set("/\\\r\n")
        plain = parameters.partition('filename="')[2].partition('"')[0]
        assert plain.isascii()
        assert plain.endswith(".pdf")
        assert httpx.URL(f"http://x/{parameters.partition(chr(39) * 2)[2]}").path == f"/{saved_as}"
