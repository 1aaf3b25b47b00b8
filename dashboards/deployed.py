"""Alarms as they are deployed: the arguments of PutMetricAlarm and PutCompositeAlarm, from the catalogue; pure.

`variables` are those of `dashboards.variables`. A stage whose Redis has several nodes names them all in RedisNode, with
commas between. What no variable is given for is left out only where the alarm says that it may be (`Alarm.needs`).
"""

import json
import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from dashboards.alarms import ALARMS, COMPOSITES
from dashboards.model import Alarm, Comparison, Composite, Each, Expression, MoneyAlarm, Series
from infra.functions import FUNCTIONS

NAME = "lego-api"
_OF_OUR_TASKS = ("Platform", "ecs")
OPTIONAL = frozenset(name for alarm in ALARMS for name in alarm.needs)  # variables that a stage may lack
NODES_APART = ","
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PERCENTILE = re.compile(r"p\d{1,2}(\.\d+)?")


def filled(text: str, variables: Mapping[str, str]) -> str:
    """`text` with each `${Name}` replaced. Raises KeyError with the name of a variable that is not given."""
    return _VARIABLE.sub(lambda found: variables[found[1]], text)


def lacks(alarm: Alarm | Composite, variables: Mapping[str, str]) -> frozenset[str]:
    """The variables for want of which this stage does not have the alarm; empty: it has it."""
    needs: frozenset[str] = alarm.needs if isinstance(alarm, Alarm) else frozenset()
    return frozenset(name for name in needs if not variables.get(name))


def watches_our_tasks_alone(alarm: Alarm) -> bool:
    """Whether it knows only what our service tells of itself on ECS, and nothing while another one serves there."""
    series = [one for one in alarm.watched if isinstance(one, Series)]
    return all(_OF_OUR_TASKS in one.dimensions.items() for one in series)


def watches_our_tasks_too(alarm: Alarm) -> bool:
    """Whether it adds up what our service tells of itself on both sides: of ECS nothing, while another one serves."""
    series = [one for one in alarm.watched if isinstance(one, Series)]
    return any(_OF_OUR_TASKS in one.dimensions.items() for one in series) and not watches_our_tasks_alone(alarm)


def deployed_name(alarm: Alarm | Composite, stage: str, which: str | None = None) -> str:
    """The alarm's name in AWS; `which` function or node it is of."""
    return "-".join(part for part in (NAME, alarm.name, which, stage) if part)


def alarm_names(alarm: Alarm, variables: Mapping[str, str]) -> Sequence[str]:
    """The names of all that the alarm is deployed as: one, or one for each function or node."""
    return [deployed_name(alarm, variables["Stage"], which) for which, _ in _copies(alarm, variables)]


def put_metric_alarm_arguments(
    alarm: Alarm, variables: Mapping[str, str], *, actions: Sequence[str] = ()
) -> list[tuple[str, dict[str, Any]]]:
    """Name and arguments of boto3's put_metric_alarm, for each function or node that the alarm is made for.

    `actions` are ARNs that are told of ALARM and of OK. Raises KeyError for a variable that is not given, but `Pages`.
    """
    made = []
    for which, its_own in _copies(alarm, variables):
        name = deployed_name(alarm, variables["Stage"], which)
        made.append((name, {"AlarmName": name, **_arguments(alarm, its_own, actions)}))
    return made


def put_composite_alarm_arguments(
    composite: Composite, variables: Mapping[str, str], *, actions: Sequence[str] = ()
) -> tuple[str, dict[str, Any]]:
    """Name and arguments of boto3's put_composite_alarm: in ALARM while any member is that the stage has."""
    name = deployed_name(composite, variables["Stage"])
    members = [member for member in composite.members if not lacks(member, variables)]
    rule = " OR ".join(f'ALARM("{each}")' for member in members for each in alarm_names(member, variables))
    return name, {
        "AlarmName": name,
        "AlarmDescription": description(composite, pages=variables.get("Pages", "")),
        "AlarmRule": rule,
        **_told(actions),
    }


