"""What is true around the two sides, asked of AWS all at once: alarms, deploys, capacity, concurrency, IPv6."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from cutover.aws import deploys, reach
from cutover.aws.clients import Clients
from cutover.aws.ecs import AwsEcsService
from cutover.aws.errors import translated
from cutover.aws.facts import Partly, Question, ask_all
from cutover.core.models import Side
from cutover.core.surroundings import Concurrency, Surroundings
from cutover.ports import TelemetryUnavailable, WeightStore
from cutover.settings import Settings

ATTEMPTS, READ_SECONDS = 2, 4
MOST_ALARMS = 100  # names in one question
PEAK_OF = timedelta(hours=1)
PERIOD_SECONDS = 60


class AwsSurveyor:
    """A Surveyor: asks what the settings name, and nothing else. `ecs` None: they name no service."""

    def __init__(
        self,
        clients: Clients,
        settings: Settings,
        weights: WeightStore,
        ecs: AwsEcsService | None,
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._weights, self._ecs, self._now = settings, weights, ecs, now
        self._clients, self._profile = clients, clients.profile
        self._client = cache(self._made)

    def survey(self, deadline_seconds: float) -> Surroundings:
        """Every fact; what can't be asked in time is in `unknown`. Never raises."""
        found = ask_all(list(self._questions()), deadline_seconds)
        alarms, newest = found.answers.get("alarms"), found.answers.get("deploys")
        return Surroundings(
            alarms=tuple(name for names in alarms for name in names) if alarms else None,
            deploys=tuple(newest) if newest else None,
            concurrency=found.one("concurrency"),
            capacity=found.one("capacity"),
            ipv6=found.one("ipv6"),
            unknown=found.unknown,
        )

    def _questions(self) -> Iterator[Question]:
        settings, now = self._settings, self._now()
        yield Question("ipv6", "route53:ListResourceRecordSets", self._ipv6)
        names = settings.safety.veto_alarms
        for start in range(0, len(names), MOST_ALARMS):
            part = names[start : start + MOST_ALARMS]
            yield Question("alarms", "cloudwatch:DescribeAlarms", partial(self._alarms, part))
        for name in settings.safety.stacks:
            yield Question("deploys", "cloudformation:DescribeStacks", partial(self._stack, name, now))
        for name in settings.serverless.functions:
            yield Question("deploys", "lambda:GetFunctionConfiguration", partial(self._function, name, now))
        if settings.serverless.functions:
            yield Question("concurrency", "lambda:GetAccountSettings", partial(self._concurrency, now))
        if ecs := self._ecs:
            yield Question("deploys", "ecs:DescribeServices", lambda: deploys.of_service(ecs.described(), now))
            yield Question("capacity", "ecs:DescribeServices", ecs.capacity)

    def _alarms(self, names: tuple[str, ...]) -> Any:
        """Those in ALARM; an alarm that does not exist is no quiet one."""
        given: dict[str, Any] = {
            "AlarmNames": list(names),
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "MaxRecords": MOST_ALARMS,
        }
        with translated("cloudwatch:DescribeAlarms", self._profile):
            answer = self._client("cloudwatch").describe_alarms(**given)
        alarms = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        state = {str(alarm["AlarmName"]): alarm["StateValue"] for alarm in alarms}
        ringing = tuple(name for name in names if state.get(name) == "ALARM")
        if missing := [name for name in names if name not in state]:
            there = f"in {self._settings.aws.region}; mend safety.veto_alarms, or create them"
            return Partly(ringing, f"there is no alarm {', '.join(map(repr, missing))} {there}")
        return ringing

    def _made(self, service: str) -> Any:
        return self._clients.make(service, ATTEMPTS, READ_SECONDS)

    def _stack(self, name: str, now: datetime) -> Any:
        return deploys.of_stack(self._client("cloudformation"), name, now, self._profile)

    def _function(self, name: str, now: datetime) -> Any:
        return deploys.of_function(self._client("lambda"), name, now, self._profile)

    def _concurrency(self, now: datetime) -> Concurrency:
        with translated("lambda:GetAccountSettings", self._profile):
            limits = self._client("lambda").get_account_settings()["AccountLimit"]
        return Concurrency(int(limits["UnreservedConcurrentExecutions"]), self._peak(now))

    def _peak(self, now: datetime) -> int:
        """The most executions at once in the newest hour; without a data point there was none."""
        metric = {"Namespace": "AWS/Lambda", "MetricName": "ConcurrentExecutions"}
        query = {"Id": "peak", "MetricStat": {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Maximum"}}
        with translated("cloudwatch:GetMetricData", self._profile):
            answer = self._client("cloudwatch").get_metric_data(
                MetricDataQueries=[query], StartTime=now - PEAK_OF, EndTime=now
            )
        result = answer["MetricDataResults"][0]
        if result["StatusCode"] != "Complete":
            raise TelemetryUnavailable(f"cloudwatch:GetMetricData: ConcurrentExecutions is {result['StatusCode']}")
        return round(max(result["Values"], default=0))

    def _ipv6(self) -> Any:
        settings = self._settings
        targets = {
            Side.ECS: lambda: reach.load_balancer_reaches(
                self._client("elbv2"), settings.ecs.load_balancer, self._profile
            ),
            Side.SERVERLESS: lambda: reach.http_api_reaches(self._client("apigatewayv2"), settings.name, self._profile),
        }
        return reach.reach(self._weights.read(), settings.sides, targets)
