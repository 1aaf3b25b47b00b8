"""Makes CSRF tokens."""

import secrets
from dataclasses import dataclass

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class CsrfService:
    """`secure`: whether the cookie may travel by https only."""

    secure: bool

    def new_token(self) -> str:
        """A token that nobody can guess, of characters that a cookie and a header carry as they are."""
        return secrets.token_urlsafe(TOKEN_BYTES)
