"""Who may do what: the AWS calls that each role's commands of `cutover` make, or that runbooks type, and on what. Pure.

sts:GetCallerIdentity is nowhere here: AWS answers it whatever a policy says. Neither is what `cutover` asks past AWS's
APIs: name servers, both sides over HTTP, PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Place(Enum):
    """What an action is allowed on; the stack that makes the roles knows the ARNs."""

    EVERYTHING = "everything"  # AWS has nothing finer for these actions
    ZONE = "the hosted zone of the public name"
    CHANGES = "changes of Route 53"
    LEDGER = "the ledger's table"
    SWITCH = "the kill switch's object"
    SWITCH_BUCKET = "the kill switch's bucket"
    ARCHIVE_BUCKET = "the archive's bucket"
    ARCHIVED_IMAGES = "what the archive holds of the repositories"
    ARCHIVE = "all that the archive holds"  # documents too, in which task definitions carry their environment
    REPOSITORIES = "the ECR repositories of the service"
    SERVICE = "the ECS service"
    SERVICES = "every ECS service of the region"
    SCALABLE_TARGETS = "autoscaling's targets"
    BALANCER = "the load balancer"
    TARGET_GROUPS = "the target groups"
    ACCESS_LOGS_BUCKET = "the bucket of the load balancer's access log"
    ACCESS_LOGS = "the load balancer's access log"
    FUNCTIONS = "the Lambda functions"
    LIVE = "the alias of each Lambda function that serves"
    PARSER = "the function that parses parts lists"
    DEAD_LETTERS = "the queue of what the parser gave up"
    DATABASE = "the database"
    OWNERS_LOGIN = "the name and password of the tables' owner"
    REDIS = "the replication group of Redis"
    CACHES = "ElastiCache's nodes and groups of the region"
    STACKS = "the stage's CloudFormation stacks"
    DOMAIN = "the HTTP API's custom domain"
    APIS = "the HTTP APIs and custom domains of the region"
    PROXIES = "the RDS proxies of the region"
    SEARCH = "the OpenSearch domain"
    NOTICES = "the topic of notices"
    BOARDS = "the stage's dashboards"
    ALARMS = "the stage's alarms"
    BUDGETS = "the budgets of the account"
    ANOMALIES = "what watches the account's costs"
    LOGS = "the logs of the API"
    SHELL = "the task definition of the shell inside the VPC"
    SHELL_ROLES = "the roles of the shell inside the VPC"
    SHELL_TASKS = "the shell inside the VPC, as it runs"
    SHELL_CLUSTER = "the cluster that the shell inside the VPC runs in"
    ITSELF = "the role itself"


class Only(Enum):
    """What an action is allowed for, beyond where."""

    PUBLIC_NAME = "records of the public name"
    TASKS = "the number of tasks of ECS services"
    OWN_METRICS = "cutover's own metrics"
    SIZES = "what sets no password of Redis"
    IN_SHELLS_CLUSTER = "the cluster of the shell inside the VPC"
    TO_TASKS = "tasks of ECS"


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions that are allowed on some places."""

    actions: tuple[str, ...]
    on: tuple[Place, ...]
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """One role: what its people do by it, and everything that this takes.

    `commands`: those for which this is the least role. One with `observes` may do all that OBSERVE may, too.
    """

    name: str
    purpose: str
    commands: tuple[str, ...]
    own: tuple[Grant, ...]
    observes: bool = True

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Everything that it may do."""
        return (*OBSERVE.own, *self.own) if self.observes else self.own

    def deployed_name(self, stage: str) -> str:
        """The role's name in AWS."""
        return f"lego-cutover-{self.name}-{stage}"


_HERE = (Place.EVERYTHING,)

