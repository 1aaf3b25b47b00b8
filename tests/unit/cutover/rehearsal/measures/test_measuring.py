"""The arithmetic of measuring: rates, shares, processes, health checks, minutes, the names of metrics."""

import json
import os
from pathlib import Path

import pytest

from cutover.rehearsal.aws.stores import Overrides
from cutover.rehearsal.aws.wire import AwsError
from cutover.rehearsal.measures.agent import data_of
from cutover.rehearsal.measures.catalogue import PUBLISHED, named
from cutover.rehearsal.measures.config import BadConfig, read_config
from cutover.rehearsal.measures.follower import Follower
from cutover.rehearsal.measures.health import Target
from cutover.rehearsal.measures.processes import Usage, noted, usage
from cutover.rehearsal.measures.rates import Rates
from cutover.rehearsal.stack.monitoring import variables
from cutover.rehearsal.stack.plan import DEAD_LETTERS, DIMENSIONS
from dashboards import metrics
from dashboards.model import Source


def test_what_only_grows_is_told_by_how_much() -> None:
    rates = Rates()
    assert [rates.grown("a", total, 0.0) for total in (5.0, 7.0, 7.0, 3.0, 4.0)] == [None, 2.0, 0.0, None, 1.0]


def test_cpu_is_a_share_of_the_cores_since_the_last_look() -> None:
    rates = Rates()
    assert rates.share("p", 10.0, 100.0, 2) is None
    assert rates.share("p", 11.0, 101.0, 2) == 50.0
    assert rates.share("p", 15.0, 102.0, 2) == 100.0
    assert rates.share("p", 15.0, 102.0, 2) is None  # no time has passed
    assert rates.share("p", 1.0, 103.0, 2) is None  # another process


def process(proc: Path, pid: int, ticks: tuple[int, int, int, int], pages: tuple[int, int], children: str) -> None:
    """One process of a played /proc; `pages` are resident and shared."""
    (proc / str(pid) / "task" / str(pid)).mkdir(parents=True)
    rest = ["S", *["0"] * 10, *map(str, ticks), *["0"] * 30]
    (proc / str(pid) / "stat").write_text(f"{pid} (a (strange) name) {' '.join(rest)}")
    (proc / str(pid) / "statm").write_text(f"999 {pages[0]} {pages[1]} 1 0 1 0")
    (proc / str(pid) / "task" / str(pid) / "children").write_text(children)


def test_a_process_is_measured_with_all_its_children(tmp_path: Path) -> None:
    process(tmp_path, 7, (100, 50, 25, 25), (30, 10), "8 9")
    process(tmp_path, 8, (10, 10, 0, 0), (15, 10), "10 ")
    process(tmp_path, 10, (1, 1, 1, 1), (11, 10), "")
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    assert usage(7, tmp_path) == Usage(224 / tick, 26 * page)
    assert usage(6, tmp_path) is None
    (tmp_path / "10" / "task" / "10" / "children").unlink()
    assert usage(10, tmp_path) == Usage(4 / tick, page)


def test_the_stack_notes_its_processes(tmp_path: Path) -> None:
    assert noted(tmp_path / "pids", "ecs") is None
    (tmp_path / "pids").write_text('{"ecs": 7}')
    assert (noted(tmp_path / "pids", "ecs"), noted(tmp_path / "pids", "edge")) == (7, None)
    (tmp_path / "pids").write_text('{"ecs"')
    assert noted(tmp_path / "pids", "ecs") is None


def test_a_target_is_unhealthy_after_four_failures_and_healthy_after_two_answers() -> None:
    target = Target()
    seen = []
    for answered in (False, True, False, False, False, True, False, False, False, False, True, False, True, True):
        target.checked(answered)
        seen.append(target.healthy)
    assert seen == [None, *[True] * 8, *[False] * 4, True]


def test_a_file_is_followed_also_when_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "ecs.log"
    follower = Follower(path)
    assert follower.read() == b""
    path.write_bytes(b"one\n")
    assert (follower.read(), follower.read()) == (b"one\n", b"")
    path.write_bytes(b"two")
    assert follower.read() == b"two"


def test_what_is_seen_counts_for_each_minute_and_what_is_summed_for_the_last() -> None:
    dimensions = {"CacheClusterId": "node"}
    data = data_of({metrics.REDIS_EVICTIONS: 4.0, metrics.REDIS_MEMORY: 50.0}, [60, 120], dimensions)
    assert [(one.metric, one.minute, one.values, one.dimensions) for one in data] == [
        ("Evictions", 120, (4.0,), dimensions),
        ("DatabaseMemoryUsagePercentage", 60, (50.0,), dimensions),
        ("DatabaseMemoryUsagePercentage", 120, (50.0,), dimensions),
    ]


def test_all_of_awss_metrics_that_the_edge_does_not_count_are_measured() -> None:
    counted_by_the_edge = {"AWS/Lambda", "AWS/ApiGateway"}
    counted_by_the_balancer = {
        "RequestCount", "TargetResponseTime", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count",
        "HTTPCode_ELB_5XX_Count",
    }  # fmt: skip
    wanted = {
        metric
        for metric in metrics.METRICS
        if metric.source is Source.AWS
        and metric.namespace not in counted_by_the_edge
        and metric.name not in counted_by_the_balancer
    }
    assert wanted == set(PUBLISHED.values())


def test_every_dimension_of_what_is_measured_has_a_value() -> None:
    wanted = {name for metric in PUBLISHED.values() for names in metric.dimensions for name in names}
    assert wanted <= set(DIMENSIONS)
    assert {variables()[variable] for variable in DIMENSIONS.values()} >= {DEAD_LETTERS}
    assert variables()["DeadLetters"] == DEAD_LETTERS


def test_a_name_without_its_service_is_the_databases_first() -> None:
    assert named("FreeStorageSpace") is metrics.DATABASE_STORAGE
    assert named("ES/FreeStorageSpace") is metrics.SEARCH_STORAGE
    assert named("Proxy/DatabaseConnections") is not named("DatabaseConnections") is metrics.DATABASE_CONNECTIONS
    assert (named("ClusterStatus.red"), named("Nothing"), named("RDS/Nothing")) == (metrics.SEARCH_RED, None, None)


def test_only_values_of_what_is_published_can_be_set() -> None:
    overrides = Overrides()
    assert overrides.replace({"ClusterStatus.red": 1}) == overrides.now == {"ClusterStatus.red": 1}
    with pytest.raises(AwsError, match="Nothing is not published; there are "):
        overrides.replace({"Nothing": 1})
    with pytest.raises(AwsError, match="FreeStorageSpace: inf is no number"):
        overrides.replace({"FreeStorageSpace": float("inf")})
    assert overrides.now == {"ClusterStatus.red": 1}
    assert overrides.replace({}) == {}


def test_a_wrong_configuration_is_named(tmp_path: Path) -> None:
    path = tmp_path / "measures.json"
    with pytest.raises(BadConfig, match=r"measures\.json: No such file"):
        read_config(path)
    path.write_text(json.dumps({"clock": {"factor": 0, "epoch": 1}}))
    with pytest.raises(BadConfig, match=r"measures\.json: .*factor"):
        read_config(path)