def put_dashboard_arguments(name: str, text: str, variables: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Name and arguments of boto3's put_dashboard; `text`: the committed JSON of the board of that name."""
    deployed = f"{NAME}-{name}-{variables['Stage']}"
    return deployed, {"DashboardName": deployed, "DashboardBody": dashboard_body(text, variables)}


def dashboard_body(text: str, variables: Mapping[str, str]) -> str:
    """A board's committed JSON for one stage: without alarms that it has not, with those of every Redis node.

    Raises KeyError with the name of a variable that is not given, but for `Pages` and what alarms may lack.
    """
    given = {"Pages": "", **dict.fromkeys(OPTIONAL, "none"), **variables}
    there = {name for alarm in ALARMS if not lacks(alarm, variables) for name in alarm_names(alarm, given)}
    there |= {deployed_name(composite, given["Stage"]) for composite in COMPOSITES}
    board = json.loads(text)
    for widget in board["widgets"]:
        if widget["type"] == "alarm":
            widget["properties"]["alarms"] = _of_alarms_there(widget["properties"]["alarms"], given, there)
    return filled(json.dumps(board), given)  # ASCII alone: CloudFormation keeps nothing else


def _of_alarms_there(arns: Sequence[str], variables: Mapping[str, str], there: Set[str]) -> list[str]:
    """Of these ARNs those of alarms that the stage has; behind that of the first Redis node those of the others."""
    named = []
    for arn in arns:
        front, _, name = filled(arn, variables).rpartition(":")
        named += [f"{front}:{copy}" for copy in (name, *_of_other_nodes(name, variables["Stage"], there))]
    return [arn for arn in named if arn.rpartition(":")[2] in there]


def _of_other_nodes(name: str, stage: str, there: Set[str]) -> list[str]:
    first = f"-1-{stage}"
    if not name.endswith(first):
        return []
    numbered = [f"{name.removesuffix(first)}-{number}-{stage}" for number in range(2, len(there))]
    return [other for other in numbered if other in there]


def description(alarm: Alarm | Composite | MoneyAlarm, *, pages: str = "") -> str:
    """What mail and Slack show of an alarm: how urgent it is, what is wrong, where to read on, whose it is."""
    lines = [
        f"{alarm.severity.words}: {alarm.title}.",
        f"Runbook: {pages}{alarm.runbook}",
        f"Owner: {alarm.owner.value}",
    ]
    if not isinstance(alarm, Composite):
        lines.append(f"Threshold from: {alarm.origin}")
    return "\n".join(lines)


def metric_data_queries(
    watched: Sequence[Series | Expression],
    variables: Mapping[str, str],
    *,
    period_seconds: int,
    told: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """`watched` as PutMetricAlarm and GetMetricData take it; `told`: the ids whose values are returned, the last's."""
    told = told if told is not None else (watched[-1].id,)
    return [_query(one, variables, period_seconds, returned=one.id in told) for one in watched]


def _copies(alarm: Alarm, variables: Mapping[str, str]) -> list[tuple[str | None, Mapping[str, str]]]:
    """Which function or node, and the variables for it."""
    if alarm.each is Each.FUNCTION:
        names = {function.name: function.deployed_name(variables["Stage"]) for function in FUNCTIONS}
    elif alarm.each is Each.REDIS_NODE:
        nodes = [node.strip() for node in variables["RedisNode"].split(NODES_APART)]
        names = {str(number): node for number, node in enumerate(nodes, start=1)}
    else:
        return [(None, variables)]
    return [(which, {**variables, alarm.each.value: name}) for which, name in names.items()]


def _arguments(alarm: Alarm, variables: Mapping[str, str], actions: Sequence[str]) -> dict[str, Any]:
    return {
        "AlarmDescription": description(alarm, pages=variables.get("Pages", "")),
        "ComparisonOperator": alarm.comparison.value,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "TreatMissingData": alarm.missing.value,
        **_what(alarm, variables),
        **_told(actions),
    }


def _what(alarm: Alarm, variables: Mapping[str, str]) -> dict[str, Any]:
    """What is watched and what it is compared with: one metric by itself, or metric math."""
    last = alarm.watched[-1]
    if alarm.comparison is Comparison.UNDER_BAND:
        told = (alarm.watched[-2].id, last.id)
        queries = metric_data_queries(alarm.watched, variables, period_seconds=alarm.period_seconds, told=told)
        return {"Metrics": queries, "ThresholdMetricId": last.id}
    if len(alarm.watched) > 1:
        queries = metric_data_queries(alarm.watched, variables, period_seconds=alarm.period_seconds)
        return {"Metrics": queries, "Threshold": alarm.threshold}
    if isinstance(last, Expression):
        raise TypeError(f"{alarm.name} watches nothing but an expression")
    statistic = "ExtendedStatistic" if _PERCENTILE.fullmatch(last.statistic) else "Statistic"
    return {
        "Namespace": last.metric.namespace,
        "MetricName": last.metric.name,
        "Dimensions": _dimensions(last, variables),
        "Period": alarm.period_seconds,
        statistic: last.statistic,
        "Threshold": alarm.threshold,
    }


def _query(
    one: Series | Expression, variables: Mapping[str, str], period_seconds: int, *, returned: bool
) -> dict[str, Any]:
    if isinstance(one, Expression):
        return {"Id": one.id, "Expression": one.text, "Label": one.label, "ReturnData": returned}
    metric = {
        "Namespace": one.metric.namespace,
        "MetricName": one.metric.name,
        "Dimensions": _dimensions(one, variables),
    }
    return {
        "Id": one.id,
        "MetricStat": {"Metric": metric, "Period": period_seconds, "Stat": one.statistic},
        "ReturnData": returned,
    }


def _dimensions(series: Series, variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": filled(value, variables)} for name, value in series.dimensions.items()]


def _told(actions: Sequence[str]) -> dict[str, Any]:
    return {"AlarmActions": list(actions), "OKActions": list(actions)} if actions else {}