OBSERVE = Role(
    name="observe",
    purpose="Looks at a migration and changes nothing, not even the ledger",
    commands=(
        "check",
        "compare",
        "cost",
        "dashboard list",
        "dashboard preview",
        "dashboard show",
        "decommission plan",
        "drift",
        "export bundle",
        "freeze list",
        "gates backtest",
        "gates explain",
        "history",
        "init",
        "lock show",
        "plan",
        "reindex plan",
        "reindex status",
        "status",
        "watch",
    ),
    own=(
        Grant(("route53:ListResourceRecordSets",), (Place.ZONE,)),
        Grant(("dynamodb:GetItem", "dynamodb:Query"), (Place.LEDGER,)),
        Grant(("s3:GetObject",), (Place.SWITCH, Place.ARCHIVED_IMAGES)),
        # Without it S3 says 403 of an object that is not there, and nobody could tell it from a missing right.
        Grant(("s3:ListBucket",), (Place.SWITCH_BUCKET, Place.ARCHIVE_BUCKET)),
        Grant(("ecs:DescribeServices",), (Place.SERVICES,)),
        Grant(("lambda:GetFunctionConfiguration", "lambda:ListProvisionedConcurrencyConfigs"), (Place.FUNCTIONS,)),
        Grant(("cloudformation:DescribeStacks",), (Place.STACKS,)),
        Grant(("apigateway:GET",), (Place.DOMAIN, Place.APIS)),
        Grant(("ecr:ListImages",), (Place.REPOSITORIES,)),
        Grant(("rds:DescribeDBProxies",), (Place.PROXIES,)),
        Grant(("es:ESHttpGet",), (Place.SEARCH,)),
        Grant(("cloudwatch:GetMetricData",), _HERE),  # metrics have no ARNs
        Grant(("cloudwatch:DescribeAlarms",), _HERE),  # on less than everything it leaves composite alarms out
        # Dashboards, and what their widgets ask.
        Grant(("cloudwatch:GetDashboard",), (Place.BOARDS,)),
        Grant(("cloudwatch:ListDashboards",), _HERE),
        Grant(("logs:StartQuery",), (Place.LOGS,)),
        Grant(("logs:GetQueryResults",), _HERE),
        Grant(("cloudtrail:LookupEvents",), _HERE),
        Grant(("lambda:GetAccountSettings",), _HERE),
        Grant(("ecs:DescribeTaskDefinition", "application-autoscaling:DescribeScalableTargets"), _HERE),
        Grant(("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups"), _HERE),
        # `init`, which writes the settings from what it finds.
        Grant(
            (
                "dynamodb:ListTables",
                "ecs:ListClusters",
                "ecs:ListServices",
                "route53:ListHostedZones",
                "sns:ListTopics",
            ),
            _HERE,
        ),
    ),
    observes=False,
)

_CHANGES_WEIGHTS = (
    Grant(("route53:ChangeResourceRecordSets",), (Place.ZONE,), Only.PUBLIC_NAME),
    Grant(("route53:GetChange",), (Place.CHANGES,)),
    Grant(("dynamodb:PutItem",), (Place.LEDGER,)),
    Grant(("sns:Publish",), (Place.NOTICES,)),
    Grant(("cloudwatch:PutMetricData",), _HERE, Only.OWN_METRICS),
    Grant(("cloudwatch:PutDashboard",), (Place.BOARDS,)),  # a mark for each change
    Grant(("ecs:UpdateService",), (Place.SERVICE,)),
    Grant(("application-autoscaling:RegisterScalableTarget",), (Place.SCALABLE_TARGETS,), Only.TASKS),
)

ROLLBACK = Role(
    name="rollback",
    purpose="Brings everything back to ECS: by weights, by the kill switch, with enough tasks; raises nothing",
    commands=("rollback",),
    own=(*_CHANGES_WEIGHTS, Grant(("s3:PutObject",), (Place.SWITCH,))),
)

# What the pages of alarms and the procedures type after `$ aws`, beyond what a rollback takes. A test reads the pages:
# nothing that they type is missing here, and nothing is here that none types.
ON_CALL = Role(
    name="on-call",
    purpose="Does what the runbooks of alarms say: looks, rolls back, mends; raises nothing, rotates no secret",
    commands=(),  # those of OBSERVE and ROLLBACK
    own=(
        *ROLLBACK.own,
        # People sign in to the database as the tables' owner: to see who holds a lock, and to end it.
        Grant(("secretsmanager:GetSecretValue",), (Place.OWNERS_LOGIN,)),
        Grant(("rds:DescribeDBInstances", "rds:ModifyDBInstance"), (Place.DATABASE,)),
        Grant(("elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups"), (Place.CACHES,)),
        Grant(("elasticache:TestFailover",), (Place.REDIS,)),
        Grant(("elasticache:ModifyReplicationGroup",), (Place.REDIS,), Only.SIZES),
        Grant(
            (
                "lambda:DeleteFunctionConcurrency",
                "lambda:GetFunctionConcurrency",
                "lambda:ListVersionsByFunction",
                "lambda:PutFunctionConcurrency",
                "lambda:UpdateAlias",
            ),
            (Place.FUNCTIONS,),
        ),
        Grant(("lambda:PutProvisionedConcurrencyConfig",), (Place.LIVE,)),
        Grant(("lambda:InvokeFunction",), (Place.PARSER,)),
        Grant(
            ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:PurgeQueue", "sqs:ReceiveMessage"), (Place.DEAD_LETTERS,)
        ),
        Grant(("cloudwatch:DescribeAlarmHistory", "cloudwatch:EnableAlarmActions"), (Place.ALARMS,)),
        Grant(("xray:BatchGetTraces", "xray:GetTraceSummaries"), _HERE),
        # The way into the VPC: a task whose own role may do nothing.
        Grant(("ecs:RunTask",), (Place.SHELL,), Only.IN_SHELLS_CLUSTER),
        Grant(("iam:PassRole",), (Place.SHELL_ROLES,), Only.TO_TASKS),
        Grant(("ecs:DescribeTasks", "ecs:StopTask"), (Place.SHELL_TASKS,)),
        Grant(("ecs:ExecuteCommand",), (Place.SHELL_TASKS, Place.SHELL_CLUSTER)),
        Grant(("budgets:ViewBudget",), (Place.BUDGETS,)),
        Grant(("ce:GetAnomalies",), (Place.ANOMALIES,)),
    ),
)

