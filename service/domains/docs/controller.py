"""The routes of the description; nobody has to be signed in."""

from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency

from service.domains.docs.service import Docs

COMMON = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


class DocsController(Controller):
    """`/docs` for people, `/openapi.json` for programs."""

    path = "/"
    tags = ["docs"]
    opt = {"public": True}
    include_in_schema = False

    @get("/docs", operation_id="readDocs")
    async def page(self, docs: NamedDependency[Docs]) -> Response[bytes]:
        """The description as a page."""
        page = docs.page()
        headers = {
            **COMMON,
            "Content-Security-Policy": page.policy,
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
        }
        return Response(page.html, media_type=MediaType.HTML, headers=headers)

    @get("/openapi.json", operation_id="readOpenAPI")
    async def openapi(self, docs: NamedDependency[Docs]) -> Response[bytes]:
        """The description as it is kept with the code."""
        return Response(docs.description(), media_type=MediaType.JSON, headers=COMMON)
