"""What the night shift has: every alarm and board of the catalogue for this stage, and who is told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

import dashboards
from dashboards.alarms import ALARMS, COMPOSITES, COST_ANOMALY, MONEY, VETO
from dashboards.catalogue import BOARDS
from dashboards.deployed import (
    NODES_APART,
    deployed_name,
    lacks,
    metric_data_queries,
    put_composite_alarm_arguments,
    put_dashboard_arguments,
    put_metric_alarm_arguments,
    watches_our_tasks_alone,
    watches_our_tasks_too,
)
from dashboards.model import Alarm, Comparison
from infra import handles
from infra.constructs.cost_anomalies import CostAnomalies
from infra.constructs.slack import SlackChannel
from infra.findings import accept
from infra.stacks.observability import CRITICAL, WARNING, topic_arn
from infra.stages.model import Stage

BODIES = Path(dashboards.__file__).parent  # where the boards' committed JSON is


class MonitoringStack(cdk.Stack):
    """Alarms and boards are those of `dashboards`, under this stage's variables: nothing is decided here.

    An alarm without which a stage has to live, because it does not know what the alarm would watch, is in the output
    `NotWatched`; and so is one that watches our tasks, while another service has their traffic.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: handles.Data,
        api: handles.Api,
        container: handles.Container,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Monitoring")
        self._stage = stage
        self._topics = {what: topic_arn(self, stage, what) for what in (CRITICAL, WARNING)}
        self._variables = self._known(data, api, container)
        for alarm in ALARMS:
            if not lacks(alarm, self._variables):
                self._alarm(alarm)
        self._composites()
        self._boards()
        if stage.account:
            CostAnomalies(self, "CostAnomalies", stage=stage, topic=self._topics[COST_ANOMALY.severity.value])
        if stage.slack:
            SlackChannel(self, "Slack", stage=stage, slack=stage.slack, topics=list(self._topics.values()))
        self._say()

    def _known(self, data: handles.Data, api: handles.Api, container: handles.Container) -> Mapping[str, str]:
        """The catalogue's variables, as far as the stage has them."""
        return {
            "Stage": self._stage.name,
            "Region": self.region,
            "AccountId": self.account,
            "Pages": self._stage.pages,
            "ApiId": api.api_id,
            "LoadBalancer": container.load_balancer,
            **({"TargetGroup": container.target_group} if container.target_group else {}),
            "Cluster": container.cluster,
            "Service": container.service,
            "DatabaseInstance": data.database.instance,
            "ProxyName": data.database.proxy_name,
            "SearchDomain": data.search.domain_name,
            "RedisNode": NODES_APART.join(data.redis_nodes),
            "RedisGroup": data.redis_group,
            "DeadLetters": api.dead_letters,
        }

    def _alarm(self, alarm: Alarm) -> None:
        actions = [self._topics[alarm.severity.value]]
        model = self._model(alarm) if alarm.comparison is Comparison.UNDER_BAND else None
        for name, arguments in put_metric_alarm_arguments(alarm, self._variables, actions=actions):
            made = cloudwatch.CfnAlarm(
                self,
                name.removesuffix(f"-{self._stage.name}"),
                comparison_operator=alarm.comparison.value,
                evaluation_periods=alarm.periods,
            )
            _set(made, arguments)
            if model is not None:
                made.add_resource_dependency(model)  # or CloudWatch makes one by itself, and refuses this one
            accept(made, "Its actions are topics, which every alarm of the catalogue has", "AwsSolutions-CW1")

    def _model(self, alarm: Alarm) -> cloudwatch.CfnAnomalyDetector:
        """What CloudWatch learns the band from: everything but the band itself."""
        *watched, _ = alarm.watched
        queries = metric_data_queries(watched, self._variables, period_seconds=alarm.period_seconds)
        detector = cloudwatch.CfnAnomalyDetector(self, f"{alarm.name}-usual")
        _set(detector, {"MetricMathAnomalyDetector": {"MetricDataQueries": queries}})
        return detector

    def _composites(self) -> None:
        alarms = [one for one in self.node.children if isinstance(one, cloudwatch.CfnAlarm)]
        for composite in COMPOSITES:
            actions = [self._topics[composite.severity.value]]
            _, arguments = put_composite_alarm_arguments(composite, self._variables, actions=actions)
            made = cloudwatch.CfnCompositeAlarm(self, composite.name, alarm_rule=arguments["AlarmRule"])
            _set(made, arguments)
            for alarm in alarms:
                made.add_resource_dependency(alarm)  # CloudWatch refuses a rule about an alarm that is not there

    def _boards(self) -> None:
        for board in BOARDS:
            committed = (BODIES / f"{board.name}.json").read_text(encoding="utf-8")
            name, arguments = put_dashboard_arguments(board.name, committed, self._variables)
            cloudwatch.CfnDashboard(
                self, f"board-{board.name}", dashboard_name=name, dashboard_body=arguments["DashboardBody"]
            )

    def _idle(self) -> Sequence[str]:
        """Each alarm that looks at our tasks while the adopted service has the traffic: of that one it sees nothing."""
        plan = self._stage.container
        if self._stage.balancer is None or (plan and plan.takes_traffic):
            return ()
        said = {alarm.name: _says_of_an_adopted_service(alarm) for alarm in ALARMS if not lacks(alarm, self._variables)}
        return [f"{name} ({why})" for name, why in said.items() if why]

    def _say(self) -> None:
        lacking = {alarm.name: lacks(alarm, self._variables) for alarm in ALARMS}
        absent = [f"{name} (no {', '.join(sorted(of))})" for name, of in lacking.items() if of]
        absent += self._idle()
        runbooks = ", ".join(f"{self._stage.pages}{one.runbook}" for one in MONEY)
        said = {
            "VetoAlarm": (deployed_name(VETO, self._stage.name), "cutover.toml: [safety] veto_alarms"),
            "NotWatched": (", ".join(absent) or "nothing", "Alarms that this stage can't have, or that see not all"),
            "MoneyRunbooks": (runbooks, "What to do when a budget or a cost anomaly is told"),
        }
        for name, (value, description) in said.items():
            cdk.CfnOutput(self, name, value=value, description=description)


def _says_of_an_adopted_service(alarm: Alarm) -> str:
    """What the alarm does not see of ECS while what serves there is not ours; empty: it misses nothing."""
    if watches_our_tasks_alone(alarm):
        return "of our tasks alone, which have no traffic yet"
    return "of ECS only our tasks, which have no traffic yet" if watches_our_tasks_too(alarm) else ""


def _set(resource: cdk.CfnResource, properties: Mapping[str, Any]) -> None:
    """CloudFormation names the properties as the API names its arguments."""
    for name, value in properties.items():
        resource.add_property_override(name, value)
