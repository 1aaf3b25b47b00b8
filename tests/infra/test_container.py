"""The ECS side as a template: it serves what the contract allows, stops as the server does, touches nothing adopted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.constructs.service_task import permissions_of_tasks
from infra.functions import FUNCTIONS, MIGRATE
from infra.permissions import PERMISSIONS, On
from infra.stacks.container import BadImage
from infra.stages.choice import STAGES
from infra.stages.model import ContainerPlan, Stage
from service.entrypoints import server
from service.entrypoints.server import CONNECTIONS
from service.settings import Settings
from tests.infra.foundations import Template
from tests.infra.migration import Migration, migration, migration_of

every_stage = pytest.mark.parametrize("name", STAGES)
with_own_balancer = pytest.mark.parametrize("name", ["dev", "staging"])
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
Resource = dict[str, Any]


def container(name: str) -> Template:
    return migration(name).container


def task(name: str) -> Resource:
    return container_of(name, "service")


def container_of(name: str, called: str) -> Resource:
    found: list[Resource] = container(name).only("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return {one["Name"]: one for one in found}[called]


def attributes(resource: Resource, key: str) -> Mapping[str, str]:
    return {one["Key"]: one["Value"] for one in resource[key]}


def plan_of(name: str) -> ContainerPlan:
    plan = STAGES[name].container
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def taking_traffic() -> Migration:
    """Production with our service in the adopted one's place, of an image named by its digest."""
    stage = STAGES["production"]
    return migration_of(replace(stage, container=replace(plan_of("production"), takes_traffic=True)), image_tag=DIGEST)


@every_stage
def test_the_service_starts_with_what_it_is_told(name: str) -> None:
    env = {one["Name"]: one["Value"] for one in task(name)["Environment"]}
    settings = Settings.from_env(env)
    assert settings.stage == STAGES[name].service_stage
    assert settings.allowed_origins == STAGES[name].origins
    assert settings.postgres.iam
    assert settings.eager
    assert not settings.on_lambda
    assert settings.parser_function is None
    assert server.server(env).bind_addr == "0.0.0.0"
    assert server.server(env).bind_port == 8080


@every_stage
def test_no_password_is_in_the_environment(name: str) -> None:
    names = {one["Name"] for one in task(name)["Environment"]}
    assert not {one for one in names if "PASSWORD" in one or "SECRET" in one or "TOKEN" in one}
    assert "Secrets" not in task(name)


