"""What the preflight asks of the account: by moto where it has it, by Stubber where not (IAM's simulation, clock)."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials as Keys
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, EndpointConnectionError

from cutover.aws import access, bodies
from cutover.aws.account import AwsAccount
from cutover.aws.bodies import AccessLog, received_bytes, spread
from cutover.aws.clients import Clients
from cutover.aws.errors import Again
from cutover.core.account import Bodies, Credentials, HostedZone, Table, TargetGroup
from cutover.ports import NotAllowed, NotFound
from cutover.sections import AwsSettings
from tests.fakes.world import settings_with
from tests.unit.cutover.aws_account import REGION, Scripted, account, scripted

__all__ = ["account"]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
USER = "arn:aws:iam::123456789012:user/ada"
NAME = "app/api/50dc6c495c0c9188"
ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/{NAME}"


class Sts:
    """An STS client that answers with this date, or refuses with it."""

    def __init__(self, date: str = "", refusal: str = "", lost: bool = False) -> None:
        self._date, self._refusal, self._lost = date, refusal, lost

    def get_caller_identity(self) -> Any:
        if self._lost:
            raise EndpointConnectionError(endpoint_url="https://sts")
        meta = {"HTTPHeaders": {"date": self._date} if self._date else {}, "HTTPStatusCode": 403}
        if self._refusal:
            answer: Any = {"Error": {"Code": self._refusal, "Message": "no"}, "ResponseMetadata": meta}
            raise ClientError(answer, "GetCallerIdentity")
        return {"Arn": USER, "ResponseMetadata": meta}


def refreshing(method: str, expires: datetime) -> RefreshableCredentials:
    """Keys of a session that know their end."""
    return RefreshableCredentials("id", "secret", "token", expires, refresh_using=dict, method=method)


LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (
            Keys("id", "secret", method="shared-credentials-file"),
            Credentials(USER, "shared-credentials-file", lasts=True),
        ),
        (Keys("id", "secret", "token", method="env"), Credentials(USER, "env", lasts=False)),
        (refreshing("env", LATER), Credentials(USER, "env", lasts=False, expires=LATER)),
        (refreshing("sso", LATER), Credentials(USER, "sso", lasts=False)),
        (refreshing("iam-role", LATER), Credentials(USER, "iam-role", lasts=True)),
    ],
    ids=["for ever", "a session", "a session with its end", "a sign-in", "a role of the machine"],
)
def test_keys_are_known_by_how_long_they_last(keys: Any, found: Credentials) -> None:
    assert access.credentials(Sts("x"), keys, "") == found


@pytest.mark.parametrize("refusal", ["", "SignatureDoesNotMatch"])
def test_the_clock_is_compared_with_the_answers_date_also_of_a_refusal(refusal: str) -> None:
    here = datetime(2026, 11, 22, 9, 10, tzinfo=UTC).timestamp()

    found = access.skew_seconds(Sts("Sun, 22 Nov 2026 09:00:00 GMT", refusal), "", lambda: here)

    assert found == pytest.approx(-599.5)


def test_a_refusal_without_a_date_is_a_refusal() -> None:
    with pytest.raises(NotAllowed, match="InvalidClientTokenId"):
        access.skew_seconds(Sts(refusal="InvalidClientTokenId"), "")


def test_no_answer_says_nothing_of_the_clock() -> None:
    with pytest.raises(Again):
        access.skew_seconds(Sts(lost=True), "")


def simulated(*denied: str) -> dict[str, Any]:
    """IAM's simulation, with these actions denied."""
    decision = {action: "implicitDeny" if action in denied else "allowed" for action in access.ZONE_ACTIONS}
    return {"EvaluationResults": [{"EvalActionName": name, "EvalDecision": said} for name, said in decision.items()]}


def test_the_permission_is_simulated_for_this_zone_name_and_every_action() -> None:
    context = [
        ("NormalizedRecordNames", ["api.example.com"]),
        ("RecordTypes", ["A", "AAAA", "CNAME", "HTTPS", "SVCB"]),
        ("Actions", ["CREATE", "DELETE", "UPSERT"]),
    ]
    asked = {
        "PolicySourceArn": USER,
        "ActionNames": ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"],
        "ResourceArns": ["arn:aws:route53:::hostedzone/Z123"],
        "ContextEntries": [
            {
                "ContextKeyName": f"route53:ChangeResourceRecordSets{key}",
                "ContextKeyType": "stringList",
                "ContextKeyValues": values,
            }
            for key, values in context
        ],
    }
    with scripted() as clients:
        clients.answers("iam", "simulate_principal_policy", simulated("route53:ChangeResourceRecordSets"), asked)

        found = access.denied(clients.client("iam"), USER, "Z123", "api.example.com", "")

    assert found == ("route53:ChangeResourceRecordSets",)


