"""Looking into an account: moto's, and for what moto can't play here, or not quickly, a client that answers as told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from cutover.aws.discovery import AwsDiscovery
from cutover.cli import real_account
from cutover.core.found import HostedZone, HttpApi, LoadBalancer, Mapped, ServiceOfEcs
from cutover.ports import ControlPlaneUnavailable, NotAllowed

REGION = "eu-west-1"
MANY = 12  # services, more than one question takes


def client(service: str) -> Any:
    """A client that only ever reaches moto."""
    make: Any = boto3.client
    return make(service, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def account() -> Iterator[AwsDiscovery]:
    """An empty account in moto."""
    with mock_aws():
        yield AwsDiscovery(client, REGION)


def test_public_zones_and_their_records_are_found(account: AwsDiscovery) -> None:
    route53 = client("route53")
    public = route53.create_hosted_zone(Name="example.com.", CallerReference="1")["HostedZone"]["Id"]
    vpc = {"VPCRegion": REGION, "VPCId": "vpc-1"}
    private = {"PrivateZone": True}
    route53.create_hosted_zone(Name="inside.com.", CallerReference="2", VPC=vpc, HostedZoneConfig=private)
    records = [
        {"Name": name, "Type": "A", "SetIdentifier": "ecs", "Weight": 100, "TTL": 60,
         "ResourceRecords": [{"Value": "192.0.2.1"}]}
        for name in ("api.example.com.", "b.example.com.")
    ]  # fmt: skip
    changes: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": one} for one in records]}
    route53.change_resource_record_sets(HostedZoneId=public, ChangeBatch=changes)

    (zone,) = account.zones()
    assert zone == HostedZone(public.rpartition("/")[2], "example.com")
    (record,) = account.records(zone.id, "api.example.com").records
    assert (record.type, record.set_identifier, record.weight) == ("A", "ecs", 100)
    names = {record.name for record in account.records(zone.id).records}
    assert names == {"example.com", "api.example.com", "b.example.com"}


def test_the_ecs_services_of_every_cluster_are_found_ten_at_a_time() -> None:
    """Played here, as the load balancers are: moto's ECS needs its EC2, which takes seconds to be there."""
    sizes: list[int] = []

    def described(cluster: str, services: list[str]) -> Any:
        sizes.append(len(services))
        return {"services": [{"serviceName": name} for name in services]}

    names = [f"s{number:02}" for number in range(MANY)]
    found = played(
        list_clusters={"": {"clusterArns": ["arn:cluster/prod"], "NextToken": "2"}, "2": {"clusterArns": []}},
        list_services={"": {"serviceArns": names}},
        describe_services=described,
    )

    assert found.services() == [ServiceOfEcs("prod", name, ()) for name in names]
    assert sizes == [10, 2]


def test_load_balancers_lead_to_ecs_services() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/lego-api/50dc6c495c0c9188"
    found = played(
        describe_load_balancers={"": {"LoadBalancers": [{"LoadBalancerArn": arn, "DNSName": "l.elb.amazonaws.com"}]}},
        describe_target_groups={"": {"TargetGroups": [{"TargetGroupArn": "arn:group"}]}},
        list_clusters={"": {"clusterArns": ["arn:cluster/prod"]}},
        list_services={"": {"serviceArns": ["arn:service/prod/api"]}},
        describe_services={"": {"services": [{"serviceName": "api", "loadBalancers": [
            {"targetGroupArn": "arn:group"}, {"loadBalancerName": "classic"}]}]}},
    )  # fmt: skip

    (balancer,) = found.load_balancers()
    assert balancer == LoadBalancer(arn, "l.elb.amazonaws.com")
    assert balancer.dimension == "app/lego-api/50dc6c495c0c9188"
    assert found.target_groups(arn) == ["arn:group"]
    assert found.services() == [ServiceOfEcs("prod", "api", ("arn:group",))]


