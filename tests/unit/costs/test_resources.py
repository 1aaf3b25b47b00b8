"""What single resources cost, each figure worked out by hand."""

from typing import Any

import pytest

from infra.costs.calculator import UnknownKind, costs_of
from infra.costs.prices import NoPrice
from infra.costs.resources import PRICED, Unreadable
from infra.stages.dev import DEV
from tests.unit.costs.made import reckoned, resource, template, usd

FUNCTION: dict[str, Any] = {"Architectures": ["arm64"], "MemorySize": 1024, "FunctionName": "lego-api-mocs-dev"}


def test_a_nat_gateway_costs_its_hours_its_data_and_its_address() -> None:
    costs = reckoned(
        nat=resource("AWS::EC2::NatGateway", "Network"), ip=resource("AWS::EC2::EIP", "Network", Domain="vpc")
    )

    assert usd(costs, "NAT gateway") == pytest.approx(32.85)
    assert usd(costs, "what passes the NAT gateway") == pytest.approx(0.045)
    assert usd(costs, "addresses of NAT gateways") == pytest.approx(3.65)
    assert costs.of({"Network"}) == pytest.approx(36.545)


def test_interface_endpoints_cost_by_zone_and_gateways_nothing() -> None:
    zones = [{"Ref": "a"}, {"Ref": "b"}, {"Ref": "c"}]
    costs = reckoned(
        one=resource("AWS::EC2::VPCEndpoint", "Network", VpcEndpointType="Interface", SubnetIds=zones),
        two=resource("AWS::EC2::VPCEndpoint", "Network", VpcEndpointType="Gateway"),
        three=resource("AWS::EC2::VPCEndpoint", "Network"),
    )

    assert costs.of({"Network"}) == pytest.approx(3 * 0.01 * 730)


@pytest.mark.parametrize(("multi_az", "times"), [(False, 1), (True, 2)])
def test_a_database_in_two_zones_costs_twice(multi_az: bool, times: int) -> None:
    database = resource(
        "AWS::RDS::DBInstance", "RDS", DBInstanceClass="db.t4g.medium", AllocatedStorage="50", MultiAZ=multi_az
    )

    costs = reckoned(database=database)

    assert usd(costs, "PostgreSQL on db.t4g.medium") == pytest.approx(times * 47.45)
    assert usd(costs, "storage of the database") == pytest.approx(times * 5.75)


def test_a_proxy_costs_by_the_databases_cpus() -> None:
    assert usd(reckoned(proxy=resource("AWS::RDS::DBProxy", "RDS")), "RDS Proxy") == pytest.approx(21.90)


@pytest.mark.parametrize(
    ("of", "nodes"),
    [
        ({"NumNodeGroups": 1, "ReplicasPerNodeGroup": 0}, 1),
        ({"NumNodeGroups": 3, "ReplicasPerNodeGroup": 1}, 6),
        ({"NumNodeGroups": 2}, 2),
        ({"NumCacheClusters": 2}, 2),
        ({}, 1),
    ],
)
def test_redis_costs_by_shards_and_replicas(of: dict[str, int], nodes: int) -> None:
    group = resource("AWS::ElastiCache::ReplicationGroup", "Redis", CacheNodeType="cache.t4g.micro", **of)

    costs = reckoned(group=group)

    assert usd(costs, f"Redis, {nodes} × cache.t4g.micro") == pytest.approx(nodes * 11.68)


def test_opensearch_costs_by_nodes_masters_and_each_nodes_volume() -> None:
    domain = resource(
        "AWS::OpenSearchService::Domain",
        "OpenSearch",
        ClusterConfig={
            "InstanceCount": 3,
            "InstanceType": "r6g.large.search",
            "DedicatedMasterEnabled": True,
            "DedicatedMasterCount": 3,
            "DedicatedMasterType": "m6g.large.search",
        },
        EBSOptions={"VolumeSize": 100},
    )

    costs = reckoned(domain=domain)

    assert usd(costs, "OpenSearch, 3 ×") == pytest.approx(3 * 0.167 * 730)
    assert usd(costs, "OpenSearch's masters, 3 ×") == pytest.approx(3 * 0.128 * 730)
    assert usd(costs, "storage of OpenSearch") == pytest.approx(300 * 0.122)


def test_a_domain_without_masters_pays_for_none() -> None:
    domain = resource("AWS::OpenSearchService::Domain", "OpenSearch", ClusterConfig={"InstanceType": "t3.small.search"})

    assert reckoned(domain=domain).of({"OpenSearch"}) == pytest.approx(0.036 * 730)


