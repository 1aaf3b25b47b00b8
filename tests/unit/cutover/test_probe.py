"""HTTP questions to servers on loopback: the right name in TLS and Host, and every way to fail has a name."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from cutover.core.web import Heard, Place, Trouble
from cutover.probe import HttpProbes
from cutover.world import LazyProbes
from tests.fakes.zone import NAME
from tests.unit.cutover.web_server import Answer, Authority, answering, serving


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


def at(port: int, scheme: str = "http", name: str = NAME) -> Place:
    """A place on loopback."""
    return Place(scheme, "127.0.0.1", port, name)


def asked(place: Place, trusted: Authority | None = None, seconds: float = 5.0, method: str = "GET") -> Heard:
    """One question to /health."""
    context = trusted.trusted if trusted else ssl.create_default_context
    return HttpProbes(context, connect_seconds=1.0).ask(place, method, "/health", {"X-Given": "yes"}, seconds)


def test_an_answer_is_told_whole_and_the_server_sees_the_public_name() -> None:
    seen: list[tuple[str, str, str | None, str | None]] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append((request.command, request.path, request.headers["Host"], request.headers["X-Given"]))
        answering(200, b'{"status":"healthy"}', Apigw_Requestid="A1=")(request)

    with serving(answer) as port:
        heard = asked(at(port))

    assert (heard.status, heard.body, heard.trouble) == (200, b'{"status":"healthy"}', None)
    assert (heard.header("apigw-requestid"), heard.header("none")) == ("A1=", "")
    assert 0 < heard.elapsed_ms < 5000
    assert seen == [("GET", "/health", NAME, "yes")]


@pytest.mark.parametrize("status", [503, 500, 404, 301])
def test_a_status_is_an_answer_and_a_redirect_is_not_followed(status: int) -> None:
    with serving(answering(status, Location="https://elsewhere.example/")) as port:
        heard = asked(at(port))

    assert (heard.status, heard.header("location")) == (status, "https://elsewhere.example/")


def test_a_head_has_no_body() -> None:
    with serving(answering(200, b"long")) as port:
        heard = asked(at(port), method="HEAD")

    assert (heard.status, heard.body, heard.trouble) == (200, b"", None)


def test_tls_goes_by_the_public_name_whatever_is_connected_to(authority: Authority) -> None:
    with serving(answering(), authority.server(NAME)) as port:
        heard = asked(at(port, "https", f"{NAME}:{port}"), authority)

    assert heard.status == 200
    assert heard.certificate_until is not None
    assert timedelta(days=89) < heard.certificate_until - datetime.now(UTC) < timedelta(days=91)


@pytest.mark.parametrize(
    ("name", "lasts", "detail"),
    [
        ("other.example.com", timedelta(days=90), "Hostname mismatch"),
        (NAME, timedelta(days=-1), "certificate has expired"),
    ],
    ids=["name", "expired"],
)
def test_a_certificate_that_will_not_do_is_told(authority: Authority, name: str, lasts: timedelta, detail: str) -> None:
    with serving(answering(), authority.server(name, lasts)) as port:
        heard = asked(at(port, "https"), authority)

    assert (heard.status, heard.trouble) == (None, Trouble.CERTIFICATE)
    assert detail in heard.detail


def test_a_certificate_of_an_unknown_authority_is_told(authority: Authority) -> None:
    with serving(answering(), authority.server(NAME)) as port:
        assert asked(at(port, "https")).trouble is Trouble.CERTIFICATE


def test_a_server_without_tls_fails_in_tls(authority: Authority) -> None:
    with serving(answering()) as port:
        assert asked(at(port, "https"), authority).trouble in {Trouble.TLS, Trouble.BROKEN}


def test_nobody_listening_refuses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        heard = asked(at(taken.getsockname()[1]))

    assert (heard.status, heard.trouble) == (None, Trouble.REFUSED)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "x" * 64 + ".example", "a..b"])
def test_a_host_without_address_is_told(host: str) -> None:
    assert asked(Place("http", host, 80, NAME)).trouble is Trouble.UNRESOLVED


def test_an_address_that_can_not_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("cutover.probe.socket.socket.connect", unreachable)

    heard = asked(at(1))

    assert (heard.trouble, heard.detail) == (Trouble.BROKEN, "Network is unreachable")


def test_a_host_of_several_addresses_is_asked_at_the_first_that_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as deaf, serving(answering()) as port:
        deaf.bind(("127.0.0.1", 0))
        places = [deaf.getsockname(), ("127.0.0.1", port)]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr("cutover.probe.socket.getaddrinfo", lambda *_, **__: found)
        assert asked(Place("http", "two.example", 80, NAME)).status == 200


def test_a_lookup_that_hangs_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("cutover.probe.socket.getaddrinfo", lambda *_, **__: go_on.wait(10))

    heard = HttpProbes(connect_seconds=0.1).ask(at(1), "GET", "/", {}, 1.0)

    go_on.set()
    assert (heard.trouble, heard.detail) == (Trouble.TIMEOUT, "no connection within 0.1 s")


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.socket() as channel:
        channel.bind(("127.0.0.1", 0))
        channel.listen()
        yield channel.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_hangs_is_a_timeout(mute: int, scheme: str, authority: Authority) -> None:
    heard = asked(at(mute, scheme), authority, seconds=0.2)

    assert (heard.trouble, heard.detail) == (Trouble.TIMEOUT, "no whole answer within 0.2 s")
    assert heard.elapsed_ms >= 200


@pytest.mark.parametrize("lengthy", [True, False], ids=["body", "headers"])
def test_a_server_that_drips_is_a_timeout(lengthy: bool) -> None:
    stopped = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        if lengthy:
            request.send_response(200)
            request.send_header("Content-Length", "100")
            request.end_headers()
        while not stopped.wait(0.05):
            request.wfile.write(b"x")

    with serving(drip) as port:
        began = time.monotonic()
        heard = asked(at(port), seconds=0.4)
        stopped.set()

    assert heard.trouble is Trouble.TIMEOUT
    assert time.monotonic() - began < 5


def _hang_up(request: BaseHTTPRequestHandler) -> None:
    request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True


def _too_short(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b"only this")
    request.close_connection = True


def _rubbish(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    request.close_connection = True


@pytest.mark.parametrize("answer", [_hang_up, _too_short, _rubbish])
def test_half_an_answer_is_a_broken_connection(answer: Answer) -> None:
    with serving(answer) as port:
        heard = asked(at(port))

    assert (heard.status, heard.trouble) == (None, Trouble.BROKEN)
    assert heard.detail


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.probe.MOST_BYTES", 1000)

    with serving(answering(200, b"x" * 5000)) as port:
        heard = asked(at(port))

    assert (heard.trouble, heard.body) == (Trouble.TOO_LARGE, b"")


@pytest.mark.parametrize(
    ("head", "more", "trouble"),
    [
        (b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"x" * 5000, Trouble.TOO_LARGE),
        (b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n", b"x" * 5000, Trouble.TOO_LARGE),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n" * 1000, Trouble.TOO_LARGE),
        (b"\r\n", b"x" * 5000, Trouble.TOO_LARGE),
        (b"", b"A: b\r\n" * 1000, Trouble.BROKEN),
    ],
    ids=["negative chunk", "huge chunk", "trailers", "until it closes", "headers"],
)
def test_whatever_has_no_end_is_cut(
    head: bytes, more: bytes, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cutover.probe.MOST_BYTES", 100_000)
    monkeypatch.setattr("cutover.probe._BESIDE", 10_000)
    sent: list[int] = []

    def endless(request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + head)
        while True:  # until nobody takes it any more
            sent.append(request.wfile.write(more))

    with serving(endless) as port:
        heard = asked(at(port))

    assert (heard.trouble, heard.body) == (trouble, b"")
    assert sum(sent) < 50_000_000


def test_a_compressed_answer_is_taken_as_it_comes() -> None:
    bomb = gzip.compress(b"0" * 5_000_000)

    with serving(answering(200, bomb, Content_Encoding="gzip")) as port:
        heard = asked(at(port))

    assert (heard.body, heard.header("content-encoding")) == (bomb, "gzip")


def test_the_worlds_probes_are_these() -> None:
    with serving(answering(204, b"")) as port:
        assert LazyProbes().ask(at(port), "GET", "/", {}, 5.0).status == 204
