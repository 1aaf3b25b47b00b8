"""What `cutover doctor` asks of the account, all at once and without changing anything."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from cutover.aws import access
from cutover.aws.bodies import AccessLog
from cutover.aws.clients import Clients
from cutover.aws.errors import Rejected, translated
from cutover.aws.facts import Question, ask_all
from cutover.core.account import AccountFacts, Bodies, Credentials, HostedZone, Table, TargetGroup
from cutover.settings import Settings

ATTEMPTS, READ_SECONDS = 2, 4
SAMPLING_PART = 0.7  # of the deadline: listing the files and closing take the rest


class AwsAccount:
    """An Account."""

    def __init__(self, clients: Clients, settings: Settings, now: Callable[[], datetime]) -> None:
        self._clients, self._settings, self._now, self._profile = clients, settings, now, clients.profile
        self._client = cache(self._made)

    def inspect(self, deadline_seconds: float) -> AccountFacts:
        """Every fact; what can't be asked in time is in `unknown`. Never raises."""
        found = ask_all(list(self._questions(deadline_seconds)), deadline_seconds)
        groups = found.answers.get("target_groups")
        return AccountFacts(
            credentials=found.one("credentials"),
            skew_seconds=found.one("skew_seconds"),
            denied=found.one("denied"),
            zone=found.one("zone"),
            target_groups=groups[0] if groups else None,
            table=found.one("table"),
            bodies=found.one("bodies"),
            unknown=found.unknown,
        )

    def _questions(self, deadline_seconds: float) -> Iterator[Question]:
        yield Question("credentials", "sts:GetCallerIdentity", self._credentials)
        yield Question("skew_seconds", "sts:GetCallerIdentity", self._skew)
        yield Question("denied", "iam:SimulatePrincipalPolicy", self._denied)
        yield Question("zone", "route53:GetHostedZone", self._zone)
        yield Question("target_groups", "elasticloadbalancing:DescribeTargetHealth", self._target_groups)
        yield Question("bodies", "s3:GetObject", lambda: self._bodies(SAMPLING_PART * deadline_seconds))
        if self._settings.ledger.table:
            yield Question("table", "dynamodb:DescribeTable", self._table)

    def _made(self, service: str, region: str = "") -> Any:
        return self._clients.make(service, ATTEMPTS, READ_SECONDS, region)

    def _credentials(self) -> Credentials:
        keys = self._clients.credentials()
        if keys is None:
            raise access.no_keys()
        return access.credentials(self._client("sts"), keys, self._profile)

    def _skew(self) -> float:
        return access.skew_seconds(self._client("sts"), self._profile)

    def _denied(self) -> tuple[str, ...]:
        arn, settings = self._credentials().arn, self._settings
        return access.denied(self._client("iam"), arn, settings.hosted_zone_id, settings.name, self._profile)

    def _zone(self) -> HostedZone:
        with translated("route53:GetHostedZone", self._profile):
            found = self._client("route53").get_hosted_zone(Id=self._settings.hosted_zone_id)["HostedZone"]
        return HostedZone(str(found["Name"]).rstrip("."), bool(found.get("Config", {}).get("PrivateZone")))

    def _target_groups(self) -> tuple[TargetGroup, ...]:
        elb, name = self._client("elbv2"), self._settings.ecs.load_balancer.split("/")[1]
        with translated("elasticloadbalancing:DescribeLoadBalancers", self._profile):
            arn = elb.describe_load_balancers(Names=[name])["LoadBalancers"][0]["LoadBalancerArn"]
        with translated("elasticloadbalancing:DescribeTargetGroups", self._profile):
            groups = elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
        return tuple(self._target_group(elb, group) for group in groups)

    def _target_group(self, elb: Any, group: Any) -> TargetGroup:
        with translated("elasticloadbalancing:DescribeTargetHealth", self._profile):
            answer = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
        states = [one["TargetHealth"]["State"] for one in answer["TargetHealthDescriptions"]]
        return TargetGroup(str(group["TargetGroupName"]), len(states), states.count("healthy"))

    def _table(self) -> Table:
        ledger = self._settings.ledger
        client = self._client("dynamodb", ledger.region)
        try:
            with translated("dynamodb:DescribeTable", self._profile):
                status = str(client.describe_table(TableName=ledger.table)["Table"]["TableStatus"])
        except Rejected as error:
            if error.code == "ResourceNotFoundException":
                return Table("", recovers=False)
            raise
        with translated("dynamodb:DescribeContinuousBackups", self._profile):
            backups = client.describe_continuous_backups(TableName=ledger.table)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        return Table(status, recovers=recovery == "ENABLED")

    def _bodies(self, seconds: float) -> Bodies:
        settings = self._settings
        log = AccessLog(self._client, settings.ecs.load_balancer, settings.aws.region, self._profile)
        return log.sample(self._now(), seconds)
