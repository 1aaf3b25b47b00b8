"""The rate is kept whatever the answers take; times count from the intended start; everything is counted once."""

import re
from pathlib import Path

import pytest

from cutover.core.load.histogram import Histogram
from cutover.core.load.run import EndedBy
from tests.integration.loadtests.locust_run import Ended, free_port, phase, run
from tests.integration.loadtests.small_server import Asked, Small, Told

STALL_SECONDS = 2.0


class Stalling:
    """Answers at once, but for one stall: what comes in it is answered at its end."""

    def __init__(self, after_seconds: float) -> None:
        self.after_seconds, self.first = after_seconds, 0.0

    def __call__(self, _number: int, asked: Asked) -> Told:
        if asked.path.startswith("/api"):
            self.first = self.first or asked.moment
        into = asked.moment - self.first - self.after_seconds if self.first else -1.0
        return Told(wait_seconds=STALL_SECONDS - into if 0 <= into < STALL_SECONDS else 0.0)


def merged(ended: Ended, what: str) -> Histogram:
    return Histogram.merged(getattr(cell, what) for second in ended.run.seconds for cell in second.cells.values())


def arrived(server: Small) -> list[Asked]:
    return [asked for asked in server.asked if asked.path.startswith("/api")]


def test_the_rate_is_kept_while_the_server_stalls(tmp_path: Path) -> None:
    with Small(Stalling(1.0)).up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False}, [phase("steady", 60, 5)])

    assert ended.code == 0, ended.said
    assert abs(ended.asked - 300) < 5 * 300**0.5
    assert len(arrived(server)) == ended.asked == ended.summed("requests")
    stalled = [asked for asked in arrived(server) if 1.0 <= asked.moment - arrived(server)[0].moment < 3.0]
    assert abs(len(stalled) - 120) < 5 * 120**0.5, "so many were sent while nothing was answered"
    response = merged(ended, "response")
    assert (response.percentile(95) or 0) > 1500, (
        "a twentieth of all waited for longer than three quarters of the stall"
    )
    assert (response.percentile(50) or 0) < 1000


def test_drops_are_counted_and_no_answer_is_waited_for_to_make_room(tmp_path: Path) -> None:
    with Small(Stalling(0.5)).up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False, "in_flight": 10}, [phase("steady", 50, 3)])

    dropped = sum(sum(second.dropped.values()) for second in ended.run.seconds)
    assert dropped > 30
    assert ended.summed("requests") + dropped == ended.asked
    assert max(second.in_flight for second in ended.run.seconds) <= 10
    assert ended.run.in_flight_cap == 10


def test_throttles_cold_starts_errors_and_wrong_answers_are_told_apart(tmp_path: Path) -> None:
    told = {
        1: Told(429),
        2: Told(headers="Server-Timing: db;dur=2, cold-start;dur=812\r\n"),
        3: Told(503),
        4: Told(status=0),
        5: Told(body=b"{}"),
    }

    def rule(number: int, asked: Asked) -> Told:
        return told.get(number % 6, Told()) if asked.path.startswith("/api") else Told()

    with Small(rule).up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False}, [phase("steady", 60, 3)])

    expected = len(arrived(server)) / 6
    for what, times in (("throttled", 1), ("cold", 1), ("wrong", 1), ("errors", 2)):
        assert abs(ended.summed(what) - times * expected) <= 0.25 * times * expected + 3, what
    assert merged(ended, "cold_response").total == ended.summed("cold")
    problems = {problem for second in ended.run.seconds for problem in second.problems}
    assert any(problem.startswith("GET /api/mocs: status 503") for problem in problems)
    assert not any("429" in problem for problem in problems)


def test_locusts_own_figures_have_each_request_once(tmp_path: Path) -> None:
    with Small(lambda number, _: Told(503 if number % 10 == 0 else 200)).up() as server:
        traffic = {"host": server.url, "verdict": False}
        ended = run(tmp_path, traffic, [phase("steady", 60, 3)], "--csv", str(tmp_path / "own"), "--html", "own.html")

    rows = re.findall(r"^(GET|) +(/api/mocs|Aggregated) +(\d+) +(\d+)\(", ended.said, re.MULTILINE)
    figures = (str(ended.asked), str(ended.summed("errors")))
    assert rows == [("GET", "/api/mocs", *figures), ("", "Aggregated", *figures)]
    assert ended.summed("errors") > 0
    assert "/api/mocs" in (tmp_path / "own.html").read_text()
    assert "/api/mocs" in (tmp_path / "own_stats.csv").read_text()


