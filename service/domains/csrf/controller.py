"""The CSRF route; `web/auth.py` compares what it gives out."""

from litestar import Controller, MediaType, Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from service.domains.csrf.schemas import CsrfAnswer, CsrfToken
from service.domains.csrf.service import CsrfService
from service.web.auth import CSRF_COOKIE

VALID_SECONDS = 7200


class CsrfController(Controller):
    """`/api/csrf`, for everybody."""

    path = "/api/csrf"
    tags = ["csrf"]
    opt = {"public": True}

    @get(operation_id="getCsrfToken")
    async def csrf(self, csrf: NamedDependency[CsrfService]) -> Response[CsrfAnswer]:
        """A new token, in the answer and in a cookie that scripts of this host may read."""
        token = csrf.new_token()
        cookie = Cookie(
            key=CSRF_COOKIE,
            value=token,
            path="/",
            max_age=VALID_SECONDS,
            samesite="lax",
            secure=csrf.secure,
            httponly=False,
        )
        return Response(
            CsrfAnswer(CsrfToken(token), token),
            cookies=[cookie],
            headers={"Cache-Control": "no-store"},
            media_type=MediaType.JSON,
        )
