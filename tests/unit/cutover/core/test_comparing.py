"""What differs between two answers, told by kind, place and both values; secrets are never shown."""

import json
from typing import Any

import pytest

from cutover.core.comparing import (
    DEEPEST_JSON,
    MOST_DIFFERENCES,
    Blindness,
    Difference,
    Differing,
    differences,
)
from cutover.core.mismatch import Asked, Compared, Summary, unexplained
from cutover.core.models import Verdict
from cutover.core.redaction import shown, shown_path
from cutover.core.web import Heard, Trouble

JSON = (("content-type", "application/json"),)
BLIND = Blindness(frozenset({"timestamp"}), "s3cret")


def answer(body: Any = None, status: int = 200, headers: tuple[tuple[str, str], ...] = JSON) -> Heard:
    """An answer with that JSON, or those bytes."""
    return Heard(1.0, status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def told(baseline: Any, candidate: Any) -> list[tuple[str, str, str, str]]:
    """The differences of two JSON values."""
    return spelled(differences(answer(baseline), answer(candidate), BLIND))


def spelled(found: list[Difference]) -> list[tuple[str, str, str, str]]:
    """Each as a tuple."""
    return [(one.kind.value, one.where, one.baseline, one.candidate) for one in found]


@pytest.mark.parametrize(
    ("baseline", "candidate", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"timestamp": 1}, {"timestamp": 2}, []),
        ({"x": {"timestamp": 1}}, {"x": {}}, []),
        ({"a": 1}, {"a": 2}, [("value", "$.a", "1", "2")]),
        ({"a": "1"}, {"a": 1}, [("type", "$.a", '"1"', "1")]),
        ({"a": True}, {"a": 1}, [("type", "$.a", "true", "1")]),
        ({"a": None}, {"a": 0}, [("type", "$.a", "null", "0")]),
        ({"a": 1}, [1], [("type", "$", '{"a": 1}', "[1]")]),
        ({"a": {"b": 1}}, {"a": {}}, [("missing", "$.a.b", "1", "absent")]),
        ({}, {"a": 1}, [("extra", "$.a", "absent", "1")]),
        ([1, 2], [1, 3], [("value", "$[*]", "2", "3")]),
        ([1, 2], [2, 1], [("order", "$", "[1, 2]", "[2, 1]")]),
        ([1, 2], [1], [("length", "$", "2", "1")]),
        ([], [], []),
        ({"a": [2, 1], "b": 1}, {"a": [2, 1], "b": 2}, [("value", "$.b", "1", "2")]),
        ([[1], [2]], [[2], [1]], [("order", "$", "[[1], [2]]", "[[2], [1]]")]),
        ({"d": [{"id": 1}, {"id": 2}]}, {"d": [{"id": 2}, {"id": 1}]}, [("order", "$.d", "[1, 2]", "[2, 1]")]),
        ([{"id": 1, "v": 1}, {"id": 2}], [{"id": 2}, {"id": 1, "v": 2}],
         [("order", "$", "[1, 2]", "[2, 1]"), ("value", "$[*].v", "1", "2")]),
        ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 3}],
         [("missing", "$[*]", "1", "absent"), ("extra", "$[*]", "absent", "3")]),
        ([{"id": 1, "v": 1}, {"id": 1, "v": 2}], [{"id": 1, "v": 1}, {"id": 1, "v": 3}],
         [("value", "$[*].v", "2", "3")]),
        ([{"name": "a", "id": None}], [{"name": "a", "id": 1}], [("type", "$[*].id", "null", "1")]),
        ({"token": "a"}, {"token": "b"}, [("value", "$.token", "•••", "•••")]),
        ({"a": [{"apiKey": "x", "b": 1}]}, {"a": 1}, [("type", "$.a", '[{"apiKey": "•••", "b": 1}]', "1")]),
    ],
)  # fmt: skip
def test_json_is_compared_by_path(baseline: Any, candidate: Any, expected: list[tuple[str, str, str, str]]) -> None:
    assert told(baseline, candidate) == expected


