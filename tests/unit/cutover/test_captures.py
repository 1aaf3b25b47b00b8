"""The pictures of the terminal in the runbooks are what the commands print today."""

import xml.etree.ElementTree as ET

import pytest

from tests.captures import CAPTURES, FOLDER, svg

SCREENS = FOLDER.parent / "screens.md"


@pytest.mark.parametrize("name", CAPTURES)
def test_a_picture_is_what_its_command_prints(name: str) -> None:
    kept = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")

    assert svg(name) == kept, "it has changed: look at it after `tox run -e captures`"


def test_no_picture_is_left_over_and_each_is_shown_with_a_sentence() -> None:
    page = SCREENS.read_text(encoding="utf-8")

    assert {path.stem for path in FOLDER.glob("*.svg")} == {*CAPTURES}
    for name in CAPTURES:
        before, _, after = page.partition(f"](captures/{name}.svg)")
        assert after, name
        assert before.rsplit("\n\n", 2)[-2].strip().endswith("."), name


@pytest.mark.parametrize("name", CAPTURES)
def test_a_picture_is_whole_and_fetches_nothing(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")

    ET.fromstring(text)  # noqa: S314 - our own file
    assert "url(http" not in text
    assert "@font-face" not in text
    assert "href=" not in text
