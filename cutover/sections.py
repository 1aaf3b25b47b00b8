"""The sections of `cutover.toml`, each with its defaults; what a value means stands beside it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from cutover.core import thresholds

Fraction = Annotated[float, Meta(gt=0, lt=1)]
Milliseconds = Annotated[float, Meta(gt=0, le=3_600_000)]  # finite: an endless limit would switch its gate off
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Percent = Annotated[int, Meta(ge=1, le=100)]
Windows = Annotated[int, Meta(ge=1, le=60)]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Ratio = Annotated[float, Meta(ge=1, le=100)]
Name = Annotated[str, Meta(min_length=1)]
LATEST_SECONDS = 32_503_680_000.0  # the year 3000: calculating with times must not leave the calendar


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of `cutover.toml`; an unknown key is an error."""


class AwsSettings(Section, frozen=True):
    """How AWS is reached. `endpoint_url` is for a rehearsal's stand-ins and must be on loopback."""

    region: Name = "us-east-1"  # where both sides run
    profile: str = ""  # of the AWS configuration; empty: the environment's credentials
    endpoint_url: str = ""  # a rehearsal's stand-ins, on loopback; empty: AWS


class EcsSettings(Section, frozen=True):
    """The side that is left: the record's identifier and the load balancer as CloudWatch names it."""

    load_balancer: Name  # the LoadBalancer dimension, "app/NAME/ID"
    set_identifier: Name = "ecs"  # of this side's weighted records
    cluster: str = ""  # with `service`: so that capacity is checked, kept warm, raised beside a rollback
    service: str = ""  # the ECS service in that cluster
    url: str = ""  # where `verify` reaches this side past DNS; empty: its records' targets by https


class ServerlessSettings(Section, frozen=True):
    """The side that is moved to: the record's identifier and the HTTP API as CloudWatch names it."""

    api_id: Name  # of the HTTP API, as CloudWatch names it
    set_identifier: Name = "lambda"  # of this side's weighted records
    api_stage: Name = "$default"  # the stage of the HTTP API
    functions: tuple[Name, ...] = ()  # names of the functions: throttles and deploys are looked at
    url: str = ""  # where `verify` reaches this side past DNS; empty: its records' targets by https
    rds_proxy: str = ""  # its name: the time to borrow a connection is looked at


class DnsSettings(Section, frozen=True):
    """Name servers as host:port; none means those that the hosted zone itself names."""

    name_servers: tuple[str, ...] = ()  # host:port of each; empty: those that the hosted zone names
    questions: Annotated[int, Meta(ge=1, le=10_000)] = 100  # how many `status` asks for the share of answers


class LadderStep(Section, frozen=True):
    """One step: Lambda's weight, its bake, and how many requests Lambda must have served in it."""

    weight: Annotated[int, Meta(ge=1, le=100)]  # Lambda's share, in percent
    bake: Name  # how long it must be good there
    min_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 5000  # that Lambda must have served in the bake


class GateSettings(Section, frozen=True):
    """The gates' limits; rates are fractions, times milliseconds. The defaults are the migration plan's."""

    pass_error_rate: Fraction = thresholds.PASS_ERROR_RATE  # 5xx: the upper bound must be under this
    fail_error_rate: Fraction = thresholds.FAIL_ERROR_RATE  # 5xx: more than this, beyond chance, goes back
    pass_p95_ms: Milliseconds = thresholds.PASS_P95_MS  # every window under this passes
    fail_p95_ms: Milliseconds = thresholds.FAIL_P95_MS  # more than this in `p95_failing_windows` goes back
    p95_failing_windows: Windows = 3  # so many of the judged ones; of the RDS Proxy's too
    p95_judged_windows: Windows = 5  # the newest that hold enough requests
    p95_window: Name = "5m"  # whole minutes
    p95_min_samples: Count = thresholds.P95_MIN_SAMPLES  # requests that a window needs to be judged
    min_requests: Count = 100  # fewer say nothing about a rate
    confidence_z: Annotated[float, Meta(ge=1, le=6)] = 1.96  # of every bound of a rate: 1.96 is 95%, two-sided
    band_minutes: Minutes = 15  # a bake's minute counts if so many up to it were not over `pass_error_rate`
    blind_minutes: Count = 3  # so many settled minutes without data: telemetry is missing
    share_points: Fraction = 0.05  # how far the observed share may be from the asked one
    share_sigmas: Annotated[float, Meta(ge=1, le=100)] = 4.0  # ... or so many standard errors, if that is more
    error_ratio: Annotated[float, Meta(ge=1.5, le=100)] = 4.0  # the CUSUM: the pass limit against so many times that
    error_evidence: Annotated[float, Meta(ge=3, le=100)] = 9.0  # its threshold, times how bursty ECS's errors are
    most_burst: Annotated[float, Meta(ge=1, le=100)] = 10.0  # the highest burst factor that is believed
    pass_client_error_ratio: Ratio = 1.25  # Lambda's 4xx rate over ECS's in the same time: upper bound
    fail_client_error_ratio: Ratio = 1.5  # beyond chance
    min_client_errors: Count = 20  # fewer 4xx of Lambda never fail
    client_error_slack: Fraction = 0.005  # of all requests: an excess of 4xx below this is none
    client_error_minutes: Minutes = 60  # the newest, that are compared beside the whole bake
    fail_throttle_rate: Fraction = thresholds.FAIL_THROTTLE_RATE  # of Lambda's requests; any throttle holds
    throttle_minutes: Minutes = 15  # the newest, in which a throttle holds
    pass_borrow_ms: Milliseconds = 50.0  # p95 of the time to borrow a connection of the RDS Proxy
    fail_borrow_ms: Milliseconds = 5000.0  # beyond this it fails