def _service(**more: Any) -> dict[str, dict[str, Any]]:
    return {
        "cluster": resource("AWS::ECS::Cluster", "ECS"),
        "task": resource(
            "AWS::ECS::TaskDefinition",
            "ECS",
            Cpu="512",
            Memory="1024",
            RuntimePlatform={"CpuArchitecture": "ARM64"},
        ),
        "service": resource(
            "AWS::ECS::Service", "ECS", Cluster={"Ref": "cluster"}, TaskDefinition={"Ref": "task"}, **more
        ),
    }


def test_tasks_cost_by_their_least_number_and_size() -> None:
    target = resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=2,
        ResourceId={"Fn::Join": ["", ["service/", {"Ref": "cluster"}, "/", {"Fn::GetAtt": ["service", "Name"]}]]},
    )

    costs = reckoned(**_service(), target=target)

    assert usd(costs, "2 tasks of 0.5 vCPU, 1 GB, arm64: CPU") == pytest.approx(2 * 0.5 * 0.03238 * 730)
    assert usd(costs, "2 tasks of 0.5 vCPU, 1 GB, arm64: memory") == pytest.approx(2 * 0.00356 * 730)


def test_tasks_that_do_not_run_cost_nothing() -> None:
    assert reckoned(**_service(DesiredCount=0)).of({"ECS"}) == 0


def test_one_task_runs_where_nothing_is_said() -> None:
    assert usd(reckoned(**_service()), "1 task of") == pytest.approx((0.5 * 0.03238 + 0.00356) * 730)


def test_x86_tasks_have_their_own_price() -> None:
    made = _service(DesiredCount=1)
    del made["task"]["Properties"]["RuntimePlatform"]

    assert usd(reckoned(**made), "1 task of 0.5 vCPU, 1 GB, x86_64") == pytest.approx((0.5 * 0.04048 + 0.004445) * 730)


@pytest.mark.parametrize(("value", "metrics"), [("enabled", 25), ("enhanced", 25), ("disabled", 0)])
def test_container_insights_cost_metrics(value: str, metrics: int) -> None:
    made = _service(DesiredCount=1)
    made["cluster"]["Properties"]["ClusterSettings"] = [{"Name": "containerInsights", "Value": value}]

    lines = [line for line in reckoned(**made).lines if line.what == "Container Insights"]
    assert sum(line.usd for line in lines) == pytest.approx(metrics * 0.30)


def test_a_load_balancer_that_faces_the_internet_pays_for_its_addresses() -> None:
    subnets = [{"Ref": "a"}, {"Ref": "b"}]
    inner = reckoned(
        one=resource("AWS::ElasticLoadBalancingV2::LoadBalancer", "ECS", Scheme="internal", Subnets=subnets)
    )
    outer = reckoned(
        one=resource("AWS::ElasticLoadBalancingV2::LoadBalancer", "ECS", Scheme="internet-facing", Subnets=subnets)
    )

    assert inner.of({"ECS"}) == pytest.approx((0.0225 + 0.008) * 730)
    assert outer.of({"ECS"}) - inner.of({"ECS"}) == pytest.approx(2 * 0.005 * 730)


def test_environments_that_are_kept_ready_cost_whether_used_or_not() -> None:
    costs = reckoned(
        mocs=resource("AWS::Lambda::Function", **FUNCTION),
        alias={
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "mocs"},
                "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2},
            },
        },
    )

    assert usd(costs, "kept ready: lego-api-mocs-dev × 2") == pytest.approx(2 * 730 * 3600 * 0.0000033334)
    assert costs.of({"Lambda"}) == pytest.approx(17.52, abs=0.01)


def test_snapshots_cost_by_version_and_only_where_they_are_taken() -> None:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "one"}}}
    plain = reckoned(one=resource("AWS::Lambda::Function", **FUNCTION), version=version)
    snapped = reckoned(
        one=resource("AWS::Lambda::Function", **FUNCTION, SnapStart={"ApplyOn": "PublishedVersions"}), version=version
    )

    assert plain.of({"Lambda"}) == 0
    assert usd(snapped, "snapshots") == pytest.approx(730 * 3600 * 0.0000015046)


def test_an_alias_without_anything_ready_is_free() -> None:
    alias = {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "mocs"}}}

    assert reckoned(mocs=resource("AWS::Lambda::Function", **FUNCTION), alias=alias).of({"Lambda"}) == 0


@pytest.mark.parametrize(
    ("kind", "interval", "options"), [("HTTPS_STR_MATCH", 10, 3), ("HTTPS", 30, 1), ("HTTP", 30, 0)]
)
def test_a_health_check_costs_by_what_it_does(kind: str, interval: int, options: int) -> None:
    check = {
        "Type": "AWS::Route53::HealthCheck",
        "Properties": {
            "HealthCheckConfig": {"Type": kind, "RequestInterval": interval},
            "HealthCheckTags": [{"Key": "Service", "Value": "KillSwitch"}],
        },
    }

    assert reckoned(check=check).of({"KillSwitch"}) == pytest.approx(0.50 + options)


