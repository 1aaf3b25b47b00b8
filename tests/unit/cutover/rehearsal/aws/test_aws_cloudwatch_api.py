"""CloudWatch's protocol: fields, documents, refusals, faults, alarms."""

import gzip
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from cutover.rehearsal.aws.cloudwatch.alarms import Alarm
from cutover.rehearsal.aws.cloudwatch.query import nested
from cutover.rehearsal.aws.faults import Faults
from cutover.rehearsal.aws.wire import AwsError, Call, Reply
from tests.unit.cutover.rehearsal.aws.factories import NOON, Watch, latency

PUT = {"Namespace": "app", "MetricData.member.1.MetricName": "m", "MetricData.member.1.Value": "5"}
LATENCY = latency(NOON, []).series


def ask(
    watch: Watch, action: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Reply:
    sent = {"Action": action, "Version": "2010-08-01"} | (fields or {})
    return watch.api.handle(Call("POST", "/", NOON, headers=headers or {}, body=urlencode(sent).encode()))


def get_fields() -> dict[str, str]:
    prefix = "MetricDataQueries.member.1"
    return {
        f"{prefix}.Id": "q",
        f"{prefix}.MetricStat.Metric.Namespace": LATENCY.namespace,
        f"{prefix}.MetricStat.Metric.MetricName": LATENCY.name,
        f"{prefix}.MetricStat.Metric.Dimensions.member.1.Name": "ApiId",
        f"{prefix}.MetricStat.Metric.Dimensions.member.1.Value": "a1",
        f"{prefix}.MetricStat.Period": "60",
        f"{prefix}.MetricStat.Stat": "Sum",
        "StartTime": datetime.fromtimestamp(NOON - 600, UTC).isoformat(),
        "EndTime": datetime.fromtimestamp(NOON, UTC).isoformat(),
    }


def pushed(watch: Watch, minutes_ago: int = 5) -> None:
    watch.api.publish([latency(NOON - 60 * minutes_ago, [7])], NOON - 60 * minutes_ago)


def test_numbered_fields_are_lists_in_order_of_their_numbers() -> None:
    fields = {f"A.member.{number}.B": str(number) for number in (10, 2, 1)}
    assert nested(fields) == {"A": [{"B": "1"}, {"B": "2"}, {"B": "10"}]}


def test_an_empty_field_is_left_out() -> None:
    assert nested({"Dimensions": "", "Namespace": "n"}) == {"Namespace": "n"}


@pytest.mark.parametrize(
    "fields",
    [{"A": "1", "A.B": "2"}, {"A.B": "2", "A": "1"}, {"A.member.x": "1"}, {"A.member.1": "1", "A.member.1.B": "2"}],
)
def test_contradictory_fields_are_malformed(fields: dict[str, str]) -> None:
    with pytest.raises(AwsError, match="MalformedQueryString"):
        nested(fields)


def test_published_values_are_answered() -> None:
    watch = Watch()
    pushed(watch)
    reply = ask(watch, "GetMetricData", get_fields())
    assert reply.status == 200
    assert "<Id>q</Id><Label>Latency</Label>" in reply.body
    assert "<Timestamps><member>2025-11-22T11:55:00Z</member></Timestamps><Values><member>7.0</member>" in reply.body
    assert "<StatusCode>Complete</StatusCode>" in reply.body


def test_put_values_are_stored_and_answered_without_a_result() -> None:
    watch = Watch()
    reply = ask(watch, "PutMetricData", PUT)
    assert (reply.status, "Result" in reply.body) == (200, False)
    assert [series.name for series in watch.store.listed(NOON + 600)] == ["m"]


def test_a_compressed_body_is_read() -> None:
    watch = Watch()
    content = gzip.compress(urlencode({"Action": "PutMetricData", "Version": "2010-08-01"} | PUT).encode())
    reply = watch.api.handle(Call("POST", "/", NOON, headers={"content-encoding": "gzip"}, body=content))
    assert reply.status == 200


def test_metrics_are_listed() -> None:
    watch = Watch()
    pushed(watch)
    reply = ask(watch, "ListMetrics", {"Dimensions.member.1.Name": "ApiId"})
    assert "<Dimensions><member><Name>ApiId</Name><Value>a1</Value></member></Dimensions>" in reply.body


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("GetMetricData", {}, "MissingParameter"),
        ("GetMetricData", {"StartTime": "yesterday"}, "ValidationError"),
        ("PutMetricData", PUT | {"Namespace": "AWS/Mine"}, "InvalidParameterValue"),
        ("ListMetrics", {"NextToken": "x"}, "InvalidNextToken"),
        ("DescribeAlarms", {"MaxRecords": "101"}, "ValidationError"),
        ("PutMetricStream", {}, "InvalidAction"),
        ("ListMetrics", {"Version": "2009-05-15"}, "NoSuchVersion"),
    ],
)
def test_refusals_carry_their_code(action: str, fields: dict[str, str], code: str) -> None:
    watch = Watch()
    reply = ask(watch, action, fields)
    assert reply.status == 400
    assert f"<Code>{code}</Code>" in reply.body
    assert watch.calls.all()[-1].result == code


