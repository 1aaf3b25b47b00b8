"""What `cutover run` says arrives whole, however the pipe cuts it; what it is started with is the rehearsal's own."""

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal import controller as module
from cutover.rehearsal.controller import Controller

POPEN = "cutover.rehearsal.controller.subprocess.Popen"


class FakeProcess:
    """A process whose output the test writes into a pipe."""

    def __init__(self, command: list[str], **how: Any) -> None:
        self.command, self.how = command, how
        self.pid = 4242
        self.returncode: int | None = None
        reading, self.writing = os.pipe()
        self.stdout = io.FileIO(reading)

    def poll(self) -> int | None:
        return self.returncode


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Controller, FakeProcess]]:
    made: list[FakeProcess] = []

    def start(command: list[str], **how: Any) -> FakeProcess:
        made.append(FakeProcess(command, **how))
        return made[-1]

    monkeypatch.setattr(POPEN, start)
    controller = Controller(tmp_path / "cutover.toml", tmp_path / "log")
    [process] = made
    yield controller, process
    os.close(process.writing)
    process.stdout.close()


def test_documents_are_told_once_each(started: tuple[Controller, FakeProcess]) -> None:
    controller, process = started
    os.write(process.writing, b'{"event": "tick", "n": 1}\n{"event": "tick", "n": 2}\n')
    assert [document["n"] for document in controller.poll()] == [1, 2]
    assert controller.poll() == []


def test_a_document_is_told_when_its_line_is_whole(started: tuple[Controller, FakeProcess]) -> None:
    controller, process = started
    line = json.dumps({"event": "tick", "text": "10 ′ of 18"}, ensure_ascii=False).encode() + b"\n"
    for cut in range(1, len(line)):
        os.write(process.writing, line[:cut])
        assert controller.poll() == []
        os.write(process.writing, line[cut:])
        assert controller.poll() == [{"event": "tick", "text": "10 ′ of 18"}]


def test_one_read_may_hold_the_end_of_one_document_and_the_start_of_the_next(
    started: tuple[Controller, FakeProcess],
) -> None:
    controller, process = started
    os.write(process.writing, b'{"n"')
    assert controller.poll() == []
    os.write(process.writing, b': 1}\n{"n": 2}\n\n  \n{"n": 3')
    assert controller.poll() == [{"n": 1}, {"n": 2}]
    os.write(process.writing, b"}\n")
    assert controller.poll() == [{"n": 3}]


def test_a_document_larger_than_a_read_is_told_whole(
    started: tuple[Controller, FakeProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 7)
    controller, process = started
    os.write(process.writing, json.dumps({"text": "x" * 5000}).encode() + b"\n")
    assert controller.poll() == [{"text": "x" * 5000}]


def test_what_was_printed_before_the_end_is_told_after_it(started: tuple[Controller, FakeProcess]) -> None:
    controller, process = started
    os.write(process.writing, b'{"event": "end"}\n')
    process.returncode = 4
    assert controller.exit_code == 4
    assert controller.poll() == [{"event": "end"}]
    assert controller.poll() == []


def test_it_is_the_very_tool_with_the_rehearsals_settings(
    started: tuple[Controller, FakeProcess], tmp_path: Path
) -> None:
    controller, process = started
    settings = str(tmp_path / "cutover.toml")
    assert process.command == [sys.executable, "-m", "cutover", "--config", settings, "--json", "run", "--yes"]
    assert (controller.pid, controller.exit_code) == (4242, None)


def test_no_real_credentials_and_no_settings_of_the_caller_reach_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    theirs = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_ROUTE_53": "https://route53.amazonaws.com",
        "CUTOVER_CONFIG": "/etc/production.toml",
        "CUTOVER_STAGE": "production",
        "HTTP_PROXY": "http://proxy.example:3128",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    made: list[FakeProcess] = []

    def start(command: list[str], **how: Any) -> FakeProcess:
        made.append(FakeProcess(command, **how))
        return made[-1]

    monkeypatch.setattr(POPEN, start)
    Controller(tmp_path / "cutover.toml", tmp_path / "log")
    env = made[0].how["env"]
    assert {env.get(name) for name in theirs} == {None, "rehearsal"}
    assert (env["AWS_CONFIG_FILE"], env["AWS_SHARED_CREDENTIALS_FILE"]) == (os.devnull, os.devnull)
    assert env["PATH"] == os.environ["PATH"]
    os.close(made[0].writing)
    made[0].stdout.close()