@pytest.mark.parametrize(
    ("baseline", "candidate", "expected"),
    [
        (answer(status=200), answer(status=503), [("status class", "", "200", "503")]),
        (answer(status=200), answer(status=204), [("status", "", "200", "204")]),
        (answer(), Heard(1, trouble=Trouble.TIMEOUT), [("no answer", "", "200", "timeout")]),
        (Heard(1), answer(), [("no answer", "", "absent", "200")]),
        (Heard(1, trouble=Trouble.REFUSED), Heard(1, trouble=Trouble.REFUSED), []),
        (answer(b"<p>", headers=(("content-type", "text/html"),)), answer(b"<p>", headers=()),
         [("content type", "", "text/html", "absent")]),
        (answer(headers=(("content-type", "application/json; charset=UTF-8"),)),
         answer(headers=(("content-type", "application/json;charset=utf-8"),)), []),
        (answer(headers=(*JSON, ("cache-control", "no-store"))), answer(),
         [("header", "cache-control", '"no-store"', "absent")]),
        (answer(headers=(*JSON, ("date", "now"))), answer(headers=(*JSON, ("x-request-id", "1"))), []),
        (answer(headers=(*JSON, ("location", "https://s3/?X-Amz-Signature=abc&x=1"))),
         answer(headers=(*JSON, ("location", "https://s3/?X-Amz-Signature=def&x=2"))),
         [("header", "location", '"https://s3/?X-Amz-Signature=•••&x=1"', '"https://s3/?X-Amz-Signature=•••&x=2"')]),
    ],
)  # fmt: skip
def test_status_and_headers_are_compared(baseline: Heard, candidate: Heard, expected: object) -> None:
    assert spelled(differences(baseline, candidate, BLIND)) == expected


def test_json_that_is_nested_too_deeply_is_compared_by_digest() -> None:
    (found,) = differences(answer(b"[" * 100_000), answer(b"[" * 100_001), BLIND)

    assert found.kind is Differing.BODY


@pytest.mark.parametrize("headers", [(("content-type", "image/webp"),), JSON])
def test_what_is_no_json_is_compared_by_digest(headers: tuple[tuple[str, str], ...]) -> None:
    (found,) = differences(answer(b"\xff\x00", headers=headers), answer(b"\xff\x01", headers=headers), BLIND)

    assert (found.kind, found.where) == (Differing.BODY, "")
    assert found.baseline.startswith("2 bytes, sha256 ")
    assert found.baseline != found.candidate


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("$.title", "x" * 100, '"' + "x" * 78 + "…"),
        ("$.title", "é", '"é"'),
        ("$.accessToken", "abc", "•••"),
        ("$.user.password", "abc", "•••"),
        ("set-cookie", "a=b", "•••"),
        ("$.x", "it is s3cret here", '"it is ••• here"'),
        ("$.x", "Bearer eyJhbGciOi.eyJzdWIi.c2ln", '"Bearer •••"'),
        ("$.url", "https://s3/k?X-Amz-Credential=AKIA&b=2", '"https://s3/k?X-Amz-Credential=•••&b=2"'),
    ],
)
def test_values_are_cut_and_secrets_hidden(name: str, value: str, expected: str) -> None:
    assert shown(name, value, "s3cret") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/mocs?page=2", "/api/mocs?page=2"),
        ("/a?token=abc&x=1", "/a?token=•••&x=1"),
        ("/a/eyJhbGciOi.eyJzdWIi.c2ln", "/a/•••"),
        ("/a?q=eyJhbGciOi.eyJzdWIi.c2ln", "/a?q=•••"),
    ],
)
def test_paths_are_shown_without_secrets(path: str, expected: str) -> None:
    assert shown_path(path) == expected


HEALTH = Asked("GET", "/health", "/health")
VALUE = Difference(Differing.VALUE, "$.a", "1", "2")


