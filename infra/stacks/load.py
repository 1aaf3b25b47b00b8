"""Load beyond one machine: a Locust master and its workers on Fargate; none of them runs until somebody wants it."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_servicediscovery as discovery
from constructs import Construct

from infra import handles
from infra.findings import accept, accept_wildcards
from infra.retention import RETENTION
from infra.stages.model import Stage

WORKERS_PORT = 5557  # of the master: Locust's own protocol
PAGE_PORT = 8089
HTTPS = 443
MASTER = "master"
FIRST_TAG = "1"
MOST_IMAGES = 5
MASTER_SIZE = (512, 1024)  # CPU in units, memory in MiB: it only adds up
WORKER_SIZE = (1024, 2048)  # a worker is one process, and fills one core
LOCUST = ("locust", "-f", "loadtests/")


class LoadStack(cdk.Stack):
    """Master and workers, in private subnets, with a way to the public name and nowhere else.

    The master's page listens on its own loopback: whoever wants to see it comes through a session of Systems Manager.
    Every deploy sets both services to 0 tasks. Raises ValueError for a stage that has no workers, or no public name.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, network: handles.Network, **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        if not stage.load_workers or stage.public_name is None:
            raise ValueError(f"the stage {stage.name} has no load workers or no public name, so it needs no load stack")
        cdk.Tags.of(self).add("Service", "Load")
        self._stage, self._network = stage, network
        self._repository = self._made_repository()
        self._tokens = self._made_tokens()
        self._cluster = self._made_cluster()
        master, workers = self._group("Master of a load test"), self._group("Workers of a load test")
        between = ec2.Port.tcp(WORKERS_PORT)
        master.add_ingress_rule(workers, between, "Workers of Locust")
        workers.add_egress_rule(master, between, "Master of Locust")
        master_name = f"{MASTER}.{self._namespace.namespace_name}"
        page = (f"--master-bind-port={WORKERS_PORT}", "--web-host=127.0.0.1", f"--web-port={PAGE_PORT}")
        self._master = self._service(MASTER, MASTER_SIZE, ("--master", *page), master)
        self._master.enable_cloud_map(
            name=MASTER,
            cloud_map_namespace=self._namespace,
            dns_record_type=discovery.DnsRecordType.A,
            dns_ttl=cdk.Duration.seconds(10),
        )
        joining = ("--worker", f"--master-host={master_name}", f"--master-port={WORKERS_PORT}")
        self._workers = self._service("worker", WORKER_SIZE, joining, workers)
        self._tell()

    def _made_repository(self) -> ecr.Repository:
        keep = self._stage.keep_data
        return ecr.Repository(
            self,
            "repository",
            repository_name=self._stage.named("load"),
            encryption=ecr.RepositoryEncryption.AES_256,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=MOST_IMAGES, description="The newest")],
            empty_on_delete=not keep,
            removal_policy=cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY,
        )

    def _made_tokens(self) -> secretsmanager.Secret:
        """What it holds at first is no token: somebody who may sign test users in puts theirs there."""
        secret = secretsmanager.Secret(
            self,
            "tokens",
            description="Bearer tokens of test users for a load test, separated by commas",
            removal_policy=cdk.RemovalPolicy.RETAIN if self._stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        short = "Tokens live for an hour and are put here by hand before a load test: there is nothing to rotate"
        accept(secret, short, "AwsSolutions-SMG4")
        return secret

    def _made_cluster(self) -> ecs.Cluster:
        vpc = self._network.vpc
        self._namespace = discovery.PrivateDnsNamespace(
            self,
            "namespace",
            name=f"{self._stage.named('load')}.internal",
            vpc=vpc,
            description="Where workers find the master",
        )
        return ecs.Cluster(
            self,
            "cluster",
            cluster_name=self._stage.named("load"),
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
            # A port that is passed on leaves nothing that could be logged; CloudTrail says who opened the session.
            execute_command_configuration=ecs.ExecuteCommandConfiguration(logging=ecs.ExecuteCommandLogging.NONE),
        )

    def _group(self, description: str) -> ec2.SecurityGroup:
        name = description.split(maxsplit=1)[0].lower()
        group = ec2.SecurityGroup(
            self, f"{name}-group", vpc=self._network.vpc, description=description, allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "The public name, and AWS")
        return group

    def _service(
        self, what: str, size: tuple[int, int], arguments: Sequence[str], group: ec2.ISecurityGroup
    ) -> ecs.FargateService:
        master = what == MASTER
        return ecs.FargateService(
            self,
            what,
            service_name=self._stage.named(f"load-{what}"),
            cluster=self._cluster,
            task_definition=self._definition(what, size, arguments),
            desired_count=0,
            min_healthy_percent=0,
            max_healthy_percent=100,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=False),
            enable_execute_command=master,
            vpc_subnets=self._network.subnets,
            security_groups=[group],
            assign_public_ip=False,
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def _definition(self, what: str, size: tuple[int, int], arguments: Sequence[str]) -> ecs.FargateTaskDefinition:
        cpu, memory_mb = size
        definition = ecs.FargateTaskDefinition(
            self,
            f"{what}-definition",
            family=self._stage.named(f"load-{what}"),
            cpu=cpu,
            memory_limit_mib=memory_mb,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64, operating_system_family=ecs.OperatingSystemFamily.LINUX
            ),
        )
        tag = str(self.node.try_get_context("load_image_tag") or FIRST_TAG)
        definition.add_container(
            "locust",
            image=ecs.ContainerImage.from_ecr_repository(self._repository, tag),
            command=[*LOCUST, *arguments],
            environment={"LEGO_HOST": f"https://{self._stage.public_name}"},
            secrets={"LEGO_TOKENS": ecs.Secret.from_secrets_manager(self._tokens)},
            port_mappings=[ecs.PortMapping(container_port=WORKERS_PORT)] if what == MASTER else [],
            linux_parameters=ecs.LinuxParameters(self, f"{what}-linux", init_process_enabled=True),
            readonly_root_filesystem=what != MASTER,  # Systems Manager's agent writes in the container that it enters
            logging=ecs.LogDrivers.aws_logs(stream_prefix=what, log_group=self._log_group(what)),
        )
        accept(definition, "The environment names the public name; tokens come from a secret", "AwsSolutions-ECS2")
        every = "Signing in to ECR, and Systems Manager's channels: AWS grants them on everything or not at all"
        accept_wildcards(definition, every, "*")
        return definition

    def _log_group(self, what: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            f"{what}-logs",
            log_group_name=f"/ecs/{self._stage.named(f'load-{what}')}",
            retention=RETENTION[self._stage.log_days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _tell(self) -> None:
        cluster, master, workers = (
            one for one in (self._cluster.cluster_name, self._master.service_name, self._workers.service_name)
        )
        scale = f"aws ecs update-service --cluster {cluster} --service"
        image = f"{self._repository.repository_uri}:{FIRST_TAG}"
        told = {
            "LoadImage": (
                f"docker buildx build --platform linux/arm64 -f loadtests/Dockerfile -t {image} --push .",
                "Once, and again with another tag, deployed with -c load_image_tag=TAG, when loadtests/ has changed",
            ),
            "LoadTokens": (
                f"aws secretsmanager put-secret-value --secret-id {self._tokens.secret_arn} --secret-string TOKENS",
                "Before each run: bearer tokens of test users, separated by commas; they live for an hour",
            ),
            "LoadUp": (
                f"{scale} {master} --desired-count 1 && {scale} {workers} --desired-count {self._stage.load_workers}",
                "Starts master and workers; they wait to be told how many users",
            ),
            "LoadPage": (
                f"TASK=$(aws ecs list-tasks --cluster {cluster} --service-name {master} --query 'taskArns[0]' "
                f"--output text); aws ssm start-session --target ecs:{cluster}_${{TASK##*/}}_$(aws ecs describe-tasks "
                f"--cluster {cluster} --tasks $TASK --query 'tasks[0].containers[0].runtimeId' --output text) "
                "--document-name AWS-StartPortForwardingSession "
                f"--parameters portNumber={PAGE_PORT},localPortNumber={PAGE_PORT}",
                f"The master's page on http://127.0.0.1:{PAGE_PORT}, for as long as it runs",
            ),
            "LoadDown": (
                f"{scale} {master} --desired-count 0 && {scale} {workers} --desired-count 0",
                "Ends master and workers: by the hour they cost as much as the service's own tasks",
            ),
        }
        for name, (value, description) in told.items():
            cdk.CfnOutput(self, name, value=value, description=description)
