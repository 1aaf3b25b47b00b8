"""HTTP answers in whatever pieces, whole and broken."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.reindex.http_answers import AnswerReader, BrokenAnswer

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;name=x\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: of it\r\n\r\n"
)
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED


def read(data: bytes, method: str = "POST", most_bytes: int = 100) -> AnswerReader:
    """A reader that has got all of it at once."""
    reader = AnswerReader(method, most_bytes=most_bytes)
    reader.feed(data)
    return reader


@pytest.mark.parametrize("answer", [SIZED, CHUNKED, CONTINUED])
@given(cuts=st.sets(st.integers(1, 110)))
def test_it_does_not_matter_where_an_answer_is_cut(answer: bytes, cuts: set[int]) -> None:
    reader = AnswerReader("POST", most_bytes=100)
    places = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    for start, end in pairwise(places):
        assert not reader.done
        reader.feed(answer[start:end])
    assert (reader.done, reader.status, reader.body, reader.reusable) == (True, 200, b"hello", True)


@pytest.mark.parametrize(
    ("method", "head"),
    [("HEAD", b"200 OK\r\nContent-Length: 5"), ("POST", b"204 None"), ("GET", b"200 OK\r\nContent-Length: 0")],
)
def test_some_answers_have_no_body(method: str, head: bytes) -> None:
    reader = read(b"HTTP/1.1 " + head + b"\r\n\r\n", method)
    assert (reader.done, reader.body, reader.reusable) == (True, b"", True)


def test_without_a_length_the_closed_connection_is_the_end() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\n\r\nhello")
    assert (reader.begun, reader.done) == (True, False)
    reader.end()
    assert (reader.done, reader.body, reader.reusable) == (True, b"hello", False)


@pytest.mark.parametrize("answer", [b"", SIZED[:-1], CHUNKED[:-2], CHUNKED[:70], b"HTTP/1.1 200 OK\r\n"])
def test_a_connection_that_closes_before_the_end_leaves_it_unfinished(answer: bytes) -> None:
    reader = read(answer)
    reader.end()
    assert (reader.done, reader.reusable, reader.begun) == (False, False, answer != b"")


@pytest.mark.parametrize(
    "answer",
    [
        SIZED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        SIZED.replace(b"1.1", b"1.0"),
        SIZED + b"!",
        CHUNKED + b"!",
        b"HTTP/1.1 204 None\r\n\r\n!",
    ],
)
def test_some_connections_are_not_used_again(answer: bytes) -> None:
    reader = read(answer)
    assert (reader.done, reader.reusable) == (True, False)
    assert b"!" not in reader.body


def test_an_old_server_may_keep_its_connection() -> None:
    assert read(SIZED.replace(b"1.1", b"1.0").replace(b"\r\n\r\n", b"\r\nConnection: Keep-Alive\r\n\r\n")).reusable


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/2 200\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 20x OK\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a header that is none"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "Content-Length '-5'"),
        ("HTTP/1.1 200 OK\r\nContent-Length: \u00b2\r\n\r\n".encode("latin-1"), "Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "two lengths"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "a body of 101 bytes; 100 are taken at most"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101, "a body of 101 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding gzip"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "Content-Encoding gzip"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk of size b'zz'"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "a chunk of size b'-1'"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", "a body of 101 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello", "does not end where it should"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000, "a chunk without its size"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "headers of more than"),
    ],
)
def test_what_is_no_answer_is_named(answer: bytes, words: str) -> None:
    with pytest.raises(BrokenAnswer, match=words):
        read(answer)


def test_before_anything_arrives_there_is_nothing() -> None:
    reader = AnswerReader("GET", most_bytes=1)
    assert (reader.begun, reader.done, reader.body, reader.reusable) == (False, False, b"", False)