@every_stage
def test_a_task_can_write_nothing_but_its_temporary_folder(name: str) -> None:
    definition = container(name).only("AWS::ECS::TaskDefinition")
    assert task(name)["ReadonlyRootFilesystem"] is True
    (mount,) = task(name)["MountPoints"]
    assert mount == {"ContainerPath": "/tmp", "ReadOnly": False, "SourceVolume": "tmp"}
    assert definition["Volumes"] == [{"Name": "tmp"}]
    assert task(name)["User"] == "10001:10001"
    assert task(name)["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}


@every_stage
def test_a_task_may_hold_open_all_connections_that_its_server_takes(name: str) -> None:
    (limit,) = task(name)["Ulimits"]
    assert (limit["Name"], limit["SoftLimit"]) == ("nofile", limit["HardLimit"])
    assert limit["SoftLimit"] > 2 * CONNECTIONS


@every_stage
def test_tasks_are_as_large_as_the_stage_says(name: str) -> None:
    definition, plan = container(name).only("AWS::ECS::TaskDefinition"), plan_of(name)
    assert (definition["Cpu"], definition["Memory"]) == (str(plan.cpu), str(plan.memory_mb))
    assert definition["RuntimePlatform"] == {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}
    target = container(name).only("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (plan.tasks, plan.most_tasks)


@every_stage
def test_traces_go_to_a_daemon_in_the_same_task_whose_end_ends_nothing_else(name: str) -> None:
    service, daemon = task(name), container_of(name, "xray")
    env = {one["Name"]: one["Value"] for one in service["Environment"]}
    assert Settings.from_env(env).tracing
    assert Settings.from_env(env).xray_daemon == ("127.0.0.1", 2000)
    assert (service["Essential"], daemon["Essential"]) == (True, False)
    assert daemon["Memory"] <= plan_of(name).memory_mb / 8
    assert daemon["ReadonlyRootFilesystem"] is True
    assert daemon["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert daemon["LogConfiguration"]["Options"]["mode"] == "non-blocking"
    assert "PortMappings" not in daemon  # nobody from outside sends it anything


@every_stage
def test_the_daemon_may_write_traces(name: str) -> None:
    policies = container(name).all("AWS::IAM::Role").values()
    statements = [
        statement
        for role in policies
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    (traces,) = [one for one in statements if "xray:PutTraceSegments" in one["Action"]]
    assert traces["Action"] == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


@every_stage
def test_a_task_is_killed_only_when_the_server_has_had_its_time(name: str) -> None:
    assert task(name)["StopTimeout"] > server.STOP_TIMEOUT_SECONDS


@every_stage
def test_logs_go_to_a_group_that_forgets(name: str) -> None:
    options = task(name)["LogConfiguration"]["Options"]
    group = container(name).only("AWS::Logs::LogGroup")
    assert task(name)["LogConfiguration"]["LogDriver"] == "awslogs"
    assert options["mode"] == "non-blocking"
    assert group["RetentionInDays"] == STAGES[name].log_days


@every_stage
def test_an_outage_of_the_database_restarts_no_process(name: str) -> None:
    assert "'/health'" not in task(name)["HealthCheck"]["Command"][-1]
    assert "'GET', '/'" in task(name)["HealthCheck"]["Command"][-1]


@every_stage
def test_the_balancer_asks_whether_requests_can_be_answered(name: str) -> None:
    group = container(name).only("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (group["HealthCheckPath"], group["Matcher"]) == ("/health", {"HttpCode": "200"})
    assert group["HealthCheckTimeoutSeconds"] > 1.8  # what `/health` gives its checks
    assert group["HealthCheckTimeoutSeconds"] < group["HealthCheckIntervalSeconds"]
    assert attributes(group, "TargetGroupAttributes")["deregistration_delay.timeout_seconds"] == "30"
    assert (group["Protocol"], group["Port"], group["TargetType"]) == ("HTTP", 8080, "ip")


@every_stage
def test_a_deploy_keeps_every_task_until_others_serve_and_goes_back_by_itself(name: str) -> None:
    deployment = container(name).only("AWS::ECS::Service")["DeploymentConfiguration"]
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}


@every_stage
def test_a_deploy_does_not_say_how_many_tasks_there_are(name: str) -> None:
    assert "DesiredCount" not in container(name).only("AWS::ECS::Service")


@every_stage
def test_tasks_grow_by_processor_and_by_requests(name: str) -> None:
    policies = container(name).all("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    by = {
        one["PredefinedMetricSpecification"]["PredefinedMetricType"]: one["TargetValue"]
        for one in (policy["Properties"]["TargetTrackingScalingPolicyConfiguration"] for policy in policies)
    }
    assert by == {"ECSServiceAverageCPUUtilization": 60, "ALBRequestCountPerTarget": 3000 * plan_of(name).cpu // 1024}


@every_stage
def test_tasks_are_in_the_group_of_the_data_and_in_one_that_the_balancer_alone_enters(name: str) -> None:
    template = container(name)
    network = template.only("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    inbound, data = network["SecurityGroups"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert data == "sg-service"
    assert inbound["Fn::GetAtt"][0].startswith("inbound")
    (rule,) = (one for one in template.rules("Ingress") if one["GroupId"] == inbound)
    assert (rule["FromPort"], rule["ToPort"]) == (8080, 8080)
    assert "SourceSecurityGroupId" in rule


@every_stage
def test_nobody_changes_the_group_that_functions_are_in(name: str) -> None:
    rules = [*container(name).rules("Ingress"), *container(name).rules("Egress")]
    assert "sg-service" not in [one["GroupId"] for one in rules]
    assert "sg-service" not in json.dumps(rules)


@every_stage
def test_the_image_is_from_the_stages_own_repository(name: str) -> None:
    repository = migration(name).registry.only("AWS::ECR::Repository")
    image = json.dumps(task(name)["Image"])
    assert f"/{repository['RepositoryName']}:say-which-by-image_tag" in image
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["EmptyOnDelete"] is not STAGES[name].keep_data


def test_an_image_can_be_named_by_its_digest(taking_traffic: Migration) -> None:
    one, _ = taking_traffic.container.only("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    assert f"/lego-api-service-production@{DIGEST}" in json.dumps(one["Image"])


@pytest.mark.parametrize("tag", ["two words", "-x", "sha256:12", "a" * 129])
def test_an_image_that_can_not_be_is_refused(tag: str) -> None:
    with pytest.raises(BadImage, match="neither a tag nor a digest"):
        migration_of(STAGES["dev"], image_tag=tag)


def test_a_stage_without_a_plan_has_no_container_stack() -> None:
    with pytest.raises(ValueError, match="has no container plan"):
        migration_of(replace(STAGES["dev"], container=None))


def test_a_task_may_do_what_all_functions_together_may_but_what_lambda_itself_is_for() -> None:
    granted = {(action, one.on, path) for one in permissions_of_tasks() for action, path in one.pairs}
    wanted = {
        (action, one.on, path)
        for function in FUNCTIONS
        for one in PERMISSIONS[function.name]
        for action, path in one.pairs
        if one.on not in (On.PARSER, On.DEAD_LETTERS)
    }
    assert granted == wanted
    assert "lambda:InvokeFunction" not in {action for action, _, _ in granted}


@every_stage
def test_a_task_reads_no_secret_and_lists_no_everything(name: str) -> None:
    (role,) = (
        one["Properties"] for one in container(name).all("AWS::IAM::Role").values() if "Policies" in one["Properties"]
    )
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert MIGRATE.name not in [function.name for function in FUNCTIONS]
    assert "secretsmanager" not in json.dumps(statements)
    assert '"*"' not in json.dumps([one for one in statements if "xray:PutTraceSegments" not in one["Action"]])
    assert "dbuser:prx-0123456789abcdef0/lego_api" in json.dumps(statements)


@with_own_balancer
def test_the_balancer_gives_idle_connections_up_before_the_server_does(name: str) -> None:
    balancer = container(name).only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    seconds = int(attributes(balancer, "LoadBalancerAttributes")["idle_timeout.timeout_seconds"])
    assert seconds * 1000 < server.IDLE_TIMEOUT_MS


@with_own_balancer
def test_the_balancer_keeps_a_log_and_drops_headers_that_are_none(name: str) -> None:
    set_to = attributes(container(name).only("AWS::ElasticLoadBalancingV2::LoadBalancer"), "LoadBalancerAttributes")
    assert set_to["access_logs.s3.enabled"] == "true"
    assert set_to["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert set_to["deletion_protection.enabled"] == str(STAGES[name].keep_data).lower()
    assert container(name).only("AWS::S3::Bucket")["BucketName"] == migration(name).handed.access_logs_bucket


def test_staging_is_public_by_https_alone() -> None:
    template = container("staging")
    listeners = {one["Properties"]["Port"]: one["Properties"] for one in template.all(LISTENER).values()}
    (redirect,) = listeners[80]["DefaultActions"]
    assert template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    assert template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Subnets"] == ["subnet-3", "subnet-4"]
    assert redirect["RedirectConfig"] == {"Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}
    assert listeners[443]["Certificates"] == [{"CertificateArn": STAGES["staging"].certificate_arn}]
    assert "TLS13" in listeners[443]["SslPolicy"]
    assert listeners[443]["DefaultActions"][0]["Type"] == "forward"
    opened = {(rule["FromPort"], rule["CidrIp"]) for rule in template.rules("Ingress") if "CidrIp" in rule}
    assert opened == {(80, "0.0.0.0/0"), (443, "0.0.0.0/0")}


def test_without_a_certificate_the_balancer_is_inside_the_vpc() -> None:
    template = container("dev")
    (listener,) = template.all(LISTENER).values()
    assert template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    assert template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Subnets"] == ["subnet-1", "subnet-2"]
    assert listener["Properties"]["Port"] == 80
    opened = {(rule["FromPort"], rule["CidrIp"]) for rule in template.rules("Ingress") if "CidrIp" in rule}
    assert opened == {(80, STAGES["dev"].network.cidr)}


LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


def test_production_makes_no_balancer_listener_or_bucket() -> None:
    made = container("production").kinds
    assert not {kind for kind in made if kind.startswith("AWS::S3")}
    assert {kind for kind in made if "LoadBalancing" in kind} == {
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
    }


def test_only_requests_that_ask_for_it_reach_it_beside_what_serves() -> None:
    rule, there = container("production").only("AWS::ElasticLoadBalancingV2::ListenerRule"), adopted()
    assert rule["ListenerArn"] == there.listener_arn
    assert rule["Priority"] == there.rule_priority
    assert rule["Conditions"] == [
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Lego-Backend", "Values": ["litestar"]}}
    ]


def test_when_it_takes_traffic_every_path_reaches_it(taking_traffic: Migration) -> None:
    rule = taking_traffic.container.only("AWS::ElasticLoadBalancingV2::ListenerRule")
    assert rule["Conditions"] == [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]
    (action,) = rule["Actions"]
    assert action["Type"] == "forward"


def test_taking_traffic_changes_the_rule_and_nothing_else_of_the_stack(taking_traffic: Migration) -> None:
    before, after = container("production").body["Resources"], taking_traffic.container.body["Resources"]
    changed = {after[key]["Type"] for key in after if before.get(key) != after[key]}
    assert changed == {"AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::ECS::TaskDefinition"}  # the image is another
    assert set(before) == set(after)


def test_the_adopted_balancer_may_call_tasks_by_a_rule_of_our_own() -> None:
    (rule,) = container("production").all("AWS::EC2::SecurityGroupEgress").values()
    assert rule["Properties"]["GroupId"] == adopted().security_group_id
    assert (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"]) == (8080, 8080)


def test_the_ecs_side_is_whatever_takes_the_traffic(taking_traffic: Migration) -> None:
    there, before, after = adopted(), migration("production").handed, taking_traffic.handed
    assert (before.cluster, before.service, before.repositories) == (there.cluster, there.service, there.repositories)
    assert (after.cluster, after.service) == ("lego-api-cluster-production", "lego-api-service-production")
    assert after.repositories == ("lego-api-service-production",)
    assert before.load_balancer == after.load_balancer == there.full_name
    assert before.target_group == there.target_group != after.target_group


@every_stage
def test_outputs_say_where_in_the_settings_they_belong(name: str) -> None:
    said = {
        one["Description"] for one in container(name).body["Outputs"].values() if "toml" in one.get("Description", "")
    }
    assert said == {f"cutover.toml: [ecs] {key}" for key in ("load_balancer", "cluster", "service")}


@every_stage
def test_the_output_says_whose_searches_opensearch_has_to_let_in(name: str) -> None:
    (task,) = container(name).all("AWS::ECS::TaskDefinition").values()
    assert container(name).body["Outputs"]["SearchRole"]["Value"] == task["Properties"]["TaskRoleArn"]


@every_stage
def test_there_is_no_record_of_dns(name: str) -> None:
    assert not {kind for kind in container(name).kinds if kind.startswith("AWS::Route53")}


def adopted() -> Any:
    stage: Stage = STAGES["production"]
    assert stage.balancer is not None
    return stage.balancer