class TimingSettings(Section, frozen=True):
    """How long to wait for what. `data_delay`: CloudWatch's newest minutes that are not final yet."""

    tick: Name = "1m"  # how often `run` looks
    data_delay: Name = "2m"  # CloudWatch's newest minutes that are not final yet
    insync_timeout: Name = "5m"  # how long Route 53 may take to tell every name server
    settle: Name = "1m"  # after INSYNC: the answers' TTL
    give_up_after: Name = "24h"  # a hold or a telemetry gap this long ends `run`; weights stay


class LedgerSettings(Section, frozen=True):
    """Where the ledger is: a file, for one machine (a relative path starts at this file), or a DynamoDB table."""

    path: Name = ".cutover/ledger.jsonl"  # beside it, or beside its name, documents are kept
    table: str = ""  # the DynamoDB table; then `path` is only where documents are kept
    region: str = ""  # of the table; aws.region if empty
    migration: Name = "cutover"  # the table's partition: one migration
    lease: Name = "2m"  # how long a lease lasts without being prolonged


class SafetySettings(Section, frozen=True):
    """The safety rules' limits: weights and steps in percent points."""

    first_step: Percent = 10  # the most points from 0
    later_step: Percent = 50  # the most points from more than 0
    drill_above: Percent = 10  # more than this needs a drill's receipt; 100: never
    drill_max_age: Name = "14d"  # how old a drill's receipt may be
    quiet_after_deploy: Name = "30m"  # how long after a deploy nothing is raised
    concurrency_headroom: Ratio = 2.0  # free concurrency, as a multiple of what the new share needs
    warm_floor: Count = 1  # ECS tasks that keep running at Lambda 100%
    veto_alarms: tuple[Name, ...] = ()  # names of alarms; while one is in ALARM nothing is raised
    stacks: tuple[Name, ...] = ()  # CloudFormation stacks whose updates are deploys


class WeeklyFreezeSettings(Section, frozen=True):
    """A window of every week, such as start = "Fri 12:00", end = "Mon 08:00"; [freeze] weekly = []: no window."""

    start: Name  # a weekday and a time
    end: Name  # a weekday and a time


class FreezeSettings(Section, frozen=True):
    """When nothing is raised: windows of every week; `cutover freeze add` names others."""

    time_zone: Name = "UTC"  # of the weekly windows, such as Europe/Berlin
    weekly: tuple[WeeklyFreezeSettings, ...] = (WeeklyFreezeSettings(start="Fri 12:00", end="Mon 08:00"),)


class SwitchSettings(Section, frozen=True):
    """The kill switch: the object that Lambda's health check asks for. `bucket` empty: there is none."""

    bucket: str = ""  # empty: there is no kill switch
    key: Name = "lambda-serves"  # of the object that Lambda's health check asks for
    region: str = ""  # in another region than the service, best; aws.region if empty


class NotifySettings(Section, frozen=True):
    """Who is told of every change, hold and rollback. Secrets come from the environment."""

    sns_topic: str = ""  # an ARN
    slack_webhook_env: str = ""  # the environment variable that holds the webhook's URL
    command: tuple[Name, ...] = ()  # gets the notice as JSON on stdin
    timeout: Name = "5s"  # of each channel


class ArchiveSettings(Section, frozen=True):
    """Where the decommission ladder keeps what it is about to delete."""

    bucket: str = ""  # empty: nothing can be archived
    prefix: Name = "cutover-archive"  # of every key
    region: str = ""  # of the bucket; aws.region if empty
    repositories: tuple[Name, ...] = ()  # ECR repositories
    hold: Name = "48h"  # how long ECS stays at its warm floor after Lambda's last bake
    two_people: bool = True  # what can't be brought back is deleted only if somebody else has approved it
    session_names_prove: bool = False  # two sessions of one role are two people: only if the sign-in names sessions


Dollars = Annotated[float, Meta(ge=0, le=10_000_000)]


