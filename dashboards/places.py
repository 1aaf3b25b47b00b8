"""Where alarms and boards look: the dimensions of each thing, and short words for series over them."""

from collections.abc import Mapping

from dashboards.model import Expression, Metric, Series

ON_API = {"ApiId": "${ApiId}"}
ON_BALANCER = {"LoadBalancer": "${LoadBalancer}"}
ON_TARGETS = {"LoadBalancer": "${LoadBalancer}", "TargetGroup": "${TargetGroup}"}
ON_TASKS = {"ClusterName": "${Cluster}", "ServiceName": "${Service}"}
ON_DATABASE = {"DBInstanceIdentifier": "${DatabaseInstance}"}
ON_PROXY = {"ProxyName": "${ProxyName}"}
ON_NODE = {"CacheClusterId": "${RedisNode}"}
ON_SEARCH = {"ClientId": "${AccountId}", "DomainName": "${SearchDomain}"}
ON_DEAD_LETTERS = {"QueueName": "${DeadLetters}"}
ON_FUNCTION = {"FunctionName": "${FunctionName}"}
ON_STAGE = {"Stage": "${Stage}"}
ON_LAMBDA = {"Stage": "${Stage}", "Platform": "lambda"}
ON_ECS = {"Stage": "${Stage}", "Platform": "ecs"}

MINUTES_5, MINUTES_15 = 300, 900  # in seconds
DOCUMENT = "the migration plan's list of alarms"
BALANCER_OF_THE_PLAN = "the plan's limit for API Gateway, for the side that it leaves out"
NEEDS_BALANCER = frozenset({"LoadBalancer"})


def of(id_: str, metric: Metric, statistic: str, dimensions: Mapping[str, str]) -> Series:
    """A series. Raises ValueError if the metric is not published under these dimensions."""
    return Series(id=id_, metric=metric, statistic=statistic, dimensions=dimensions)


def rate(text: str, label: str) -> Expression:
    """The last of what an alarm over a share watches."""
    return Expression(id="rate", text=text, label=label)


def both(id_: str, metric: Metric) -> tuple[Series, Series]:
    """What the service counts, on each platform: IDe and IDl."""
    return of(f"{id_}e", metric, "Sum", ON_ECS), of(f"{id_}l", metric, "Sum", ON_LAMBDA)


def on_named_function(name: str) -> Mapping[str, str]:
    """The dimensions of the function of this short name."""
    return {"FunctionName": f"lego-api-{name}-${{Stage}}"}
