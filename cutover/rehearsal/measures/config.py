"""What this process is told when it starts: whom to ask, how large things are said to be, under which names."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=1, le=65_535)]
Url = Annotated[str, Meta(pattern=r"^http://[^/\s]+(/\S*)?$")]


class BadConfig(Exception):
    """The configuration can't be read or is wrong; the message names the file and the field."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ClockConfig(_Section, frozen=True):
    """The two numbers of the rehearsal's clock."""

    factor: Positive
    epoch: float


class Sizes(_Section, frozen=True):
    """What is stated, since nothing here is that large; bytes but for the search domain's storage."""

    database_memory: Positive = 4e9  # db.t4g.medium
    database_storage: Positive = 50e9
    task_memory: Positive = 2e9
    search_heap: Positive = 1e9
    search_storage_mb: Positive = 20_000.0


class MeasuresConfig(_Section, frozen=True):
    """Everything; `dimensions` are the values of every dimension that the metrics have.

    `pids` is the file in which the stack notes its processes' ids, `log` the API's output on ECS.
    """

    clock: ClockConfig
    aws_url: Url
    moto_url: Url
    database: str
    valkey_port: Port
    search_url: Url
    health_url: Url
    pids: str
    log: str
    log_group: str
    log_stream: str
    queue_url: str
    region: str
    dimensions: dict[str, str]
    sizes: Sizes = Sizes()


def read_config(path: Path) -> MeasuresConfig:
    """The configuration in that file. Raises BadConfig."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=MeasuresConfig)
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadConfig(f"{path}: {error}") from error
