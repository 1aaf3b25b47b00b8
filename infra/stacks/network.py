"""The network: a VPC made for the stage, or the one that production has; the security group that functions run in."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import handles
from infra.stages.model import AdoptedNetwork, NetworkPlan, Stage

HTTPS = 443
POSTGRES = 5432
REDIS = 6379


class NetworkStack(cdk.Stack):
    """Where everything of a stage runs.

    There are no interface endpoints, in any stage. One costs about $7.30 a month and zone: for the six AWS services
    that functions and tasks call, in two zones, $88, more than twice the document's whole VPC ($35, its NAT gateway).
    They would only spare that gateway some traffic, a few GB a month at $0.045; it stays, for Cognito's keys. Logs and
    traces of Lambda do not come this way at all. In production, with private names, endpoints would moreover catch the
    calls of what serves there already. S3 is what has traffic, and its gateway endpoint is free.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Network")
        plan = stage.network
        vpc = _adopted(self, plan) if isinstance(plan, AdoptedNetwork) else _made(self, plan, stage)
        self.handles = handles.Network(
            vpc=vpc,
            subnets=ec2.SubnetSelection(subnets=vpc.private_subnets),
            service=_service_group(self, vpc, plan.cidr),
        )
        _say(self, self.handles)

    @property
    def availability_zones(self) -> list[str]:
        """The region's first zones, by number: names would be asked of AWS at synth where the account is known.

        Three, as no region has fewer; a VPC takes as many of them as its plan says.
        """
        return [cdk.Fn.select(number, cdk.Fn.get_azs()) for number in range(3)]


def _adopted(scope: Construct, there: AdoptedNetwork) -> ec2.IVpc:
    """The VPC that is there.

    It gets no S3 endpoint from here: that would change its route tables, which breaks open connections of what serves
    from it at that moment, and fails where it has one. Whoever owns the VPC adds it; until then S3 costs NAT traffic.
    """
    return ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id=there.vpc_id,
        vpc_cidr_block=there.cidr,
        availability_zones=list(there.availability_zones),
        private_subnet_ids=list(there.private_subnet_ids),
        private_subnet_route_table_ids=list(there.private_route_table_ids),
        public_subnet_ids=list(there.public_subnet_ids),
    )


def _made(scope: Construct, plan: NetworkPlan, stage: Stage) -> ec2.Vpc:
    """Three kinds of subnet in each zone: public for balancers and NAT, private with a way out, isolated for data."""
    vpc = ec2.Vpc(
        scope,
        "Vpc",
        vpc_name=stage.named("vpc"),
        ip_addresses=ec2.IpAddresses.cidr(plan.cidr),
        max_azs=plan.zones,
        nat_gateways=plan.nat_gateways,
        # The default group lets in only its own members, and nothing is ever put into it. Taking its rules away needs a
        # custom resource with a function that may change any group's rules: more risk than it removes.
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=False),
            ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            ec2.SubnetConfiguration(name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        ],
        gateway_endpoints={
            "S3": ec2.GatewayVpcEndpointOptions(
                service=ec2.GatewayVpcEndpointAwsService.S3,
                subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
            )
        },
    )
    _log_flows(scope, vpc, stage)
    return vpc


def _log_flows(scope: Construct, vpc: ec2.Vpc, stage: Stage) -> None:
    """Who spoke to whom, and who was turned away."""
    group = logs.CfnLogGroup(
        scope, "Flows", log_group_name=f"/{stage.named('network')}/flows", retention_in_days=stage.log_days
    )
    group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account}}
    writer = iam.Role(
        scope, "FlowsRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com", conditions=account)
    )
    ec2.FlowLog(
        scope,
        "FlowLog",
        resource_type=ec2.FlowLogResourceType.from_vpc(vpc),
        destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, writer),
        traffic_type=ec2.FlowLogTrafficType.ALL,
    )


def _service_group(scope: Construct, vpc: ec2.IVpc, cidr: str) -> ec2.SecurityGroup:
    """What functions and tasks run in: nobody gets in; out to AWS and OpenSearch, PostgreSQL and Redis, no more.

    Names are resolved by the VPC's own server, which no security group holds up.
    """
    group = ec2.SecurityGroup(
        scope, "Service", vpc=vpc, description="Functions and tasks of the API", allow_all_outbound=False
    )
    inside = ec2.Peer.ipv4(cidr)
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS, Cognito keys, OpenSearch")
    group.add_egress_rule(inside, ec2.Port.tcp(POSTGRES), "PostgreSQL and its proxy")
    group.add_egress_rule(inside, ec2.Port.tcp(REDIS), "Redis")
    return group


def _say(stack: cdk.Stack, network: handles.Network) -> None:
    cdk.CfnOutput(stack, "VpcId", value=network.vpc.vpc_id, description="Where everything of this stage runs")
    cdk.CfnOutput(
        stack,
        "ServiceSecurityGroup",
        value=network.service.security_group_id,
        description="The group of functions and tasks; data lets it in",
    )
    cdk.CfnOutput(
        stack,
        "PrivateSubnets",
        value=",".join(subnet.subnet_id for subnet in network.vpc.private_subnets),
        description="Where functions and tasks run; with a way out by NAT",
    )
