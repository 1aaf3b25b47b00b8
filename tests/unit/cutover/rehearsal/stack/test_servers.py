"""How the stack's servers are started: on loopback only, with nothing kept, and waited for."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cutover.rehearsal.stack import servers
from cutover.rehearsal.stack.process import DidNotStart, Program
from tests.unit.cutover.rehearsal.http_script import serving


class NotedChild:
    """A program that is not run; `wait_until` asks once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.asked: list[float] = []

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Ask whether it serves, as often as a real one that never does would be asked: until it is given up."""
        self.asked.append(timeout_seconds)
        if not ready():
            raise DidNotStart("not ready")


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started."""
    monkeypatch.setattr(servers, "Child", NotedChild)


def accepting(monkeypatch: pytest.MonkeyPatch, answer: bool) -> list[tuple[str, int]]:
    """What is tried, and whether it is accepted."""
    tried: list[tuple[str, int]] = []

    def accepts(address: str, port: int) -> bool:
        tried.append((address, port))
        return answer

    monkeypatch.setattr(servers, "accepts", accepts)
    return tried


def test_valkey_keeps_nothing_and_answers_nobody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tried = accepting(monkeypatch, True)
    program = servers.start_valkey(6400, tmp_path / "valkey", tmp_path / "log").program
    text = " ".join(program.command)
    assert "--port 6400 --bind 127.0.0.1 --save  --appendonly no" in text
    assert tried == [("127.0.0.1", 6400)]
    assert (tmp_path / "valkey").is_dir()


def test_the_search_server_is_on_loopback_and_knows_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tried = accepting(monkeypatch, True)
    program = servers.start_search(9300, tmp_path / "log").program
    assert program.command[1:3] == ["-addr", "127.0.0.1:9300"]
    assert program.command[-2] == "-parent-pid"
    assert tried == [("127.0.0.1", 9300)]


def test_a_server_that_accepts_nobody_did_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    accepting(monkeypatch, False)
    with pytest.raises(DidNotStart):
        servers.start_valkey(6400, tmp_path, tmp_path / "log")
    with pytest.raises(DidNotStart):
        servers.start_search(9300, tmp_path / "log")


def test_moto_and_the_api_are_not_waited_for(tmp_path: Path) -> None:
    moto = servers.start_moto(5000, tmp_path / "log")
    api = servers.start_api(8080, {"STAGE": "development"}, tmp_path / "log")
    assert moto.program.command[0] == api.program.command[0] == sys.executable
    assert list(moto.program.command[-4:]) == ["-H", "127.0.0.1", "-p", "5000"]
    assert dict(api.program.env) == {"STAGE": "development", "PORT": "8080", "BIND": "127.0.0.1"}
    assert moto.asked == api.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_program_that_answers_serves_whatever_the_status(tmp_path: Path, status: int) -> None:
    child = servers.start_moto(5000, tmp_path / "log")
    with serving(lambda _: (status, b"x")) as running:
        servers.wait_for_http(child, f"{running.url}/health")
    assert [asked.path for asked in running.asked] == ["/health"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:port/"])
def test_a_program_that_does_not_answer_is_waited_for(tmp_path: Path, url: str) -> None:
    child = servers.start_moto(5000, tmp_path / "log")
    with pytest.raises(DidNotStart):
        servers.wait_for_http(child, url)
