"""The configuration of the edge process: one JSON file, read once, checked whole."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1)]
Loopback = Annotated[str, Meta(pattern=r"^127(\.\d{1,3}){3}$")]
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class BadConfig(Exception):
    """The configuration file is missing or wrong; the message names the file and the field."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ClockConfig(_Section, frozen=True):
    """The two numbers of the rehearsal's `CompressedClock`."""

    factor: Seconds
    epoch: float


class ControlConfig(_Section, frozen=True):
    """Where faults, state and direct invocations are asked for; port 0 picks a free one."""

    address: Loopback
    port: Port


class AlbConfig(_Section, frozen=True):
    """The load balancer; `target` null means that no target is registered."""

    address: Loopback
    port: Port
    target: tuple[Loopback, Port] | None
    load_balancer: Name
    idle_timeout_seconds: Seconds


class GatewayConfig(_Section, frozen=True):
    """The HTTP API as its events and metrics name it; `access_log` is a log group, None: no line is written."""

    address: Loopback
    port: Port
    api_id: Name
    stage: Name
    domain_name: Name
    access_log: Name | None = None


class FunctionConfig(_Section, frozen=True):
    """One Lambda function: its handler, its limits and the routes that lead to it.

    `max_environments` is what this machine bears: requests beyond wait for one. `concurrency_limit` is Lambda's own:
    requests beyond are throttled.
    """

    name: Name
    handler: Annotated[str, Meta(pattern=r"^[^.\s]\S*\.\w+$")]
    memory_mb: Count
    timeout_seconds: Seconds
    provisioned: Annotated[int, Meta(ge=0)]
    max_environments: Count
    concurrency_limit: Count
    routes: tuple[Name, ...]

    def __post_init__(self) -> None:
        if self.provisioned > self.max_environments:
            raise ValueError(
                f"function {self.name}: provisioned {self.provisioned} is over max_environments {self.max_environments}"
            )
        if self.max_environments > self.concurrency_limit:
            raise ValueError(
                f"function {self.name}: max_environments {self.max_environments} is over concurrency_limit"
                f" {self.concurrency_limit}"
            )


class SamplingConfig(_Section, frozen=True):
    """Which invocations X-Ray records where no caller has decided; the defaults are its default rule's."""

    per_second: Annotated[int, Meta(ge=0)] = 1
    share: Annotated[float, Meta(ge=0, le=1)] = 0.05


class DeadLettersConfig(_Section, frozen=True):
    """Where the events of `function` go that were given up: an SQS queue and the server that has it."""

    function: Name
    sqs_url: Annotated[str, Meta(pattern=r"^http://[^/\s]+/?$")]
    queue_url: Name


class EdgeConfig(_Section, frozen=True):
    """Everything that the edge process is told; `environment` is added to every function's own variables."""

    clock: ClockConfig
    region: Name
    account_id: Name
    metrics_url: Annotated[str, Meta(pattern=r"^http://[^/\s]+/\S*$")]
    control: ControlConfig
    alb: AlbConfig
    gateway: GatewayConfig
    functions: tuple[FunctionConfig, ...]
    environment: dict[str, str]
    task_root: Name
    python: Name
    log_dir: Name
    logs_url: Annotated[str, Meta(pattern=r"^http://[^/\s]+/\S*$")] | None = None
    dead_letters: DeadLettersConfig | None = None
    sampling: SamplingConfig = SamplingConfig()

    def __post_init__(self) -> None:
        names = [function.name for function in self.functions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"functions named twice: {', '.join(twice)}")


def read_config(path: Path) -> EdgeConfig:
    """The configuration in that JSON file; raises `BadConfig`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=EdgeConfig)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadConfig(f"{path}: {error}") from error
