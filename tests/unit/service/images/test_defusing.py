"""Files that cost a decoder far more than their size are told by their parts, before a decoder sees them."""

import pytest

from service.images.defusing import MAX_PARTS, MAX_SCANS, Overloaded, defused
from tests.fakes.picture_files import animated_webp, jpeg_segment, png, png_chunk, progressive_jpeg, riff_chunk

START, END = b"\xff\xd8", b"\xff\xd9"
ONE_COMPONENT = jpeg_segment(0xC0, b"\x08\x00\x08\x00\x08\x01\x01\x11\x00")
THREE_COMPONENTS = jpeg_segment(0xC0, b"\x08\x00\x08\x00\x08\x03" + bytes(9))
SCAN = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\xff\xd0\x34"


def test_a_png_of_nothing_but_picture_passes_as_it_is() -> None:
    body = png(3, 2, extra=png_chunk(b"tRNS", bytes(6)) + png_chunk(b"iCCP", b"p\0\0") + png_chunk(b"eXIf", b"II*\0"))
    assert defused("png", body) is body


def test_text_time_and_animation_are_taken_out_of_a_png() -> None:
    extras = b"".join(png_chunk(name, bytes(9)) for name in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"acTL", b"fdAT"))
    assert defused("png", png(3, 2, extra=extras + png_chunk(b"sRGB", b"\0"))) == png(
        3, 2, extra=png_chunk(b"sRGB", b"\0")
    )


def test_what_is_glued_to_the_end_of_a_png_is_cut_off() -> None:
    assert defused("png", png(3, 2) + b"PK\x03\x04 an archive") == png(3, 2)


@pytest.mark.parametrize("cut", [1, 5, 13, 20])
def test_a_png_that_is_cut_off_stays_cut_off(cut: int) -> None:
    left = defused("png", png(3, 2, extra=png_chunk(b"tEXt", b"x"))[:-cut])
    assert png(3, 2).startswith(left)
    assert len(left) <= len(png(3, 2)) - cut


def test_a_png_of_too_many_chunks_is_refused() -> None:
    defused("png", png(3, 2, extra=png_chunk(b"tEXt", b"") * (MAX_PARTS - 3)))
    with pytest.raises(Overloaded):
        defused("png", png(3, 2, extra=png_chunk(b"tEXt", b"") * (MAX_PARTS - 2)))


def test_a_jpeg_of_too_many_segments_is_refused() -> None:
    few, many = (START + jpeg_segment(0xE1, b"Exif\0\0") * count + SCAN for count in (9_000, 10_001))
    assert defused("jpeg", few) is few
    with pytest.raises(Overloaded):
        defused("jpeg", many)


def test_a_progressive_jpeg_may_have_so_many_scans_and_no_more() -> None:
    body = progressive_jpeg(64, 64, MAX_SCANS)
    assert defused("jpeg", body) is body
    with pytest.raises(Overloaded):
        defused("jpeg", progressive_jpeg(64, 64, MAX_SCANS + 1))


def test_scans_of_single_colours_are_counted_too() -> None:
    with pytest.raises(Overloaded):
        defused("jpeg", START + THREE_COMPONENTS + SCAN * (MAX_SCANS + 1) + END)


def test_a_picture_of_one_scan_is_not_read_further() -> None:
    body = START + ONE_COMPONENT + SCAN + SCAN * MAX_SCANS + END
    assert defused("jpeg", body) is body


def test_what_phones_append_behind_the_picture_is_not_counted() -> None:
    body = START + THREE_COMPONENTS + SCAN * 3 + END + SCAN * 1000
    assert defused("jpeg", body) is body


@pytest.mark.parametrize("hidden", [b"\xff\x01\xff\xff", b"\xff\xe0\x00\x00", b"\xff\xd3\xff\xff", b"\xff\xff\xff"])
def test_scans_can_not_be_hidden_behind_a_false_length(hidden: bytes) -> None:
    with pytest.raises(Overloaded):
        defused("jpeg", START + THREE_COMPONENTS + SCAN + hidden + SCAN * (MAX_SCANS + 1) + END)


def test_a_jpeg_that_ends_in_the_middle_of_a_segment_passes_on_to_the_decoder() -> None:
    for body in (START + b"\xff\xc0", START + b"\xff\xc0\x00", START + b"\xff\xda", START):
        assert defused("jpeg", body) is body


def test_an_animation_of_too_many_frames_is_refused() -> None:
    frame = b"RIFF\x16\0\0\0WEBP" + riff_chunk(b"VP8L", bytes(5))
    few = animated_webp(frame, 1000)
    assert defused("webp", few) is few
    with pytest.raises(Overloaded):
        defused("webp", animated_webp(frame, MAX_PARTS))


def test_heic_passes() -> None:
    body = b"\0\0\0\x18ftypheic"
    assert defused("heic", body) is body
