"""The cache of a stage's own."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from constructs import Construct

from infra import handles
from infra.findings import accept
from infra.stages.model import DataPlan, Stage

PORT = 6379


class Redis(Construct):
    """Redis 7: encrypted, TLS only, reached by the service's group and nobody else.

    There is no password. The service gets its address by an environment variable, which everyone reads who may read a
    function's settings, and which no rotation reaches; who is in the service's group has that variable anyway. What is
    kept is a copy of rows, for minutes. ElastiCache has no append-only file in Redis 7 (the document asks for one): a
    daily snapshot is what there is.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, plan: DataPlan, network: handles.Network
    ) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "Redis")
        cluster = plan.redis_shards > 0
        group = ec2.SecurityGroup(self, "Group", vpc=network.vpc, description="Redis", allow_all_outbound=False)
        group.add_ingress_rule(
            ec2.Peer.security_group_id(network.service.security_group_id), ec2.Port.tcp(PORT), "Functions and tasks"
        )
        self.nodes = elasticache.CfnReplicationGroup(
            self,
            "Nodes",
            replication_group_description=f"Cache of the LEGO Projects API, {stage.name}",
            engine="redis",
            engine_version="7.1",
            cache_node_type=plan.redis_node,
            num_node_groups=max(plan.redis_shards, 1),
            replicas_per_node_group=plan.redis_replicas,
            automatic_failover_enabled=cluster or plan.redis_replicas > 0,  # cluster mode insists on it
            multi_az_enabled=plan.redis_replicas > 0,
            port=PORT,
            cache_parameter_group_name=_parameters(self, cluster=cluster).ref,
            cache_subnet_group_name=_subnets(self, network.vpc).ref,
            security_group_ids=[group.security_group_id],
            at_rest_encryption_enabled=True,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auto_minor_version_upgrade=True,
            snapshot_retention_limit=1,
        )
        # A cache that nobody asks any more costs as much as one in use: what outlives the stack is a last snapshot.
        self.nodes.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT if stage.keep_data else cdk.RemovalPolicy.DESTROY)
        address = (
            self.nodes.attr_configuration_end_point_address if cluster else self.nodes.attr_primary_end_point_address
        )
        self.endpoint = f"rediss://{address}:{PORT}"
        self.cluster = cluster
        self.group = self.nodes.ref
        self.node_names = _names(self.nodes.ref, plan)
        _accept(self.nodes, plan)


def _names(group: str, plan: DataPlan) -> Sequence[str]:
    """As ElastiCache names the nodes of a group: by shard and number, without cluster mode by number alone."""
    numbers = [f"{number:03}" for number in range(1, plan.redis_replicas + 2)]
    if not plan.redis_shards:
        return [f"{group}-{number}" for number in numbers]
    return [f"{group}-{shard:04}-{number}" for shard in range(1, plan.redis_shards + 1) for number in numbers]


def _parameters(scope: Construct, *, cluster: bool) -> elasticache.CfnParameterGroup:
    properties = {"maxmemory-policy": "allkeys-lru"}
    if cluster:
        properties["cluster-enabled"] = "yes"
    return elasticache.CfnParameterGroup(
        scope,
        "Parameters",
        cache_parameter_group_family="redis7",
        description="What was used least lately goes first",
        properties=properties,
    )


def _subnets(scope: Construct, vpc: ec2.IVpc) -> elasticache.CfnSubnetGroup:
    return elasticache.CfnSubnetGroup(
        scope,
        "Subnets",
        description="Subnets without a way out",
        subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
    )


def _accept(nodes: elasticache.CfnReplicationGroup, plan: DataPlan) -> None:
    accept(
        nodes,
        "A password would stand in the environment of every function; the service's group alone gets in, over TLS",
        "AwsSolutions-AEC6",
    )
    accept(nodes, "Only the service's group gets in; another port would hide nothing", "AwsSolutions-AEC5")
    if plan.redis_replicas == 0:
        accept(
            nodes,
            "A cache without replicas: when its zone is away, the service asks PostgreSQL",
            "AwsSolutions-AEC4",
        )
