"""What there is in an AWS account that a migration needs: read-only questions, every page of every answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.aws.route53 import record_of
from cutover.core.found import HostedZone, HttpApi, LoadBalancer, Mapped, ServiceOfEcs, function_of
from cutover.core.models import Snapshot
from cutover.ports import ControlPlaneUnavailable, NotAllowed

ATTEMPTS = 3
READ_SECONDS = 10.0
SERVICES_AT_ONCE = 10  # DescribeServices takes no more


class AwsDiscovery:
    """A Discovery. `client` makes a boto3 client of a service when it is first needed."""

    def __init__(self, client: Callable[[str], Any], region: str, profile: str = "") -> None:
        self._client, self._region, self._profile = cache(client), region, profile

    @property
    def region(self) -> str:
        """Where it looks."""
        return self._region

    def zones(self) -> Sequence[HostedZone]:
        """The public hosted zones."""
        found = self._all("route53", "ListHostedZones", "HostedZones")
        return [
            HostedZone(str(zone["Id"]).rpartition("/")[2], str(zone["Name"]).rstrip("."))
            for zone in found
            if not zone.get("Config", {}).get("PrivateZone")
        ]

    def records(self, zone_id: str, name: str = "") -> Snapshot:
        """The record sets of that name, or of all names."""
        found = self._all("route53", "ListResourceRecordSets", "ResourceRecordSets", HostedZoneId=zone_id)
        records = (record_of(raw) for raw in found)
        return Snapshot(tuple(record for record in records if record.name == name or not name))

    def load_balancers(self) -> Sequence[LoadBalancer]:
        """Every load balancer of the region."""
        found = self._all("elbv2", "DescribeLoadBalancers", "LoadBalancers")
        return [LoadBalancer(str(one["LoadBalancerArn"]), str(one["DNSName"])) for one in found]

    def target_groups(self, balancer_arn: str) -> Sequence[str]:
        """The ARNs of its target groups."""
        found = self._all("elbv2", "DescribeTargetGroups", "TargetGroups", LoadBalancerArn=balancer_arn)
        return [str(one["TargetGroupArn"]) for one in found]

    def services(self) -> Sequence[ServiceOfEcs]:
        """Every ECS service of every cluster."""
        return [
            service
            for cluster in self._all("ecs", "ListClusters", "clusterArns")
            for service in self._of_cluster(str(cluster))
        ]

    def mappings(self) -> Sequence[Mapped]:
        """Where the custom domain names of API Gateway lead."""
        found = []
        for domain in self._all("apigatewayv2", "GetDomainNames", "Items"):
            name = str(domain["DomainName"])
            targets = [str(one.get("ApiGatewayDomainName", "")) for one in domain.get("DomainNameConfigurations", [])]
            for mapped in self._all("apigatewayv2", "GetApiMappings", "Items", DomainName=name):
                way = str(mapped["ApiId"]), str(mapped["Stage"])
                found += [Mapped(name, target, *way) for target in targets or [""]]
        return found

    def apis(self) -> Sequence[HttpApi]:
        """The HTTP APIs."""
        found = self._all("apigatewayv2", "GetApis", "Items")
        return [HttpApi(str(one["ApiId"]), str(one["Name"])) for one in found if one.get("ProtocolType") == "HTTP"]

    def functions(self, api_id: str) -> Sequence[str]:
        """The names of the functions that the API calls, each once."""
        found = self._all("apigatewayv2", "GetIntegrations", "Items", ApiId=api_id)
        names = (function_of(str(one.get("IntegrationUri", ""))) for one in found)
        return sorted({name for name in names if name})

    def proxies(self) -> Sequence[str]:
        """The names of the RDS proxies."""
        return [str(one["DBProxyName"]) for one in self._all("rds", "DescribeDBProxies", "DBProxies")]

    def tables(self) -> Sequence[str]:
        """The names of the DynamoDB tables."""
        return [str(one) for one in self._all("dynamodb", "ListTables", "TableNames")]

    def topics(self) -> Sequence[str]:
        """The ARNs of the SNS topics."""
        return [str(one["TopicArn"]) for one in self._all("sns", "ListTopics", "Topics")]

    def alarms(self) -> Sequence[str]:
        """The names of the alarms, of both kinds."""
        kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        return [
            str(one["AlarmName"])
            for key in ("MetricAlarms", "CompositeAlarms")
            for one in self._all("cloudwatch", "DescribeAlarms", key, **kinds)
        ]

    def _of_cluster(self, cluster: str) -> Iterator[ServiceOfEcs]:
        arns = [str(one) for one in self._all("ecs", "ListServices", "serviceArns", cluster=cluster)]
        for start in range(0, len(arns), SERVICES_AT_ONCE):
            wanted = {"cluster": cluster, "services": arns[start : start + SERVICES_AT_ONCE]}
            for one in self._all("ecs", "DescribeServices", "services", **wanted):
                groups = [str(to["targetGroupArn"]) for to in one.get("loadBalancers", []) if "targetGroupArn" in to]
                yield ServiceOfEcs(cluster.rpartition("/")[2], str(one["serviceName"]), tuple(groups))

    def _all(self, service: str, action: str, key: str, **asked: Any) -> list[Any]:
        """What stands under `key` in every page. Raises NotAllowed, ControlPlaneUnavailable."""
        try:
            with translated(f"{service}:{action}", self._profile):
                return [one for page in self._pages(service, action, asked) for one in page.get(key, [])]
        except Again as error:
            raise ControlPlaneUnavailable(str(error)) from error
        except Rejected as error:
            raise NotAllowed(str(error)) from error

    def _pages(self, service: str, action: str, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        from botocore import xform_name

        client, method = self._client(service), xform_name(action)
        if client.can_paginate(method):
            yield from client.get_paginator(method).paginate(**asked)
            return
        page: Mapping[str, Any] = {"NextToken": None}
        while "NextToken" in page:
            more = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
            page = getattr(client, method)(**asked, **more)
            yield page
