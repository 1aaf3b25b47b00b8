"""Errors as a log may tell them: what happened and where, without the values that it happened to."""

import re
import traceback
from collections.abc import Iterator

MOST_CHARS = 500
_HIDDEN = "…"
# What a message may hold of a person or a secret, wherever it comes from.
_ANYWHERE = (
    (re.compile(r"[^\s@/'\"<>(),;=]+@[^\s@/'\"<>(),;=]+\.[A-Za-z]{2,}"), _HIDDEN),  # an e-mail address
    (re.compile(r"eyJ[\w-]{4,}\.[\w-]+\.[\w-]*"), _HIDDEN),  # a JWT
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {_HIDDEN}"),
    (re.compile(r"//[^\s/@]+@"), f"//{_HIDDEN}@"),  # name and password of a URL
    (re.compile(r"(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s\"']+"), rf"\1{_HIDDEN}"),
    (re.compile(r"\b(mocs|images|wishlist|avatars|uploads)/[^/\s\"']+/"), rf"\1/{_HIDDEN}/"),  # an object's owner
)
# Drivers quote what they were given.
_DRIVERS = ("asyncpg", "sqlalchemy")
_QUOTED = (
    (re.compile(r"(argument \$\d+: ).*?( \()"), rf"\1{_HIDDEN}\2"),
    (re.compile(r'(: )".*"'), rf"\1{_HIDDEN}"),
)


def said(error: BaseException) -> str:
    """The error's class and words, on one line."""
    return f"{type(error).__name__}: {_words(error)}".rstrip(": ")


def safe(text: str) -> str:
    """Text that is not ours, such as a server's answer, without what must not be told."""
    for pattern, instead in _ANYWHERE:
        text = pattern.sub(instead, text)
    return text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}{_HIDDEN}"


def stack(error: BaseException) -> str:
    """The frames of the error and of what it came from, the first cause first, as Python prints them."""
    return "".join(_told(error, set()))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield "\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{said(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _told(one, seen)


def _words(error: BaseException) -> str:
    if type(error).__module__.partition(".")[0] not in _DRIVERS:
        return safe(" ".join(str(error).split("\n")))
    text = str(error).partition("\n")[0]  # DETAIL, SQL and parameters stand on the lines behind
    for pattern, instead in _QUOTED:
        text = pattern.sub(instead, text)
    return safe(text)
