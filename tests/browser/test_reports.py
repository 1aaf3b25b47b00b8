"""The report pages in a real browser: readable in the dark and in the light, on a phone and on paper."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cutover.rehearsal.index_page import render as index_page
from cutover.rehearsal.library import every
from tests.browser.conftest import QUIET, needed_chromium
from tests.browser.pictures import PICTURES, mark_of, taken

PHONE, DESKTOP, PAPER = 360, 1280, 703  # pixels; A4 without its margins at 96 dots an inch
LEAST_CONTRAST, LEAST_TEXT = 4.5, 11.0
SCHEMES = ("light", "dark")
SCRIPTS = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")


def index() -> str:
    """All scenarios, one of which failed."""
    rows = [
        {
            "name": scenario.name,
            "title": scenario.title,
            "expected": scenario.expect.words,
            "actual": scenario.expect.words,
            "passed": number != 3,
            "seconds": 61.5 + number,
            "report": f"{scenario.name}/report.html",
            "reason": "ended as it must: exit 4, expected 0" * (number == 3),
        }
        for number, scenario in enumerate(every())
    ]
    return index_page(rows)


PAGES: Mapping[str, Callable[[], str]] = {**{name: one.html for name, one in PICTURES.items()}, "index": index}


@pytest.fixture(scope="module")
def browser_alone() -> Iterator[Browser]:
    """A browser that needs no stack."""
    path = needed_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The pages as files: their URLs."""
    folder = tmp_path_factory.mktemp("pages")
    for name, html in PAGES.items():
        (folder / f"{name}.html").write_text(html(), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in PAGES}


class Opened:
    """A page that was opened, and everything that it complained of or asked for."""

    def __init__(self, browser: Browser, url: str, **how: Any) -> None:
        self.page: Page = browser.new_page(**how)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)
        self.url = url

    def measured(self, name: str, *arguments: Any) -> Any:
        """What a function of measures.js says of the page."""
        return self.page.evaluate(f"([...given]) => {{ {SCRIPTS}; return {name}(...given); }}", list(arguments))

    def close(self) -> None:
        """Nothing was complained of, and nothing asked for but the page itself."""
        self.page.close()
        assert self.complaints == []
        assert {url for url in self.asked if not url.startswith("data:")} == {self.url}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", PAGES)
def test_it_is_readable(browser_alone: Browser, places: Mapping[str, str], name: str, width: int, scheme: Any) -> None:
    opened = Opened(browser_alone, places[name], viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert opened.measured("overflow") <= 0
    assert opened.measured("faint", LEAST_CONTRAST) == []
    assert opened.measured("tiny", LEAST_TEXT) == []
    assert opened.measured("untitled") == []
    charts = opened.measured("charts")
    assert (charts > 4) is (name != "index")
    opened.close()


def test_dark_and_light_are_different_papers(browser_alone: Browser, places: Mapping[str, str]) -> None:
    papers = set()
    for scheme in ("light", "dark"):
        opened = Opened(browser_alone, places["index"], color_scheme=scheme)
        papers.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.close()
    assert len(papers) == 2


@pytest.mark.parametrize("name", PAGES)
def test_it_can_be_printed_whatever_the_screen_s_colours_are(
    browser_alone: Browser, places: Mapping[str, str], name: str
) -> None:
    opened = Opened(browser_alone, places[name], viewport={"width": PAPER, "height": 1000}, color_scheme="dark")
    folded = len(opened.measured("hidden"))
    assert (folded > 0) is (name == "rehearsal")
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.measured("faint", LEAST_CONTRAST) == []
    assert opened.measured("cut") == []
    assert opened.measured("hidden") == []
    assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
    opened.close()


def test_links_are_told_on_paper(browser_alone: Browser, places: Mapping[str, str]) -> None:
    opened = Opened(browser_alone, places["index"])
    opened.page.emulate_media(media="print")
    after = opened.page.evaluate("getComputedStyle(document.querySelector('a[href]'), '::after').content")
    assert "happy/report.html" in after
    opened.close()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_values_of_a_moment_are_read_under_the_pointer_and_by_key(
    browser_alone: Browser, places: Mapping[str, str], width: int
) -> None:
    opened = Opened(browser_alone, places["load"], viewport={"width": width, "height": 900})
    shown = opened.page.locator(".readout:visible")
    chart = opened.page.locator("figure.chart svg[data-frame]:visible").nth(2)
    chart.hover()
    assert "p95" in shown.inner_text()
    assert opened.measured("overflow") <= 0
    opened.page.mouse.move(0, 0)
    shown.wait_for(state="hidden")
    chart.focus()
    opened.page.keyboard.press("ArrowRight")
    first = shown.inner_text()
    opened.page.keyboard.press("ArrowRight")
    assert shown.inner_text() != first
    opened.close()


def test_a_table_is_sorted_by_the_column_that_is_chosen(browser_alone: Browser, places: Mapping[str, str]) -> None:
    opened = Opened(browser_alone, places["load"])
    column = "[...document.querySelectorAll('table.sortable tbody tr')].map(row => +row.cells[4].dataset.v)"
    before = opened.page.evaluate(column)
    head = opened.page.locator("table.sortable th button", has_text="p95")
    head.click()
    assert opened.page.evaluate(column) == sorted(before, reverse=True) != before
    head.click()
    assert opened.page.evaluate(column) == sorted(before)
    opened.close()


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_everything_is_there(browser_alone: Browser, places: Mapping[str, str], name: str) -> None:
    with_scripts, without = (
        Opened(browser_alone, places[name], java_script_enabled=enabled) for enabled in (True, False)
    )
    texts = [opened.page.locator("body").inner_text() for opened in (with_scripts, without)]
    assert texts[0] == texts[1]
    with_scripts.close()
    without.close()


def test_a_picture_carries_the_mark_of_its_page(browser_alone: Browser) -> None:
    html = "<!doctype html><title>x</title><p>hello"
    png = taken(browser_alone, html, 100)
    assert len(mark_of(png)) == 64
    assert mark_of(png) != mark_of(taken(browser_alone, f"{html}!", 100))