class CostSettings(Section, frozen=True):
    """What `cutover cost` reckons with, in US dollars."""

    window: Name = "1d"  # the newest usage from which the run-rate is made
    rds_proxy_vcpus: Count = 2  # of the database behind the proxy: it is billed by them
    ecs_monthly: Dollars = 1200.0  # a month before the migration, as the plan estimates it
    serverless_budget: Dollars = 200.0  # a month, for what serverless adds
    total_budget: Dollars = 850.0  # a month, for everything when ECS is gone
    projection: Dollars = 813.0  # a month, for everything, as the plan projects it
    savings: Fraction = 0.30  # of `ecs_monthly`
    prices: dict[str, Dollars] = {}  # instead of the built-in list prices, by their names
    monthly: dict[str, Dollars] = {}  # instead of the plan's figures for what is not measured, by their names


class CompareSettings(Section, frozen=True):
    """What `cutover compare` asks of both sides."""

    paths: tuple[Name, ...] = ("/health", "/api/mocs", "/api/images", "/api/albums", "/api/wishlist")  # without --path
    ignore: tuple[str, ...] = ("timestamp", "requestId", "responseTime", "uptime")  # names of JSON fields
    token_env: str = ""  # the environment variable that holds an access token


class ReindexSettings(Section, frozen=True):
    """How the search indices are made anew from PostgreSQL. The database's URL is a secret: the environment has it."""

    endpoint: str = ""  # of OpenSearch: a URL, or a domain's host; empty: there is nothing to reindex
    database_url_env: Name = "DATABASE_URL"  # the environment variable that holds PostgreSQL's URL
    folder: Name = ".cutover/reindex"  # checkpoints and files of what could not be indexed; beside this file
    batch_bytes: Annotated[int, Meta(ge=10_000, le=9_000_000)] = 4_000_000  # of a bulk request at first
    most_batch_bytes: Annotated[int, Meta(ge=10_000, le=95_000_000)] = 9_500_000  # small domains take 10 MiB at most
    in_flight: Annotated[int, Meta(ge=1, le=64)] = 4  # bulk requests at once, at most; fewer while the cluster is busy
    max_bad: Fraction = 0.001  # of the rows: more that can't be indexed stop the load
    overlap: Name = "5m"  # how far a catch-up looks back before the last one: commits come later than their times
    slow_search_ratio: Annotated[float, Meta(ge=1.1, le=100)] = 2.0  # searches slower than before by this: load less
    golden_queries: Annotated[int, Meta(ge=0, le=1000)] = 50  # that the old and the new index must answer alike
    golden_overlap: Annotated[float, Meta(ge=0, le=1)] = 0.9  # of the first ten hits of each, on average
    keep: Name = "7d"  # how long `prune` leaves an index that served before


class LoadSettings(Section, frozen=True):
    """What `cutover load` holds a target to, beside the gates' error rate, p95 and throttles; and whom it may load."""

    pass_p99_ms: Milliseconds = thresholds.PASS_P99_MS  # of each phase
    min_delivered: Fraction = thresholds.MIN_DELIVERED  # of the arrivals of each phase; fewer: nothing is proved
    recovery: Name = f"{thresholds.RECOVERY_SECONDS:g}s"  # after a spike, until the p95 is what it was
    recovery_ratio: Ratio = thresholds.RECOVERY_RATIO  # ... or so many times that
    most_per_second: Count = 600  # no profile may ask for more
    most_in_flight: Count = 2000  # requests under way at once; arrivals beyond are dropped, and counted
    abort_error_rate: Fraction = 0.5  # of the last ten seconds: the run ends; of production `gates.fail_error_rate`
    production: Annotated[str, Meta(pattern="^(auto|yes|no)$")] = "auto"  # is it production? auto: by the stage
    tokens_env: Name = "LEGO_TOKENS"  # the environment variable with test users' tokens, separated by commas
    tokens_command: tuple[Name, ...] = ()  # prints {"USER": "TOKEN", …} as JSON; asked again before they expire
    folder: Name = "loads"  # where reports go; beside this file


class MetricsSettings(Section, frozen=True):
    """The numbers of this tool in CloudWatch: weight, verdict, bake, rollbacks. Alarms and dashboards live by them."""

    on: bool = True  # six metrics; an alarm about a rollback that nobody sends would be silent
    namespace: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/#-]{1,255}$")] = "LegoApi/Cutover"  # the dimension is Stage


class DashboardSettings(Section, frozen=True):
    """CloudWatch's dashboards: which of them gets a mark at each change, and what their JSON can't know."""

    name: str = ""  # of the deployed dashboard in which run, shift and rollback mark each change; empty: in none
    variables: dict[str, str] = {}  # values for ${NAME} in the JSON that no other key here tells, such as SearchDomain


class ClockSettings(Section, frozen=True):
    """A rehearsal's compressed time. Refused unless AWS is a stand-in on loopback."""

    factor: Annotated[float, Meta(ge=1, le=100_000)] = 1.0  # how many times as fast time runs
    epoch: Annotated[float, Meta(ge=0, le=LATEST_SECONDS)] = 0.0  # when it began to, in Unix seconds
