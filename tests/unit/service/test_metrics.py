"""Counting, spreads, gauges, and the lines that they become."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.telemetry import emf, metrics
from service.telemetry.emf import Blob
from service.telemetry.metrics import Counted, Dependency, Gauged, Measured
from service.telemetry.origin import Origin
from tests.fakes.log_lines import LogLines, log_lines
from tests.fakes.metric_lines import blobs

ECS = Origin("production")
MOCS = Origin("production", "lego-api-mocs-production")


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """No test counts what another one has counted."""
    metrics.configure(ECS)
    emf.answered()
    yield
    metrics.configure(Origin("development"))
    emf.answered()


CALM = {
    Counted.CACHE_HITS,
    Counted.CACHE_MISSES,
    Counted.CACHE_ERRORS,
    Counted.SEARCHES,
    Counted.SEARCHES_BY_ENGINE,
    Counted.SEARCHES_BY_DATABASE,
}


@pytest.fixture
def lines() -> Iterator[LogLines]:
    """What is written."""
    with log_lines() as collected:
        yield collected


def written(lines: LogLines) -> list[Any]:
    """The metrics' lines, after a flush."""
    metrics.flush()
    return list(blobs(lines.stream.getvalue().splitlines()))


def test_what_was_counted_is_one_line_of_sums(lines: LogLines) -> None:
    metrics.count(Counted.CACHE_HITS)
    metrics.count(Counted.CACHE_HITS, 2)
    metrics.count(Counted.MOCS_CREATED)
    before = int(time.time() * 1000)

    (blob,) = written(lines)

    (directive,) = blob["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "LegoApi",
        "Dimensions": [["Stage", "Platform"]],
        "Metrics": [{"Name": "CacheHits", "Unit": "Count"}, {"Name": "MocsCreated", "Unit": "Count"}],
    }
    assert (blob["CacheHits"], blob["MocsCreated"]) == ([3.0], [1.0])
    assert (blob["Stage"], blob["Platform"]) == ("production", "ecs")
    assert before <= blob["_aws"]["Timestamp"] <= time.time() * 1000


def test_nothing_is_told_twice_and_nothing_is_no_line(lines: LogLines) -> None:
    metrics.count(Counted.SEARCHES)
    assert len(written(lines)) == 1
    assert len(written(lines)) == 1


def test_cold_starts_are_told_of_the_function_and_of_the_whole_platform(lines: LogLines) -> None:
    metrics.configure(MOCS)
    metrics.count(Counted.COLD_STARTS)
    metrics.observe(Measured.INIT_DURATION, 812.5)
    metrics.count(Counted.CACHE_MISSES)

    plain, by_function = written(lines)

    assert plain["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Stage", "Platform"]]
    assert by_function["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [
        ["Stage", "Platform", "Function"],
        ["Stage", "Platform"],
    ]
    assert (by_function["Function"], by_function["ColdStarts"], by_function["InitDuration"]) == ("mocs", [1.0], [812.5])


def test_of_very_many_values_a_hundred_tell_the_least_the_largest_and_what_lies_between(lines: LogLines) -> None:
    for value in range(5000):
        metrics.observe(Measured.POOL_WAIT, float(value))

    values = written(lines)[0]["PoolWait"]

    assert len(values) == 100
    assert values == sorted(values)
    assert (values[0] < 200, values[-1]) == (True, 4999.0)
    assert 2000 < values[50] < 3000


def test_few_values_are_told_as_they_are(lines: LogLines) -> None:
    for value in (3.0, 1.0, 2.0):
        metrics.observe(Measured.POOL_WAIT, value)
    assert written(lines)[0]["PoolWait"] == [1.0, 2.0, 3.0]


def test_on_ecs_a_gauge_is_told_with_every_flush(lines: LogLines) -> None:
    metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.REDIS, 0)
    written(lines)
    found = written(lines)
    assert [(blob["Dependency"], blob["CircuitOpen"]) for blob in found] == [("redis", [0.0])] * 2


def test_on_lambda_a_gauge_is_told_when_it_changes_and_while_it_is_not_0(lines: LogLines) -> None:
    metrics.configure(MOCS)
    counts = []
    for value in (1, None, 0, None):
        if value is not None:
            metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.OPENSEARCH, value)
        counts.append(len(written(lines)))
    assert counts == [1, 2, 3, 3]


