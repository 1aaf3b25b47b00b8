"""What a file is to its MOC, under which name it is saved, and where a client may be sent."""

import pytest

from service.domains.moc_files.downloads import name_of, redirectable
from service.domains.moc_files.kinds import Kind, extension_of, repeated, require_extension, sort_out
from service.kernel.errors import NotFound, UnsupportedMediaType
from service.kernel.received import ReceivedFile

PDF, STUDIO, CSV = b"%PDF-1.4", b"PK\x03\x04rest", b"part,qty\n1,2\n"
JPEG, PNG, WEBP = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize(
    ("name", "declared", "body", "kind", "media_type"),
    [
        ("a.pdf", "application/pdf", PDF, "instruction", "application/pdf"),
        ("a.pdf", "", PDF, "instruction", "application/pdf"),
        ("a.io", "application/x-zip-compressed", STUDIO, "instruction", "application/octet-stream"),
        ("a.csv", "text/csv", CSV, "parts-list", "text/csv"),
        ("a.tsv", "text/plain", CSV, "parts-list", "text/tab-separated-values"),
        ("a.json", "application/json", b"[]", "parts-list", "application/json"),
        ("a.xml", "text/xml", b"<INVENTORY/>", "parts-list", "application/xml"),
        ("a.jpg", "image/jpeg", JPEG, "thumbnail", "image/jpeg"),
        ("a.png", "image/png", PNG, "thumbnail", "image/png"),
        ("a.webp", "image/webp", WEBP, "thumbnail", "image/webp"),
    ],
)
def test_bytes_name_and_type_that_agree_say_what_a_file_is(
    name: str, declared: str, body: bytes, kind: Kind, media_type: str
) -> None:
    file = ReceivedFile(name, declared, body)
    assert sort_out(file, None) == sort_out(file, kind) == (kind, media_type)


@pytest.mark.parametrize(
    ("name", "declared", "body", "wanted"),
    [
        ("a.pdf", "application/pdf", PDF, "thumbnail"),
        ("a.pdf", "application/pdf", PDF, "parts-list"),
        ("a.csv", "text/csv", PDF, None),
        ("a.csv", "text/csv", STUDIO, "parts-list"),
        ("a.csv", "text/csv", WEBP, "parts-list"),
        ("a.csv", "text/csv", CSV, "thumbnail"),
        ("a.io", "application/pdf", STUDIO, None),
        ("a.docx", "application/zip", STUDIO, None),
        ("pdf", "application/pdf", PDF, None),
        ("a.pdf", "application/pdf", b" %PDF-1.4", "instruction"),
        ("a.wav", "audio/wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        ("a.heic", "image/heic", b"\x00\x00\x00\x18ftypheic", "thumbnail"),
        ("a.jpg", "application/octet-stream", JPEG, None),
        ("a.xml", "text/xml", CSV, None),
        ("a", "text/csv", CSV, None),
    ],
)
def test_those_that_do_not_agree_are_refused_with_a_sentence(
    name: str, declared: str, body: bytes, wanted: Kind | None
) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        sort_out(ReceivedFile(name, declared, body), wanted)
    assert refused.value.message


@pytest.mark.parametrize("name", ["a.PDF", "a.io", "a.csv", "a.b.jpeg", ".png"])
def test_an_extension_that_some_file_of_a_moc_has_is_fine_beforehand(name: str) -> None:
    require_extension(name)


@pytest.mark.parametrize("name", ["a.exe", "pdf", "a.", "a.pdf.html", "a.heic"])
def test_one_that_none_has_is_refused_beforehand(name: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        require_extension(name)


def test_an_extension_is_what_stands_behind_the_last_dot() -> None:
    assert [extension_of(name) for name in ("a.b.PDF", "pdf", "a.", ".csv")] == ["pdf", "", "", "csv"]


def test_the_later_ones_of_a_name_are_repeated() -> None:
    assert repeated(["a", "b", "a", "A", "a"]) == {2, 4}
    assert repeated([]) == set()


@pytest.mark.parametrize(
    ("original", "url", "media_type", "name"),
    [
        ("a.pdf", "https://b/1.pdf", "application/pdf", "a.pdf"),
        ("a.b.jpg", "https://b/1.webp", "image/webp", "a.b.webp"),
        ("a.WEBP", "https://b/1.webp", "image/webp", "a.WEBP"),
        ("photo", "https://b/1.webp", "image/webp", "photo.webp"),
        (None, "/uploads/x/old name.pdf?v=1", "application/pdf", "old name.pdf"),
        ("", "/", "application/pdf", "file"),
    ],
)
def test_a_file_is_saved_under_the_name_it_had(original: str | None, url: str, media_type: str, name: str) -> None:
    assert name_of(original, url, media_type) == name


@pytest.mark.parametrize("url", ["/uploads/a.pdf", "https://cdn.example/a?b=c#d", "HTTP://x/%20", "/a/../b"])
def test_addresses_of_old_are_passed_on_as_they_are(url: str) -> None:
    assert redirectable(url) == url


@pytest.mark.parametrize(
    "url", ["", "/", "//x", "/\\x", "/\tx", "\\\\x", "ftp://x/a", "javascript:x", "https://", "a/b"]
)
def test_addresses_that_lead_elsewhere_are_not(url: str) -> None:
    with pytest.raises(NotFound):
        redirectable(url)
