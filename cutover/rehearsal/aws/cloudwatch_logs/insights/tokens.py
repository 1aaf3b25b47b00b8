"""The words of a query, each with its place in the text."""

import re
from dataclasses import dataclass
from enum import Enum

_PATTERN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<duration>\d+(?:ms|mo|[smhdwqy])(?!\w))
    |(?P<number>\d+(?:\.\d+)?(?![\w.]))
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<quoted>`[^`]+`)
    |(?P<name>[A-Za-z_@][\w@]*(?:\.[\w@]+)*)
    |(?P<sign>=~|!=|<=|>=|[=<>+\-*%^(),|\[\]])""",
    re.VERBOSE,
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/(?![\w])")


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    QUOTED = "quoted"
    NUMBER = "number"
    DURATION = "duration"
    STRING = "string"
    REGEX = "regex"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word; `text` is without quotes or slashes."""

    kind: Kind
    text: str
    begin: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these signs or words, in any case."""
        return self.kind in (Kind.SIGN, Kind.NAME) and self.text.lower() in words


class MalformedQuery(Exception):
    """The query is not understood; `begin` and `end` are the place in its text."""

    def __init__(self, message: str, begin: int, end: int) -> None:
        super().__init__(message)
        self.begin = begin
        self.end = end


def tokens_of(text: str) -> list[Token]:
    """The query's words without spaces and comments, and an END. Raises MalformedQuery."""
    found: list[Token] = []
    command: str | None = None
    place = 0
    while place < len(text):
        token = _regex_at(text, place, found, command) if text[place] == "/" else _token_at(text, place)
        if token is not None:
            found.append(token)
            command = None if token.says("|") else command or token.text.lower()
            place = token.end
        else:
            place = _after_space(text, place)
    return [*found, Token(Kind.END, "", len(text), len(text))]


def _after_space(text: str, place: int) -> int:
    match = _PATTERN.match(text, place)
    if match is None or match.lastgroup != "space":
        raise MalformedQuery(f"unexpected symbol found {text[place]!r}", place, place + 1)
    return match.end()


def _token_at(text: str, place: int) -> Token | None:
    match = _PATTERN.match(text, place)
    if match is None or match.lastgroup in (None, "space"):
        return None
    kind, word = Kind(match.lastgroup), match[0]
    if kind is Kind.STRING:
        word = re.sub(r"\\(.)", _unescaped, word[1:-1])
    elif kind is Kind.QUOTED:
        word = word[1:-1]
    return Token(kind, word, match.start(), match.end())


def _unescaped(match: re.Match[str]) -> str:
    return match[1] if match[1] in "\"'\\" else match[0]


def _regex_at(text: str, place: int, before: list[Token], command: str | None) -> Token:
    """A slash begins a regular expression after `like`, `=~` and in `parse`; elsewhere it divides."""
    expected = before and (before[-1].says("like", "=~") or (command == "parse" and before[-1].kind is not Kind.REGEX))
    if not expected:
        return Token(Kind.SIGN, "/", place, place + 1)
    match = _REGEX.match(text, place)
    if match is None:
        raise MalformedQuery("a regular expression stands between two slashes", place, len(text))
    return Token(Kind.REGEX, match[1], match.start(), match.end())
