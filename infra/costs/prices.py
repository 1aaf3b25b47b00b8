"""List prices: AWS, us-east-1, on demand, without free tiers unless a line says so; each with where it is from.

Nothing here was read from AWS's price list itself. Lines of `PLAN` are the architecture document's own figures, those
of a page were read in a stored copy of it, those of `MEMORY` were written down by hand: check one before relying on it.
`cutover cost` has some of the same prices (`cutover/core/prices.py`); a test holds the two tables together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

AS_OF = "2026-11"
HOURS = 730  # of a month, as AWS and the document reckon it

PLAN = "the document's cost model"
MEMORY = "from memory"
TABLES = "from memory; public price tables agree"  # several repositories' own tables, found by their figures
RDS_PAGE = "https://infratally.com/articles/aws-rds-pricing-explained-2026.html"
VPC_PAGE = "https://www.factualminds.com/blog/amazon-vpc-pricing-endpoints-peering-transit-gateway/"
CLOUDWATCH_PAGE = "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/"
ALARM_PAGE = "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm"
SNAPSTART_PAGE = "https://awsnegotiations.com/blog/lambda-snapstart-cost-impact/"
CHECK_PAGE = "https://wewantcode.com/en/course/aws/lesson/7-84-health-checks-status-check.html"


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, in US dollars, and who says so."""

    usd: float
    unit: str
    source: str


class NoPrice(Exception):
    """Something costs money and the table has no price for it; the message says what to add."""


PRICES: Mapping[str, Price] = {
    # Lambda and its gateway.
    "lambda requests": Price(0.20, "1 M requests", PLAN),
    "lambda x86_64": Price(0.0000166667, "GB-second", PLAN),
    "lambda arm64": Price(0.0000133334, "GB-second", MEMORY),
    "lambda provisioned x86_64": Price(0.0000041667, "GB-second kept ready", PLAN),
    "lambda provisioned arm64": Price(0.0000033334, "GB-second kept ready", MEMORY),
    "lambda snapshot": Price(0.0000015046, "GB-second of a version's snapshot", SNAPSTART_PAGE),
    "lambda restore": Price(0.0001397998, "GB restored", SNAPSTART_PAGE),
    "http api": Price(1.00, "1 M requests", PLAN),
    # ECS and its load balancer.
    "fargate vcpu x86_64": Price(0.04048, "vCPU-hour", MEMORY),
    "fargate vcpu arm64": Price(0.03238, "vCPU-hour", MEMORY),
    "fargate gb x86_64": Price(0.004445, "GB-hour", MEMORY),
    "fargate gb arm64": Price(0.00356, "GB-hour", MEMORY),
    "load balancer": Price(0.0225, "hour", MEMORY),
    "lcu": Price(0.008, "LCU-hour", MEMORY),
    "ecr": Price(0.10, "GB of images", MEMORY),
    # Databases.
    "db.t4g.micro": Price(0.016, "hour", RDS_PAGE),
    "db.t4g.small": Price(0.032, "hour", RDS_PAGE),
    "db.t4g.medium": Price(0.065, "hour", RDS_PAGE),
    "db.r6g.large": Price(0.225, "hour", MEMORY),
    "database storage": Price(0.115, "GB", PLAN),
    "database proxy": Price(0.015, "vCPU-hour of the database", PLAN),
    "cache.t4g.micro": Price(0.016, "hour", TABLES),
    "cache.r6g.large": Price(0.206, "hour", TABLES),
    "t3.small.search": Price(0.036, "hour", TABLES),
    "r6g.large.search": Price(0.167, "hour", TABLES),
    "m6g.large.search": Price(0.128, "hour", TABLES),
    "search storage": Price(0.122, "GB of gp3", MEMORY),
    "ledger": Price(0.625, "1 M writes", MEMORY),
    # Network.
    "nat gateway": Price(0.045, "hour", PLAN),
    "nat data": Price(0.045, "GB", PLAN),
    "address": Price(0.005, "hour of a public IPv4 address", VPC_PAGE),
    "endpoint": Price(0.01, "hour in one zone", VPC_PAGE),
    "transfer": Price(0.09, "GB to the internet", MEMORY),
    "hosted zone": Price(0.50, "month", MEMORY),
    "health check": Price(0.50, "month, of an endpoint in AWS", CHECK_PAGE),
    "health check option": Price(1.00, "month: HTTPS, string matching, 10 s", MEMORY),
    # Files and secrets.
    "s3 storage": Price(0.023, "GB", PLAN),
    "s3 gets": Price(0.40, "1 M requests", PLAN),
    "s3 puts": Price(5.00, "1 M requests", MEMORY),
    "secret": Price(0.40, "month", MEMORY),
    "key": Price(1.00, "month; each of the first two rotations adds as much", MEMORY),
    # Telemetry.
    "logs": Price(0.50, "GB taken in", PLAN),
    "metric": Price(0.30, "metric", PLAN),
    "alarm": Price(0.10, "metric that an alarm looks at", ALARM_PAGE),
    "composite alarm": Price(0.50, "alarm", ALARM_PAGE),
    "dashboard": Price(3.00, "dashboard", CLOUDWATCH_PAGE),
    "traces": Price(5.00, "1 M traces", MEMORY),
}


def price(name: str) -> Price:
    """The price of that name. Raises NoPrice."""
    try:
        return PRICES[name]
    except KeyError:
        raise NoPrice(f"{name!r} has no price: add a line to infra/costs/prices.py, with where it is from") from None