def test_a_sessions_role_is_what_is_simulated() -> None:
    role = {"Path": "/sso/", "RoleName": "ops", "RoleId": "A" * 16, "Arn": "arn:aws:iam::123456789012:role/sso/ops"}
    with scripted() as clients:
        clients.answers("iam", "get_role", {"Role": role | {"CreateDate": NOW}}, {"RoleName": "ops"})
        clients.answers("iam", "simulate_principal_policy", simulated())
        seen: list[Any] = []
        client = clients.client("iam")
        client.meta.events.register("provide-client-params.iam.*", lambda params, **_: seen.append(params))

        assert access.denied(client, "arn:aws:sts::123456789012:assumed-role/ops/ada", "Z123", "n", "") == ()

    assert seen[1]["PolicySourceArn"] == role["Arn"]


def test_the_root_user_needs_no_simulation() -> None:
    assert access.denied(None, "arn:aws:iam::123456789012:root", "Z123", "n", "") == ()


class Balancer:
    """A load balancer's client: asked several things at once, and moto's costs seconds to load."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}

    def describe_load_balancers(self, Names: list[str]) -> Any:  # noqa: N803 - boto3's names, here and below
        assert Names == ["api"]
        return {"LoadBalancers": [{"LoadBalancerArn": ARN}]}

    def describe_load_balancer_attributes(self, LoadBalancerArn: str) -> Any:  # noqa: N803
        assert LoadBalancerArn == ARN
        return {"Attributes": [{"Key": key, "Value": value} for key, value in self.attributes.items()]}

    def describe_target_groups(self, LoadBalancerArn: str) -> Any:  # noqa: N803
        return {"TargetGroups": [{"TargetGroupArn": f"{LoadBalancerArn}/tasks", "TargetGroupName": "tasks"}]}

    def describe_target_health(self, TargetGroupArn: str) -> Any:  # noqa: N803
        assert TargetGroupArn == f"{ARN}/tasks"
        return {"TargetHealthDescriptions": []}


@pytest.fixture
def balancer(account: Clients, monkeypatch: pytest.MonkeyPatch) -> Balancer:
    """A load balancer without targets in moto's account."""
    found, make = Balancer(), account.make
    monkeypatch.setattr(account, "make", lambda name, *more: found if name == "elbv2" else make(name, *more))
    monkeypatch.setattr(access, "denied", lambda *_: ())  # moto has no simulation of policies
    return found


def of(account: Clients, **more: Any) -> AwsAccount:
    """The adapter for that load balancer."""
    zone = account.make("route53", 1, 5).create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    named = {"ecs": {"load_balancer": NAME}, "hosted_zone_id": zone.rsplit("/", 1)[-1]}
    return AwsAccount(account, settings_with(**(named | more)), lambda: NOW)


