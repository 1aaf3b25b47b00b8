"""A shell inside the VPC for whoever is on call: a task of Fargate that somebody runs, enters, and ends."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import handles
from infra.constructs.keeping import removal
from infra.findings import accept_wildcards
from infra.retention import RETENTION
from infra.stages.model import Stage

WHAT = "shell"  # of cluster, task definition and role alike: lego-api-shell-STAGE
STARTING = f"{WHAT}-start"  # the role by which ECS fetches the image
CONTAINER = "shell"
FIRST_TAG = "1"
MOST_IMAGES = 5
HOURS = 4  # then it ends, whoever is still in it
SIZE = (512, 1024)  # CPU in units, memory in MiB


class ShellStack(cdk.Stack):
    """What the shell is run from; there is no service, so nothing runs until somebody runs it.

    Whoever runs it puts it into the group of functions and tasks, which the data lets in, and which nobody gets into.
    Its own role opens sessions and nothing else: whatever is done to AWS in it is done by the credentials of whoever is
    in it. Raises ValueError for a stage without a public name: it has no roles of people, who could run it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, network: handles.Network, **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        if stage.zone is None:
            raise ValueError(f"the stage {stage.name} has no public name and no roles of people, so it needs no shell")
        cdk.Tags.of(self).add("Service", "Operations")
        self._stage = stage
        repository = self._made_repository()
        ecs.Cluster(
            self,
            "cluster",
            cluster_name=stage.named(WHAT),
            vpc=network.vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            # A log of a session would hold what is typed in it, passwords too; CloudTrail says who opened it, and when.
            execute_command_configuration=ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE),
        )
        self._define(ecs.ContainerImage.from_ecr_repository(repository, self._tag()))
        self._tell(repository)

    def _tag(self) -> str:
        return str(self.node.try_get_context("shell_image_tag") or FIRST_TAG)

    def _made_repository(self) -> ecr.Repository:
        return ecr.Repository(
            self,
            "repository",
            repository_name=self._stage.named(WHAT),
            encryption=ecr.RepositoryEncryption.AES_256,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=MOST_IMAGES, description="The newest")],
            empty_on_delete=not self._stage.keep_data,
            removal_policy=removal(self._stage),
        )

    def _define(self, image: ecs.ContainerImage) -> None:
        cpu, memory_mb = SIZE
        definition = ecs.FargateTaskDefinition(
            self,
            "definition",
            family=self._stage.named(WHAT),
            cpu=cpu,
            memory_limit_mib=memory_mb,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
            ),
            task_role=self._task_role().without_policy_updates(),
            execution_role=self._role("start-role", STARTING, "Fetches the image of the shell, and writes its log"),
        )
        definition.add_container(
            CONTAINER,
            image=image,
            command=["sleep", str(HOURS * 3600)],
            linux_parameters=ecs.LinuxParameters(self, "linux", init_process_enabled=True),
            readonly_root_filesystem=False,  # Systems Manager's agent writes in the container that it enters
            logging=ecs.LogDrivers.aws_logs(stream_prefix=WHAT, log_group=self._log_group()),
        )

    def _task_role(self) -> iam.Role:
        """Only the way in. Named, as the role of people on call may pass it on, and no other."""
        role = self._role("task-role", WHAT, "Lets sessions into the shell, and may do nothing else")
        channels = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]
        role.add_to_policy(iam.PolicyStatement(actions=channels, resources=["*"]))
        return role

    def _role(self, construct_id: str, what: str, description: str) -> iam.Role:
        account = {"StringEquals": {"aws:SourceAccount": self.account}}
        role = iam.Role(
            self,
            construct_id,
            role_name=self._stage.named(what),
            description=description,
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=account),
        )
        every = "Signing in to ECR, and Systems Manager's channels: AWS grants them on everything or not at all"
        accept_wildcards(role, every, "*")
        return role

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "logs",
            log_group_name=f"/ecs/{self._stage.named(WHAT)}",
            retention=RETENTION[self._stage.log_days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _tell(self, repository: ecr.Repository) -> None:
        image = f"{repository.repository_uri}:{FIRST_TAG}"
        cdk.CfnOutput(
            self,
            "ShellImage",
            value=f"docker buildx build --platform linux/arm64 -f infra/shell/Dockerfile -t {image} --push .",
            description="Once, and again with another tag, deployed with -c shell_image_tag=TAG, as cutover changes",
        )
