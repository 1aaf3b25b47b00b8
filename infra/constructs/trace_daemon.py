"""X-Ray's daemon beside the service in its task: takes spans on loopback by UDP and sends them on in batches."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

from infra.permissions import On, Permission

# From AWS's public registry, for both architectures. It passes on what it is sent and looks at its first line only.
IMAGE = "public.ecr.aws/xray/aws-xray-daemon:3.3.14"
ADDRESS = "127.0.0.1:2000"  # containers of one task share their loopback
CPU_UNITS = 32  # of the task's, when everybody wants them
MEMORY_MB = 128  # it is killed above: more would be a leak
ASKED_FOR = Permission(
    ("xray:PutTelemetryRecords", "xray:PutTraceSegments"), On.EVERYTHING, rare="by the daemon, not by the service"
)


def add_trace_daemon(definition: ecs.FargateTaskDefinition, log_group: logs.ILogGroup) -> None:
    """Put it into the task. It is not essential: without it traces are lost, and nothing else."""
    parameters = ecs.LinuxParameters(definition, "daemon-linux")
    parameters.drop_capabilities(ecs.Capability.ALL)
    definition.add_container(
        "xray",
        image=ecs.ContainerImage.from_registry(IMAGE),
        command=["--local-mode", "--region", cdk.Stack.of(definition).region, "--log-level", "warn"],
        essential=False,
        cpu=CPU_UNITS,
        memory_limit_mib=MEMORY_MB,
        readonly_root_filesystem=True,
        linux_parameters=parameters,
        logging=ecs.LogDrivers.aws_logs(
            stream_prefix="xray",
            log_group=log_group,
            mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            max_buffer_size=cdk.Size.mebibytes(1),
        ),
    )
