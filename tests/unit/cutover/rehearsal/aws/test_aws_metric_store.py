"""When values become visible, and how they are told apart."""

import pytest

from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, Series, series_of
from tests.unit.cutover.rehearsal.aws.factories import NOON, latency

LATENCY = latency(NOON, []).series


def seen(store: MetricStore, as_of: float, unit: str | None = None, series: Series = LATENCY) -> list[float]:
    """Every visible value between one hour before noon and one hour after."""
    found = store.visible(series, unit, NOON - 3600, NOON + 3600, as_of)
    return [value for _, digest in found for value, _ in digest.pairs()]


def test_a_minute_is_visible_a_while_after_its_end() -> None:
    store = MetricStore(publish_delay_seconds=60)
    store.push(latency(NOON + 30, [5]), now=NOON + 31)
    assert seen(store, NOON + 119.9) == []
    assert seen(store, NOON + 120) == [5]


def test_values_pushed_after_that_are_visible_as_soon_as_they_are_pushed() -> None:
    store = MetricStore(publish_delay_seconds=60)
    store.push(latency(NOON, [5]), now=NOON + 31)
    store.push(latency(NOON, [6]), now=NOON + 300)
    assert seen(store, NOON + 299) == [5]
    assert seen(store, NOON + 300) == [5, 6]


def test_late_values_keep_their_delay() -> None:
    store = MetricStore(publish_delay_seconds=60)
    store.push(latency(NOON, [5]), now=NOON, late_seconds=600)
    assert seen(store, NOON + 719) == []
    assert seen(store, NOON + 720) == [5]


def test_values_of_one_minute_add_up() -> None:
    store = MetricStore(publish_delay_seconds=0)
    for _ in range(3):
        store.push(latency(NOON, [5], [2]), now=NOON)
    found = list(store.visible(LATENCY, None, NOON, NOON + 60, NOON + 60))
    assert [(minute, digest.count, digest.total) for minute, digest in found] == [(NOON, 6, 30)]


@pytest.mark.parametrize(
    "other",
    [
        series_of("AWS/Lambda", "Latency", {"ApiId": "a1"}),
        series_of("AWS/ApiGateway", "Count", {"ApiId": "a1"}),
        series_of("AWS/ApiGateway", "Latency", {"ApiId": "a2"}),
        series_of("AWS/ApiGateway", "Latency", {}),
        series_of("AWS/ApiGateway", "Latency", {"ApiId": "a1", "Stage": "$default"}),
    ],
)
def test_only_the_very_same_metric_matches(other: Series) -> None:
    store = MetricStore(publish_delay_seconds=0)
    store.push(latency(NOON, [5]), now=NOON)
    assert seen(store, NOON + 60) == [5]
    assert seen(store, NOON + 60, series=other) == []


def test_the_order_of_dimensions_does_not_matter() -> None:
    assert series_of("n", "m", {"a": "1", "b": "2"}) == series_of("n", "m", {"b": "2", "a": "1"})


def test_another_unit_has_no_data_and_no_unit_has_all() -> None:
    store = MetricStore(publish_delay_seconds=0)
    store.push(latency(NOON, [5]), now=NOON)
    store.push(latency(NOON, [6], unit="Seconds"), now=NOON)
    assert seen(store, NOON + 60, "Milliseconds") == [5]
    assert seen(store, NOON + 60, "Count") == []
    assert seen(store, NOON + 60) == [5, 6]


def test_the_span_takes_in_its_start_and_leaves_out_its_end() -> None:
    store = MetricStore(publish_delay_seconds=0)
    for minute in range(5):
        store.push(latency(NOON + 60 * minute, [minute]), now=NOON)
    found = store.visible(LATENCY, None, NOON + 60, NOON + 180, NOON + 600)
    assert sorted(minute for minute, _ in found) == [NOON + 60, NOON + 120]


def test_a_span_longer_than_the_data_leaves_out_its_end_too() -> None:
    store = MetricStore(publish_delay_seconds=0)
    for minute in (-60, 0, 60):
        store.push(latency(NOON + 60 * minute, [minute]), now=NOON)
    assert seen(store, NOON + 7200) == [-60, 0]


def test_a_long_span_finds_the_few_minutes_that_there_are() -> None:
    store = MetricStore(publish_delay_seconds=0)
    store.push(latency(NOON, [1]), now=NOON)
    found = store.visible(LATENCY, None, NOON - 86_400, NOON + 86_400, NOON + 600)
    assert [minute for minute, _ in found] == [NOON]


@pytest.mark.parametrize(("unit", "kept"), [("Milliseconds", 12.3), ("Seconds", 12.3457), ("Count", 12.345678)])
def test_latencies_are_kept_to_a_tenth_of_a_millisecond(unit: str, kept: float) -> None:
    store = MetricStore(publish_delay_seconds=0)
    store.push(latency(NOON, [12.345678], unit=unit), now=NOON)
    assert seen(store, NOON + 60) == [kept]


def test_many_equal_values_take_the_place_of_one() -> None:
    store = MetricStore(publish_delay_seconds=0)
    for number in range(1000):
        store.push(latency(NOON, [float(number % 3)]), now=NOON)
    found = [digest for _, digest in store.visible(LATENCY, None, NOON, NOON + 60, NOON + 60)]
    assert found[0].count == 1000
    kept = list(found[0].pairs())
    assert len(kept) < 300
    assert {value: sum(count for each, count in kept if each == value) for value, _ in kept} == {0: 334, 1: 333, 2: 333}


def test_only_visible_metrics_are_listed() -> None:
    store = MetricStore(publish_delay_seconds=60)
    store.push(latency(NOON, [1]), now=NOON)
    store.push(Datum(series_of("a", "b", {}), "None", NOON + 600, [1], [1]), now=NOON)
    assert store.listed(NOON + 100) == []
    assert store.listed(NOON + 120) == [LATENCY]
    assert [series.namespace for series in store.listed(NOON + 720)] == ["AWS/ApiGateway", "a"]
