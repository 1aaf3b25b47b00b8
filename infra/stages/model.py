"""What a stage is: sizes, counts, names, and what of it exists already. Pure: standard library only."""

from dataclasses import dataclass, field
from enum import Enum

PROJECT = "LEGO-API"  # the tag Project
NAME = "lego-api"  # what every name begins with


class Start(Enum):
    """What is done about cold starts. AWS does not allow the last two together on one function."""

    ON_DEMAND = "on-demand"
    PROVISIONED = "provisioned"
    SNAP_START = "snap-start"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedNetwork:
    """A VPC that is there: nothing of it is made, changed or deleted by a deploy."""

    vpc_id: str
    cidr: str
    availability_zones: tuple[str, ...]
    private_subnet_ids: tuple[str, ...]  # with a way out by NAT; one for each zone, in the same order
    public_subnet_ids: tuple[str, ...]
    private_route_table_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedData:
    """Databases, bucket and user pool that are there."""

    database_instance: str  # the RDS identifier
    database_host: str
    database_security_group_id: str
    database_secret_arn: str
    redis_endpoint: str  # rediss://host:port
    redis_cluster: bool
    redis_group: str  # the replication group's name
    redis_nodes: tuple[str, ...]  # of all its nodes, as CloudWatch has them: after a failover a replica holds the data
    redis_security_group_id: str
    search_endpoint: str  # https://….es.amazonaws.com
    search_domain_arn: str
    search_security_group_id: str
    bucket: str
    user_pool_id: str
    user_pool_client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedBalancer:
    """The load balancer that ECS serves from, as AWS and CloudWatch name it."""

    arn: str
    listener_arn: str  # of HTTPS
    security_group_id: str
    full_name: str  # CloudWatch's LoadBalancer dimension: app/NAME/ID
    cluster: str  # ECS names of what serves there today
    service: str
    rule_priority: int = 1  # of our rule on that listener: free there, and before those that serve today
    repositories: tuple[str, ...] = ()  # of ECR, that it runs from: archived and deleted in the end
    access_logs_bucket: str | None = None  # None: it keeps none
    target_group: str | None = None  # what serves today, as CloudWatch names it: targetgroup/NAME/ID; None: not watched


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """A VPC to be made."""

    cidr: str
    zones: int
    nat_gateways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlan:
    """Databases, bucket and user pool to be made; node types as AWS names them, volumes in GB."""

    database_class: str  # without db.
    database_storage_gb: int
    database_multi_az: bool
    database_backup_days: int
    redis_node: str  # with cache.
    redis_shards: int  # 0: no cluster mode
    redis_replicas: int  # of each shard
    search_node: str  # with .search
    search_nodes: int
    search_master_nodes: int  # 0: none of their own
    search_volume_gb: int
    assets_cdn: bool  # CloudFront before the bucket
    assets_name: str | None = None  # its own; None: CloudFront's, with which TLS 1.2 can't be insisted on
    assets_certificate_arn: str | None = None  # in us-east-1, for that name


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPlan:
    """The service on ECS: tasks of Fargate. CPU in units (1024 are one), memory in MiB."""

    cpu: int
    memory_mb: int
    tasks: int
    most_tasks: int
    takes_traffic: bool  # False: only requests that ask for it by the header X-Lego-Backend reach it


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The public hosted zone of the API's name. Its weighted records belong to `cutover`, never to a template."""

    hosted_zone_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A channel that is told of alarms. The workspace has to be let into the account once, by a person."""

    workspace_id: str  # T…
    channel_id: str  # C…


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """API Gateway's limits: requests a second, and how many at once beyond that."""

    rate: int
    burst: int
    upload_rate: int  # of each upload route
    upload_burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of everything. `name` ends every name; `service_stage` is the service's STAGE."""

    name: str
    service_stage: str  # development, staging or production
    account: str | None  # None: whichever account the credentials are of
    region: str = "us-east-1"
    kill_switch_region: str = "us-west-2"
    public_name: str | None  # of the API; None: no name of its own, the gateway's is used
    certificate_arn: str | None  # in `region`, for the public name
    zone: Zone | None
    origins: tuple[str, ...]
    network: NetworkPlan | AdoptedNetwork
    data: DataPlan | AdoptedData
    balancer: AdoptedBalancer | None  # None: the container stack makes one
    database_name: str = "lego"
    database_user: str = "lego_api"  # the one that the proxy signs in as
    container: ContainerPlan | None
    start: Start
    throttle: Throttle
    log_days: int
    keep_data: bool  # a deleted stack leaves its data behind
    parser_concurrency: int = 10  # of the CSV parser: a flood of lists must not take the account's concurrency
    load_workers: int  # Locust workers on Fargate, 0: no load stack
    alarm_emails: tuple[str, ...] = ()  # who reads alarms, and hears of budgets
    page_emails: tuple[str, ...] = ()  # what wakes somebody, in their place: a pager's address. None: alarm_emails
    slack: Slack | None = None  # who is told of alarms beside the addresses
    cost_monitor_arn: str | None = None  # the account's monitor of all services; it has at most one. None: it is made
    added_budget_usd: int = 200  # a month, for what serverless adds
    total_budget_usd: int = 850  # a month, for everything
    github_repository: str = "lego-projects/lego-projects-api"  # whose workflows may deploy
    makes_github_provider: bool = True  # False: the account has an identity provider for GitHub's tokens already
    tags: dict[str, str] = field(default_factory=dict)  # beyond Project, Environment and Service

    def named(self, what: str) -> str:
        """`lego-api-WHAT-STAGE`."""
        return f"{NAME}-{what}-{self.name}"

    @property
    def deploying_role(self) -> str:
        """The role that the delivery workflows take to deploy."""
        return self.named("github-deploy")

    @property
    def woken(self) -> tuple[str, ...]:
        """The addresses of whatever must wake somebody."""
        return self.page_emails or self.alarm_emails

    @property
    def pages(self) -> str:
        """What stands before the path of a file of the repository in links."""
        return f"https://github.com/{self.github_repository}/blob/main/"

    @property
    def production(self) -> bool:
        """Whether real users are on it."""
        return self.service_stage == "production"
