"""What each billable resource of a template costs: one function for each type."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.costs.lines import SECONDS, UNTAGGED, Line, line
from infra.costs.prices import HOURS
from infra.costs.usage import Usage

Template = Mapping[str, Any]
# A cluster with one service, as AWS's Container Insights tells it: 8 of the cluster, 11 of the service, 6 of the task.
INSIGHTS_METRICS = 25
CPU_UNITS = 1024  # of one vCPU
DATABASE_VCPUS = 2  # of every instance class in the price table, and the least that a proxy is charged for


class Unreadable(Exception):
    """A template leaves open what a price depends on; the message says where."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, where it stands, and what its stage is used for."""

    name: str
    kind: str
    properties: Mapping[str, Any]
    template: Template
    usage: Usage

    @property
    def service(self) -> str:
        """Its tag Service."""
        for key in ("Tags", "HealthCheckTags", "HostedZoneTags"):
            tags = self.properties.get(key, ())
            found = tags.items() if isinstance(tags, Mapping) else [(one["Key"], one["Value"]) for one in tags]
            if service := dict(found).get("Service"):
                return str(service)
        return UNTAGGED

    def text(self, key: str) -> str:
        """A property that has to be written out. Raises Unreadable."""
        value = self.properties.get(key)
        if not isinstance(value, str):
            raise Unreadable(f"{self.kind} {self.name}: {key} is {value!r}, and its price depends on it")
        return value

    def target(self, key: str) -> "Resource":
        """The resource of the same template that a property refers to. Raises Unreadable."""
        value = self.properties.get(key)
        name = str(value.get("Ref") or (value.get("Fn::GetAtt") or [""])[0]) if isinstance(value, Mapping) else ""
        found = self.template["Resources"].get(name)
        if found is None:
            raise Unreadable(f"{self.kind} {self.name}: {key} is {value!r}, which this template does not hold")
        return Resource(name, found["Type"], found.get("Properties", {}), self.template, self.usage)

    def around(self, kind: str) -> Iterator["Resource"]:
        """All of a type in the same template."""
        for name, found in self.template["Resources"].items():
            if found["Type"] == kind:
                yield Resource(name, kind, found.get("Properties", {}), self.template, self.usage)


def architecture(function: Resource) -> str:
    """arm64 or x86_64."""
    return str(function.properties.get("Architectures", ["x86_64"])[0])


def _memory_gb(function: Resource) -> float:
    return float(function.properties.get("MemorySize", 128)) / 1024


