"""The pictures of the report pages in runbooks/captures, taken of recorded runs: `python -m tests.browser.pictures`."""

import hashlib
import struct
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyvips
from playwright.sync_api import Browser, sync_playwright

from cutover.rehearsal.report import Machine
from cutover.rehearsal.report import render as rehearsal_page
from cutover.render.load_page import render as load_page
from tests.browser.conftest import QUIET, chromium
from tests.recorded.boards import page as boards_page
from tests.recorded.keeping import load_run, outcome

FOLDER = Path(__file__).parents[2] / "runbooks" / "captures"
WIDTH = 1280
MOST_BYTES = 250_000
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"html-sha256"
MACHINE = Machine("3.11", 2)  # on which the recorded rehearsal was held


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, and how much of it is shown: from its top so many pixels."""

    html: Callable[[], str]
    height: int


PICTURES: Mapping[str, Picture] = {
    "load": Picture(lambda: load_page([load_run("load-lambda")]), 1640),
    "load-compare": Picture(lambda: load_page([load_run("load-ecs"), load_run("load-lambda")]), 2460),
    **{
        f"dashboard-{name}": Picture(partial(boards_page, name), height)
        for name, height in (
            ("service", 1500),
            ("functions", 1500),
            ("data", 1500),
            ("business", 1200),
            ("cutover", 1500),
        )
    },
    "rehearsal": Picture(lambda: rehearsal_page(outcome("rehearsal"), MACHINE), 1820),
}


def digest(html: str) -> str:
    """What the picture of this page carries."""
    return hashlib.sha256(html.encode()).hexdigest()


def marked(png: bytes, text: str) -> bytes:
    """The picture with the text in a tEXt chunk, right after its head."""
    body = KEYWORD + b"\0" + text.encode("latin-1")
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    head = len(SIGNATURE) + 25  # IHDR: length, type, 13 bytes, checksum
    return png[:head] + chunk + png[head:]


def mark_of(png: bytes) -> str:
    """The text that `marked` put in; "" if there is none. Raises ValueError for what is no PNG."""
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    at = len(SIGNATURE)
    while at < len(png):
        [length] = struct.unpack_from(">I", png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"tEXt" and body.startswith(KEYWORD + b"\0"):
            return body[len(KEYWORD) + 1 :].decode("latin-1")
        at += 12 + length
    return ""


def taken(browser: Browser, html: str, height: int) -> bytes:
    """The top of the page in light colours, as a small PNG that says of which page it is."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "page.html")
        place.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
        page.goto(place.as_uri())
        shot = page.screenshot()
        page.close()
    small: bytes = pyvips.Image.new_from_buffer(shot, "").pngsave_buffer(
        palette=True, bitdepth=8, dither=0.0, compression=9, effort=10, keep="none"
    )
    return marked(small, digest(html))


def write() -> None:
    """Take all of them anew."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        for name, picture in PICTURES.items():
            place = FOLDER / f"{name}.png"
            place.write_bytes(taken(browser, picture.html(), picture.height))
            sys.stdout.write(f"{place}: {place.stat().st_size} bytes\n")
        browser.close()


if __name__ == "__main__":
    write()
