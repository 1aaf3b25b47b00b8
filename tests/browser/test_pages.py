"""What the web client does, in a real browser: preflights, cookies, uploads, errors, downloads."""

import base64
from pathlib import Path
from typing import Any

from tests.browser.conftest import FOREIGN_PAGE, PAGE, Tab
from tests.contract import pictures
from tests.contract.client import PDF, unique

READ = """
    const answer = await fetch(api + path, {method, headers, credentials, body});
    return {status: answer.status, id: answer.headers.get('x-request-id'), body: await answer.json()};
"""
NOTHING: dict[str, Any] = {"method": "GET", "headers": {}, "credentials": "omit", "body": None}
FORM = """
    const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append(field, new File([bytes], filename, {type}));
    const answer = await fetch(url, {method: 'POST', credentials, headers, body: form});
    const text = await answer.text();
    return {status: answer.status, body: text ? JSON.parse(text) : null};
"""


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


async def create(tab: Tab) -> str:
    """A MOC of Alice's: its id."""
    script = """
        const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'};
        const answer = await fetch(api + '/api/mocs', {method: 'POST', headers, body: JSON.stringify(moc)});
        return (await answer.json()).data.id;
    """
    identity: str = await tab.run(script, moc={"title": unique("Falcon"), "type": "moc", "author": "Ada"})
    return identity


async def remove(tab: Tab, path: str) -> None:
    script = """
        const headers = {Authorization: 'Bearer ' + token};
        return (await fetch(api + path, {method: 'DELETE', headers})).status;
    """
    assert await tab.run(script, path=path) == 200


async def test_a_preflighted_call_with_the_headers_that_the_web_client_sends(tab: Tab) -> None:
    headers = {"Authorization": f"Bearer {tab.token}", "Cache-Control": "max-age=300", "X-Requested-With": "fetch"}
    asked: list[str] = []
    network = await tab.context.new_cdp_session(tab.page)

    def noted(sent: dict[str, Any]) -> None:
        if sent["request"]["url"].startswith(tab.api):  # the page's own icon may be asked for now
            asked.append(sent["request"]["method"])

    network.on("Network.requestWillBeSent", noted)
    await network.send("Network.enable")
    got = await tab.run(READ, **{**NOTHING, "path": "/api/mocs/search?q=&size=5", "headers": headers})
    assert got["status"] == 200
    assert got["body"]["mocs"] == got["body"]["data"]
    assert got["id"] == got["id"].strip() != ""
    assert sorted(asked) == ["GET", "OPTIONS"]


async def test_every_method_may_be_used(tab: Tab) -> None:
    identity = await create(tab)
    headers = {"Authorization": f"Bearer {tab.token}", "Content-Type": "application/json"}
    for method in ("PATCH", "PUT"):
        wanted = {**NOTHING, "method": method, "headers": headers, "body": f'{{"theme":"{method}"}}'}
        got = await tab.run(READ, **{**wanted, "path": f"/api/mocs/{identity}"})
        assert (got["status"], got["body"]["data"]["theme"]) == (200, method)
    await remove(tab, f"/api/mocs/{identity}")


async def test_an_upload_signed_in_by_cookie(tab: Tab) -> None:
    await tab.sign_in()
    got = await tab.run(
        FORM,
        url=f"{tab.api}/api/images",
        field="image",
        filename="ship.png",
        type="image/png",
        content=encoded(pictures.png()),
        fields={"title": unique("Ship"), "tags": '["grey","large"]'},
        credentials="include",
        headers={"Cache-Control": "max-age=300"},
    )
    assert got["status"] == 201
    assert got["body"]["data"]["tags"] == ["grey", "large"]
    await remove(tab, f"/api/images/{got['body']['data']['id']}")


async def test_the_csrf_token_can_be_read_and_sent_back(tab: Tab) -> None:
    await tab.sign_in()
    script = """
        const {token: csrf} = await (await fetch(api + '/api/csrf', {credentials: 'include'})).json();
        const headers = {'Content-Type': 'application/json', 'X-CSRF-Token': csrf};
        const body = JSON.stringify({title: 'x'.repeat(201), type: 'moc', author: 'Ada'});
        const answer = await fetch(api + '/api/mocs', {method: 'POST', credentials: 'include', headers, body});
        return [answer.status, document.cookie.includes('XSRF-TOKEN=' + csrf), document.cookie.includes('token=')];
    """
    assert (await tab.run(script))[:2] == [400, True]


