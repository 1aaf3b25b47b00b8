"""How a run ends: with a verdict, by a person, as the target fails, as a worker is gone, or before it begins."""

import os
import signal
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from cutover.core.load.run import EndedBy
from tests.integration.loadtests.locust_run import Running, free_port, phase, run
from tests.integration.loadtests.small_server import Small, Told

PAPERS = {"run.json", "seconds.ndjson", "summary.json", "routes.csv", "seconds.csv", "report.html"}
EASY = {"p95_min_samples": 50, "pass_p95_ms": 5000, "pass_p99_ms": 9000, "min_delivered": 0.5}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def workers() -> Sequence[str]:
    port = str(free_port())
    return ("--processes", "2", "--master-port", port, "--master-bind-port", port, "--master-bind-host", "127.0.0.1")


def test_a_whole_run_is_judged_and_said_below_everything(tmp_path: Path) -> None:
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url, "limits": EASY}, [phase("steady", 100, 4)])

    assert ended.code == 0, ended.said
    assert names(ended.folder) == PAPERS
    assert ended.run.ended_by is EndedBy.PROFILE
    assert ended.said.rstrip().splitlines()[-2].startswith("PASS: ")


def test_bare_locust_puts_the_papers_of_a_profile_where_the_date_says(tmp_path: Path) -> None:
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url, "folder": "", "limits": EASY}, [phase("steady", 100, 3)])

    (folder,) = (tmp_path / "loads").iterdir()
    assert names(folder) == PAPERS
    assert ended.code == 0


def test_a_broken_limit_is_3(tmp_path: Path) -> None:
    limits = {**EASY, "pass_error_rate": 0.01, "abort_error_rate": 1.0}
    with Small(lambda number, _: Told(500 if number % 3 == 0 else 200)).up() as server:
        ended = run(tmp_path, {"host": server.url, "limits": limits}, [phase("steady", 100, 3)])

    assert ended.code == 3, ended.said


def test_a_target_that_fails_is_spared_the_rest(tmp_path: Path) -> None:
    with Small(lambda number, _: Told(500 if number > 20 else 200)).up() as server:
        ended = run(tmp_path, {"host": server.url, "limits": {"p95_min_samples": 50}}, [phase("steady", 100, 60)])

    assert ended.run.ended_by is EndedBy.ABORT
    assert ended.code == 3, ended.said
    assert ended.run.ended - ended.run.started < 20


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_person_who_stops_it_gets_the_papers(tmp_path: Path, number: int) -> None:
    with (
        Small().up() as server,
        Running(tmp_path, {"host": server.url}, "--headless", "--users", "50", "--spawn-rate", "50") as locust,
    ):
        locust.until(lambda: len(server.asked) > 60)
        os.kill(locust.process.pid, number)
        ended = locust.ended()

    assert ended.code == 130, ended.said
    assert names(ended.folder) == PAPERS
    assert ended.run.ended_by is EndedBy.PERSON
    assert server.asked[-1].path == "/clean"
    assert ended.summed("requests") == ended.asked


def test_ctrl_c_of_a_terminal_reaches_workers_too_and_their_lines_are_not_lost(tmp_path: Path) -> None:
    with (
        Small().up() as server,
        Running(
            tmp_path, {"host": server.url}, "--headless", "--users", "50", "--spawn-rate", "50", *workers()
        ) as locust,
    ):
        locust.until(lambda: len(server.asked) > 100)
        os.killpg(locust.process.pid, signal.SIGINT)
        ended = locust.ended()

    assert ended.code == 130, ended.said
    assert ended.run.ended_by is EndedBy.PERSON
    assert ended.summed("requests") == sum(asked.path.startswith("/api") for asked in server.asked)
    assert not any(note.lost for note in ended.run.notes)


def test_a_worker_that_is_killed_ends_the_run(tmp_path: Path) -> None:
    with (
        Small().up() as server,
        Running(
            tmp_path, {"host": server.url}, "--headless", "--users", "40", "--spawn-rate", "40", *workers()
        ) as locust,
    ):
        locust.until(lambda: len(server.asked) > 100)
        psutil.Process(locust.process.pid).children()[0].kill()
        ended = locust.ended(40)

    assert ended.code == 13, ended.said
    assert ended.run.ended_by is EndedBy.LOST
    (lost,) = [note.text for note in ended.run.notes if note.lost]
    assert "of 2 is gone" in lost
    assert lost in ended.said


