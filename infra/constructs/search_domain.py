"""The search engine of a stage's own."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_opensearchservice as opensearch
from constructs import Construct

from infra import handles
from infra.constructs.keeping import keep
from infra.findings import accept, accept_wildcards
from infra.stages.model import NAME, DataPlan, Stage

CALLS = ("es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut")
LOGS = {  # what OpenSearch calls them, and what follows in the group's name
    "AUDIT_LOGS": "audit",
    "ES_APPLICATION_LOGS": "application",
    "INDEX_SLOW_LOGS": "slow-indexing",
    "SEARCH_SLOW_LOGS": "slow-searches",
}


class SearchDomain(Construct):
    """OpenSearch 2.19 in the VPC: TLS 1.2, encrypted between nodes and at rest, fine-grained access control by IAM.

    Three doors: the security group; IAM, as a role needs leave to call this domain, and the domain trusts this account
    alone; OpenSearch's own roles. Only `master` has one of those at first: a person signs in as it once, from within
    the VPC, and maps the roles of functions and tasks (the output `OnceInTheSearchDomain` says how). Until then
    PostgreSQL answers searches. The account needs OpenSearch's service-linked role before its first domain in a VPC.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, plan: DataPlan, network: handles.Network
    ) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "OpenSearch")
        name = self.name = f"{NAME}-{stage.name}"  # at most 28 characters
        self.arn = cdk.Stack.of(self).format_arn(service="es", resource="domain", resource_name=name)
        self.master = _master(self, self.arn)
        published, may_publish = _logs(self, stage, name, self.arn)
        self.domain = opensearch.CfnDomain(
            self,
            "Domain",
            domain_name=name,
            engine_version="OpenSearch_2.19",
            cluster_config=_cluster(plan),
            ebs_options={"ebsEnabled": True, "volumeType": "gp3", "volumeSize": plan.search_volume_gb},
            vpc_options=_place(self, plan, network),
            encryption_at_rest_options={"enabled": True},
            node_to_node_encryption_options={"enabled": True},
            domain_endpoint_options={"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
            advanced_security_options={
                "enabled": True,
                "internalUserDatabaseEnabled": False,
                "masterUserOptions": {"masterUserArn": self.master.role_arn},
            },
            access_policies=_access(self.arn, cdk.Stack.of(self)),
            log_publishing_options=published,
            software_update_options={"autoSoftwareUpdateEnabled": True},
            off_peak_window_options={"enabled": True},
        )
        self.domain.add_resource_dependency(may_publish)
        self.domain.cfn_options.update_policy = cdk.CfnUpdatePolicy(enable_version_upgrade=True)
        keep(self, stage, "AWS::EC2::SecurityGroup", "AWS::IAM::Role", "AWS::OpenSearchService::Domain")
        self.endpoint = f"https://{self.domain.attr_domain_endpoint}"
        _accept(self.domain, plan)


def _cluster(plan: DataPlan) -> dict[str, Any]:
    config: dict[str, Any] = {
        "instanceType": plan.search_node,
        "instanceCount": plan.search_nodes,
        "zoneAwarenessEnabled": plan.search_nodes > 1,
        "dedicatedMasterEnabled": plan.search_master_nodes > 0,
    }
    if plan.search_nodes > 1:
        config["zoneAwarenessConfig"] = {"availabilityZoneCount": 2}
    if plan.search_master_nodes:
        config |= {"dedicatedMasterCount": plan.search_master_nodes, "dedicatedMasterType": plan.search_node}
    return config


def _place(scope: Construct, plan: DataPlan, network: handles.Network) -> dict[str, Any]:
    """One subnet for each zone that has nodes; in a group that lets the service in."""
    group = ec2.SecurityGroup(scope, "Group", vpc=network.vpc, description="OpenSearch", allow_all_outbound=False)
    group.add_ingress_rule(
        ec2.Peer.security_group_id(network.service.security_group_id), ec2.Port.tcp(443), "Functions and tasks"
    )
    subnets = network.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids
    return {"securityGroupIds": [group.security_group_id], "subnetIds": subnets[: 2 if plan.search_nodes > 1 else 1]}


def _master(scope: Construct, arn: str) -> iam.Role:
    """Who may say what other roles may do in OpenSearch; for a person, who needs leave to assume it as well."""
    role = iam.Role(
        scope,
        "Master",
        assumed_by=iam.AccountRootPrincipal(),
        description="Master of the search domain: maps the roles of functions and tasks, once",
        max_session_duration=cdk.Duration.hours(1),
    )
    calls = iam.Policy(
        scope,
        "MasterCalls",
        roles=[role],
        statements=[iam.PolicyStatement(actions=list(CALLS), resources=[f"{arn}/*"])],
    )
    accept_wildcards(calls, "Every path of this one domain: OpenSearch's own roles decide below that", f"{arn}/*")
    return role


def _access(arn: str, stack: cdk.Stack) -> dict[str, Any]:
    """The domain trusts the account: its roles get in as far as their own policies go."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{stack.partition}:iam::{stack.account}:root"},
                "Action": list(CALLS),
                "Resource": f"{arn}/*",
            }
        ],
    }


def _logs(scope: Construct, stage: Stage, name: str, arn: str) -> tuple[dict[str, Any], logs.CfnResourcePolicy]:
    """The log groups as the domain names them, and OpenSearch's leave to write to them."""
    groups = {
        kind: logs.CfnLogGroup(
            scope,
            f"Log-{called}",
            log_group_name=f"/aws/OpenSearchService/domains/{name}/{called}",
            retention_in_days=stage.log_days,
        )
        for kind, called in LOGS.items()
    }
    for group in groups.values():
        group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "es.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [group.attr_arn for group in groups.values()],
                "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
            }
        ],
    }
    policy = logs.CfnResourcePolicy(
        scope,
        "MayLog",
        policy_name=stage.named("search-logs"),
        policy_document=cdk.Stack.of(scope).to_json_string(document),
    )
    published = {kind: {"cloudWatchLogsLogGroupArn": group.attr_arn, "enabled": True} for kind, group in groups.items()}
    return published, policy


def _accept(domain: opensearch.CfnDomain, plan: DataPlan) -> None:
    accept(
        domain,
        "A domain in a VPC takes no policy by address: its security group lets the service's group in alone",
        "AwsSolutions-OS3",
    )
    if plan.search_master_nodes == 0:
        accept(
            domain,
            "Masters of their own are three more nodes: worth it where real users search, not on this stage",
            "AwsSolutions-OS4",
        )
    if plan.search_nodes == 1:
        accept(
            domain,
            "One node is in one zone: a developer's stage, filled anew by a reindex",
            "AwsSolutions-OS7",
        )
