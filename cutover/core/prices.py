"""List prices, and the migration plan's monthly figures for what is not measured: US dollars, to be checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

REGION = "us-east-1"
AS_OF = "2026-03"
SOURCE = "AWS's public on-demand list prices, written down by hand: check them, or set [cost.prices]"
HOURS = 730  # of a month, as AWS and the plan reckon it


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs, in US dollars."""

    usd: float
    unit: str


PRICES: Mapping[str, Price] = {
    "lambda_million_requests": Price(0.20, "1 M requests"),
    "lambda_gb_second": Price(0.0000166667, "GB-second, x86"),
    "lambda_gb_second_arm": Price(0.0000133334, "GB-second, arm64"),
    "lambda_provisioned_gb_second": Price(0.0000041667, "GB-second kept ready, x86"),
    "lambda_provisioned_gb_second_arm": Price(0.0000033334, "GB-second kept ready, arm64"),
    "http_api_million_requests": Price(1.00, "1 M requests"),
    "rds_proxy_vcpu_hour": Price(0.015, "vCPU-hour of the database"),
    "fargate_vcpu_hour": Price(0.04048, "vCPU-hour, x86"),
    "fargate_gb_hour": Price(0.004445, "GB-hour, x86"),
    "fargate_vcpu_hour_arm": Price(0.03238, "vCPU-hour, arm64"),
    "fargate_gb_hour_arm": Price(0.00356, "GB-hour, arm64"),
    "alb_hour": Price(0.0225, "hour"),
    "alb_lcu_hour": Price(0.008, "LCU-hour"),
}


class Group(StrEnum):
    """Whose cost it is."""

    SERVERLESS = "lambda"
    ECS = "ecs"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A monthly figure of the plan's cost model; `adds`: it counts to what serverless adds."""

    usd: float
    what: str
    adds: bool = False


FIXED: Mapping[str, Fixed] = {
    "rds_instance": Fixed(238.0, "RDS db.r6g.large"),
    "rds_storage": Fixed(11.5, "RDS storage, 100 GB"),
    "redis": Fixed(157.0, "ElastiCache cache.r6g.large"),
    "opensearch": Fixed(200.0, "OpenSearch, 2 r6g.large.search"),
    "opensearch_storage": Fixed(10.0, "OpenSearch storage, 100 GB"),
    "s3": Fixed(1.75, "S3"),
    "transfer": Fixed(15.0, "data transfer"),
    "cloudwatch": Fixed(20.0, "CloudWatch"),
    "vpc": Fixed(35.1, "NAT gateway and its data", adds=True),
}