def summary(compared: int, mismatched: int, difference: Difference = VALUE) -> Summary:
    """A summary of so many comparisons."""
    return Summary(tuple(Compared(HEALTH, (difference,) if i < mismatched else ()) for i in range(compared)))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (summary(5, 0), Verdict.PASS),
        (summary(5, 1), Verdict.FAIL),
        (summary(2000, 1), Verdict.PASS),
        (summary(1000, 1), Verdict.HOLD),
        (summary(1000, 9), Verdict.HOLD),
        (summary(1000, 10), Verdict.FAIL),
        (summary(10_000, 1, Difference(Differing.STATUS_CLASS, "", "200", "503")), Verdict.FAIL),
        (summary(10_000, 1, Difference(Differing.NO_ANSWER, "", "200", "timeout")), Verdict.FAIL),
        (summary(0, 0), Verdict.HOLD),
        (Summary((Compared(HEALTH, (), "the baseline itself fails"),)), Verdict.HOLD),
    ],
)
def test_the_verdict_goes_by_the_rate_and_by_what_is_never_tolerated(found: Summary, verdict: Verdict) -> None:
    assert found.verdict is verdict


def test_a_rate_has_bounds() -> None:
    found = summary(1000, 10)

    assert found.rate == 0.01
    low, high = found.bounds
    assert 0.005 < low < 0.01 < high < 0.02
    assert summary(0, 0).rate == 0.0


def test_the_same_difference_is_told_once_with_how_often() -> None:
    other = Difference(Differing.VALUE, "$.a", "1", "3")
    found = Summary(
        (Compared(HEALTH, (VALUE,)), Compared(HEALTH, (other,)), Compared(Asked("GET", "/", "/"), (VALUE,)))
    )

    assert [(tally.asked.path, tally.difference, tally.times) for tally in found.tallies] == [
        ("/health", VALUE, 2), ("/", VALUE, 1),
    ]  # fmt: skip


def test_noise_and_what_does_not_show_twice_are_no_differences() -> None:
    other = Difference(Differing.VALUE, "$.b", "1", "2")

    assert unexplained([VALUE, other], [VALUE, other], frozenset({VALUE.key})) == (other,)
    assert unexplained([VALUE, other], [VALUE], frozenset()) == (VALUE,)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"[" * 900 + b"]" * 900,
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 60 + b"1" + b"]" * 60,
        b"9" * 6000,
        b'"' + b"x" * 5_000_000 + b'"',
    ],
    ids=["deep objects", "deep lists", "deeper than the parser", "just too deep", "many digits", "long"],
)
def test_what_can_not_be_walked_through_is_compared_by_digest(body: bytes) -> None:
    found = differences(answer(body), answer({"a": 1}), BLIND) + differences(answer({"a": 1}), answer(body), BLIND)

    assert [(one.kind, one.where) for one in found] == [(Differing.BODY, "")] * 2
    assert found[0].baseline.startswith(f"{len(body)} bytes, sha256 ")


def test_the_deepest_that_is_walked_through_is_told_by_its_path() -> None:
    depth = DEEPEST_JSON - 1
    baseline, candidate = (b"[" * depth + value + b"]" * depth for value in (b"1", b"2"))

    found = differences(answer(baseline), answer(candidate), BLIND)

    assert [(one.kind, one.where) for one in found] == [(Differing.VALUE, "$" + "[*]" * depth)]


def test_of_countless_differences_the_first_are_told() -> None:
    assert len(told(list(range(5000)), list(range(1, 5001)))) == MOST_DIFFERENCES


def test_of_a_long_value_only_what_was_searched_is_shown() -> None:
    token = "eyJhbGciOi" + "x" * 1500 + ".eyJz" + "y" * 1500 + ".signature"

    assert shown("field", token) == '"…'
    assert shown("field", f"a {token}") == '"a …'
    assert shown("field", "eyJ" * 1_000_000) == '"…'
