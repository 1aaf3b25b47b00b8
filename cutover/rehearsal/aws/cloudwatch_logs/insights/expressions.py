"""Expressions of a query, read into functions of a row."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from cutover.rehearsal.aws.cloudwatch_logs.insights.functions import (
    AGGREGATES,
    FUNCTIONS,
    Expression,
    Fold,
    percentile_of,
)
from cutover.rehearsal.aws.cloudwatch_logs.insights.rows import Row
from cutover.rehearsal.aws.cloudwatch_logs.insights.tokens import Kind, MalformedQuery, Token
from cutover.rehearsal.aws.cloudwatch_logs.insights.values import Moment, Value, compare, number_of, shown

_COMPARISONS: Mapping[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
}
_LEVELS = (("+", "-"), ("*", "/", "%"), ("^",))
_RESERVED = ("and", "or", "not", "in", "like", "as", "by", "asc", "desc")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


class Reader:
    """Reads tokens one after the other; `folds` are what the aggregates of one `stats` compute, in order."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.folds: list[Fold] | None = None
        self._text = text
        self._tokens = tokens
        self._place = 0

    @property
    def token(self) -> Token:
        """The next one."""
        return self._tokens[self._place]

    def take(self) -> Token:
        """The next one, which is done with."""
        token = self.token
        self._place += token.kind is not Kind.END
        return token

    def took(self, *words: str) -> bool:
        """Whether the next one says one of these; then it is done with."""
        said = self.token.says(*words)
        if said:
            self.take()
        return said

    def expect(self, word: str) -> None:
        """Take this sign or word. Raises MalformedQuery."""
        if not self.took(word):
            raise self.malformed(f"expected {word!r}")

    def malformed(self, message: str, token: Token | None = None) -> MalformedQuery:
        """The error at a token, the next one if none is given."""
        at = token or self.token
        found = f"{self._text[at.begin : at.end]!r}" if at.kind is not Kind.END else "the end of the query"
        return MalformedQuery(f"{message}, found {found}", at.begin, at.end)

    def name(self) -> str:
        """A field's name. Raises MalformedQuery."""
        if self.token.kind not in (Kind.NAME, Kind.QUOTED):
            raise self.malformed("expected a field")
        return self.take().text

    @contextmanager
    def aggregating(self) -> Iterator[list[Fold]]:
        """Within it, aggregates may be called."""
        self.folds = []
        try:
            yield self.folds
        finally:
            self.folds = None

    def titled(self) -> tuple[str, Expression]:
        """An expression and its title: what follows `as`, else its own text."""
        begin = self.token.begin
        expression = self.expression()
        title = " ".join(self._text[begin : self._tokens[self._place - 1].end].strip("`").split())
        return (self.name(), expression) if self.took("as") else (title, expression)

    def expression(self) -> Expression:
        """A whole expression: `or` binds least."""
        terms = [self._conjunction()]
        while self.took("or"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda row: int(any(_true(term(row)) for term in terms))

    def _conjunction(self) -> Expression:
        terms = [self._negation()]
        while self.took("and"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else lambda row: int(all(_true(term(row)) for term in terms))

    def _negation(self) -> Expression:
        if self.took("not"):
            inner = self._negation()
            return lambda row: int(not _true(inner(row)))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum(0)
        negated = self.took("not")
        if self.took("like", "=~"):
            return _liking(left, self._pattern(), negated=negated)
        if self.took("in"):
            return _membership(left, self._list(), negated=negated)
        if negated:
            raise self.malformed("expected 'like' or 'in' after 'not'")
        if self.token.kind is Kind.SIGN and self.token.text in _COMPARISONS:
            return _comparing(left, self.take().text, self._sum(0))
        return left

    def _sum(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._primary()
        left = self._sum(level + 1)
        while self.token.kind is Kind.SIGN and self.token.text in _LEVELS[level]:
            left = _arithmetic(left, self.take().text, self._sum(level + 1))
        return left

    def _primary(self) -> Expression:
        token = self.take()
        if token.kind is Kind.NAME and token.says(*_RESERVED):
            raise self.malformed("expected an expression", token)
        if token.says("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if token.says("-"):
            return _arithmetic(lambda _: 0, "-", self._primary())
        if token.kind is Kind.NUMBER:
            number = float(token.text) if "." in token.text else int(token.text)
            return lambda _: number
        if token.kind is Kind.STRING:
            return lambda _: token.text
        if token.kind is Kind.NAME and self.token.says("("):
            return self._call(token)
        if token.kind in (Kind.NAME, Kind.QUOTED):
            return lambda row: row.get(token.text)
        raise self.malformed("expected an expression", token)

    def _call(self, name: Token) -> Expression:
        function = name.text.lower()
        self.expect("(")
        if function == "bin":
            made = self._bin()
        elif function in AGGREGATES or function == "pct":
            made = self._aggregate(name)
        elif function in FUNCTIONS:
            made = self._plain(name)
        else:
            raise self.malformed("no such function", name)
        self.expect(")")
        return made

    def _bin(self) -> Expression:
        token = self.take()
        parts = re.fullmatch(r"(\d+)([a-z]+)", token.text)
        if token.kind is not Kind.DURATION or parts is None or parts[2] not in _UNIT_MS or int(parts[1]) == 0:
            raise self.malformed("expected a period such as 5m", token)
        width_ms = int(parts[1]) * _UNIT_MS[parts[2]]
        return lambda row: _binned(row, width_ms)

    def _plain(self, name: Token) -> Expression:
        function = FUNCTIONS[name.text.lower()]
        given = [self.expression()]
        while self.took(","):
            given.append(self.expression())
        if not function.least <= len(given) <= (function.most or len(given)):
            raise self.malformed("wrong number of arguments", name)
        return lambda row: function.call([each(row) for each in given])

    def _aggregate(self, name: Token) -> Expression:
        folds, function = self.folds, name.text.lower()
        if folds is None:
            raise self.malformed("only stats can aggregate", name)
        self.folds = None  # none within another
        if function == "count" and (self.took("*") or self.token.says(")")):
            folds.append(len)
        else:
            folds.append(self._fold(function, self.expression()))
        self.folds = folds
        own = fold_field(len(folds) - 1)
        return lambda row: row.get(own)

    def _fold(self, function: str, of: Expression) -> Fold:
        if function != "pct":
            fold = AGGREGATES[function]
            return lambda rows: fold(rows, of)
        self.expect(",")
        token = self.take()
        if token.kind is not Kind.NUMBER or float(token.text) > 100:
            raise self.malformed("expected a percentage from 0 to 100", token)
        return percentile_of(of, float(token.text))

    def _pattern(self) -> re.Pattern[str]:
        token = self.take()
        if token.kind is Kind.STRING:
            return re.compile(re.escape(token.text))
        if token.kind is not Kind.REGEX:
            raise self.malformed("expected a string or a /regular expression/", token)
        return self.regex(token)

    def regex(self, token: Token) -> re.Pattern[str]:
        """The compiled regular expression. Raises MalformedQuery."""
        try:
            return re.compile(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", token.text).replace(r"\/", "/"))
        except re.error as error:
            raise self.malformed(f"the regular expression is wrong ({error})", token) from error

    def _list(self) -> list[Expression]:
        self.expect("[")
        found = [self._sum(0)]
        while self.took(","):
            found.append(self._sum(0))
        self.expect("]")
        return found


def fold_field(index: int) -> str:
    """Where a group's row keeps what its aggregate has made; no query can name it."""
    return f"\0{index}"


def _true(value: Value) -> bool:
    return value not in (None, 0, "", "false", "0")


def _comparing(left: Expression, sign: str, right: Expression) -> Expression:
    holds = _COMPARISONS[sign]

    def evaluate(row: Row) -> Value:
        order = compare(left(row), right(row))
        return int(order is not None and holds(order))

    return evaluate


def _liking(left: Expression, pattern: re.Pattern[str], *, negated: bool) -> Expression:
    def evaluate(row: Row) -> Value:
        value = left(row)
        return 0 if value is None else int((pattern.search(shown(value)) is None) == negated)

    return evaluate


def _membership(left: Expression, members: Sequence[Expression], *, negated: bool) -> Expression:
    def evaluate(row: Row) -> Value:
        value = left(row)
        return 0 if value is None else int(any(compare(value, each(row)) == 0 for each in members) != negated)

    return evaluate


def _arithmetic(left: Expression, sign: str, right: Expression) -> Expression:
    work = _ARITHMETIC[sign]

    def evaluate(row: Row) -> Value:
        one, other = number_of(left(row)), number_of(right(row))
        if one is None or other is None:
            return None
        try:
            return work(one, other)
        except (ZeroDivisionError, OverflowError):
            return None

    return evaluate


def _binned(row: Row, width_ms: int) -> Value:
    at = row.get("@timestamp")
    return Moment(int(at) // width_ms * width_ms) if isinstance(at, int) else None
