"""Who is how busy: by command line, and measured between two looks."""

import os
import subprocess
import sys
import time

import pytest

from loadtests._machine import OTHERS, Machine, called, on_this_machine


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["python", "-m", "service.entrypoints.server"], "API"),
        (["python", "-m", "awslambdaric", "service.entrypoints.lambda_http.handler"], "Lambda environments"),
        (["postgres: lego postgres 127.0.0.1(1) idle"], "PostgreSQL"),
        (["/x/bin/valkey-server", "--port", "1"], "Valkey"),
        (["/x/osmem-server", "-addr"], "search"),
        (["python", "-m", "cutover.rehearsal.edge", "edge.json"], "edge"),
        (["python", "-m", "cutover", "rehearse"], "cutover"),
        (["python", "-m", "locust", "-f", "x"], ""),
        ([], ""),
        (["vim"], OTHERS),
    ],
)
def test_programs_have_short_names(command: list[str], name: str) -> None:
    assert called(command) == name


@pytest.mark.parametrize(
    ("url", "address", "here"),
    [
        ("http://127.0.1.1:8", "", True),
        ("http://localhost", "", True),
        ("http://[::1]:8", "", True),
        ("https://api.test", "127.0.0.1", True),
        ("https://api.test", "", False),
        ("http://127.0.0.1", "10.0.0.1", False),
    ],
)
def test_a_target_is_on_this_machine_by_the_address_that_is_connected_to(url: str, address: str, *, here: bool) -> None:
    assert on_this_machine(url, address) is here


def test_a_busy_program_is_seen_and_one_that_is_gone_is_forgotten() -> None:
    machine = Machine(everybody=True, others=True, worker="w")
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.2)
        assert machine.sample(100.0) is None, "there is no time before the first look"
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        sample = machine.sample(101.0)
    finally:
        busy.kill()
        busy.wait()

    assert sample is not None
    assert (sample.second, sample.of_cores, sample.worker) == (101, os.cpu_count(), "w")
    assert sample.cores["generator"] >= 0.15
    assert sample.cores[OTHERS] > 0
    assert sample.cores["machine"] > 0
    again = machine.sample(102.0)
    assert again is not None
    assert busy.pid not in machine._names


def test_a_worker_tells_of_itself_only() -> None:
    machine = Machine(everybody=False, worker="worker 2")
    machine.sample(100.0)
    sample = machine.sample(102.0)

    assert sample is not None
    assert list(sample.cores) == ["generator"]
