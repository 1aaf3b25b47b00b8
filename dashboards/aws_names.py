"""What AWS's documentation lists: namespaces, metrics, and sets of dimensions, each with the page that says so.

A metric that is asked for under a name or a set of dimensions that AWS does not publish is no error anywhere: its graph
is empty, and its alarm never fires. A test holds the catalogue to this table, and nothing else writes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page: what it lists of a namespace under one set of dimensions."""

    namespace: str
    dimensions: frozenset[str]
    metrics: Mapping[str, str]  # by name: the unit, as CloudWatch spells it
    page: str


_DOCS = "https://docs.aws.amazon.com"
_COUNT, _PERCENT, _MS = "Count", "Percent", "Milliseconds"

LISTED: Sequence[Listed] = (
    Listed(
        namespace="AWS/Lambda",
        dimensions=frozenset({"FunctionName"}),
        metrics={
            "ConcurrentExecutions": _COUNT,
            "Duration": _MS,
            "Errors": _COUNT,
            "Invocations": _COUNT,
            "Throttles": _COUNT,
        },
        page=f"{_DOCS}/lambda/latest/dg/monitoring-metrics-types.html",
    ),
    Listed(
        namespace="AWS/ApiGateway",
        dimensions=frozenset({"ApiId"}),
        metrics={"4xx": _COUNT, "5xx": _COUNT, "Count": _COUNT, "IntegrationLatency": _MS, "Latency": _MS},
        page=f"{_DOCS}/apigateway/latest/developerguide/http-api-metrics.html",
    ),
    Listed(
        namespace="AWS/ApplicationELB",
        dimensions=frozenset({"LoadBalancer"}),
        metrics={
            "HTTPCode_ELB_5XX_Count": _COUNT,
            "HTTPCode_Target_4XX_Count": _COUNT,
            "HTTPCode_Target_5XX_Count": _COUNT,
            "RequestCount": _COUNT,
            "TargetResponseTime": "Seconds",
        },
        page=f"{_DOCS}/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    Listed(
        namespace="AWS/ApplicationELB",
        dimensions=frozenset({"LoadBalancer", "TargetGroup"}),
        metrics={"HealthyHostCount": _COUNT, "UnHealthyHostCount": _COUNT},
        page=f"{_DOCS}/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
    ),
    Listed(
        namespace="AWS/ECS",
        dimensions=frozenset({"ClusterName", "ServiceName"}),
        metrics={"CPUUtilization": _PERCENT, "MemoryUtilization": _PERCENT},
        page=f"{_DOCS}/AmazonECS/latest/developerguide/available-metrics.html",
    ),
    Listed(
        namespace="AWS/RDS",
        dimensions=frozenset({"DBInstanceIdentifier"}),
        metrics={
            "CPUUtilization": _PERCENT,
            "DatabaseConnections": _COUNT,
            "FreeStorageSpace": "Bytes",
            "FreeableMemory": "Bytes",
        },
        page=f"{_DOCS}/AmazonRDS/latest/UserGuide/rds-metrics.html",
    ),
    Listed(
        namespace="AWS/RDS",
        dimensions=frozenset({"ProxyName"}),
        metrics={
            "ClientConnections": _COUNT,
            "DatabaseConnections": _COUNT,
            "DatabaseConnectionsBorrowLatency": "Microseconds",
            "DatabaseConnectionsCurrentlyBorrowed": _COUNT,
            "DatabaseConnectionsCurrentlySessionPinned": _COUNT,
        },
        page=f"{_DOCS}/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html",
    ),
    Listed(
        namespace="AWS/ElastiCache",
        dimensions=frozenset({"CacheClusterId"}),
        metrics={
            "CurrConnections": _COUNT,
            "DatabaseMemoryUsagePercentage": _PERCENT,
            "EngineCPUUtilization": _PERCENT,
            "Evictions": _COUNT,
        },
        page=f"{_DOCS}/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html",
    ),
    Listed(
        namespace="AWS/ES",
        dimensions=frozenset({"ClientId", "DomainName"}),
        metrics={
            "CPUUtilization": _PERCENT,
            "ClusterStatus.red": _COUNT,
            "ClusterStatus.yellow": _COUNT,
            "FreeStorageSpace": "Megabytes",
            "IndexingRate": _COUNT,
            "JVMMemoryPressure": _PERCENT,
            "SearchLatency": _MS,
            "SearchRate": _COUNT,
        },
        page=f"{_DOCS}/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html",
    ),
    Listed(
        namespace="AWS/SQS",
        dimensions=frozenset({"QueueName"}),
        metrics={"ApproximateNumberOfMessagesVisible": _COUNT},
        page=f"{_DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
    ),
)