async def test_a_page_of_another_origin_is_refused_by_its_browser_and_changes_nothing(tab: Tab) -> None:
    await tab.sign_in()
    identity = await create(tab)
    images = {**NOTHING, "path": "/api/images", "headers": {"Authorization": f"Bearer {tab.token}"}}
    before = (await tab.run(READ, **images))["body"]
    await tab.go(FOREIGN_PAGE)
    script = """
        const tries = {
            read: () => fetch(api + '/api/mocs', {credentials: 'include'}),
            preflighted: () => fetch(api + '/api/mocs/' + id, {method: 'DELETE', credentials: 'include'}),
        };
        const told = {};
        for (const [name, call] of Object.entries(tries))
            told[name] = await call().then(answer => answer.status, error => error.name);
        const form = new FormData();
        form.append('image', new File(['x'], 'a.png', {type: 'image/png'}));
        const simple = {method: 'POST', credentials: 'include', body: form, mode: 'no-cors'};
        told.simple = await fetch(api + '/api/images', simple).then(answer => answer.type, error => error.name);
        return told;
    """
    told = await tab.run(script, id=identity)
    assert told == {"read": "TypeError", "preflighted": "TypeError", "simple": "opaque"}
    await tab.go(PAGE)
    assert (await tab.run(READ, **images))["body"] == before
    await remove(tab, f"/api/mocs/{identity}")


async def test_error_messages_can_be_read(tab: Tab) -> None:
    for path, status, code in (
        ("/api/mocs", 401, "UNAUTHORIZED"),
        ("/nope", 404, "NOT_FOUND"),
        ("/api/images/x", 401, "UNAUTHORIZED"),
    ):
        got = await tab.run(READ, **{**NOTHING, "path": path})
        assert (got["status"], got["body"]["code"]) == (status, code)
        assert isinstance(got["body"]["message"], str)
        assert got["id"] == got["body"]["error"]["requestId"]


async def test_a_download_is_followed_to_the_file(tab: Tab, tmp_path: Path) -> None:
    await tab.sign_in()
    identity = await create(tab)
    stored = await tab.run(
        FORM,
        url=f"{tab.api}/api/mocs/{identity}/files",
        field="file",
        filename="Bauanleitung über alles.pdf",
        type="application/pdf",
        content=encoded(PDF),
        fields={"fileType": "instruction"},
        credentials="include",
        headers={},
    )
    assert stored["status"] == 201, stored
    file_id = stored["body"]["data"]["id"]
    async with tab.page.expect_download() as downloading:
        await tab.run(
            "const a = document.createElement('a'); a.href = api + path; document.body.append(a); a.click();",
            path=f"/api/mocs/{identity}/files/{file_id}/download",
        )
    download = await downloading.value
    assert download.suggested_filename == "Bauanleitung über alles.pdf"
    await download.save_as(tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == PDF
    await remove(tab, f"/api/mocs/{identity}")


async def test_a_file_goes_to_the_file_store_by_itself(tab: Tab) -> None:
    script = """
        const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'};
        const answer = await fetch(api + path, {method: 'POST', headers, body: JSON.stringify(body)});
        return {status: answer.status, body: await answer.json()};
    """
    body = pictures.png(300, 200)
    wanted = {"filename": "ship.png", "contentType": "image/png", "size": len(body)}
    begun = await tab.run(script, path="/api/images/presign", body=wanted)
    assert begun["status"] == 201, begun
    form = begun["body"]["data"]
    sent = await tab.run(
        FORM,
        url=form["url"],
        field="file",
        filename="ship.png",
        type="image/png",
        content=encoded(body),
        fields=form["fields"],
        credentials="omit",
        headers={},
    )
    assert sent["status"] in (200, 201, 204)
    done = await tab.run(script, path="/api/images/complete", body={"uploadId": form["uploadId"]})
    assert done["status"] == 201, done
    await remove(tab, f"/api/images/{done['body']['data']['id']}")
