"""The sections of `cutover.toml`, each with its defaults; what a value means stands beside it."""

from typing import Annotated

import msgspec
from msgspec import Meta

Fraction = Annotated[float, Meta(gt=0, lt=1)]
Milliseconds = Annotated[float, Meta(gt=0, le=3_600_000)]  # finite: an endless limit would switch its gate off
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Name = Annotated[str, Meta(min_length=1)]
LATEST_SECONDS = 32_503_680_000.0  # the year 3000: calculating with times must not leave the calendar


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of `cutover.toml`; an unknown key is an error."""


class AwsSettings(Section, frozen=True):
    """How AWS is reached. `endpoint_url` is for a rehearsal's stand-ins and must be on loopback."""

    region: Name = "us-east-1"
    profile: str = ""
    endpoint_url: str = ""


class EcsSettings(Section, frozen=True):
    """The side that is left: the record's identifier and the load balancer as CloudWatch names it."""

    load_balancer: Name  # the LoadBalancer dimension, "app/NAME/ID"
    set_identifier: Name = "ecs"
    cluster: str = ""  # with `service`: so that capacity is checked, kept warm, raised beside a rollback
    service: str = ""


class ServerlessSettings(Section, frozen=True):
    """The side that is moved to: the record's identifier and the HTTP API as CloudWatch names it."""

    api_id: Name
    set_identifier: Name = "lambda"
    api_stage: Name = "$default"
    functions: tuple[Name, ...] = ()  # names of the functions: throttles and deploys are looked at
    rds_proxy: str = ""  # its name: the time to borrow a connection is looked at


class DnsSettings(Section, frozen=True):
    """Name servers as host:port; none means those that the hosted zone itself names."""

    name_servers: tuple[str, ...] = ()
    questions: Annotated[int, Meta(ge=1, le=10_000)] = 100


class LadderStep(Section, frozen=True):
    """One step: Lambda's weight, its bake, and how many requests Lambda must have served in it."""

    weight: Annotated[int, Meta(ge=1, le=100)]
    bake: Name
    min_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 5000


class GateSettings(Section, frozen=True):
    """The gates' limits; rates are fractions, times milliseconds. The defaults are the migration plan's."""

    pass_error_rate: Fraction = 0.01
    fail_error_rate: Fraction = 0.02
    pass_p95_ms: Milliseconds = 500.0
    fail_p95_ms: Milliseconds = 1000.0
    p95_window: Name = "5m"
    p95_min_samples: Count = 200
    min_requests: Count = 100
    blind_minutes: Count = 3
    share_points: Fraction = 0.05


class TimingSettings(Section, frozen=True):
    """How long to wait for what. `data_delay`: CloudWatch's newest minutes that are not final yet."""

    tick: Name = "1m"
    data_delay: Name = "2m"
    insync_timeout: Name = "5m"
    settle: Name = "1m"  # after INSYNC: the answers' TTL
    give_up_after: Name = "24h"  # a hold or a telemetry gap this long ends `run`; weights stay


class LedgerSettings(Section, frozen=True):
    """Where the ledger is: a file (relative paths start at the settings file), or a DynamoDB table."""

    path: Name = ".cutover/ledger.jsonl"  # beside it, or beside its name, documents are kept
    table: str = ""  # the DynamoDB table; then `path` is only where documents are kept
    region: str = ""  # of the table; aws.region if empty
    migration: Name = "cutover"  # the table's partition: one migration
    lease: Name = "2m"  # how long a lease lasts without being prolonged


class SafetySettings(Section, frozen=True):
    """The safety rules' limits: weights and steps in percent points."""

    first_step: Percent = 10
    later_step: Percent = 50
    drill_above: Percent = 10  # more than this needs a drill's receipt; 100: never
    drill_max_age: Name = "14d"
    verify_max_age: Name = "1d"
    quiet_after_deploy: Name = "30m"
    concurrency_headroom: Annotated[float, Meta(ge=1, le=100)] = 2.0
    warm_floor: Count = 1
    veto_alarms: tuple[Name, ...] = ()  # names of alarms; while one is in ALARM nothing is raised
    stacks: tuple[Name, ...] = ()  # CloudFormation stacks whose updates are deploys


class WeeklyFreezeSettings(Section, frozen=True):
    """A window of every week, such as start = "Fri 12:00", end = "Mon 08:00"."""

    start: Name
    end: Name


class FreezeSettings(Section, frozen=True):
    """When nothing is raised. An empty `weekly` means always."""

    time_zone: Name = "UTC"
    weekly: tuple[WeeklyFreezeSettings, ...] = (WeeklyFreezeSettings(start="Fri 12:00", end="Mon 08:00"),)


class SwitchSettings(Section, frozen=True):
    """The kill switch: the object that Lambda's health check asks for. `bucket` empty: there is none."""

    bucket: str = ""
    key: Name = "lambda-serves"
    region: str = ""  # in another region than the service, best; aws.region if empty


class NotifySettings(Section, frozen=True):
    """Who is told of every change, hold and rollback. Secrets come from the environment."""

    sns_topic: str = ""  # an ARN
    slack_webhook_env: str = ""  # the environment variable that holds the webhook's URL
    command: tuple[Name, ...] = ()  # gets the notice as JSON on stdin
    timeout: Name = "5s"


class ArchiveSettings(Section, frozen=True):
    """Where the decommission ladder keeps what it is about to delete."""

    bucket: str = ""
    prefix: Name = "cutover-archive"
    repositories: tuple[Name, ...] = ()  # ECR repositories


class CompareSettings(Section, frozen=True):
    """What `cutover compare` asks of both sides."""

    paths: tuple[Name, ...] = ("/health", "/api/mocs", "/api/images", "/api/albums", "/api/wishlist")
    ignore: tuple[str, ...] = ("timestamp", "requestId", "responseTime", "uptime")  # names of JSON fields
    token_env: str = ""  # the environment variable that holds an access token


class ClockSettings(Section, frozen=True):
    """A rehearsal's compressed time. Refused unless AWS is a stand-in on loopback."""

    factor: Annotated[float, Meta(ge=1, le=100_000)] = 1.0
    epoch: Annotated[float, Meta(ge=0, le=LATEST_SECONDS)] = 0.0