_LEASE = Grant(("dynamodb:UpdateItem",), (Place.LEDGER,))

OPERATE = Role(
    name="operate",
    purpose="Moves traffic between both sides, and rebuilds the search indices",
    commands=(
        "adopt",
        "dashboard annotate",
        "decommission approve",
        "doctor",
        "drift --fix",
        "drill",
        "freeze add",
        "freeze rm",
        "lock break",
        "pause",
        "promote",
        "reindex prune",
        "reindex rollback",
        "reindex run",
        "reindex swap",
        "reindex verify",
        "resume",
        "run",
        "shift",
        "verify",
    ),
    own=(
        *ROLLBACK.own,
        _LEASE,
        Grant(("es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete"), (Place.SEARCH,)),
        # `doctor`
        Grant(("route53:GetHostedZone",), (Place.ZONE,)),
        Grant(("iam:GetRole", "iam:SimulatePrincipalPolicy"), (Place.ITSELF,)),
        Grant(("dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups"), (Place.LEDGER,)),
        Grant(("s3:ListBucket",), (Place.ACCESS_LOGS_BUCKET,)),
        Grant(("s3:GetObject",), (Place.ACCESS_LOGS,)),
        Grant(
            ("elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeTargetHealth"), _HERE
        ),
    ),
)

DECOMMISSION = Role(
    name="decommission",
    purpose="Takes ECS down, rung by rung",
    commands=("decommission archive", "decommission delete", "decommission drain", "decommission hold"),
    own=(
        *_CHANGES_WEIGHTS,
        _LEASE,
        Grant(("s3:GetObject", "s3:PutObject"), (Place.ARCHIVE,)),
        Grant(("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DeleteRepository"), (Place.REPOSITORIES,)),
        Grant(("ecs:DeleteService",), (Place.SERVICE,)),
        Grant(("application-autoscaling:DeregisterScalableTarget",), (Place.SCALABLE_TARGETS,), Only.TASKS),
        Grant(
            ("elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:DeleteLoadBalancer"),
            (Place.BALANCER,),
        ),
        Grant(("elasticloadbalancing:DeleteTargetGroup",), (Place.TARGET_GROUPS,)),
        Grant(("ecs:DeregisterTaskDefinition", "application-autoscaling:DescribeScalingPolicies"), _HERE),
        Grant(
            (
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeRules",
            ),
            _HERE,
        ),
    ),
)

ROLES = (OBSERVE, ROLLBACK, ON_CALL, OPERATE, DECOMMISSION)
RECORD_TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")
RECORD_ACTIONS = ("CREATE", "DELETE", "UPSERT")  # the last one is of the batch that is kept for use without the tool


# Why the ARNs of a place may hold an asterisk: for whoever reviews the roles.
WIDE: Mapping[Place, str] = {
    Place.EVERYTHING: "AWS lets nobody grant these actions on less than everything",
    Place.CHANGES: "Route 53 makes a change's id when it takes the change",
    Place.ARCHIVED_IMAGES: "Images are kept by their digests, which are known when they are copied",
    Place.ARCHIVE: "Images are kept by their digests, documents by the ledger's numbers",
    Place.SERVICES: "cutover init looks for the service behind the load balancer among all of them; it only reads",
    Place.SCALABLE_TARGETS: "Autoscaling makes these ids; a condition holds it to the tasks of ECS services",
    Place.TARGET_GROUPS: "Those of an adopted service are known to its load balancer alone; one in use stays",
    Place.ACCESS_LOGS: "The access log has a file every five minutes",
    Place.STACKS: "The stage's own stacks, whose ARNs end with an id that CloudFormation makes; it only reads",
    Place.APIS: "cutover init looks for the API behind the custom domain among all of them; it only reads",
    Place.PROXIES: "cutover init offers what RDS proxies there are; it only reads",
    Place.BOARDS: "Every dashboard of the stage has a name of its own; there is nothing in one but what it shows",
    Place.LOGS: "Each function has a log group of its own",
    Place.ALARMS: "Each function and each node has alarms of its own; their names are the stage's",
    Place.CACHES: "The pages look for the sick node among all of them; it only reads",
    Place.BUDGETS: "AWS lists a stage's budgets with all others of the account; it only reads",
    Place.ANOMALIES: "Anomalies are asked of all monitors at once, whose ids AWS makes; it only reads",
    Place.SHELL: "Every deploy that changes the shell makes a revision of its task definition",
    Place.SHELL_TASKS: "ECS makes a task's id when it is run; the cluster is the shell's alone",
    Place.SEARCH: "Every reindex makes an index of a new name",
}


def actions_of(role: Role) -> Mapping[str, frozenset[Place]]:
    """Every action of a role, and where it may be done."""
    found: dict[str, frozenset[Place]] = {}
    for action, place in _pairs(role.grants):
        found[action] = found.get(action, frozenset()) | {place}
    return found


def _pairs(grants: Iterable[Grant]) -> Iterator[tuple[str, Place]]:
    for grant in grants:
        for action in grant.actions:
            for place in grant.on:
                yield action, place
