"""The service on ECS: tasks of Fargate behind a load balancer of the stage's own, or behind the one that is there."""

import re
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from infra import handles
from infra.constructs.balancer import Balancer, access_logs_name, add_rule
from infra.constructs.service_task import PORT, ServiceTask
from infra.stacks.registry import repository_name
from infra.stages.model import AdoptedBalancer, ContainerPlan, Stage

# Until -c image_tag says which. There is no "latest": in the repository tags stay with their image.
NOT_SAID = "say-which-by-image_tag"
_IMAGE = re.compile(r"sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")

# The plan's sustained 100 requests a second on production's two tasks of one vCPU; its spike of 500 takes ten.
REQUESTS_A_MINUTE_PER_VCPU = 3000
CPU_PERCENT = 60  # what is left is for the minutes that another task takes to start
VCPU = 1024


class BadImage(Exception):
    """The context's image_tag is neither a tag nor a digest."""


class ContainerStack(cdk.Stack):
    """A cluster, a service and its way in; the network is given, and so is all data.

    The number of tasks is nowhere in the template: a deploy leaves it as autoscaling, or a rollback, has set it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        network: handles.Network,
        data: handles.Data,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "ECS")
        self._stage, self._network = stage, network
        self._cluster, self._name = stage.named("cluster"), stage.named("service")
        plan, there = stage.container, stage.balancer
        if plan is None:
            raise ValueError(f"the stage {stage.name} has no container plan, so it needs no container stack")
        self._target = self._target_group()
        service = self._service(plan, data)
        self.handles = self._behind(there, plan, service) if there else self._behind_own(service)
        self._scale(service, plan)
        self._say()

    def _target_group(self) -> elbv2.ApplicationTargetGroup:
        return elbv2.ApplicationTargetGroup(
            self,
            "target",
            vpc=self._network.vpc,
            protocol=elbv2.ApplicationProtocol.HTTP,
            port=PORT,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=cdk.Duration.seconds(30),
            # A picture takes a second, a list some milliseconds. It knows no slow start, and nothing needs one: the
            # server has loaded everything before it listens.
            load_balancing_algorithm_type=elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
            health_check=elbv2.HealthCheck(
                path="/health",
                healthy_http_codes="200",
                interval=cdk.Duration.seconds(15),
                timeout=cdk.Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=4,  # a failover of the database takes about a minute
            ),
        )

    def _service(self, plan: ContainerPlan, data: handles.Data) -> ecs.FargateService:
        stage, network = self._stage, self._network
        cluster = ecs.Cluster(
            self,
            "cluster",
            cluster_name=self._cluster,
            vpc=network.vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )
        task = ServiceTask(self, "task", stage=stage, plan=plan, data=data, image=self._image())
        cdk.CfnOutput(
            self,
            "SearchRole",
            value=task.role.role_arn,
            description="OpenSearch: of the tasks, a backend role of the search domain's role mapping",
        )
        inbound = ec2.SecurityGroup(
            self, "inbound", vpc=network.vpc, description="Tasks: whence they are called", allow_all_outbound=False
        )
        service = ecs.FargateService(
            self,
            "service",
            service_name=self._name,
            cluster=cluster,
            task_definition=task.definition,
            vpc_subnets=network.subnets,
            security_groups=[inbound],
            assign_public_ip=False,
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            health_check_grace_period=cdk.Duration.seconds(60),
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        _also_in(service, network.service)
        return service

    def _image(self) -> ecs.ContainerImage:
        """Raises BadImage."""
        named = str(self.node.try_get_context("image_tag") or NOT_SAID)
        if not _IMAGE.fullmatch(named):
            raise BadImage(f"-c image_tag={named} is neither a tag nor a digest such as sha256:0123…")
        repository = ecr.Repository.from_repository_name(self, "repository", repository_name(self._stage))
        return ecs.ContainerImage.from_ecr_repository(repository, named)

    def _behind_own(self, service: ecs.FargateService) -> handles.Container:
        front = Balancer(self, "front", stage=self._stage, vpc=self._network.vpc)
        service.attach_to_application_target_group(self._target)
        front.send_to(self._target)
        cdk.CfnOutput(
            self,
            "Address",
            value=front.balancer.load_balancer_dns_name,
            description="Where the public name's first, simple record has to point, as an alias; cutover adopts it",
        )
        return handles.Container(
            load_balancer=front.balancer.load_balancer_full_name,
            target_group=self._target.target_group_full_name,
            cluster=self._cluster,
            service=self._name,
            repositories=(repository_name(self._stage),),
            access_logs_bucket=access_logs_name(self._stage),
        )

    def _behind(self, there: AdoptedBalancer, plan: ContainerPlan, service: ecs.FargateService) -> handles.Container:
        """The ECS side is whichever service takes the traffic: ours, or the one that served before."""
        service.attach_to_application_target_group(self._target)
        add_rule(self, there, self._target, takes_traffic=plan.takes_traffic)
        ours = plan.takes_traffic
        return handles.Container(
            load_balancer=there.full_name,
            target_group=self._target.target_group_full_name if ours else there.target_group,
            cluster=self._cluster if ours else there.cluster,
            service=self._name if ours else there.service,
            repositories=(repository_name(self._stage),) if ours else there.repositories,
            access_logs_bucket=there.access_logs_bucket,
        )

    def _scale(self, service: ecs.FargateService, plan: ContainerPlan) -> None:
        slowly, quickly = cdk.Duration.minutes(5), cdk.Duration.minutes(1)
        scaling = service.auto_scale_task_count(min_capacity=plan.tasks, max_capacity=plan.most_tasks)
        scaling.scale_on_cpu_utilization(
            "cpu", target_utilization_percent=CPU_PERCENT, scale_in_cooldown=slowly, scale_out_cooldown=quickly
        )
        scaling.scale_on_request_count(
            "requests",
            requests_per_target=REQUESTS_A_MINUTE_PER_VCPU * plan.cpu // VCPU,
            target_group=self._target,
            scale_in_cooldown=slowly,
            scale_out_cooldown=quickly,
        )

    def _say(self) -> None:
        said = {
            "LoadBalancer": (self.handles.load_balancer, "load_balancer"),
            "Cluster": (self.handles.cluster, "cluster"),
            "Service": (self.handles.service, "service"),
        }
        for name, (value, key) in said.items():
            cdk.CfnOutput(self, name, value=value, description=f"cutover.toml: [ecs] {key}")


def _also_in(service: ecs.FargateService, group: ec2.ISecurityGroup) -> None:
    """Put its tasks into a group whose rules stay as they are: by a prop, CDK would let the load balancer into it."""
    made = service.node.find_child("Service")
    if not isinstance(made, ecs.CfnService):
        raise TypeError(f"not a service of ECS: {made.node.path}")
    place = "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.1"
    made.add_property_override(place, group.security_group_id)
