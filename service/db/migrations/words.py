"""SQL as words, as far as telling kinds of statements apart takes it: quotes, comments, parentheses are respected."""

import re
from collections.abc import Sequence
from itertools import pairwise

_WORD = re.compile(
    r"""
      (?P<nested> /\*(?:(?!\*/).)*?/\* )
    | (?P<skipped> \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<text> [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | \$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$ )
    | (?P<quoted> "(?:[^"]|"")*" )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<sign> \d[\w.]* | :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r'"[a-z_][a-z0-9_]*"')
TEXT = "'…'"  # stands for any literal
NESTED_COMMENT = "/* /*"

Words = Sequence[str]


def statements_in(sql: str) -> list[list[str]]:
    """The words of each statement: names and keywords in capitals, quoted ones as they are, literals as TEXT."""
    statements: list[list[str]] = [[]]
    for found in _WORD.finditer(sql):
        word = found.group()
        match found.lastgroup:
            case "skipped":
                continue
            case "text" | "tag":
                statements[-1].append(TEXT)
            case "nested":  # where it ends is not looked for: nobody knows such a statement
                statements += [[NESTED_COMMENT], []]
            case "quoted":
                statements[-1].append(word[1:-1].upper() if _PLAIN.fullmatch(word) else word)
            case _ if word == ";":
                statements.append([])
            case _:
                statements[-1].append(word.upper())
    return [statement for statement in statements if statement]


class Reader:
    """Reads a statement from left to right."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._at = 0

    @property
    def rest(self) -> Words:
        """What has not been read."""
        return self._words[self._at :]

    def accept(self, *words: str) -> bool:
        """Read these words if they come next; whether they did."""
        if tuple(self.rest[: len(words)]) != words:
            return False
        self._at += len(words)
        return True

    def one_of(self, *words: str) -> str | None:
        """Read one of these words if it comes next."""
        return next((word for word in words if self.accept(word)), None)

    def name(self) -> str:
        """Read a name, with its schema if it has one; in small letters. Empty at the end."""
        parts = [self._next()]
        while self.accept("."):
            parts.append(self._next())
        return ".".join(parts).lower()

    def _next(self) -> str:
        word = self.rest[0] if self.rest else ""
        self._at += 1
        return word


def split(words: Words) -> list[Words]:
    """The parts between the commas that stand outside of parentheses."""
    depth, commas = 0, [-1]
    for place, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if word == "," and depth == 0:
            commas.append(place)
    return [words[first + 1 : last] for first, last in pairwise([*commas, len(words)])]


def has(words: Words, *wanted: str) -> bool:
    """Whether these words stand somewhere, one after the other."""
    return any(tuple(words[at : at + len(wanted)]) == wanted for at in range(len(words)))
