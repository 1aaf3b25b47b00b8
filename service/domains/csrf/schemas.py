"""The wire Structs of the CSRF route."""

import msgspec


class CsrfToken(msgspec.Struct, frozen=True):
    """The cookie's value, to be repeated in the header `X-CSRF-Token`."""

    token: str


class CsrfAnswer(msgspec.Struct, frozen=True):
    """The token where new clients look for it, and at the top level for old ones."""

    data: CsrfToken
    token: str
    success: bool = True