def frozen(lines: LogLines) -> list[Any]:
    """The metrics' lines after an invocation's end."""
    metrics.flush_before_the_freeze()
    return list(blobs(lines.stream.getvalue().splitlines()))


def test_what_every_request_counts_waits_for_a_second_to_be_over(
    lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics.configure(MOCS)
    clock = [100.0]
    monkeypatch.setattr("service.telemetry.metrics.time.time", lambda: clock[0])
    found = []
    for now in (100.0, 100.5, 100.99, 101.0, 101.5, 90.0):
        clock[0] = now
        metrics.count(Counted.CACHE_HITS)
        metrics.observe(Measured.POOL_WAIT, 1.0)
        found.append(sum(sum(blob["CacheHits"]) for blob in frozen(lines)))
    assert found == [1.0, 1.0, 1.0, 4.0, 4.0, 6.0]


@pytest.mark.parametrize("rare", [what for what in Counted if what not in CALM], ids=lambda what: str(what.value))
def test_an_event_is_never_left_to_an_environment_that_may_not_wake_again(lines: LogLines, rare: Counted) -> None:
    metrics.configure(MOCS)
    metrics.flush()
    metrics.count(Counted.CACHE_HITS)
    assert frozen(lines) == []
    metrics.count(rare)
    assert [blob[rare.value] for blob in frozen(lines) if rare.value in blob] == [[1.0]]


def test_a_circuit_that_opens_and_a_start_are_told_at_once(lines: LogLines) -> None:
    metrics.configure(MOCS)
    metrics.flush()
    metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.REDIS, 1)
    assert [blob["CircuitOpen"] for blob in frozen(lines)] == [[1.0]]
    metrics.observe(Measured.INIT_DURATION, 900.0)
    assert [blob["InitDuration"] for blob in frozen(lines) if "InitDuration" in blob] == [[900.0]]


def test_a_flush_never_fails_whatever_stands_in_its_way(lines: LogLines, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Blob) -> str:
        raise RuntimeError("no")

    monkeypatch.setattr(emf, "text_of", broken)
    metrics.count(Counted.SEARCHES)
    metrics.flush()
    assert [line["error"] for line in lines.of("metrics_not_written")] == ["RuntimeError: no"]


def test_a_flush_without_anywhere_to_write_to_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    metrics.count(Counted.SEARCHES)
    metrics.flush()


async def test_an_effect_counts_when_it_is_run_and_not_before(lines: LogLines) -> None:
    effect = metrics.counting(Counted.PARTS_ROWS_REJECTED, 4)
    assert written(lines) == []
    await effect()
    assert written(lines)[0]["PartsListRowsRejected"] == [4.0]


BLOBS = [
    Blob("LegoApi", 1, (("Stage", "dev-x"), ("Platform", "ecs")), (("Searches", "Count", (3.0,)),)),
    Blob(
        "LegoApi",
        1_800_000_000_000,
        (("Stage", "dev-x"), ("Platform", "lambda"), ("Function", "mocs")),
        (("ColdStarts", "Count", (1.0,)), ("InitDuration", "Milliseconds", (1.5, 2.25))),
        (("Stage", "Platform"),),
    ),
    Blob(
        "LegoApi", 1, (("Stage", "a"),), (("CircuitOpen", "None", (0.0,)), ("PoolWait", "Milliseconds", (0.5,) * 100))
    ),
]


@pytest.mark.parametrize("blob", BLOBS, ids=["counts", "function", "full"])
def test_the_line_of_a_cold_start_is_the_one_that_powertools_writes(
    blob: Blob, capsys: pytest.CaptureFixture[str]
) -> None:
    emf.leave_for_later()
    first = emf.text_of(blob)
    emf.answered()
    assert json.loads(emf.text_of(blob)) == json.loads(first)
    assert emf.text_of(blob) == first
    assert capsys.readouterr().out == ""  # Powertools prints by itself when a metric has a hundred values


def test_a_unit_that_cloudwatch_does_not_know_is_refused() -> None:
    with pytest.raises(Exception, match="Invalid metric unit"):
        emf.text_of(Blob("LegoApi", 1, (("Stage", "a"),), (("Searches", "Pieces", (1.0,)),)))