def test_everything_of_the_account_is_asked_at_once(account: Clients, balancer: Balancer) -> None:
    table = {
        "TableName": "ledger",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    account.make("dynamodb", 1, 5).create_table(**table)

    found = of(account, ledger={"table": "ledger"}).inspect(30.0)

    assert found.credentials is not None
    assert found.credentials.lasts
    assert found.zone == HostedZone("example.com", is_private=False)
    assert found.target_groups == (TargetGroup("tasks", registered=0, healthy=0),)
    assert found.table == Table("ACTIVE", recovers=False)
    assert "keeps no access log" in found.unknown["bodies"]


def test_a_table_with_recovery_and_one_that_is_not_there(account: Clients) -> None:
    client: Any = account.make("dynamodb", 1, 5)
    client.create_table(
        TableName="ledger",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    on = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName="ledger", PointInTimeRecoverySpecification=on)

    def table(name: str) -> Table:
        return AwsAccount(account, settings_with(ledger={"table": name}), lambda: NOW)._table()

    assert table("ledger") == Table("ACTIVE", recovers=True)
    assert table("lost") == Table("", recovers=False)


def test_a_refused_table_is_unknown() -> None:
    with scripted() as clients:
        clients.refuses("dynamodb", "describe_table", "InternalFailure", 400)

        with pytest.raises(Exception, match="InternalFailure"):
            AwsAccount(clients, settings_with(ledger={"table": "t"}), lambda: NOW)._table()


def test_healthy_targets_are_counted() -> None:
    group = {"TargetGroupArn": "arn:g", "TargetGroupName": "tasks"}
    states = [{"TargetHealth": {"State": state}} for state in ("healthy", "draining", "healthy")]
    with scripted() as clients:
        clients.answers("elbv2", "describe_load_balancers", {"LoadBalancers": [{"LoadBalancerArn": "arn:lb"}]})
        clients.answers("elbv2", "describe_target_groups", {"TargetGroups": [group]}, {"LoadBalancerArn": "arn:lb"})
        clients.answers("elbv2", "describe_target_health", {"TargetHealthDescriptions": states})

        assert AwsAccount(clients, settings_with(), lambda: NOW)._target_groups() == (TargetGroup("tasks", 3, 2),)


def test_without_keys_everything_is_unknown_and_nothing_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Scripted()
    monkeypatch.setattr(clients, "credentials", lambda: None)

    found = AwsAccount(clients, settings_with(), lambda: NOW).inspect(5.0)

    assert found.credentials is None
    assert found.unknown["credentials"] == "there are no AWS credentials; aws sso login, or --profile NAME"
    assert set(found.unknown) == {"credentials", "skew_seconds", "denied", "zone", "target_groups", "bodies"}


def line(received: int | str) -> str:
    """A line of an access log."""
    head = "h2 2026-11-22T08:00:00.0Z app/api/1 192.0.2.1:1 10.0.0.1:80 0.0 0.1 0.0 201 201"
    return f'{head} {received} 300 "POST https://api.example.com:443/api/images HTTP/2.0" "curl/8.5" - -'


def logged(account: Clients, balancer: Balancer, prefix: str, *files: tuple[int, list[int]]) -> AwsAccount:
    """An access log with these files, each so many days old with requests of these sizes."""
    s3: Any = account.make("s3", 1, 5)
    s3.create_bucket(Bucket="access-of-api")
    attributes = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "access-of-api",
        "access_logs.s3.prefix": prefix,
    }
    balancer.attributes = attributes
    number = ARN.split(":")[4]
    for index, (age, sizes) in enumerate(files):
        day = NOW - timedelta(days=age)
        folder = f"{prefix}/" if prefix else ""
        dotted = NAME.replace("/", ".")
        name = f"{number}_elasticloadbalancing_{REGION}_{dotted}_{day:%Y%m%d}T0900Z_{index}.log.gz"
        key = f"{folder}AWSLogs/{number}/elasticloadbalancing/{REGION}/{day:%Y/%m/%d}/{name}"
        text = "\n".join(line(size) for size in sizes)
        s3.put_object(Bucket="access-of-api", Key=key, Body=gzip.compress(text.encode()))
    return of(account)


@pytest.mark.parametrize("prefix", ["", "alb"])
def test_large_requests_are_found_in_the_access_log(account: Clients, balancer: Balancer, prefix: str) -> None:
    inspected = logged(account, balancer, prefix, (0, [100, 4_000_000]), (3, [7_500_000, 4_000_001]), (20, [9_000_000]))

    assert inspected.inspect(30.0).bodies == Bodies(requests=4, large=2, largest_bytes=7_500_000, files_read=2, files=2)


def test_a_long_log_is_sampled(account: Clients, balancer: Balancer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_FILES", 3)
    monkeypatch.setattr(bodies, "PAGE", 4)

    found = logged(account, balancer, "", *((0, [10]) for _ in range(9))).inspect(30.0).bodies

    assert found == Bodies(requests=3, large=0, largest_bytes=10, files_read=3, files=9)


def test_no_time_left_reads_nothing(account: Clients, balancer: Balancer, monkeypatch: pytest.MonkeyPatch) -> None:
    logged(account, balancer, "", (0, [10]))
    log = AccessLog(lambda service: account.make(service, 1, 5), NAME, REGION, "")
    read: list[list[int]] = []

    log._read(account.make("s3", 1, 5), "access-of-api", ["any"], 0.0, read)

    assert read == []


def test_a_broken_file_is_told(account: Clients, balancer: Balancer) -> None:
    inspected = logged(account, balancer, "", (0, [10]))
    s3: Any = account.make("s3", 1, 5)
    key = s3.list_objects_v2(Bucket="access-of-api")["Contents"][0]["Key"]
    s3.put_object(Bucket="access-of-api", Key=key, Body=gzip.compress(b"x" * 900)[:-9])

    assert "the answer can't be read" in inspected.inspect(30.0).unknown["bodies"]


def test_a_load_balancer_without_a_log_says_how_to_get_one(account: Clients, balancer: Balancer) -> None:
    log = AccessLog(lambda service: account.make(service, 1, 5), NAME, REGION, "")

    with pytest.raises(NotFound, match=r"switch access_logs\.s3\.enabled on"):
        log.sample(NOW, 5.0)


def test_lines_that_are_none_count_for_nothing() -> None:
    assert list(received_bytes([line(17), line("-"), "", "half a line"])) == [17]


def test_a_sample_is_spread_from_the_first_to_the_last() -> None:
    keys = [str(number) for number in range(10)]

    assert spread(keys, 5) == ["0", "2", "4", "6", "8"]
    assert spread(keys, 10) == keys


def test_clients_know_whose_keys_they_use() -> None:
    assert Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).credentials().access_key == "rehearsal"
