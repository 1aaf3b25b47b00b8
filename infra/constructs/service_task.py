"""The service as a task of Fargate: what it runs, what it is told, what it may do, where its logs go."""

from collections.abc import Iterable, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import handles
from infra.constructs.environment import service_environment
from infra.constructs.grants import Things, policy_of
from infra.constructs.keeping import removal
from infra.constructs.trace_daemon import ADDRESS, ASKED_FOR, add_trace_daemon
from infra.findings import accept, accept_wildcards
from infra.functions import FUNCTIONS
from infra.permissions import PERMISSIONS, On, Permission
from infra.retention import RETENTION
from infra.stages.model import AdoptedData, ContainerPlan, Stage

PORT = 8080
USER = "10001:10001"  # as the Dockerfile has it; in no image is it anybody else
OPEN_FILES = 65_535  # Fargate's most; a worker of the server holds 8,192 connections, and needs files for the rest
STOP_SECONDS = 30  # the server gives what is under way 25, and the rest is for closing connections
# The root's greeting asks neither database nor Redis: their outage must not restart processes that go on when it ends.
ALIVE = (
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=4); c.request('GET', '/'); "
    "raise SystemExit(c.getresponse().status != 200)"
)
_OF_LAMBDA = (On.PARSER, On.DEAD_LETTERS)  # here the process that took a parts list parses it itself


class ServiceTask(Construct):
    """`definition` runs the image that `tag` names in `repository`: a tag, or a digest (sha256:…)."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        plan: ContainerPlan,
        data: handles.Data,
        image: ecs.ContainerImage,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "logs",
            log_group_name=f"/ecs/{stage.named('service')}",
            retention=RETENTION[stage.log_days],
            removal_policy=removal(stage),
        )
        self.role = self._role(stage, Things(data, self.log_group))
        self.definition = ecs.FargateTaskDefinition(
            self,
            "definition",
            family=stage.named("service"),
            cpu=plan.cpu,
            memory_limit_mib=plan.memory_mb,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
            ),
            # The table of permissions is all that the role may do: CDK adds nothing to it.
            task_role=self.role.without_policy_updates(),
            volumes=[ecs.Volume(name="tmp")],
        )
        self._add_container(image, service_environment(stage, data))
        add_trace_daemon(self.definition, self.log_group)
        self._accept_findings(stage, data)

    def _role(self, stage: Stage, things: Things) -> iam.Role:
        return iam.Role(
            self,
            "role",
            assumed_by=iam.ServicePrincipal(
                "ecs-tasks.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            ),
            description=f"What the tasks of {stage.named('service')} may do",
            inline_policies={"service": policy_of(cdk.Stack.of(self), [*permissions_of_tasks(), ASKED_FOR], things)},
        )

    def _add_container(self, image: ecs.ContainerImage, environment: Mapping[str, str]) -> None:
        parameters = ecs.LinuxParameters(self, "linux", init_process_enabled=True)
        parameters.drop_capabilities(ecs.Capability.ALL)
        container = self.definition.add_container(
            "service",
            image=image,
            essential=True,
            environment={
                **environment,
                "AWS_REGION": cdk.Stack.of(self).region,
                "BIND": "0.0.0.0",  # noqa: S104 - in a network of its own, which the load balancer alone may enter
                "PORT": str(PORT),
                "AWS_XRAY_DAEMON_ADDRESS": ADDRESS,
            },
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            user=USER,
            readonly_root_filesystem=True,
            linux_parameters=parameters,
            ulimits=[ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=OPEN_FILES, hard_limit=OPEN_FILES)],
            stop_timeout=cdk.Duration.seconds(STOP_SECONDS),
            health_check=ecs.HealthCheck(
                command=["CMD", "python", "-c", ALIVE],
                interval=cdk.Duration.seconds(30),
                timeout=cdk.Duration.seconds(5),
                retries=3,
                start_period=cdk.Duration.seconds(60),
            ),
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="service",
                log_group=self.log_group,
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,  # requests do not wait for CloudWatch
                max_buffer_size=cdk.Size.mebibytes(25),
            ),
        )
        container.add_mount_points(ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False))  # noqa: S108

    def _accept_findings(self, stage: Stage, data: handles.Data) -> None:
        files = {f"{prefix}*" for one in permissions_of_tasks() if one.on is On.FILES for prefix in one.paths}
        documents = {path for one in permissions_of_tasks() if one.on is On.SEARCH for path in one.paths if "*" in path}
        accept_wildcards(
            self.role,
            "Files and documents are named by ids that are not known before; the role is held to their kinds",
            *(f"{bucket}/{key}" for bucket in _files_arns(stage, data) for key in sorted(files)),
            *(f"{data.search.domain_arn}/{path}" for path in sorted(documents)),
        )
        accept_wildcards(self.role, "X-Ray's calls can't be granted on less: traces have no ARNs", "*")
        accept_wildcards(
            self.definition, "ecr:GetAuthorizationToken can't be granted on less: the token is the registry's", "*"
        )
        accept(
            self.definition,
            "The environment names places and switches, no passwords: the database is signed in to by IAM",
            "AwsSolutions-ECS2",
        )


def _files_arns(stage: Stage, data: handles.Data) -> Sequence[str]:
    """The bucket as it is referred to here, and as templates have it in the end: by name, if it is of another stack."""
    there = stage.data
    name = there.bucket if isinstance(there, AdoptedData) else f"lego-moc-files-{stage.name}"
    return list(dict.fromkeys((data.files.bucket_arn, f"arn:aws:s3:::{name}")))


def permissions_of_tasks() -> Sequence[Permission]:
    """What all functions of the API may do together: one task serves every route, and parses parts lists itself."""
    return _together(one for function in FUNCTIONS for one in PERMISSIONS[function.name] if one.on not in _OF_LAMBDA)


def _together(permissions: Iterable[Permission]) -> Sequence[Permission]:
    """One for each action on each kind of thing, with every path that any of them has."""
    paths: dict[tuple[str, On], set[str]] = {}
    for one in permissions:
        for action in one.actions:
            paths.setdefault((action, one.on), set()).update(one.paths)
    return [Permission((action,), on, tuple(sorted(found))) for (action, on), found in sorted(paths.items(), key=str)]
