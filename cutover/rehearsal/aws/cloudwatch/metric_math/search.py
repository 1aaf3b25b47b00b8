"""SEARCH: which metrics a search expression finds.

`{Namespace,Dimension,…} term term`, where a term is `Name="exact"`, `Name=words`, or words found anywhere, and terms
may be joined by AND, OR, NOT and parentheses. Words match whole words of what they are compared with, in any case.
"""

import re
from collections.abc import Callable, Sequence

from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import BadExpression
from cutover.rehearsal.aws.cloudwatch.store import Series

_SCHEMA = re.compile(r"\s*\{([^}]*)\}")
_TOKEN = re.compile(r'\s*("[^"]*"|[()=]|[^\s()="]+)')
_WORD = re.compile(r"[a-z0-9]+")
_MOST = 100  # what CloudWatch gives back of a search

_Test = Callable[[Series], bool]


def found(text: str, series: Sequence[Series]) -> list[Series]:
    """The metrics that match, in order, at most a hundred. Raises BadExpression."""
    schema = _SCHEMA.match(text)
    rest = text[schema.end() :] if schema else text
    wanted = _Terms(_TOKEN.findall(rest)).all()
    fits = _of_schema(schema[1]) if schema else lambda _: True
    return [one for one in series if fits(one) and wanted(one)][:_MOST]


def _of_schema(text: str) -> _Test:
    namespace, *names = (part.strip().strip('"') for part in text.split(","))
    dimensions = tuple(sorted(names))
    return lambda one: one.namespace == namespace and tuple(name for name, _ in one.dimensions) == dimensions


class _Terms:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    def all(self) -> _Test:
        """Everything that is left."""
        test = self._either() if self._tokens else lambda _: True
        if self._tokens:
            raise BadExpression(f"SEARCH: unexpected {self._tokens[0]!r}")
        return test

    def _either(self) -> _Test:
        tests = [self._both()]
        while self._next("OR"):
            tests.append(self._both())
        return lambda one: any(test(one) for test in tests)

    def _both(self) -> _Test:
        tests = [self._single()]
        while self._tokens and self._tokens[0] not in {"OR", ")"}:
            self._next("AND")
            tests.append(self._single())
        return lambda one: all(test(one) for test in tests)

    def _single(self) -> _Test:
        if self._next("NOT"):
            test = self._single()
            return lambda one: not test(one)
        if self._next("("):
            return self._closed(self._either())
        word = self._take()
        if not self._next("="):
            return _anywhere(word)
        if not self._next("("):
            return _property(word, self._take())
        tests = [_property(word, self._take())]
        while self._next("OR"):
            tests.append(_property(word, self._take()))
        return self._closed(lambda one: any(test(one) for test in tests))

    def _closed(self, test: _Test) -> _Test:
        if not self._next(")"):
            raise BadExpression("SEARCH: a parenthesis is not closed")
        return test

    def _next(self, text: str) -> bool:
        if self._tokens and self._tokens[0] == text:
            self._tokens.pop(0)
            return True
        return False

    def _take(self) -> str:
        if not self._tokens or self._tokens[0] in {"AND", "OR", ")", "="}:
            raise BadExpression("SEARCH: a term is missing")
        return self._tokens.pop(0)


def _anywhere(word: str) -> _Test:
    def test(one: Series) -> bool:
        parts = [one.namespace, one.name, *(part for dimension in one.dimensions for part in dimension)]
        return any(_matches(word, part) for part in parts)

    return test


def _property(name: str, word: str) -> _Test:
    def test(one: Series) -> bool:
        of = {"Namespace": one.namespace, "MetricName": one.name, **dict(one.dimensions)}.get(name.strip('"'))
        return of is not None and _matches(word, of)

    return test


def _matches(word: str, text: str) -> bool:
    if word.startswith('"'):
        return word.strip('"') == text
    words = set(_WORD.findall(word.lower()))
    return bool(words) and words <= set(_WORD.findall(text.lower()))
