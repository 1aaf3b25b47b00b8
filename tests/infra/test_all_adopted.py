"""Production's own things: where their ids stand in templates, which is how a deploy could reach one of them."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from infra.stages.production import PRODUCTION
from tests.infra.whole import whole

# The only properties in which a resource of ours may name one of them.
CHANGES = {  # by adding one thing, which goes with its stack
    "AWS::EC2::SecurityGroupEgress.GroupId",  # the load balancer's way to our tasks
    "AWS::EC2::SecurityGroupIngress.GroupId",  # ours are let in to the database, Redis and OpenSearch
    "AWS::ElasticLoadBalancingV2::ListenerRule.ListenerArn",
    "AWS::RDS::DBProxyTargetGroup.DBInstanceIdentifiers",  # which the proxy connects to, as its clients ask for it
}
REFERS = {
    "AWS::ApiGatewayV2::DomainName.DomainNameConfigurations",  # the certificate
    "AWS::CloudWatch::Alarm.Dimensions",  # what is watched
    "AWS::CloudWatch::Alarm.Metrics",
    "AWS::CloudWatch::AnomalyDetector.MetricMathAnomalyDetector",
    "AWS::EC2::SecurityGroup.SecurityGroupEgress",  # as far as the VPC's addresses reach
    "AWS::EC2::SecurityGroup.VpcId",
    "AWS::EC2::SecurityGroupEgress.DestinationSecurityGroupId",
    "AWS::EC2::SecurityGroupIngress.SourceSecurityGroupId",
    "AWS::ECS::Service.NetworkConfiguration",
    "AWS::ECS::TaskDefinition.ContainerDefinitions",
    "AWS::ElasticLoadBalancingV2::TargetGroup.VpcId",
    "AWS::Lambda::Function.Environment",
    "AWS::Lambda::Function.VpcConfig",
    "AWS::RDS::DBProxy.VpcSubnetIds",
    "AWS::SecretsManager::RotationSchedule.HostedRotationLambda",
    "AWS::SecretsManager::SecretTargetAttachment.TargetId",  # whose address is written into our secret
}


def test_a_deploy_names_what_is_adopted_only_where_it_refers_to_it_or_adds_one_rule() -> None:
    """A policy of its bucket, a route of its tables, a client of its pool would each take the place of what serves."""
    known = set(adopted())
    named = {
        f"{resource['Type']}.{name}"
        for resource in whole("production").resources().values()
        if not resource["Type"].startswith("AWS::IAM::")  # who may do what: other tests
        for name, value in resource.get("Properties", {}).items()
        if known & set(texts(value))
    }
    assert named == CHANGES | REFERS


def adopted() -> Iterator[str]:
    """The ids of everything that is there already."""
    for part in (PRODUCTION.network, PRODUCTION.data, PRODUCTION.balancer, PRODUCTION.zone):
        assert part is not None
        for value in dataclasses.astuple(part):
            yield from texts(value)
    yield from texts(PRODUCTION.certificate_arn)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value; of a list that is written as one text, each part."""
    if isinstance(value, str):
        yield from value.split(",")
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)
