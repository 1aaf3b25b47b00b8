"""Errors are told without the values that they happened to."""

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from service.telemetry.redaction import MOST_CHARS, safe, said, stack

SECRET = "ada@example.com"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no route to host", "no route to host"),
        ("to <ada.b+c@mail.example.com> failed", "to <…> failed"),
        ("token eyJhbGciOi.eyJzdWIiOi.c2ln is old", "token … is old"),
        ("Authorization: Bearer abc.def~1", "Authorization: Bearer …"),
        ("redis://lego:wrong@host:6379 refused", "redis://…@host:6379 refused"),
        ('"http://s3/bucket/images/alice/1.webp"', '"http://s3/bucket/images/…/1.webp"'),
        (
            "https://b.s3/x?X-Amz-Signature=abc&X-Amz-Credential=AKIA/x",
            "https://b.s3/x?X-Amz-Signature=…&X-Amz-Credential=…",
        ),
        ("x" * (MOST_CHARS + 1), "x" * MOST_CHARS + "…"),
    ],
)
def test_what_names_somebody_or_opens_something_is_not_told(text: str, told: str) -> None:
    assert safe(text) == told


def test_of_a_drivers_error_only_the_first_line_is_told_without_what_it_quotes() -> None:
    taken = asyncpg.UniqueViolationError.new(
        {"M": 'duplicate key value violates unique constraint "one"', "C": "23505"}
    )
    taken.detail = f"Key (user_id, title)=(alice, {SECRET}) already exists."
    assert said(taken) == 'UniqueViolationError: duplicate key value violates unique constraint "one"'
    wrong = asyncpg.DataError("invalid input for query argument $1: 'my title' (expected int)")
    assert said(wrong) == "DataError: invalid input for query argument $1: … (expected int)"
    text = asyncpg.InvalidTextRepresentationError('invalid input syntax for type uuid: "my title"')
    assert said(text) == "InvalidTextRepresentationError: invalid input syntax for type uuid: …"
    orm = IntegrityError("INSERT INTO x VALUES ($1)", [SECRET], Exception("taken\nDETAIL: Key (title)=(my title)"))
    assert "my title" not in said(orm)
    assert SECRET not in stack(orm)


def test_a_stack_shows_frames_causes_and_groups() -> None:
    def fail() -> None:
        try:
            dict[str, int]()["first"]
        except KeyError as error:
            raise ValueError(f"second, {SECRET}") from error

    try:
        fail()
    except ValueError as error:
        text = stack(ExceptionGroup("several", [error, OSError("third")]))
    assert [line for line in text.splitlines() if line and not line.startswith(" ")] == [
        "ExceptionGroup: several (2 sub-exceptions)",
        "KeyError: 'first'",
        "ValueError: second, …",
        "OSError: third",
    ]
    assert "in fail" in text


def test_an_error_that_is_its_own_cause_is_told_once() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert stack(one).split() == ["ValueError:", "two", "ValueError:", "one"]


def test_what_was_suppressed_is_not_told() -> None:
    error = ValueError("told")
    error.__context__ = KeyError("behind")
    assert "behind" in stack(error)
    error.__suppress_context__ = True
    assert "behind" not in stack(error)
    assert said(ValueError()) == "ValueError"