@pytest.mark.parametrize("number", [1, 2])
def test_workers_that_are_killed_while_the_last_answers_come_are_missed_too(tmp_path: Path, number: int) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(phase("steady", 40, 2))
    slow = Told(wait_seconds=12)
    with (
        Small(lambda _, asked: slow if asked.path.startswith("/api") else Told()).up() as server,
        Running(
            tmp_path, {"host": server.url, "profile": str(profile), "limits": EASY}, "--headless", *workers()
        ) as locust,
    ):
        locust.until(lambda: sum(asked.path.startswith("/api") for asked in server.asked) > 40)
        time.sleep(2.5)  # the profile is over by then, and nothing is answered yet
        for child in psutil.Process(locust.process.pid).children()[:number]:
            child.kill()
        ended = locust.ended(60)

    assert ended.code == 13, ended.said
    assert ended.run.ended_by is EndedBy.LOST
    (lost,) = [note.text for note in ended.run.notes if note.lost]
    assert "of 2 is gone" in lost


def test_all_workers_gone_is_the_same(tmp_path: Path) -> None:
    with (
        Small().up() as server,
        Running(
            tmp_path, {"host": server.url}, "--headless", "--users", "40", "--spawn-rate", "40", *workers()
        ) as locust,
    ):
        locust.until(lambda: len(server.asked) > 100)
        for child in psutil.Process(locust.process.pid).children():
            child.kill()
        ended = locust.ended(40)

    assert ended.code == 13, ended.said
    assert ended.run.ended_by is EndedBy.LOST


def test_locusts_page_is_on_loopback_and_runs_a_profile(tmp_path: Path) -> None:
    profile, port = tmp_path / "profile.toml", free_port()
    profile.write_text(phase("steady", 60, 2))
    traffic = {"profile": str(profile), "limits": EASY}
    with (
        Small().up() as server,
        Running(tmp_path, {**traffic, "host": server.url}, "--web-port", str(port), "--skip-log-setup") as locust,
    ):
        locust.until(
            lambda: any(one.laddr.port == port for one in psutil.Process(locust.process.pid).net_connections())
        )
        (listening,) = [
            one.laddr.ip for one in psutil.Process(locust.process.pid).net_connections() if one.laddr.port == port
        ]
        body = b"user_count=1&spawn_rate=1&host=" + server.url.encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/swarm", body, timeout=10) as answer:
            assert answer.status == 200
        locust.until((locust.folder / "report.html").exists)
        locust.process.terminate()
        ended = locust.ended()

    assert listening == "127.0.0.1"
    assert ended.run.ended_by is EndedBy.PROFILE
    assert ended.code in (0, 6), ended.said


REFUSED: Sequence[tuple[dict[str, Any], Sequence[str], int, str]] = (
    ({"hots": "x"}, (), 2, "unknown key 'hots'"),
    ({"tokens": {}}, (), 2, "neither tokens by user nor a tokens_command"),
    ({"in_flight": "many"}, (), 2, "in_flight is 'many'; a whole number is wanted"),
    ({"host": "ftp://x"}, (), 2, "a URL that begins with http"),
    ({}, ("--profile", "sustaned"), 2, "there is no profile 'sustaned'; name one of smoke, soak, spike, sustained"),
    ({}, ("--seed", "x"), 2, "'x' is no whole number"),
    ({}, ("--thresholds", "none.toml"), 2, "the thresholds in none.toml can't be read"),
    (
        {"most_per_second": 50},
        ("--profile", "spike"),
        8,
        "spike asks for 500 requests a second; 50 a second are allowed",
    ),
    ({"host": "https://api.lego-moc.example.com"}, (), 8, "is production: cutover load run … --prod --reason WHY"),
    ({}, ("--host", "https://API.lego-moc.example.com."), 8, "is production"),
)


@pytest.mark.parametrize(("traffic", "words", "code", "sentence"), REFUSED)
def test_what_is_wrong_is_said_in_one_sentence_before_anything_starts(
    tmp_path: Path, traffic: dict[str, Any], words: Sequence[str], code: int, sentence: str
) -> None:
    with Running(
        tmp_path, {"host": "http://127.0.0.1:9", **traffic}, "--headless", "--processes", "2", *words
    ) as locust:
        ended = locust.ended(30)

    assert ended.code == code, ended.said
    assert sentence in ended.said
    assert len(ended.said.splitlines()) == 1
    assert not ended.folder.exists()
