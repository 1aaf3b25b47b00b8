"""What both sides have used: CloudWatch's sums, and the sizes of functions and tasks that they are sums of."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.usage import FunctionUsage, TaskSize, Usage
from cutover.ports import NotAllowed
from cutover.settings import Settings

READ_SECONDS, ATTEMPTS = 10, 3
MOST_QUERIES = 500  # of one GetMetricData
MOST_PAGES = 50
# CloudWatch keeps points of five minutes for 63 days, of an hour for 455.
FINE, COARSE = timedelta(minutes=5), timedelta(hours=1)
FINE_UNTIL = timedelta(days=10)
Make = Callable[[str, int, float], Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """One series: whose, which, and how its points are put together."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


class AwsUsage:
    """A UsageSource. `make` makes a boto3 client from a service's name, attempts and seconds to wait."""

    def __init__(self, make: Make, settings: Settings) -> None:
        self._make, self._settings, self._profile = make, settings, settings.aws.profile

    def read(self, since: datetime, until: datetime) -> Usage:
        """Of [since, until); what can't be asked is in `unknown`."""
        unknown: dict[str, str] = {}
        sums = self._sums(since, until, unknown)
        tasks, size = self._tasks(unknown)
        balancer = (("LoadBalancer", self._settings.ecs.load_balancer),)
        serverless = self._settings.serverless
        api = (("ApiId", serverless.api_id), ("Stage", serverless.api_stage))
        minutes = sums.get(self._task_metric())
        return Usage(
            span=until - since,
            functions=tuple(self._function(name, sums, unknown) for name in serverless.functions) or None,
            api_requests=sums.get(Metric("AWS/ApiGateway", "Count", api, "Sum")),
            alb_requests=sums.get(Metric("AWS/ApplicationELB", "RequestCount", balancer, "Sum")),
            alb_lcus=self._lcus(sums.get(Metric("AWS/ApplicationELB", "ConsumedLCUs", balancer, "Sum")), until - since),
            tasks_now=tasks,
            task_hours=None if minutes is None else minutes / 60,
            task_size=size,
            has_proxy=bool(serverless.rds_proxy),
            unknown=unknown,
        )

    def _lcus(self, hours: float | None, span: timedelta) -> float | None:
        """On average; the sum of the metric over an hour is what is billed for that hour."""
        return None if hours is None or not span else hours / (span / timedelta(hours=1))

    def _metrics(self) -> list[Metric]:
        settings = self._settings
        balancer = (("LoadBalancer", settings.ecs.load_balancer),)
        api = (("ApiId", settings.serverless.api_id), ("Stage", settings.serverless.api_stage))
        functions = [
            Metric("AWS/Lambda", name, (("FunctionName", function),), "Sum")
            for function in settings.serverless.functions
            for name in ("Invocations", "Duration")
        ]
        return [
            Metric("AWS/ApiGateway", "Count", api, "Sum"),
            Metric("AWS/ApplicationELB", "RequestCount", balancer, "Sum"),
            Metric("AWS/ApplicationELB", "ConsumedLCUs", balancer, "Sum"),
            *([self._task_metric()] if settings.ecs.service else []),
            *functions,
        ]

    def _task_metric(self) -> Metric:
        """Every running task gives one sample of its service's CPU in a minute."""
        ecs = self._settings.ecs
        dimensions = (("ClusterName", ecs.cluster), ("ServiceName", ecs.service))
        return Metric("AWS/ECS", "CPUUtilization", dimensions, "SampleCount")

    def _sums(self, since: datetime, until: datetime, unknown: dict[str, str]) -> Mapping[Metric, float]:
        """The sum of each series that has any point at all; of an answer that is not complete nothing is taken."""
        metrics, period = self._metrics(), FINE if until - since <= FINE_UNTIL else COARSE
        queries = [_query(f"q{index}", metric, period) for index, metric in enumerate(metrics)]
        found: dict[str, float] = {}
        with _noted(unknown, "functions", "api_requests", "alb_lcus", "task_hours"):
            for start in range(0, len(queries), MOST_QUERIES):
                found |= self._asked(queries[start : start + MOST_QUERIES], since, until)
        return {metrics[int(id_[1:])]: value for id_, value in found.items()}

    def _asked(self, queries: list[dict[str, Any]], since: datetime, until: datetime) -> Mapping[str, float]:
        client, sums, status = self._make("cloudwatch", ATTEMPTS, READ_SECONDS), defaultdict[str, float](float), {}
        asked: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": since, "EndTime": until}
        for _ in range(MOST_PAGES):
            with translated("cloudwatch:GetMetricData", self._profile):
                page = client.get_metric_data(**asked)
            for result in page["MetricDataResults"]:
                status[result["Id"]] = result["StatusCode"]
                for value in result["Values"]:
                    sums[result["Id"]] += value
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        if partial := sorted({code for code in status.values() if code != "Complete"}):
            raise Again(f"cloudwatch:GetMetricData: the answer is {', '.join(partial)}", maybe_done=False)
        return sums

    def _function(self, name: str, sums: Mapping[Metric, float], unknown: dict[str, str]) -> FunctionUsage:
        dimensions = (("FunctionName", name),)
        invocations, duration = (
            sums.get(Metric("AWS/Lambda", metric, dimensions, "Sum")) for metric in ("Invocations", "Duration")
        )
        client = self._make("lambda", ATTEMPTS, READ_SECONDS)
        memory, is_arm, provisioned = None, False, None
        with _noted(unknown, name), translated("lambda:GetFunctionConfiguration", self._profile):
            described = client.get_function_configuration(FunctionName=name)
            memory, is_arm = int(described["MemorySize"]), "arm64" in described.get("Architectures", ())
        with _noted(unknown, f"{name} provisioned"):
            with translated("lambda:ListProvisionedConcurrencyConfigs", self._profile):
                configs = client.list_provisioned_concurrency_configs(FunctionName=name)
            found = configs.get("ProvisionedConcurrencyConfigs", ())
            provisioned = sum(int(c.get("AllocatedProvisionedConcurrentExecutions", 0)) for c in found)
        return FunctionUsage(name, memory, is_arm, invocations, duration, provisioned)

    def _tasks(self, unknown: dict[str, str]) -> tuple[int | None, TaskSize | None]:
        """How many run now, and how large each is."""
        ecs = self._settings.ecs
        if not (ecs.cluster and ecs.service):
            return None, None
        client, services, described = self._make("ecs", ATTEMPTS, READ_SECONDS), list[Any](), dict[str, Any]()
        with _noted(unknown, "tasks_now"), translated("ecs:DescribeServices", self._profile):
            services = client.describe_services(cluster=ecs.cluster, services=[ecs.service])["services"]
        if "tasks_now" in unknown:
            return None, None
        active = [service for service in services if service["status"] != "INACTIVE"]
        if not active:
            return 0, None
        with _noted(unknown, "task_size"), translated("ecs:DescribeTaskDefinition", self._profile):
            described = client.describe_task_definition(taskDefinition=active[0]["taskDefinition"])["taskDefinition"]
        return int(active[0]["runningCount"]), _size(described, unknown) if described else None


@contextmanager
def _noted(unknown: dict[str, str], *names: str) -> Iterator[None]:
    """What goes wrong inside is why those are not known."""
    try:
        yield
    except (Again, Rejected, NotAllowed) as error:
        unknown |= dict.fromkeys(names, str(error))


def _size(described: Mapping[str, Any], unknown: dict[str, str]) -> TaskSize | None:
    """A task's size as Fargate bills it. EC2 tasks have none of their own."""
    cpu, memory = described.get("cpu"), described.get("memory")
    if not cpu or not memory:
        unknown["task_size"] = "the task definition has no size of its own: not Fargate"
        return None
    is_arm = described.get("runtimePlatform", {}).get("cpuArchitecture") == "ARM64"
    return TaskSize(int(cpu) / 1024, int(memory) / 1024, is_arm)


def _query(id_: str, metric: Metric, period: timedelta) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in metric.dimensions]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    seconds = int(period.total_seconds())
    return {"Id": id_, "MetricStat": {"Metric": named, "Period": seconds, "Stat": metric.stat}}