def test_an_alarm_costs_by_the_metrics_that_it_looks_at() -> None:
    math = [{"Id": "r", "Expression": "e / n"}, {"Id": "e", "MetricStat": {}}, {"Id": "n", "MetricStat": {}}]
    costs = reckoned(
        plain=resource("AWS::CloudWatch::Alarm", "Observability", MetricName="Errors"),
        ratio=resource("AWS::CloudWatch::Alarm", "Observability", Metrics=math),
        both=resource("AWS::CloudWatch::CompositeAlarm", "Observability"),
        board=resource("AWS::CloudWatch::Dashboard", "Observability"),
        counted=resource("AWS::Logs::MetricFilter", "Observability", MetricTransformations=[{}, {}]),
    )

    band = resource("AWS::CloudWatch::Alarm", "Monitoring", Metrics=math, ThresholdMetricId="r")

    assert usd(costs, "alarms") == pytest.approx(0.30)
    assert usd(reckoned(band=band), "alarms") == pytest.approx(0.40)  # two metrics, and both edges of the band
    assert usd(costs, "composite alarms") == pytest.approx(0.50)
    assert usd(costs, "dashboards") == pytest.approx(3.00)
    assert usd(costs, "metrics out of logs") == pytest.approx(0.60)


def test_autoscaling_by_a_target_makes_two_alarms() -> None:
    tracking = resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="TargetTrackingScaling")
    steps = resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="StepScaling")

    assert reckoned(one=tracking, two=steps).of({"ECS"}) == pytest.approx(0.20)


def test_small_things_cost_by_the_piece() -> None:
    costs = reckoned(
        a=resource("AWS::SecretsManager::Secret", "Small"),
        b=resource("AWS::SecretsManager::Secret", "Small"),
        c=resource("AWS::KMS::Key", "Small"),
        d=resource("AWS::ServiceDiscovery::PrivateDnsNamespace", "Small"),
        e=resource("AWS::ECR::Repository", "Small"),
        f=resource("AWS::DynamoDB::Table", "Small"),
        g=resource("AWS::EC2::FlowLog", "Small"),
    )

    assert usd(costs, "secrets") == pytest.approx(0.80)
    assert costs.of({"Small"}) == pytest.approx(0.80 + 1.00 + 0.50 + 0.05 + 0.000625 + 0.10)


def test_a_type_that_nobody_knows_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownKind, match=r"AWS::MSK::Cluster: say what it costs"):
        reckoned(kafka=resource("AWS::MSK::Cluster"), vpc=resource("AWS::EC2::VPC"))


def test_functions_of_a_deploy_are_no_such_type() -> None:
    reckoned(one=resource("Custom::Migration"), two=resource("AWS::CloudFormation::CustomResource"))


def test_a_size_without_a_price_is_an_error_that_names_it() -> None:
    database = resource("AWS::RDS::DBInstance", "RDS", DBInstanceClass="db.z1d.large", AllocatedStorage="1")

    with pytest.raises(NoPrice, match=r"'db\.z1d\.large' has no price: add a line"):
        reckoned(database=database)


def test_a_size_that_the_template_leaves_open_is_an_error() -> None:
    database = resource("AWS::RDS::DBInstance", "RDS", DBInstanceClass={"Ref": "Parameter"})

    with pytest.raises(Unreadable, match="database: DBInstanceClass"):
        reckoned(database=database)


@pytest.mark.parametrize("to", [{"Ref": "elsewhere"}, {"Fn::GetAtt": ["elsewhere", "Arn"]}, "arn:aws:lambda:…"])
def test_a_reference_to_another_template_is_an_error(to: Any) -> None:
    alias = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": to,
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
        },
    }

    with pytest.raises(Unreadable, match="which this template does not hold"):
        reckoned(alias=alias)


@pytest.mark.parametrize("tags", [[{"Key": "Service", "Value": "S"}], {"Service": "S"}])
def test_tags_are_read_in_both_of_their_forms(tags: Any) -> None:
    assert reckoned(key={"Type": "AWS::KMS::Key", "Properties": {"Tags": tags}}).of({"S"}) == 1.00


def test_a_resource_without_the_tag_is_counted_all_the_same() -> None:
    costs = reckoned(key={"Type": "AWS::KMS::Key"})

    assert costs.of({"untagged"}) == 1.00


def test_an_empty_stack_costs_nothing() -> None:
    assert costs_of({"none": {}}, DEV).total == costs_of({}, DEV).total


def test_every_type_is_known_in_one_way_only() -> None:
    from infra.costs.kinds import BY_USE, FREE

    assert not FREE & BY_USE.keys()
    assert not FREE & PRICED.keys()
    assert not BY_USE.keys() & PRICED.keys()
    assert template() == {"Resources": {}}
