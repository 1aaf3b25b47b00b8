"""What this process is told when it starts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.route53.records import RecordSet

Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class BadConfig(Exception):
    """The configuration can't be read or is wrong; the message names the file and the field."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ClockConfig(_Section, frozen=True):
    """The rehearsal's clock: `epoch` in Unix seconds."""

    factor: Annotated[float, Meta(ge=1)] = 1.0
    epoch: float = 0.0


class ZoneConfig(_Section, frozen=True):
    """The hosted zone."""

    id: Annotated[str, Meta(min_length=1, max_length=32, pattern="^[A-Z0-9]+$")]
    name: Annotated[str, Meta(min_length=1)]


class Config(_Section, frozen=True, kw_only=True):
    """Everything; port 0 is a free one, seconds are simulated ones but for those of `requests_per_second`."""

    host: str = "127.0.0.1"
    port: Port = 0
    dns_host: str = "127.0.0.1"
    dns_port: Port = 0
    xray_port: Port = 0  # UDP, at `host`
    region: str = "us-east-1"
    account_id: Annotated[str, Meta(pattern="^[0-9]{12}$")] = "123456789012"
    clock: ClockConfig = ClockConfig()
    moto_url: str
    invoke_url: str
    search_url: str | None = None  # requests that name their caller by basic authentication are meant for it
    zone: ZoneConfig
    targets: Mapping[str, tuple[str, ...]]  # what aliases may point at -> its addresses
    records: tuple[RecordSet, ...] = ()  # the zone's first records; NS and SOA are added if missing
    insync_seconds: NotNegative = 30.0
    answer_ttl_seconds: NotNegative = 60.0
    requests_per_second: Positive = 5.0
    publish_delay_seconds: NotNegative = 60.0
    jwks: Mapping[str, msgspec.Raw] = {}  # path -> the JSON to answer with


def load(path: Path) -> Config:
    """Read the file. Raises BadConfig."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Config)
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}: {error}") from error