def test_every_request_says_which_run_it_is_of_and_whose(tmp_path: Path) -> None:
    with Small().up() as server:
        traffic = {"host": f"{server.url}/base", "verdict": False, "id": "run-7"}
        run(tmp_path, traffic, [phase("steady", 40, 2)])

    asked = arrived(server) or [one for one in server.asked if one.path.startswith("/base/api")]
    assert {one.header("X-Load-Test") for one in server.asked} == {"run-7"}
    assert {one.header("User-Agent") for one in server.asked} == {"lego-load-test"}
    assert {one.header("Authorization") for one in asked} == {"Bearer token-of-ada", "Bearer token-of-eve"}
    assert {one.path.split("?")[0] for one in asked} == {"/base/api/mocs"}
    assert server.connections < len(server.asked) / 2, "connections are kept"


@pytest.mark.parametrize("clean", [True, False])
def test_people_prepare_before_the_first_arrival_and_clean_after_the_last(tmp_path: Path, *, clean: bool) -> None:
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False, "clean": clean}, [phase("steady", 40, 2)])

    kinds = [asked.path.split("?")[0] for asked in server.asked]
    before = ["/sweep"] * 2 + ["/prepare"] * 4 if clean else ["/prepare"] * 4
    after = ["/clean"] * 4 if clean else []
    assert kinds == [*before, *["/api/mocs"] * ended.summed("requests"), *after]


def test_phases_follow_each_other_at_their_moments(tmp_path: Path) -> None:
    phases = [phase("calm", 20, 2), phase("spike", 120, 2, spike=True), phase("recovery", 20, 2, recovers=True)]
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False}, phases)

    asked: dict[str, int] = {}
    for second in ended.run.seconds:
        for name, count in second.asked.items():
            asked[name] = asked.get(name, 0) + count
    assert list(asked) == ["calm", "spike", "recovery"]
    for name, planned in (("calm", 40), ("spike", 240), ("recovery", 40)):
        assert abs(asked[name] - planned) < 5 * planned**0.5, name


def test_two_workers_do_it_together(tmp_path: Path) -> None:
    port = str(free_port())
    words = ("--processes", "2", "--master-port", port, "--master-bind-port", port, "--master-bind-host", "127.0.0.1")
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url, "verdict": False}, [phase("steady", 60, 4)], *words)

    assert ended.code == 0, ended.said
    assert len(arrived(server)) == ended.asked == ended.summed("requests")
    assert abs(ended.asked - 240) < 5 * 240**0.5
    lines = (ended.folder / "seconds.ndjson").read_text()
    assert set(re.findall(r'"worker":"(.*?)"', lines)) == {"", "worker 1", "worker 2"}
    assert ended.run.workers == 2
    assert sum(asked.path == "/prepare" for asked in server.asked) == 4


def test_the_rate_follows_a_file_while_the_run_goes_on(tmp_path: Path) -> None:
    from tests.integration.loadtests.locust_run import Running

    rate = tmp_path / "rate"
    rate.write_text("10\n")
    with Small().up() as server:
        traffic = {"host": server.url, "verdict": False, "rate_file": str(rate), "clean": False}
        with Running(tmp_path, traffic, "--headless") as locust:
            locust.until(lambda: len(arrived(server)) >= 10)
            rate.write_text("150")
            before = len(arrived(server))
            locust.until(lambda: len(arrived(server)) - before > 300)
            locust.process.terminate()
            ended = locust.ended()

    assert ended.code == 0, ended.said
    assert max(sum(second.asked.values()) for second in ended.run.seconds) > 90
    assert ended.run.ended_by is EndedBy.NOTHING


def test_a_locust_conf_that_lies_about_changes_nothing_that_was_decided(tmp_path: Path) -> None:
    (tmp_path / "locust.conf").write_text("host = http://127.0.0.1:9\nthresholds = nowhere.toml\nprofile = soak\n")
    with Small().up() as server:
        ended = run(tmp_path, {"host": server.url}, [phase("steady", 60, 4)])

    assert ended.code == 0, ended.said
    assert len(arrived(server)) == ended.asked > 0
    assert (ended.run.target.url, ended.run.profile.seconds) == (server.url, 4.0)


def test_a_path_that_can_not_be_asked_for_is_an_error_of_each_request(tmp_path: Path) -> None:
    with Small().up() as server:
        ended = run(tmp_path, {"host": f"{server.url}//v1", "verdict": False}, [phase("steady", 20, 2)])

    assert ended.summed("errors") == ended.summed("requests") == ended.asked > 0