def _alias(alias: Resource) -> Iterator[Line]:
    kept = int(alias.properties.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions", 0))
    if kept:
        function = alias.target("FunctionName")
        what = f"kept ready: {function.properties.get('FunctionName', function.name)} × {kept}"
        quantity = kept * _memory_gb(function) * SECONDS
        yield line(function.service, what, quantity, f"lambda provisioned {architecture(function)}")


def _version(version: Resource) -> Iterator[Line]:
    function = version.target("FunctionName")
    if function.properties.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions":
        yield line(
            function.service, "snapshots, one of each function", _memory_gb(function) * SECONDS, "lambda snapshot"
        )


def _service(service: Resource) -> Iterator[Line]:
    task = service.target("TaskDefinition")
    tasks = _tasks(service)
    chip = "arm64" if task.properties.get("RuntimePlatform", {}).get("CpuArchitecture") == "ARM64" else "x86_64"
    vcpus, gb = int(task.text("Cpu")) / CPU_UNITS, int(task.text("Memory")) / 1024
    what = f"{tasks} task{'' if tasks == 1 else 's'} of {vcpus:g} vCPU, {gb:g} GB, {chip}"
    if tasks:
        yield line(service.service, f"{what}: CPU", tasks * vcpus * HOURS, f"fargate vcpu {chip}")
        yield line(service.service, f"{what}: memory", tasks * gb * HOURS, f"fargate gb {chip}")
        settings = service.target("Cluster").properties.get("ClusterSettings", ())
        if any(one["Name"] == "containerInsights" and one["Value"] != "disabled" for one in settings):
            yield line(service.service, "Container Insights", INSIGHTS_METRICS, "metric")


def _tasks(service: Resource) -> int:
    """As many as it is told, or the least that autoscaling leaves."""
    if "DesiredCount" in service.properties:
        return int(service.properties["DesiredCount"])
    least = [
        int(target.properties["MinCapacity"])
        for target in service.around("AWS::ApplicationAutoScaling::ScalableTarget")
        if service.name in str(target.properties["ResourceId"])
    ]
    return sum(least) if least else 1


def _balancer(balancer: Resource) -> Iterator[Line]:
    yield line(balancer.service, "load balancer", HOURS, "load balancer")
    yield line(balancer.service, "load balancer, one LCU on average", HOURS, "lcu")
    if balancer.properties.get("Scheme") != "internal":
        zones = len(balancer.properties.get("Subnets", ()))
        yield line(balancer.service, "addresses of the load balancer", zones * HOURS, "address")


def _scaling(policy: Resource) -> Iterator[Line]:
    if policy.properties.get("PolicyType") == "TargetTrackingScaling":
        yield line("ECS", "alarms that autoscaling makes", 2, "alarm")


def _database(database: Resource) -> Iterator[Line]:
    name, times = database.text("DBInstanceClass"), 2 if database.properties.get("MultiAZ") is True else 1
    zones = ", in two zones" if times == 2 else ""
    yield line(database.service, f"PostgreSQL on {name}{zones}", times * HOURS, name)
    storage = times * int(database.text("AllocatedStorage"))
    yield line(database.service, f"storage of the database{zones}", storage, "database storage")


def _proxy(proxy: Resource) -> Iterator[Line]:
    yield line(proxy.service, "RDS Proxy, 2 vCPU of the database", DATABASE_VCPUS * HOURS, "database proxy")


def _redis(group: Resource) -> Iterator[Line]:
    name, of = group.text("CacheNodeType"), group.properties
    shards = int(of.get("NumNodeGroups", 1))
    nodes = shards * (1 + int(of["ReplicasPerNodeGroup"])) if "ReplicasPerNodeGroup" in of else 0
    nodes = nodes or int(of.get("NumCacheClusters", shards))
    yield line(group.service, f"Redis, {nodes} × {name}", nodes * HOURS, name)


def _search(domain: Resource) -> Iterator[Line]:
    cluster, disk = domain.properties["ClusterConfig"], domain.properties.get("EBSOptions", {})
    nodes, kind = int(cluster.get("InstanceCount", 1)), str(cluster["InstanceType"])
    yield line(domain.service, f"OpenSearch, {nodes} × {kind}", nodes * HOURS, kind)
    if cluster.get("DedicatedMasterEnabled"):
        masters, master = int(cluster["DedicatedMasterCount"]), str(cluster["DedicatedMasterType"])
        yield line(domain.service, f"OpenSearch's masters, {masters} × {master}", masters * HOURS, master)
    yield line(domain.service, "storage of OpenSearch", nodes * int(disk.get("VolumeSize", 0)), "search storage")


def _endpoint(endpoint: Resource) -> Iterator[Line]:
    if endpoint.properties.get("VpcEndpointType", "Gateway") == "Interface":
        zones = len(endpoint.properties.get("SubnetIds", ()))
        yield line(endpoint.service, "interface endpoints, in each zone", zones * HOURS, "endpoint")


def _nat(gateway: Resource) -> Iterator[Line]:
    yield line(gateway.service, "NAT gateway", HOURS, "nat gateway")
    yield line(gateway.service, "what passes the NAT gateway", gateway.usage.nat_gb, "nat data")


def _flows(flows: Resource) -> Iterator[Line]:
    yield line(flows.service, "flow log", flows.usage.flows_gb, "logs")


def _check(check: Resource) -> Iterator[Line]:
    how = check.properties["HealthCheckConfig"]
    options = sum(("HTTPS" in how["Type"], "STR_MATCH" in how["Type"], how.get("RequestInterval") == 10))
    yield line(check.service, "health check", 1, "health check")
    yield line(check.service, "health check: HTTPS, a string, every 10 s", options, "health check option")


def _alarm(alarm: Resource) -> Iterator[Line]:
    """A band is two metrics more: its upper and its lower edge."""
    metrics = sum("MetricStat" in one for one in alarm.properties.get("Metrics", ())) or 1
    metrics += 2 if "ThresholdMetricId" in alarm.properties else 0
    yield line(alarm.service, "alarms", metrics, "alarm")


def _filter(found: Resource) -> Iterator[Line]:
    yield line(found.service, "metrics out of logs", len(found.properties.get("MetricTransformations", ())), "metric")


def _ledger(table: Resource) -> Iterator[Line]:
    yield line(table.service, "the ledger's lines", table.usage.ledger_writes / 1_000_000, "ledger")


def _images(repository: Resource) -> Iterator[Line]:
    yield line(repository.service, "images", repository.usage.images_gb, "ecr")


def _each(what: str, priced: str, quantity: float = 1) -> Callable[[Resource], Iterator[Line]]:
    def lines(resource: Resource) -> Iterator[Line]:
        yield line(resource.service, what, quantity, priced)

    return lines


PRICED: Mapping[str, Callable[[Resource], Iterator[Line]]] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": _scaling,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": _each("composite alarms", "composite alarm"),
    "AWS::CloudWatch::Dashboard": _each("dashboards", "dashboard"),
    "AWS::DynamoDB::Table": _ledger,
    "AWS::EC2::EIP": _each("addresses of NAT gateways", "address", HOURS),
    "AWS::EC2::FlowLog": _flows,
    "AWS::EC2::NatGateway": _nat,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::ECR::Repository": _images,
    "AWS::ECS::Service": _service,
    "AWS::ElastiCache::ReplicationGroup": _redis,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::KMS::Key": _each("keys", "key"),
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::MetricFilter": _filter,
    "AWS::OpenSearchService::Domain": _search,
    "AWS::RDS::DBInstance": _database,
    "AWS::RDS::DBProxy": _proxy,
    "AWS::Route53::HealthCheck": _check,
    "AWS::SecretsManager::Secret": _each("secrets", "secret"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": _each("private zones", "hosted zone"),
}