def test_proxies_tables_topics_and_alarms_are_found_by_name(account: AwsDiscovery) -> None:
    key: Any = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}  # fmt: skip
    client("dynamodb").create_table(TableName="lego-cutover", BillingMode="PAY_PER_REQUEST", **key)
    topic = client("sns").create_topic(Name="cutover")["TopicArn"]
    client("cloudwatch").put_metric_alarm(
        AlarmName="veto-db", Namespace="N", MetricName="M", Period=60, EvaluationPeriods=1, Statistic="Sum",
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip

    assert (account.tables(), account.topics()) == (["lego-cutover"], [topic])
    assert account.alarms() == ["veto-db"]
    assert account.proxies() == []


@dataclass
class Played:
    """A client: for each method its pages by token, what it raises, or a function."""

    answers: Mapping[str, Any]
    asked: list[Any] = field(default_factory=list)

    def can_paginate(self, _: str) -> bool:
        """As GetApiMappings can't."""
        return False

    def __getattr__(self, name: str) -> Any:
        def call(**asked: Any) -> Any:
            self.asked.append((name, asked))
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            if callable(found):
                return found(**asked)
            return found[asked.get("NextToken", "")]

        return call


def played(**answers: Any) -> AwsDiscovery:
    """An account that answers as told."""
    fake = Played(answers)
    return AwsDiscovery(lambda _: fake, REGION)


def test_domains_lead_to_apis_on_every_page() -> None:
    domains = {
        "": {
            "Items": [{"DomainName": "api.example.com", "DomainNameConfigurations": [{"ApiGatewayDomainName": "d-1"}]}],
            "NextToken": "more",
        },
        "more": {"Items": [{"DomainName": "b.example.com"}]},
    }
    found = played(get_domain_names=domains, get_api_mappings={"": {"Items": [{"ApiId": "a1", "Stage": "live"}]}})

    assert found.mappings() == [
        Mapped("api.example.com", "d-1", "a1", "live"),
        Mapped("b.example.com", "", "a1", "live"),
    ]


def test_http_apis_and_their_functions_are_found() -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:lego-mocs"
    uris = [
        {"IntegrationUri": f"{arn}:live"},
        {"IntegrationUri": f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"},
        {"IntegrationUri": "https://elsewhere.example"},
        {},
    ]
    apis = [
        {"ApiId": "a1", "Name": "lego", "ProtocolType": "HTTP"},
        {"ApiId": "w", "Name": "w", "ProtocolType": "WEBSOCKET"},
    ]
    found = played(get_apis={"": {"Items": apis}}, get_integrations={"": {"Items": uris}})

    assert found.apis() == [HttpApi("a1", "lego")]
    assert found.functions("a1") == ["lego-mocs"]


def test_alarms_of_both_kinds_count() -> None:
    page = {"MetricAlarms": [{"AlarmName": "a"}], "CompositeAlarms": [{"AlarmName": "b"}]}

    assert played(describe_alarms={"": page}).alarms() == ["a", "b"]


@pytest.mark.parametrize(
    ("error", "raised", "text"),
    [
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetApis"), NotAllowed,
         "let this identity call apigatewayv2:GetApis"),
        (ClientError({"Error": {"Code": "NotFoundException", "Message": "gone"}}, "GetApis"), NotAllowed, "gone"),
        (EndpointConnectionError(endpoint_url="https://x"), ControlPlaneUnavailable, "apigatewayv2:GetApis"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_told_in_words(error: Exception, raised: type[Exception], text: str) -> None:
    with pytest.raises(raised, match=text):
        played(get_apis=error).apis()


@pytest.mark.parametrize(
    ("options", "environment", "region"),
    [
        ({}, {}, "us-east-1"),
        ({}, {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({}, {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-2"}, "eu-west-2"),
        ({"region": "eu-west-3"}, {"AWS_REGION": "eu-west-2"}, "eu-west-3"),
    ],
)
def test_the_account_is_that_of_the_options_or_the_environment(
    options: dict[str, str], environment: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert real_account(options).region == region


def test_the_worlds_account_is_looked_into_with_its_own_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    with mock_aws():
        assert real_account({}).tables() == []
