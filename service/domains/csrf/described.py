"""What the API's description tells of the CSRF route."""

from service.domains.csrf.schemas import CsrfAnswer
from service.web.openapi.facts import Answer, Described, Facts

TOKEN = "Zm9ydHktdHdvIGJyaWNrcw"  # noqa: S105 - an example

DESCRIBED = Described(
    tags={"csrf": "The token that pages repeat which are signed in by cookie and come from no allowed origin."},
    operations={
        "getCsrfToken": Facts(
            answers={
                200: Answer(
                    description="A new token; the cookie `XSRF-TOKEN` holds it, too.",
                    shape=CsrfAnswer,
                    example={"success": True, "data": {"token": TOKEN}, "token": TOKEN},
                    headers={
                        "Set-Cookie": {
                            "description": "XSRF-TOKEN: the token, for two hours.",
                            "required": True,
                            "schema": {"type": "string", "pattern": "^XSRF-TOKEN="},
                        }
                    },
                )
            }
        )
    },
)
