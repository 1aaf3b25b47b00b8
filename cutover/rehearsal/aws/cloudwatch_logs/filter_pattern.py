"""Filter patterns of FilterLogEvents: terms, phrases, a regular expression, conditions on JSON."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from cutover.rehearsal.aws.wire import AwsError

Matches = Callable[[str], bool]
_Condition = Callable[[Any], bool]

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?:\s+|$)')
_JSON_TOKEN = re.compile(
    r'\s*(?P<word>\(|\)|&&|\|\||!=|>=|<=|=|>|<|"(?:[^"\\]|\\.)*"|\$(?:\.[\w@-]+|\[\d+\]|\[[\'"][^\]]+[\'"]\])+'
    r"|IS\s+TRUE|IS\s+FALSE|IS\s+NULL|NOT\s+EXISTS|[^\s()=<>!&|]+)"
)
_STEP = re.compile(r"\.([\w@-]+)|\[(\d+)\]|\[['\"]([^\]]+)['\"]\]")
_ABSENT = object()
_STATES: dict[str, _Condition] = {
    "IS TRUE": lambda value: value is True,
    "IS FALSE": lambda value: value is False,
    "IS NULL": lambda value: value is None,
    "NOT EXISTS": lambda value: value is _ABSENT,
}
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def matcher(pattern: str) -> Matches:
    """Whether a line fits the pattern. Raises AwsError InvalidParameterException."""
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise _invalid(pattern)
        condition = _JsonPattern(text[1:-1], pattern).read()
        return lambda line: condition(_decoded(line))
    if len(text) > 2 and text.startswith("%") and text.endswith("%"):
        try:
            found = re.compile(text[1:-1])
        except re.error as error:
            raise _invalid(pattern) from error
        return lambda line: found.search(line) is not None
    return _terms(text, pattern)


def _invalid(pattern: str) -> AwsError:
    return AwsError("InvalidParameterException", f"Invalid filter pattern: {pattern}")


def _terms(text: str, pattern: str) -> Matches:
    if text.startswith("["):
        raise _invalid(f"{pattern} (space-delimited patterns are not known here)")
    wanted: list[str] = []
    unwanted: list[str] = []
    any_of: list[str] = []
    place = 0
    while place < len(text):
        match = _TERM.match(text, place)
        if match is None:
            raise _invalid(pattern)
        term = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        {"": wanted, "-": unwanted, "?": any_of}[match[1]].append(term)
        place = match.end()
    return lambda line: (
        all(term in line for term in wanted)
        and not any(term in line for term in unwanted)
        and (not any_of or any(term in line for term in any_of))
    )


def _decoded(line: str) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return _ABSENT


class _JsonPattern:
    """Reads what stands between the braces; && binds closer than ||."""

    def __init__(self, text: str, pattern: str) -> None:
        self._pattern = pattern
        self._words: list[str] = []
        place, text = 0, text.strip()
        while place < len(text):
            match = _JSON_TOKEN.match(text, place)
            if match is None:
                raise _invalid(pattern)
            self._words.append(match["word"])
            place = match.end()
        self._words.reverse()

    def read(self) -> _Condition:
        """The whole condition; a line that is no JSON object fits none."""
        condition = self._any()
        if self._words:
            raise _invalid(self._pattern)
        return lambda root: isinstance(root, dict) and condition(root)

    def _took(self, word: str) -> bool:
        took = bool(self._words) and self._words[-1] == word
        if took:
            self._words.pop()
        return took

    def _take(self) -> str:
        if not self._words:
            raise _invalid(self._pattern)
        return self._words.pop()

    def _any(self) -> _Condition:
        terms = [self._all()]
        while self._took("||"):
            terms.append(self._all())
        return lambda root: any(term(root) for term in terms)

    def _all(self) -> _Condition:
        terms = [self._one()]
        while self._took("&&"):
            terms.append(self._one())
        return lambda root: all(term(root) for term in terms)

    def _one(self) -> _Condition:
        if self._took("("):
            inner = self._any()
            if not self._took(")"):
                raise _invalid(self._pattern)
            return inner
        path = self._take()
        if not path.startswith("$"):
            raise _invalid(self._pattern)
        holds = self._test(" ".join(self._take().split()))
        return lambda root: holds(_at(root, path))

    def _test(self, sign: str) -> _Condition:
        if sign in _STATES:
            return _STATES[sign]
        wanted = self._take()
        if sign in ("=", "!="):
            return _equality(wanted, equal=sign == "=")
        if sign not in _ORDERS or not _is_number(wanted):
            raise _invalid(self._pattern)
        order, limit = _ORDERS[sign], float(wanted)
        return lambda value: _is_number(value) and order(float(value), limit)


def _equality(wanted: str, *, equal: bool) -> _Condition:
    text = wanted[1:-1] if wanted.startswith('"') else wanted

    def holds(value: Any) -> bool:
        if value is _ABSENT or isinstance(value, bool | dict | list) or value is None:
            return False
        same = float(value) == float(text) if _is_number(value) and _is_number(text) else _fits(str(value), text)
        return same == equal

    return holds


def _fits(value: str, wanted: str) -> bool:
    return fnmatchcase(value, wanted.replace("[", "[[]").replace("?", "[?]"))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    return re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", str(value)) is not None


def _at(root: Any, path: str) -> Any:
    node = root
    for name, index, quoted in _STEP.findall(path):
        if isinstance(node, dict) and not index:
            node = node.get(name or quoted, _ABSENT)
        elif isinstance(node, list) and index and int(index) < len(node):
            node = node[int(index)]
        else:
            return _ABSENT
    return node
