"""Opaque tokens that lead to the next page of the same request."""

import base64
import binascii

import msgspec

from cutover.rehearsal.aws.wire import AwsError


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a page starts, the moment that the first page was asked at, and which request it belongs to."""

    offset: int
    as_of: float
    request: int


def token_of(position: Position) -> str:
    """The position as a client carries it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode()


def position_of(token: str | None, *, now: float, request: int) -> Position:
    """The position that a token names, the start without one. Raises AwsError InvalidNextToken."""
    if token is None:
        return Position(0, now, request)
    try:
        position = msgspec.json.decode(base64.urlsafe_b64decode(token), type=Position)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise AwsError("InvalidNextToken", "The next token is not one that this request was given") from error
    if position.request != request:
        raise AwsError("InvalidNextToken", "The next token belongs to another request")
    return position
