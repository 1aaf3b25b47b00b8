"""Free ports on loopback."""

import socket

import pytest

from cutover.rehearsal.stack import ports
from cutover.rehearsal.stack.ports import NoPort, accepts, free_port, free_udp_port


def listening(address: str, port: int = 0) -> socket.socket:
    listener = socket.socket()
    listener.bind((address, port))
    listener.listen()
    return listener


def test_a_free_port_can_be_bound_on_all_its_addresses() -> None:
    port = free_port("127.0.1.1", "127.0.1.2")
    for address in ("127.0.1.1", "127.0.1.2"):
        listening(address, port).close()


def test_without_an_address_it_is_loopback() -> None:
    listening("127.0.0.1", free_port()).close()


def test_a_port_that_one_of_the_addresses_has_in_use_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def only_the_third(address: str, port: int) -> bool:
        asked.append((address, port))
        return len(asked) >= 3

    monkeypatch.setattr(ports, "_is_free", only_the_third)
    assert free_port("127.0.1.1", "127.0.1.2") == asked[2][1]
    assert [address for address, _ in asked] == ["127.0.1.2"] * 3


def test_where_no_port_is_free_the_addresses_are_named() -> None:
    with pytest.raises(OSError, match="assign"):
        free_port("192.0.2.1")
    with pytest.raises(NoPort, match=r"127\.0\.0\.1, 192\.0\.2\.1"):
        free_port("127.0.0.1", "192.0.2.1")


def test_a_udp_port_is_free_for_tcp_too() -> None:
    port = free_udp_port()
    listening("127.0.0.1", port).close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", port))


def test_a_port_that_udp_has_in_use_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_udp_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        offered = iter([taken.getsockname()[1], free])
        monkeypatch.setattr(ports, "free_port", lambda: next(offered))
        assert free_udp_port() == free
        monkeypatch.setattr(ports, "free_port", lambda: taken.getsockname()[1])
        with pytest.raises(NoPort, match="UDP"):
            free_udp_port()


def test_a_listener_accepts_and_nobody_does_not() -> None:
    with listening("127.0.0.1") as listener:
        port = listener.getsockname()[1]
        assert accepts("127.0.0.1", port)
        assert not accepts("127.0.1.1", port)
    assert not accepts("127.0.0.1", port)
