"""The page with the API's description works in a browser, which its policy lets load nothing else."""

from tests.browser.conftest import Tab

SHOWN = "article:visible"


async def test_it_can_be_searched_and_loads_nothing_but_itself(tab: Tab) -> None:
    requested: list[str] = []
    complaints: list[str] = []
    tab.page.on("request", lambda request: requested.append(request.url))
    tab.page.on("console", lambda message: complaints.append(message.text))
    tab.page.on("pageerror", lambda error: complaints.append(str(error)))
    await tab.page.goto(f"{tab.api}/docs")
    everything = await tab.page.locator(SHOWN).count()
    await tab.page.keyboard.press("/")
    await tab.page.keyboard.type("delete moc")
    found = await tab.page.locator(SHOWN).evaluate_all("articles => articles.map(one => one.id)")
    assert "deleteMOC" in found
    assert len(found) < everything / 4
    await tab.page.evaluate("location.hash = 'healthCheck'")  # a link to what the search hides
    await tab.page.locator("#healthCheck:visible").wait_for(timeout=10_000)
    assert await tab.page.locator(SHOWN).count() == everything
    assert await tab.page.evaluate("getComputedStyle(document.querySelector('header')).position") == "sticky"
    assert requested == [f"{tab.api}/docs"]
    assert complaints == []
