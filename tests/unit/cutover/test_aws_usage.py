"""What both sides used, as botocore's own stub answers: the right series, whole answers only, the rest not known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from cutover.aws.usage import AwsUsage
from cutover.core.usage import FunctionUsage, TaskSize, Usage
from cutover.settings import Settings
from tests.fakes.world import settings_with
from tests.unit.cutover.moto_clients import client

UNTIL = datetime(2026, 11, 22, 9, tzinfo=UTC)
DAY = timedelta(days=1)
# The order in which the series are asked for.
SERIES = ("Count", "RequestCount", "ConsumedLCUs", "CPUUtilization", "Invocations", "Duration")


@dataclass
class Stubs:
    """The stubbed clients, and the adapter on them."""

    cloudwatch: Stubber
    functions: Stubber
    ecs: Stubber
    settings: Settings

    def read(self, span: timedelta = DAY) -> Usage:
        """The usage of that span."""
        made = {"cloudwatch": self.cloudwatch, "lambda": self.functions, "ecs": self.ecs}
        return AwsUsage(lambda service, *_: made[service].client, self.settings).read(UNTIL - span, UNTIL)

    def metrics(self, token: str = "", status: str = "Complete", **values: list[float]) -> None:
        """One page of CloudWatch's answer, by the metrics' names."""
        results = [
            {"Id": f"q{SERIES.index(name)}", "StatusCode": status, "Values": found, "Timestamps": [UNTIL] * len(found)}
            for name, found in values.items()
        ]
        self.cloudwatch.add_response(
            "get_metric_data", {"MetricDataResults": results, **({"NextToken": token} if token else {})}
        )

    def function(self, **more: Any) -> None:
        """What Lambda says of the function."""
        described = {"MemorySize": 512, "Architectures": ["arm64"], **more}
        self.functions.add_response("get_function_configuration", described, {"FunctionName": "api"})

    def provisioned(self, *environments: int) -> None:
        """What Lambda says of environments that are kept ready."""
        configs = [{"AllocatedProvisionedConcurrentExecutions": count} for count in environments]
        self.functions.add_response(
            "list_provisioned_concurrency_configs", {"ProvisionedConcurrencyConfigs": configs}, {"FunctionName": "api"}
        )

    def service(self, running: int, **task: Any) -> None:
        """What ECS says of the service and its task."""
        found = {"status": "ACTIVE", "runningCount": running, "taskDefinition": "api:7"}
        self.ecs.add_response("describe_services", {"services": [found]})
        self.ecs.add_response("describe_task_definition", {"taskDefinition": task}, {"taskDefinition": "api:7"})


@pytest.fixture
def stubs() -> Iterator[Stubs]:
    """Clients that answer by a script."""
    settings = settings_with(
        ecs={"load_balancer": "app/api/123", "cluster": "prod", "service": "api"},
        **{"lambda": {"api_id": "abc123", "functions": ["api"], "rds_proxy": "proxy"}},
    )
    made = [Stubber(client(service)) for service in ("cloudwatch", "lambda", "ecs")]
    for stubber in made:
        stubber.activate()
    yield Stubs(made[0], made[1], made[2], settings)
    for stubber in made:
        stubber.assert_no_pending_responses()
        stubber.deactivate()


def test_sums_are_put_together_with_sizes(stubs: Stubs) -> None:
    stubs.metrics(
        Count=[100.0, 200.0],
        RequestCount=[900.0],
        ConsumedLCUs=[12.0],
        CPUUtilization=[60.0, 60.0],
        Invocations=[300.0],
        Duration=[15_000.0],
    )
    stubs.function()
    stubs.provisioned(3, 2)
    stubs.service(2, cpu="512", memory="1024", runtimePlatform={"cpuArchitecture": "ARM64"})

    usage = stubs.read()

    assert usage == Usage(
        span=DAY,
        functions=(FunctionUsage("api", 512, True, 300.0, 15_000.0, 5),),
        api_requests=300.0,
        alb_requests=900.0,
        alb_lcus=0.5,
        tasks_now=2,
        task_hours=2.0,
        task_size=TaskSize(0.5, 1.0, is_arm=True),
        has_proxy=True,
    )
    assert usage.share == 0.25


def test_each_series_is_asked_for_by_its_own_name(stubs: Stubs) -> None:
    asked: list[Any] = []
    events = stubs.cloudwatch.client.meta.events
    events.register("provide-client-params.*.*", lambda params, **_: asked.append(params), unique_id="asked")
    stubs.metrics()
    stubs.function()
    stubs.provisioned()
    stubs.service(1, cpu="512", memory="1024")

    stubs.read()

    events.unregister("provide-client-params.*.*", unique_id="asked")
    found = [query["MetricStat"] for query in asked[0]["MetricDataQueries"]]
    assert [(f["Metric"]["Namespace"], f["Metric"]["MetricName"], f["Stat"]) for f in found] == [
        ("AWS/ApiGateway", "Count", "Sum"),
        ("AWS/ApplicationELB", "RequestCount", "Sum"),
        ("AWS/ApplicationELB", "ConsumedLCUs", "Sum"),
        ("AWS/ECS", "CPUUtilization", "SampleCount"),
        ("AWS/Lambda", "Invocations", "Sum"),
        ("AWS/Lambda", "Duration", "Sum"),
    ]
    assert {f["Period"] for f in found} == {300}


def test_a_long_span_is_asked_for_by_the_hour_and_page_by_page(stubs: Stubs) -> None:
    stubs.metrics(Count=[1.0], token="more")
    stubs.cloudwatch.add_response(
        "get_metric_data",
        {"MetricDataResults": [{"Id": "q0", "StatusCode": "Complete", "Values": [2.0], "Timestamps": [UNTIL]}]},
        {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": UNTIL, "NextToken": "more"},
    )
    stubs.function()
    stubs.provisioned()
    stubs.service(1, cpu="512", memory="1024")

    assert stubs.read(30 * DAY).api_requests == 3.0


def test_series_without_data_are_not_known(stubs: Stubs) -> None:
    stubs.metrics(Count=[])
    stubs.function()
    stubs.provisioned()
    stubs.service(1, cpu="512", memory="1024")

    usage = stubs.read()

    assert (usage.api_requests, usage.alb_lcus, usage.task_hours) == (None, None, None)
    assert usage.functions is not None
    assert (usage.functions[0].invocations, usage.functions[0].provisioned) == (None, 0)


def test_an_answer_that_is_not_complete_is_none(stubs: Stubs) -> None:
    stubs.metrics(Count=[100.0], status="PartialData")
    stubs.function()
    stubs.provisioned()
    stubs.service(1, cpu="512", memory="1024")

    usage = stubs.read()

    assert usage.api_requests is None
    assert "the answer is PartialData" in usage.unknown["api_requests"]


def test_whatever_is_denied_is_not_known_and_says_why(stubs: Stubs) -> None:
    denied: dict[str, Any] = {"service_error_code": "AccessDeniedException", "http_status_code": 403}
    stubs.cloudwatch.add_client_error("get_metric_data", **denied)
    stubs.functions.add_client_error("get_function_configuration", **denied)
    stubs.functions.add_client_error("list_provisioned_concurrency_configs", **denied)
    stubs.ecs.add_client_error("describe_services", **denied)

    usage = stubs.read()

    assert set(usage.unknown) == {
        "functions",
        "api_requests",
        "alb_lcus",
        "task_hours",
        "api",
        "api provisioned",
        "tasks_now",
    }
    assert "let this identity call ecs:DescribeServices" in usage.unknown["tasks_now"]
    assert (usage.tasks_now, usage.functions) == (None, (FunctionUsage("api"),))


def test_a_task_definition_that_can_not_be_read_leaves_the_tasks_known(stubs: Stubs) -> None:
    stubs.metrics()
    stubs.function()
    stubs.provisioned()
    found = {"status": "ACTIVE", "runningCount": 2, "taskDefinition": "api:7"}
    stubs.ecs.add_response("describe_services", {"services": [found]})
    stubs.ecs.add_client_error("describe_task_definition", "ClientException", http_status_code=400)

    usage = stubs.read()

    assert (usage.tasks_now, usage.task_size) == (2, None)
    assert "ecs:DescribeTaskDefinition" in usage.unknown["task_size"]


def test_tasks_without_a_size_of_their_own_are_not_fargates(stubs: Stubs) -> None:
    stubs.metrics()
    stubs.function()
    stubs.provisioned()
    stubs.service(2, family="api")

    assert stubs.read().unknown == {"task_size": "the task definition has no size of its own: not Fargate"}


def test_a_service_that_was_deleted_runs_no_task(stubs: Stubs) -> None:
    stubs.metrics()
    stubs.function()
    stubs.provisioned()
    stubs.ecs.add_response("describe_services", {"services": [{"status": "INACTIVE"}]})

    assert stubs.read().tasks_now == 0


def test_settings_that_name_neither_functions_nor_service_ask_for_neither(stubs: Stubs) -> None:
    stubs.settings = settings_with()
    stubs.metrics(Count=[1.0])

    usage = stubs.read()

    assert (usage.functions, usage.tasks_now, usage.has_proxy) == (None, None, False)
    assert usage.api_requests == 1.0
