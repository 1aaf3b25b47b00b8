"""Heads and pages of the load balancer, and reading requests."""

import pytest

from cutover.rehearsal.edge.alb.exchange import Exchange
from cutover.rehearsal.edge.alb.heads import Hop, balancer_answer, request_head, response_head
from cutover.rehearsal.edge.alb.reader import RequestReader
from cutover.rehearsal.edge.http.text import Header

HOP = Hop("192.0.2.1", "127.0.1.1", 8080)
ROOT = "1-67891233-abcdef012345678912345678"


def lines_of(headers: list[Header]) -> list[str]:
    return request_head(b"GET", b"/x?y", headers, HOP, ROOT).decode().split("\r\n")


def test_the_clients_headers_stay_in_order_and_case_before_albs_own() -> None:
    assert lines_of([(b"Host", b"api"), (b"X-B", b"2"), (b"x-a", b"1")]) == [
        "GET /x?y HTTP/1.1",
        "Host: api",
        "X-B: 2",
        "x-a: 1",
        "X-Forwarded-For: 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 8080",
        f"X-Amzn-Trace-Id: Root={ROOT}",
        "",
        "",
    ]


def test_what_concerns_the_connection_stays_behind() -> None:
    hops = [(b"Connection", b"x"), (b"Keep-Alive", b"x"), (b"TE", b"x"), (b"Upgrade", b"x"), (b"Trailer", b"x")]
    assert lines_of([(b"Host", b"api"), *hops]) == lines_of([(b"Host", b"api")])


def test_forged_forwarding_headers_are_replaced_or_appended_to() -> None:
    forged = [(b"X-Forwarded-Proto", b"https"), (b"x-forwarded-port", b"1"), (b"X-Forwarded-For", b"203.0.113.9")]
    lines = lines_of([(b"Host", b"api"), *forged, (b"X-Forwarded-For", b"203.0.113.10")])
    assert lines[2:5] == [
        "X-Forwarded-For: 203.0.113.9, 203.0.113.10, 192.0.2.1",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 8080",
    ]


def test_a_missing_host_is_made_up() -> None:
    assert lines_of([])[1] == "Host: 127.0.1.1"


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (b"Root=1-a-b", f"Self={ROOT};Root=1-a-b"),
        (b"Self=1-c-d;Root=1-a-b;CalledFrom=app", f"Self={ROOT};Root=1-a-b;CalledFrom=app"),
        (b"CalledFrom=app", f"Root={ROOT};CalledFrom=app"),
    ],
)
def test_a_trace_is_continued(sent: bytes, passed: str) -> None:
    assert f"X-Amzn-Trace-Id: {passed}" in lines_of([(b"Host", b"api"), (b"X-Amzn-Trace-Id", sent)])


def test_an_answers_head_is_the_targets_but_for_its_connection() -> None:
    headers = [(b"Server", b"granian"), (b"Connection", b"close"), (b"Transfer-Encoding", b"chunked")]
    assert response_head(200, b"Fine", headers, chunked=True, keep_alive=True) == (
        b"HTTP/1.1 200 Fine\r\nServer: granian\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
    )
    assert response_head(204, b"", [], chunked=False, keep_alive=False) == (
        b"HTTP/1.1 204 \r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize("status", [400, 408, 502, 503, 504])
def test_albs_own_pages_name_the_status(status: int) -> None:
    page = balancer_answer(status, keep_alive=True, head_only=False)
    head, _, body = page.partition(b"\r\n\r\n")
    assert page.startswith(b"HTTP/1.1 %d " % status)
    assert b"Server: awselb/2.0" in head
    assert b"Content-Length: %d\r\n" % len(body) in page
    assert b"<title>%d " % status in body


def read(*pieces: bytes) -> RequestReader:
    reader = RequestReader(lambda exchange: b"HEAD " + exchange.target + b"\n")
    for piece in pieces:
        reader.feed(piece)
    return reader


POST = b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef"


def test_a_request_is_the_same_however_it_is_cut() -> None:
    whole = read(POST).waiting[0]
    cut = read(*(POST[number : number + 1] for number in range(len(POST)))).waiting[0]
    assert (whole.take_pieces(), whole.complete) == (b"HEAD /up\nabcdef", True)
    assert (cut.take_pieces(), cut.headers, cut.target) == (b"HEAD /up\nabcdef", whole.headers, whole.target)


def test_chunks_are_framed_anew_and_trailers_dropped() -> None:
    raw = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"
    exchange = read(raw).waiting[0]
    assert exchange.take_pieces() == b"HEAD /\n3\r\nabc\r\n0\r\n\r\n"
    assert [name for name, _ in exchange.headers] == [b"Transfer-Encoding"]


def test_a_closing_request_is_the_last_one_read() -> None:
    reader = read(b"GET /1 HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", b"GET /3 HTTP/1.1\r\n\r\n")
    assert [(one.target, one.broken) for one in reader.waiting] == [(b"/1", False)]
    assert reader.deaf


def test_what_breaks_off_within_a_request_breaks_that_one() -> None:
    reader = read(POST, b"GET / HTTP/1.1\r\nHost x\r\n\r\n", b"more")
    assert [one.broken for one in reader.waiting] == [False, True]
    assert [reader.ready, reader.deaf, reader.receiving] == [True, True, False]


def test_a_head_is_not_ready_before_its_end() -> None:
    reader = read(b"GET / HTTP/1.1\r\n")
    assert (reader.ready, reader.receiving) == (False, True)


def test_an_exchange_whose_client_waits_for_leave_has_an_uncertain_body() -> None:
    expecting = read(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").waiting[0]
    assert expecting.body_uncertain
    expecting.answered = True
    assert expecting.finished


def test_discarded_bodies_are_not_kept() -> None:
    exchange = Exchange(chunked=True)
    exchange.discard_rest()
    exchange.receive_body(b"abc")
    exchange.end_body()
    assert (exchange.pieces, exchange.complete) == ([], True)
