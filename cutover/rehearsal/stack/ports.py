"""Free ports on loopback."""

import socket
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"


class NoPort(Exception):
    """No port is free on all the wanted addresses."""


def free_port(*addresses: str) -> int:
    """A TCP port that is free on each of the addresses (127.0.0.1 if none is named). Raises NoPort."""
    wanted: Sequence[str] = addresses or (LOOPBACK,)
    for _ in range(50):
        with socket.socket() as first:
            first.bind((wanted[0], 0))
            port: int = first.getsockname()[1]
            if all(_is_free(address, port) for address in wanted[1:]):
                return port
    raise NoPort(f"no port is free on all of {', '.join(wanted)}")


def free_udp_port() -> int:
    """A port that is free for UDP and TCP on 127.0.0.1. Raises NoPort."""
    for _ in range(50):
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise NoPort("no port is free for UDP")


def accepts(address: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as trying:
        trying.settimeout(0.5)
        return trying.connect_ex((address, port)) == 0


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as trying:
        try:
            trying.bind((address, port))
        except OSError:
            return False
    return True
