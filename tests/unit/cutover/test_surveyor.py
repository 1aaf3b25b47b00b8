"""What is around the sides, asked of AWS: alarms in moto; stacks, functions, limits and addresses by Stubber.

Moto lacks GetAccountSettings, and its CloudFormation and API Gateway v2 need packages that are not installed here.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.aws import surveyor
from cutover.aws.clients import Clients
from cutover.aws.deploys import of_function
from cutover.aws.ecs import AwsEcsService
from cutover.aws.errors import Rejected
from cutover.aws.surveyor import AwsSurveyor
from cutover.core.models import RecordSet, Snapshot
from cutover.core.surroundings import Concurrency, Deploy, EcsCapacity, Ipv6, Surroundings
from cutover.ports import NotFound
from tests.fakes.world import settings_with
from tests.fakes.zone import weighted
from tests.unit.cutover.aws_account import Scripted, account, scripted

__all__ = ["account"]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
V4_ONLY = weighted(90, 10, "A")
DENIED = "AccessDeniedException"


class Records:
    """A weight store that is only read."""

    def __init__(self, *records: RecordSet, failing: Exception | None = None) -> None:
        self._records, self._failing = records, failing

    def read(self) -> Snapshot:
        if self._failing:
            raise self._failing
        return Snapshot(tuple(self._records))


def survey(clients: Clients, records: Any = None, ecs: AwsEcsService | None = None, **named: Any) -> Surroundings:
    """What is found with these settings."""
    known = settings_with(**named)
    any_records: Any = records or Records(*V4_ONLY)
    return AwsSurveyor(clients, known, any_records, ecs, lambda: NOW).survey(10.0)


def safety(**named: Any) -> dict[str, Any]:
    """Settings with these names in the safety section."""
    return {"safety": named}


def functions(*names: str) -> dict[str, Any]:
    """Settings that name functions."""
    return {"lambda": {"api_id": "abc123", "functions": list(names)}}


def alarm(account: Clients, name: str, state: str) -> None:
    """An alarm in that state."""
    client: Any = account.make("cloudwatch", 1, 5)
    client.put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
    )  # fmt: skip
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def test_what_nobody_named_is_not_asked() -> None:
    with scripted() as clients:
        found = survey(clients)

    assert found == Surroundings(ipv6=Ipv6(ecs=False, serverless=False))
    assert clients.asked == []


def test_alarms_that_ring_are_named_in_the_order_of_the_settings(account: Clients) -> None:
    alarm(account, "loud", "ALARM")
    alarm(account, "quiet", "OK")
    alarm(account, "shrill", "ALARM")

    found = survey(account, **safety(veto_alarms=["shrill", "quiet", "loud"]))

    assert found.alarms == ("shrill", "loud")
    assert found.unknown == {}


def test_quiet_alarms_are_known_to_be_quiet(account: Clients) -> None:
    alarm(account, "quiet", "OK")

    found = survey(account, **safety(veto_alarms=["quiet"]))

    assert found.alarms == ()
    assert found.unknown == {}


def test_composite_alarms_are_asked_for_too() -> None:
    answer = {
        "MetricAlarms": [{"AlarmName": "quiet", "StateValue": "INSUFFICIENT_DATA"}],
        "CompositeAlarms": [{"AlarmName": "veto", "StateValue": "ALARM"}],
    }
    asked = {"AlarmNames": ["quiet", "veto"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}
    with scripted() as clients:
        clients.answers("cloudwatch", "describe_alarms", answer, asked)

        assert survey(clients, **safety(veto_alarms=["quiet", "veto"])).alarms == ("veto",)


def test_an_alarm_that_does_not_exist_is_not_quiet(account: Clients) -> None:
    alarm(account, "loud", "ALARM")

    found = survey(account, **safety(veto_alarms=["loud", "lost"]))

    assert found.alarms == ("loud",)
    assert found.unknown["alarms"] == "there is no alarm 'lost' in us-east-1; mend safety.veto_alarms, or create them"


def test_more_alarms_than_one_question_takes_are_asked_in_parts(
    account: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveyor, "MOST_ALARMS", 2)
    for name in ("one", "two", "three"):
        alarm(account, name, "ALARM" if name == "three" else "OK")

    assert survey(account, **safety(veto_alarms=["one", "two", "three"])).alarms == ("three",)


def test_a_refused_question_says_what_to_allow() -> None:
    with scripted() as clients:
        clients.refuses("cloudwatch", "describe_alarms", "AccessDenied", 403)

        found = survey(clients, **safety(veto_alarms=["loud"]))

    assert found.alarms is None
    assert "let this identity call cloudwatch:DescribeAlarms" in found.unknown["alarms"]


@pytest.mark.parametrize(
    ("stack", "when"),
    [
        ({"StackStatus": "UPDATE_COMPLETE", "LastUpdatedTime": NOW - timedelta(hours=2)}, NOW - timedelta(hours=2)),
        ({"StackStatus": "CREATE_COMPLETE"}, NOW - timedelta(days=9)),
        ({"StackStatus": "UPDATE_IN_PROGRESS", "LastUpdatedTime": NOW - timedelta(hours=2)}, NOW),
        ({"StackStatus": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "LastUpdatedTime": NOW - timedelta(hours=2)}, NOW),
    ],
)
def test_a_stack_is_as_new_as_its_newest_update(stack: dict[str, Any], when: datetime) -> None:
    with scripted() as clients:
        body = {"StackName": "api", "CreationTime": NOW - timedelta(days=9)} | stack
        clients.answers("cloudformation", "describe_stacks", {"Stacks": [body]}, {"StackName": "api"})

        assert survey(clients, **safety(stacks=["api"])).deploys == (Deploy("stack api", when),)


def test_a_stack_that_does_not_exist_is_no_old_one() -> None:
    with scripted() as clients:
        clients.refuses("cloudformation", "describe_stacks", "ValidationError", message="does not exist")

        found = survey(clients, **safety(stacks=["api"]))

    assert found.deploys is None
    assert found.unknown["deploys"] == "there is no CloudFormation stack 'api'; mend safety.stacks"


def test_other_refusals_of_a_stack_are_told_too() -> None:
    with scripted() as clients:
        clients.refuses("cloudformation", "describe_stacks", "Throttling")

        assert "Throttling" in survey(clients, **safety(stacks=["api"])).unknown["deploys"]


def test_a_refusal_that_is_no_missing_stack_keeps_its_own_words() -> None:
    with scripted() as clients:
        clients.refuses("cloudformation", "describe_stacks", "InvalidAction")

        assert "InvalidAction" in survey(clients, **safety(stacks=["api"])).unknown["deploys"]


def described(**more: Any) -> dict[str, Any]:
    """A function as Lambda describes it."""
    return {
        "FunctionName": "mocs",
        "LastModified": "2026-11-22T08:40:00.000+0000",
        "LastUpdateStatus": "Successful",
    } | more


@pytest.mark.parametrize(
    ("function", "when"),
    [
        (described(), NOW - timedelta(minutes=20)),
        (described(LastModified="2026-11-22T09:40:00.000+0100"), NOW - timedelta(minutes=20)),
        (described(LastUpdateStatus="InProgress"), NOW),
    ],
)
def test_a_function_is_as_new_as_its_newest_change(function: dict[str, Any], when: datetime) -> None:
    with scripted() as clients:
        clients.answers("lambda", "get_function_configuration", function, {"FunctionName": "mocs"})

        assert of_function(clients.client("lambda"), "mocs", NOW, "") == Deploy("function mocs", when)


def test_a_function_that_does_not_exist_is_no_old_one() -> None:
    with scripted() as clients:
        clients.refuses("lambda", "get_function_configuration", "ResourceNotFoundException", 404)

        with pytest.raises(NotFound, match=r"there is no Lambda function 'mocs'; mend lambda\.functions"):
            of_function(clients.client("lambda"), "mocs", NOW, "")


def test_other_refusals_of_a_function_keep_their_words() -> None:
    with scripted() as clients:
        clients.refuses("lambda", "get_function_configuration", "ResourceConflictException", 409)

        with pytest.raises(Rejected, match="ResourceConflictException"):
            of_function(clients.client("lambda"), "mocs", NOW, "")


class Lambda:
    """A Lambda client: asked two things at once, which a script in order can't answer."""

    def get_function_configuration(self, FunctionName: str) -> Any:  # noqa: N803 - boto3's name
        return described(FunctionName=FunctionName)

    def get_account_settings(self) -> Any:
        return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}}


