"""A headless Chromium, and a page on http://localhost:3002 that talks to either side."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.integration.rehearsal.stack_rig import SIDES, Up

PAGE = "http://localhost:3002"
FOREIGN_PAGE = "http://localhost:3999"
REQUIRED, CHROMIUM = "BROWSER_REQUIRED", "CHROMIUM"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str | None:
    """The browser: the one that CHROMIUM names, or Debian's."""
    return os.environ.get(CHROMIUM) or shutil.which("chromium") or shutil.which("chromium-browser")


def needed_chromium() -> str:
    """The browser; where there is none, the test fails if BROWSER_REQUIRED is set, as in CI, else it is skipped."""
    path = chromium()
    if path is not None:
        return path
    message = f"no Chromium: install Debian's package chromium, or name a browser in {CHROMIUM}"
    if os.environ.get(REQUIRED):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page, and where the API is for it. `localhost` is one site whatever the port: cookies go along."""

    page: Page
    context: BrowserContext
    api: str
    token: str

    async def run(self, script: str, **values: Any) -> Any:
        """What the script, the body of an async function of `api`, `token` and these values, returns."""
        names = ", ".join(("api", "token", *values))
        given = {"api": self.api, "token": self.token, **values}
        return await self.page.evaluate(f"async ({{{names}}}) => {{{script}}}", given)

    async def sign_in(self) -> None:
        """Set the cookie as the sign-in page does."""
        await self.context.add_cookies([{"name": "token", "value": self.token, "url": self.api, "sameSite": "Lax"}])

    async def go(self, origin: str) -> None:
        """Open the page of that origin."""
        await self.page.goto(f"{origin}/")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><p>a page")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def pages() -> Iterator[str]:
    """`host:port` of what serves our page, and the foreign one.

    Really served: a browser whose requests the test answers itself asks for no leave by preflights any more.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.fixture(params=SIDES)
async def browser(request: pytest.FixtureRequest, stack: Up, pages: str) -> AsyncIterator[tuple[Browser, str, str]]:
    """The browser, the API's URL for it, and Alice's token."""
    path = needed_chromium()
    where = urlsplit(stack.url(request.param))
    async with async_playwright() as playwright:
        served = ",".join(f"MAP {urlsplit(origin).netloc} {pages}" for origin in (PAGE, FOREIGN_PAGE))
        rules = f"--host-resolver-rules={served},MAP localhost {where.hostname}"
        browser = await playwright.chromium.launch(executable_path=path, args=[*QUIET, rules])
        yield browser, f"http://localhost:{where.port}", stack.described["tokens"]["alice"]
        await browser.close()


@pytest.fixture
async def tab(browser: tuple[Browser, str, str]) -> AsyncIterator[Tab]:
    """A page of our origin."""
    chrome, api, token = browser
    context = await chrome.new_context(accept_downloads=True)
    tab = Tab(await context.new_page(), context, api, token)
    await tab.go(PAGE)
    yield tab
    await context.close()
