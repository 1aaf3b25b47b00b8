"""Once through everything that the API does: each route with success, the parser's work, the sweeps."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
from httpx import Response

from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.sweep import PendingSweep
from tests.integration.service.api import MOC, SET, Api
from tests.integration.service.gallery import png
from tests.integration.service.moc_file_samples import CSV, PDF, TXT, Sent, jpeg

PNG: Sent = ("ship.png", png(), "image/png")


class Walk:
    """Makes the requests and remembers which they were; whatever does not succeed ends it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.taken: set[tuple[str, str]] = set()

    async def everything(self) -> None:
        """All of it."""
        await self.mocs()
        await self.files_of_mocs()
        await self.parts_lists()
        await self.gallery()
        await self.links()
        await self.wishlist()
        await self.profile()
        await self.public()
        await self.left_over()

    async def mocs(self) -> None:
        """MOCs and sets."""
        moc = await self._post("/api/mocs", MOC)
        await self._post("/api/mocs", {**SET, "tags": ["a"]})
        for query in ("", "?page=2&limit=1", "?tag=a", "?search=falcon", "?search=falcon&tag=a"):
            await self._go("GET", f"/api/mocs{query}")
        await self._go("GET", "/api/mocs/search?q=castle")
        await self._go("GET", f"/api/mocs/{moc['id']}")
        await self._go("PATCH", f"/api/mocs/{moc['id']}", json={"theme": "Space", "tags": ["b"]})
        await self._go("PUT", f"/api/mocs/{moc['id']}", json={"title": "Falcon 2"})
        await self._go("GET", "/api/mocs/stats/by-category")
        await self._go("GET", "/api/mocs/stats/uploads-over-time")
        await self._go("DELETE", f"/api/mocs/{moc['id']}")

    async def files_of_mocs(self) -> None:
        """Files of MOCs, sent and put into the store."""
        files = [("instructionsFile", PDF), ("partsLists", CSV), ("images", jpeg())]
        fields = {"title": "With files", "type": "moc", "author": "Ada"}
        await self._go("POST", "/api/mocs/with-files", data=fields, files=files)
        moc = await self._post("/api/mocs", {**MOC, "title": "For files"})
        path = f"/api/mocs/{moc['id']}/files"
        await self._go("POST", path, files=[("file", jpeg())], data={"fileType": "thumbnail"})
        answer = await self._go("POST", path, files=[("files", PDF), ("files", TXT)])
        assert answer.json()["data"], answer.text
        file = await self._direct(path, ("other.pdf", *PDF[1:]))
        await self._go("GET", f"{path}/{file['id']}/download?format=json")
        await self._go("DELETE", f"{path}/{file['id']}")
        await self._go("DELETE", f"/api/mocs/{moc['id']}")

    async def parts_lists(self) -> None:
        """Parts lists: by both routes, past them, read, and by the parser."""
        moc = await self._post("/api/mocs", {**MOC, "title": "For lists"})
        path = f"/api/mocs/{moc['id']}/upload-parts-list"
        made = (await self._go("POST", path, files={"file": CSV})).json()["data"]
        old = {"mocId": moc["id"]}
        await self._go("POST", "/api/mocs/upload-parts-list", data=old, files={"partsListFile": ("b.csv", *CSV[1:])})
        await self._direct(path, ("c.csv", *CSV[1:]))
        await self._go("GET", f"/api/mocs/{moc['id']}/parts-lists/{made['partsListId']}?limit=1")
        unreadable = ("bad.json", b"{", "application/json")
        await self._go("POST", path, files={"file": unreadable})
        parser = build_parser(self.api.runtime)
        await PendingSweep(parser.lists, parser).sweep()
        await parser.parse_object("no/such.csv")

    async def gallery(self) -> None:
        """Images, albums, flags."""
        album = await self._post("/api/albums", {"title": "Ships"})
        image = await self._image("first.png", albumId=album["id"])
        direct = await self._direct("/api/images", PNG, title="Direct")
        for changes in ({"coverImageId": image["id"]}, {}):
            await self._go("PATCH", f"/api/albums/{album['id']}", json=changes)
        await self._go("PATCH", f"/api/images/{direct['id']}", json={"albumId": album["id"], "title": "New"})
        paths = ("/api/images", f"/api/images?albumId={album['id']}", "/api/images?search=new", "/api/albums")
        for path in (*paths, "/api/gallery", "/api/gallery?type=image&search=n", "/api/gallery?limit=1"):
            await self._go("GET", path)
        await self._go("GET", f"/api/images/{image['id']}")
        await self._go("GET", f"/api/albums/{album['id']}")
        await self._go("POST", "/api/flag", json={"imageId": image["id"], "reason": "x"})
        await self._go("DELETE", f"/api/images/{image['id']}")
        await self._go("DELETE", f"/api/albums/{album['id']}")

    async def links(self) -> None:
        """Images and albums of a MOC."""
        moc = await self._post("/api/mocs", {**MOC, "title": "For links"})
        image, album = await self._image("linked.png"), await self._post("/api/albums", {"title": "Linked"})
        for what, key, target in (("images", "galleryImageId", image), ("albums", "galleryAlbumId", album)):
            path = f"/api/mocs/{moc['id']}/gallery-{what}"
            await self._go("POST", path, json={key: target["id"]})
            await self._go("GET", path)
            await self._go("DELETE", f"{path}/{target['id']}")

    async def wishlist(self) -> None:
        """Wishes and their pictures."""
        first, second = [await self._post("/api/wishlist", {"title": title, "category": "c"}) for title in ("a", "b")]
        path = f"/api/wishlist/{first['id']}"
        for query in ("", "?category=c&limit=1", "?search=a", "/search?q=a"):
            await self._go("GET", f"/api/wishlist{query}")
        await self._go("GET", path)
        await self._go("PATCH", path, json={"description": "x"})
        await self._go("PUT", path, json={"title": "c"})
        orders = [{"id": one["id"], "sortOrder": str(place)} for place, one in enumerate((second, first))]
        await self._go("POST", "/api/wishlist/reorder", json={"items": orders})
        await self._go("POST", f"{path}/image", files={"image": PNG})
        await self._direct(f"{path}/image", PNG)
        await self._go("DELETE", path)

    async def profile(self) -> None:
        """The user and their avatar."""
        await self._go("GET", "/api/users/me")
        await self._go("PATCH", "/api/users/me", json={"name": "Ada"})
        await self._go("POST", "/api/users/me/avatar", files={"avatar": PNG})
        await self._direct("/api/users/me/avatar", PNG)
        wanted = {"filename": "late.png", "contentType": "image/png", "size": 9}
        late = {"uploadId": (await self._post("/api/users/me/avatar/presign", wanted))["uploadId"]}
        assert (await self.api.post("/api/users/me/avatar/complete", late)).status_code == 409
        await self._go("DELETE", "/api/users/me/avatar")

    async def public(self) -> None:
        """What needs no user."""
        await self._go("GET", "/health")
        await self._go("GET", "/api/csrf")

    async def left_over(self) -> None:
        """What the schedule does."""
        await self.api.runtime.sweep()

    async def _go(self, method: str, path: str, **rest: Any) -> Response:
        answer = await self.api.call(method, path, **rest)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        self.taken.add((method, path.partition("?")[0]))
        return answer

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = (await self._go("POST", path, json=body)).json()["data"]
        return data

    async def _image(self, name: str, **fields: str) -> dict[str, Any]:
        files = {"image": (name, *PNG[1:])}
        data: dict[str, Any] = (await self._go("POST", "/api/images", files=files, data=fields)).json()["data"]
        return data

    async def _direct(self, route: str, file: Sent, **fields: Any) -> dict[str, Any]:
        """The way past the API."""
        name, body, declared = file
        wanted = {"filename": name, "contentType": declared, "size": len(body)}
        form = await self._post(f"{route}/presign", wanted)
        async with httpx.AsyncClient() as client:
            sent = await client.post(form["url"], data=form["fields"], files={"file": (name, body, declared)})
        assert sent.status_code in (200, 201, 204), sent.text
        return await self._post(f"{route}/complete", {"uploadId": form["uploadId"], **fields})


def not_walked(taken: set[tuple[str, str]], paths: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The operations of the API's description that no request was for."""
    found = set()
    for path, operations in paths.items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            if not any(verb == method.upper() and pattern.fullmatch(asked) for verb, asked in taken):
                found.add((method, path))
    return found
