"""Children never see what the caller's shell says of the real world."""

import os
import signal
from types import SimpleNamespace

import pytest

from cutover.rehearsal.stack import process
from cutover.rehearsal.stack.process import own_environment

REAL = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    "POSTGRES_HOST": "production.example",
    "PGHOST": "production.example",
    "REDIS_ENDPOINT": "production.example:6379",
    "OPENSEARCH_ENDPOINT": "https://production.example",
    "S3_BUCKET": "production",
    "COGNITO_ISSUER": "https://issuer.example",
    "LOCUST_HOST": "https://production.example",
    "STAGE": "production",
    "PORT": "80",
    "BIND": "0.0.0.0",
    "CUTOVER_CONFIG": "production.toml",
    "HTTPS_PROXY": "http://proxy.example",
    "all_proxy": "http://proxy.example",
}


def test_what_configures_services_clients_and_proxies_is_left_out() -> None:
    assert own_environment(REAL) == {}


def test_everything_else_is_kept() -> None:
    kept = {"PATH": "/bin", "HOME": "/root", "LANG": "C.UTF-8", "CUTOVER_REHEARSAL": "1", "NO_PROXY": "*", "XPG": "1"}
    assert own_environment({**REAL, **kept}) == kept


class FakeLibc:
    """Notes what the kernel is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def prctl(self, option: int, value: int) -> int:
        """Note it."""
        self.asked.append((option, value))
        return 0


@pytest.fixture
def libc(monkeypatch: pytest.MonkeyPatch) -> FakeLibc:
    """In place of the real one: the test's own process is not to die with its parent."""
    fake = FakeLibc()
    monkeypatch.setattr(process, "ctypes", SimpleNamespace(CDLL=lambda _: fake))
    monkeypatch.setattr("cutover.rehearsal.stack.process.sys.platform", "linux")
    return fake


def test_a_child_asks_the_kernel_to_be_ended_with_its_parent(libc: FakeLibc, monkeypatch: pytest.MonkeyPatch) -> None:
    before_exec = process._die_with_parent(signal.SIGINT)
    monkeypatch.setattr("cutover.rehearsal.stack.process.os.getppid", os.getpid)
    before_exec()
    assert libc.asked == [(1, signal.SIGINT)]


def test_a_child_whose_parent_died_meanwhile_ends_at_once(libc: FakeLibc, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    before_exec = process._die_with_parent(signal.SIGTERM)
    monkeypatch.setattr("cutover.rehearsal.stack.process.os.getppid", lambda: 1)
    monkeypatch.setattr("cutover.rehearsal.stack.process.os._exit", ended.append)
    before_exec()
    assert ended == [1]


def test_elsewhere_than_on_linux_nothing_is_asked(libc: FakeLibc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.rehearsal.stack.process.sys.platform", "darwin")
    process._die_with_parent(signal.SIGTERM)()
    assert libc.asked == []