class WithLambda(Scripted):
    """A script, and that client."""

    def make(self, service: str, attempts: int, read_seconds: float, region: str = "") -> Any:
        return Lambda() if service == "lambda" else super().make(service, attempts, read_seconds, region)


def peak(*values: float, status: str = "Complete") -> WithLambda:
    """Clients whose CloudWatch says that so many executions ran at once."""
    clients = WithLambda()
    result = {"Id": "peak", "StatusCode": status, "Values": list(values), "Timestamps": [NOW] * len(values)}
    clients.answers(
        "cloudwatch",
        "get_metric_data",
        {"MetricDataResults": [result]},
        {
            "MetricDataQueries": [
                {
                    "Id": "peak",
                    "MetricStat": {
                        "Metric": {"Namespace": "AWS/Lambda", "MetricName": "ConcurrentExecutions"},
                        "Period": 60,
                        "Stat": "Maximum",
                    },
                }
            ],
            "StartTime": NOW - timedelta(hours=1),
            "EndTime": NOW,
        },
    )
    return clients


def test_lambdas_room_is_the_unreserved_limit_and_the_newest_hours_peak() -> None:
    found = survey(peak(40.0, 61.0), **functions("mocs", "users"))

    assert found.concurrency == Concurrency(limit=900, used_peak=61)
    assert [deploy.what for deploy in found.deploys or ()] == ["function mocs", "function users"]