@pytest.mark.parametrize("header", ["smithy-protocol", "x-amz-target"])
def test_another_protocol_is_refused_by_name(header: str) -> None:
    reply = ask(Watch(), "ListMetrics", headers={header: "anything"})
    assert "query protocol only" in reply.body


def test_a_broken_compressed_body_is_refused() -> None:
    reply = Watch().api.handle(Call("POST", "/", NOON, headers={"content-encoding": "gzip"}, body=b"no gzip"))
    assert "<Code>MalformedQueryString</Code>" in reply.body


def test_cloudwatch_can_be_down() -> None:
    watch = Watch()
    watch.faults.replace(Faults(cloudwatch_down=True))
    reply = ask(watch, "ListMetrics")
    assert (reply.status, "<Type>Receiver</Type><Code>ServiceUnavailable</Code>" in reply.body) == (503, True)


def test_cloudwatch_throttles_so_many_calls() -> None:
    watch = Watch()
    watch.faults.replace(Faults(cloudwatch_throttle=2))
    assert [ask(watch, "ListMetrics").status for _ in range(3)] == [400, 400, 200]
    assert [called.result for called in watch.calls.all()] == ["Throttling", "Throttling", "ok"]


def test_partial_data_is_said_to_be_partial() -> None:
    watch = Watch()
    watch.faults.replace(Faults(cloudwatch_partial=True))
    assert "<StatusCode>PartialData</StatusCode>" in ask(watch, "GetMetricData", get_fields()).body


def test_what_a_silent_namespace_was_sent_is_lost_for_good() -> None:
    watch = Watch()
    watch.faults.replace(Faults(cloudwatch_silent=("AWS/ApiGateway",)))
    pushed(watch)
    ask(watch, "PutMetricData", PUT)
    watch.faults.replace(Faults())
    pushed(watch, minutes_ago=4)
    assert [series.namespace for series in watch.store.listed(NOON + 600)] == ["AWS/ApiGateway", "app"]
    assert ask(watch, "GetMetricData", get_fields()).body.count("<member>7.0</member>") == 1


def test_late_values_are_shown_late() -> None:
    watch = Watch()
    watch.faults.replace(Faults(late_seconds=600))
    pushed(watch)
    watch.faults.replace(Faults())
    assert "<member>7.0</member>" not in ask(watch, "GetMetricData", get_fields()).body


def with_alarms() -> Watch:
    watch = Watch()
    alarms = [
        Alarm(alarm_name="errors", state_value="ALARM", state_reason="5 % > 2 %", namespace="AWS/Lambda"),
        Alarm(alarm_name="cold"),
        Alarm(alarm_name="veto", alarm_rule="ALARM(errors)", state_value="ALARM"),
    ]
    watch.alarms.replace(alarms, NOON)
    return watch


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, ["cold", "errors"]),
        ({"AlarmTypes.member.1": "CompositeAlarm"}, ["veto"]),
        ({"AlarmTypes.member.1": "CompositeAlarm", "AlarmTypes.member.2": "MetricAlarm"}, ["veto", "cold", "errors"]),
        ({"StateValue": "ALARM"}, ["errors"]),
        ({"AlarmNamePrefix": "co"}, ["cold"]),
        ({"AlarmNames.member.1": "errors", "AlarmNames.member.2": "other"}, ["errors"]),
    ],
)
def test_alarms_are_described_by_what_was_asked(fields: dict[str, str], names: list[str]) -> None:
    body = ask(with_alarms(), "DescribeAlarms", fields).body
    found = [part.partition("<")[0] for part in body.split("<AlarmName>")[1:]]
    assert found == names
    assert ("<AlarmRule>ALARM(errors)</AlarmRule>" in body) is ("veto" in names)


def test_an_alarm_shows_its_state() -> None:
    body = ask(with_alarms(), "DescribeAlarms").body
    assert "<StateValue>ALARM</StateValue><StateReason>5 % &gt; 2 %</StateReason>" in body
    assert "<ActionsEnabled>true</ActionsEnabled>" in body
    assert "<StateUpdatedTimestamp>2025-11-22T12:00:00.000+00:00</StateUpdatedTimestamp>" in body
    assert "<AlarmArn>arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors</AlarmArn>" in body


def test_alarms_come_in_pages() -> None:
    watch = with_alarms()
    first = ask(watch, "DescribeAlarms", {"MaxRecords": "1"}).body
    token = first.partition("<NextToken>")[2].partition("<")[0]
    second = ask(watch, "DescribeAlarms", {"MaxRecords": "1", "NextToken": token}).body
    assert ("cold" in first, "errors" in first) == (True, False)
    assert ("cold" in second, "errors" in second, "NextToken" in second) == (False, True, False)


def test_there_are_no_alarms_until_some_are_set() -> None:
    assert "<MetricAlarms></MetricAlarms>" in ask(Watch(), "DescribeAlarms").body
