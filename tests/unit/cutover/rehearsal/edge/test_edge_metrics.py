"""Counting, and the names and units under which it is published."""

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.metrics.meters import AlbMeter, FunctionMeter, GatewayMeter
from cutover.rehearsal.edge.metrics.tally import Datum, Tally


class Stopped(CompressedClock):
    """A clock that stands at 1763805659.9, the last moment of its minute."""

    def timestamp(self) -> float:
        return 1763805659.9


MINUTE = 1763805600
LB = {"LoadBalancer": "app/lego-api/50dc6c495c0c9188"}


def sums(tally: Tally) -> dict[tuple[str, str], float]:
    """Sums by metric and unit, over all dimensions and minutes."""
    found: dict[tuple[str, str], float] = {}
    for datum in tally.take():
        total = sum(value * count for value, count in zip(datum.values, datum.counts, strict=True))
        found[datum.metric, datum.unit] = found.get((datum.metric, datum.unit), 0) + total
    return found


def test_values_are_counted_by_minute_and_taken_once() -> None:
    tally = Tally(CompressedClock())
    series = tally.series("N", "M", "Count", {"A": "1"}, {"A": "1", "B": "2"})
    for minute, value in ((60, 1.5), (60, 1.5), (60, 2.0), (120, 1.5)):
        series.add(minute, value)
    assert tally.take() == [
        Datum("N", "M", {"A": "1"}, "Count", 60, (1.5, 2.0), (2, 1)),
        Datum("N", "M", {"A": "1", "B": "2"}, "Count", 60, (1.5, 2.0), (2, 1)),
        Datum("N", "M", {"A": "1"}, "Count", 120, (1.5,), (1,)),
        Datum("N", "M", {"A": "1", "B": "2"}, "Count", 120, (1.5,), (1,)),
    ]
    assert tally.take() == []


def test_minutes_are_those_of_the_simulated_clock() -> None:
    assert Tally(Stopped()).minute() == MINUTE
    assert Tally(CompressedClock(60, 0)).minute() % 60 == 0


def test_the_balancer_publishes_only_what_is_not_zero() -> None:
    tally = Tally(Stopped())
    meter = AlbMeter(tally, LB["LoadBalancer"])
    meter.target_answered(200, 0.012345)
    assert tally.take() == [
        Datum("AWS/ApplicationELB", "RequestCount", LB, "Count", MINUTE, (1.0,), (1,)),
        Datum("AWS/ApplicationELB", "TargetResponseTime", LB, "Seconds", MINUTE, (0.0123,), (1,)),
        Datum("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", LB, "Count", MINUTE, (1.0,), (1,)),
    ]


def test_only_requests_for_which_a_target_was_chosen_are_in_the_balancers_count() -> None:
    tally = Tally(Stopped())
    meter = AlbMeter(tally, LB["LoadBalancer"])
    meter.balancer_answered(502, target_chosen=True)
    meter.balancer_answered(503, target_chosen=False)
    meter.balancer_answered(400, target_chosen=False)
    assert sums(tally) == {
        ("RequestCount", "Count"): 1,
        ("HTTPCode_ELB_5XX_Count", "Count"): 2,
        ("HTTPCode_ELB_4XX_Count", "Count"): 1,
    }
    assert meter.answers == {"5xx": 2, "4xx": 1}


def test_the_gateway_counts_errors_by_class_and_latency_in_tenths_of_milliseconds() -> None:
    tally = Tally(Stopped())
    meter = GatewayMeter(tally, "a", "$default")
    for status in (200, 404, 503):
        meter.answered(status, 12.345, None if status == 404 else 10.04)
    data = tally.take()
    stage = {"ApiId": "a", "Stage": "$default"}
    assert {datum.metric for datum in data} == {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"}
    assert Datum("AWS/ApiGateway", "Latency", stage, "Milliseconds", MINUTE, (12.3,), (3,)) in data
    assert Datum("AWS/ApiGateway", "IntegrationLatency", {"ApiId": "a"}, "Milliseconds", MINUTE, (10.0,), (2,)) in data
    assert meter.answers == {"2xx": 1, "4xx": 1, "5xx": 1}


def test_an_invocation_is_stamped_with_the_minute_of_its_start() -> None:
    tally = Tally(Stopped())
    meter = FunctionMeter(tally, "f")
    began = meter.began(2)
    meter.ended(began - 60, 5.04, failed=True)
    stamps = {(datum.metric, datum.minute): datum.values for datum in tally.take()}
    assert stamps == {
        ("ConcurrentExecutions", MINUTE): (2.0,),
        ("Invocations", MINUTE - 60): (1.0,),
        ("Duration", MINUTE - 60): (5.0,),
        ("Errors", MINUTE - 60): (1.0,),
    }


def test_throttles_are_not_invocations_and_lambda_has_no_metric_of_cold_starts() -> None:
    tally = Tally(Stopped())
    meter = FunctionMeter(tally, "f")
    meter.throttled()
    meter.cold_start()
    data = {(datum.namespace, datum.metric, datum.values) for datum in tally.take()}
    assert data == {
        ("AWS/Lambda", "Throttles", (1.0,)),
    }
    assert meter.cold_starts == 1
