"""The mix: what it comes to, and what it uploads."""

import email
import subprocess
import sys
from email.message import Message
from pathlib import Path

import pytest
import pyvips

from loadtests import _imitation, _shares
from loadtests._forms import Upload, form
from loadtests._imitation import Imitation
from loadtests._journey import Start
from loadtests._mix import MIX, TAGS, tagged
from loadtests._parts_lists import parts_file
from loadtests._pictures import PHOTO, photo
from loadtests._shares import Shares, WrongAnswer, asked_by, shares, sums, table
from service.domains.parts_lists.reading import read_parts
from service.domains.parts_lists.types import parts_list_type
from tests.unit.loadtests.journeying import SUB, person

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def found() -> Shares:
    """The shares."""
    return shares()


def test_the_shares_are_those_that_the_mix_promises(found: Shares) -> None:
    sum_of = sums(found)

    assert sum(found.values()) == pytest.approx(1)
    assert 0.85 <= sum_of["reads"] <= 0.90
    assert 0.10 <= sum_of["writes"] <= 0.15
    assert sum_of["images uploaded"] == pytest.approx(0.003, abs=0.0004)
    assert sum_of["parts lists uploaded"] == pytest.approx(0.007, abs=0.0006)
    assert 0.02 <= sum_of["answered with 4xx"] <= 0.04


def test_every_journey_is_begun_at_times_and_none_twice_listed() -> None:
    assert all(weight >= 1 for weight, _ in MIX)
    assert len({start for _, start in MIX}) == len(MIX)


def test_the_table_is_printed_for_the_documents(found: Shares) -> None:
    command = [sys.executable, "-m", "loadtests._mix"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120).stdout

    assert printed == table(found)
    assert printed.startswith("| Route | Share |\n|---|---:|\n| `GET /api/mocs/{mocId}` | ")
    assert "| reads, together | 8" in printed


def test_the_table_is_printed_by_its_own_main(
    found: Shares, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_shares, "shares", lambda: found)
    _shares.main()

    assert capsys.readouterr().out == table(found)


def test_an_imitation_that_is_not_right_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_imitation, "_success", lambda data, **_: {"success": False, "data": data})

    with pytest.raises(WrongAnswer, match=r"^GET /api/mocs: not a success"):
        asked_by(MIX[0][1](person()), Imitation(SUB))


def test_no_photo_is_uploaded_twice_and_each_is_a_whole_picture() -> None:
    one, other = photo("load 1-1 castle 1"), photo("load 1-1 castle 2")

    assert one != other
    for body in (one, other):
        assert body.startswith(b"\xff\xd8\xff")
        picture = pyvips.Image.new_from_buffer(body, "", fail_on="warning")
        assert (picture.width, picture.height, picture.bands) == (1024, 768, 3)
        assert 20 < picture.avg() < 235
        assert picture.deviate() > 20  # not of one colour
    assert PHOTO.stat().st_size <= 150_000


def test_a_form_is_read_as_it_was_meant() -> None:
    sent = form({"title": "Grün", "tags": "[]"}, [Upload("image", "a.jpg", "image/jpeg", b"\xff\r\n--\x00")])

    head = f"Content-Type: {sent.headers['Content-Type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + sent.body).get_payload()
    assert isinstance(parts, list)
    found = [
        (p.get_param("name", header="content-disposition"), p.get_filename()) for p in parts if isinstance(p, Message)
    ]
    assert found == [("title", None), ("tags", None), ("image", "a.jpg")]
    assert sent.body.count("Grün".encode()) == 1
    assert b"\r\n\r\n\xff\r\n--\x00\r\n--" in sent.body


@pytest.mark.parametrize("seed", range(40))
def test_every_parts_list_is_what_the_parser_makes_of_it(seed: int) -> None:
    file = parts_file(person(seed=seed))
    upload = file.upload

    parts_list_type(upload.filename, upload.content_type, upload.content)  # raises where it is none
    reader = read_parts([upload.content])
    parts = list(reader)
    assert (len(parts), sum(part.quantity for part in parts)) == (file.rows, file.pieces)
    assert len(reader.errors) == file.bad_rows


def test_every_journey_has_a_tag() -> None:
    assert frozenset[Start]().union(*TAGS.values()) == {start for _, start in MIX}


def test_tags_choose_journeys_and_keep_their_weights() -> None:
    uploads = tagged(MIX, ["uploads"], [])
    assert {start for _, start in uploads} == TAGS["uploads"]
    assert set(uploads) <= set(MIX)
    assert tagged(MIX, [], []) == list(MIX)


def test_a_journey_with_an_unwanted_tag_is_left_out_even_if_another_tag_is_wanted() -> None:
    left = {start for _, start in tagged(MIX, ["gallery"], ["uploads"])}
    assert left == TAGS["gallery"] - TAGS["uploads"]
    assert TAGS["gallery"] & TAGS["uploads"]