def test_an_hour_without_executions_has_a_peak_of_none() -> None:
    assert survey(peak(), **functions("mocs")).concurrency == Concurrency(limit=900, used_peak=0)


def test_a_partial_answer_is_no_peak() -> None:
    found = survey(peak(3.0, status="PartialData"), **functions("mocs"))

    assert found.concurrency is None
    assert found.unknown == {"concurrency": "cloudwatch:GetMetricData: ConcurrentExecutions is PartialData"}


class Service:
    """An ECS service that says what it is told to."""

    def __init__(self, **service: Any) -> None:
        self._service = {"serviceName": "api", "createdAt": NOW - timedelta(days=90)} | service

    def described(self) -> dict[str, Any]:
        return self._service

    def capacity(self) -> EcsCapacity:
        return EcsCapacity(3, 4, 2)


def deployment(hours: float, **more: Any) -> dict[str, Any]:
    """A deployment begun so long ago, and touched by autoscaling a minute ago."""
    began = NOW - timedelta(hours=hours)
    return {"createdAt": began, "updatedAt": NOW - timedelta(minutes=1), "rolloutState": "COMPLETED"} | more


def event(hours: float, message: str) -> dict[str, Any]:
    """A line of the service's events."""
    return {"createdAt": NOW - timedelta(hours=hours), "message": message}


@pytest.mark.parametrize(
    ("service", "when"),
    [
        (Service(deployments=[deployment(5)]), NOW - timedelta(hours=5)),
        (Service(deployments=[deployment(5, rolloutState="IN_PROGRESS")]), NOW),
        (Service(deployments=[deployment(1), deployment(50)]), NOW),
        (Service(), NOW - timedelta(days=90)),
        (
            Service(
                deployments=[deployment(5)],
                events=[
                    event(0.1, "has reached a steady state."),
                    event(4, "(deployment ecs-svc/1) deployment completed."),
                ],
            ),
            NOW - timedelta(hours=4),
        ),
    ],
    ids=["begun", "going on", "two at once", "none", "completed"],
)
def test_a_service_is_as_new_as_its_deployment_not_as_its_autoscaling(service: Any, when: datetime) -> None:
    with scripted() as clients:
        found = survey(clients, ecs=service)

    assert found.deploys == (Deploy("ECS service api", when),)
    assert found.capacity == EcsCapacity(3, 4, 2)


def test_a_question_that_hangs_does_not_keep_the_others() -> None:
    released = threading.Event()

    class Hanging(Service):
        def capacity(self) -> EcsCapacity:
            released.wait(30)
            return EcsCapacity(0, 0)

    records: Any = Records(*V4_ONLY)
    slow: Any = Hanging(deployments=[deployment(5)])
    found = AwsSurveyor(Scripted(), settings_with(), records, slow, lambda: NOW).survey(1.0)
    released.set()

    assert found.unknown == {"capacity": "ecs:DescribeServices did not answer in time; cutover doctor asks again"}
    assert found.deploys is not None


def test_an_answer_that_can_not_be_read_is_unknown() -> None:
    broken: Any = Service(deployments=[{}])
    records: Any = Records(*V4_ONLY)

    found = AwsSurveyor(Scripted(), settings_with(), records, broken, lambda: NOW).survey(5.0)

    assert found.unknown == {"deploys": "ecs:DescribeServices: the answer can't be read: KeyError('createdAt')"}
