"""Metric math's grammar: text to a tree, or a sentence that says what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class BadExpression(Exception):
    """An expression that CloudWatch would refuse; the message says why, without naming the expression."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string in quotation marks."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a metric or of another expression."""

    id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """`[a, b]`."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments; unary minus is one, too."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands."""

    operator: str
    left: "Node"
    right: "Node"


Node = Number | Text | Name | Listed | Call | Binary
NEGATIVE = "-"  # unary minus as a Call's function
FILLERS = frozenset({"REPEAT", "LINEAR"})  # words that FILL takes instead of a value

_LEVELS = (("OR",), ("AND",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"), ("^",))
_SPELT = {"||": "OR", "&&": "AND"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),\[\]]))"
)
_DEEPEST = 100  # brackets in brackets; more is nobody's formula


class _Token(NamedTuple):
    kind: str
    text: str


_END = _Token("end", "")


def parsed(text: str) -> Node:
    """The tree of an expression. Raises BadExpression."""
    reader = _Reader(list(_tokens(text)))
    node = reader.expression()
    if reader.next != _END:
        raise BadExpression(f"Unexpected {reader.next.text!r}")
    return node


def named_in(node: Node) -> frozenset[str]:
    """Every id that the expression looks at by name."""
    return frozenset(one.id for one in walked(node) if isinstance(one, Name))


def calls_in(node: Node) -> frozenset[str]:
    """The names of all functions that it calls."""
    return frozenset(one.function for one in walked(node) if isinstance(one, Call))


def walked(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in _children(node):
        yield from walked(child)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Listed(items):
            return items
        case Call(_, arguments):
            return arguments
        case Binary(_, left, right):
            return (left, right)
        case _:
            return ()


def _tokens(text: str) -> Iterator[_Token]:
    place, text = 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadExpression(f"Unexpected {text[place:].lstrip()[0]!r}")
        kind = str(found.lastgroup)
        yield _Token(kind, _SPELT.get(found[kind], found[kind]))
        place = found.end()


class _Reader:
    """Recursive descent; every level of operators binds to the left."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._place] if self._place < len(self._tokens) else _END

    def expression(self, level: int = 0) -> Node:
        if level == len(_LEVELS):
            return self._operand()
        node = self.expression(level + 1)
        while self.next.kind in {"sign", "word"} and self.next.text in _LEVELS[level]:
            operator = self._take().text
            node = Binary(operator, node, self.expression(level + 1))
        return node

    def _operand(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadExpression("it is nested too deeply")
        try:
            return self._single(self._take())
        finally:
            self._depth -= 1

    def _single(self, token: _Token) -> Node:
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "text":
            return Text(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if token.kind == "word":
            return self._name_or_call(token.text)
        if token.text == "-":
            return Call(NEGATIVE, (self._operand(),))
        if token.text == "(":
            node = self.expression()
            self._expect(")")
            return node
        if token.text == "[":
            return Listed(self._items("]"))
        raise BadExpression("Unexpected end" if token == _END else f"Unexpected {token.text!r}")

    def _name_or_call(self, word: str) -> Node:
        if self.next.text == "(" and word not in {"AND", "OR"}:
            self._take()
            return Call(word, self._items(")"))
        if word in FILLERS:
            return Text(word)
        if not word[0].islower():
            raise BadExpression(f"Unexpected {word!r}: ids begin with a lower-case letter")
        return Name(word)

    def _items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self.next.text != closing or items:
            items.append(self.expression())
            if self.next.text != ",":
                break
            self._take()
        self._expect(closing)
        return tuple(items)

    def _expect(self, text: str) -> None:
        token = self._take()
        if token.text != text:
            raise BadExpression(f"Expected {text!r}, not " + (repr(token.text) if token != _END else "the end"))

    def _take(self) -> _Token:
        token = self.next
        self._place += 1
        return token
