"""What the settings must name, found in the account step by step; where several fit, a person chooses."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cutover.core.found import (
    HostedZone,
    LoadBalancer,
    behind,
    candidates,
    host,
    is_balancer,
    is_gateway,
    mapped_to,
    zone_of,
)
from cutover.core.models import RecordSet
from cutover.core.zone import points_at, traffic
from cutover.discovery import Discovery
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, Stop
from cutover.ports import ControlPlaneUnavailable, NotAllowed

T = TypeVar("T")
Choose = Callable[[str, Sequence[str]], int]
"""Asks which of several texts it is: its index. Raises Stop where nobody can answer."""

REQUIRED = ("name", "hosted_zone_id", "ecs.load_balancer", "lambda.api_id")
HINTS: Mapping[str, str] = {
    "hosted_zone_id": "aws route53 list-hosted-zones-by-name",
    "ecs.load_balancer": "aws elbv2 describe-load-balancers; its ARN behind `loadbalancer/`",
    "ecs.cluster": "aws ecs list-clusters",
    "ecs.service": "aws ecs list-services --cluster NAME",
    "lambda.api_id": "aws apigatewayv2 get-apis",
    "lambda.functions": "aws apigatewayv2 get-integrations --api-id ID",
    "lambda.rds_proxy": "aws rds describe-db-proxies",
    "ledger.table": "aws dynamodb list-tables; make one whose key is `migration` (string) and `seq` (number)",
    "notify.sns_topic": "aws sns list-topics",
    "safety.veto_alarms": "aws cloudwatch describe-alarms; name those that must stop a raise",
}
MARK, VETO = "cutover", "veto"  # by which tables and topics, and alarms, are taken for ours


@dataclass(slots=True)
class Found:
    """What is known by dotted keys of `cutover.toml`, and why the rest is not."""

    known: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys without which the settings can't be loaded."""
        return tuple(key for key in REQUIRED if key not in self.known)


class Discoverer:
    """One look at the account."""

    def __init__(self, account: Discovery, choose: Choose) -> None:
        self._account, self._choose = account, choose
        self._found = Found()

    def discover(self, name: str = "") -> Found:
        """Everything that can be found; without a name, one is chosen among the zones' records.

        Stops where several fit and nobody chooses. Raises NotAllowed, ControlPlaneUnavailable where Route 53 itself
        can't be read; what else can't be asked is a hint.
        """
        zones = self._account.zones()
        name = name or self._name(zones)
        zone = self._one("hosted zone", zone_of(name, zones), lambda one: f"{one.id} ({one.name})")
        self._found.known |= {"name": name, "aws.region": self._account.region}
        if zone is None:
            self._found.hints["hosted_zone_id"] = f"no public zone here holds {name}; {HINTS['hosted_zone_id']}"
            return self._found
        self._found.known["hosted_zone_id"] = zone.id
        records = traffic(self._account.records(zone.id, name))
        self._identifiers(records)
        self._ecs(_targets(records, is_balancer))
        self._serverless(_targets(records, is_gateway), name)
        self._rest()
        return self._found

    def _name(self, zones: Iterable[HostedZone]) -> str:
        names = [name for zone in zones for name in candidates(self._account.records(zone.id).records)]
        chosen = self._one("public name", list(dict.fromkeys(names)), str)
        if chosen is None:
            raise Stop(
                Outcome(Exit.USAGE, "no record here points at a load balancer", 'cutover init --name "api.example.com"')
            )
        return chosen

    def _identifiers(self, records: Sequence[RecordSet]) -> None:
        for record in records:
            if record.set_identifier is None:
                continue
            for key, is_its in (("ecs", is_balancer), ("lambda", is_gateway)):
                if any(is_its(target) for target in points_at(json.loads(record.body))):
                    self._found.known[f"{key}.set_identifier"] = record.set_identifier

    def _ecs(self, targets: Sequence[str]) -> None:
        hosts = {host(target) for target in targets}
        balancers = self._asked(("ecs.load_balancer",), self._account.load_balancers)
        fitting = [one for one in balancers if host(one.dns_name) in hosts or not hosts]
        if not fitting:
            self._elsewhere("ecs.load_balancer", hosts)
        balancer = self._one("load balancer", fitting, lambda one: one.dimension)
        if self._put("ecs.load_balancer", balancer.dimension if balancer else "") and balancer:
            self._service(balancer)

    def _service(self, balancer: LoadBalancer) -> None:
        keys = ("ecs.cluster", "ecs.service")
        fitting = self._asked(keys, lambda: behind(self._account.target_groups(balancer.arn), self._account.services()))
        service = self._one("ECS service", fitting, lambda one: f"{one.cluster}/{one.name}")
        self._put("ecs.cluster", service.cluster if service else "")
        self._put("ecs.service", service.name if service else "")

    def _serverless(self, targets: Sequence[str], name: str) -> None:
        fitting = self._asked(("lambda.api_id",), lambda: mapped_to(targets, name, self._account.mappings()))
        mapped = self._one("mapping of the domain", fitting, lambda one: f"{one.api_id} {one.stage}")
        if targets and not mapped:
            self._elsewhere("lambda.api_id", targets)
        api_id = mapped.api_id if mapped else "" if targets else self._api()
        if self._put("lambda.api_id", api_id):
            if mapped and mapped.stage:
                self._found.known["lambda.api_stage"] = mapped.stage
            self._put("lambda.functions", self._asked(("lambda.functions",), lambda: self._account.functions(api_id)))

    def _api(self) -> str:
        api = self._one(
            "HTTP API", self._asked(("lambda.api_id",), self._account.apis), lambda one: f"{one.id} ({one.name})"
        )
        return api.id if api else ""

    def _elsewhere(self, key: str, targets: Iterable[str]) -> None:
        """The records lead to something that is not here: what is here instead would be the wrong one."""
        where = ", ".join(sorted(host(target) for target in targets))
        self._found.hints.setdefault(key, f"{where or 'it'} is not in {self._account.region}; {HINTS[key]}")

    def _rest(self) -> None:
        proxies = self._asked(("lambda.rds_proxy",), self._account.proxies)
        self._put("lambda.rds_proxy", self._one("RDS proxy", proxies, str) or "")
        tables = [one for one in self._asked(("ledger.table",), self._account.tables) if MARK in one.lower()]
        self._put("ledger.table", self._one("DynamoDB table", tables, str) or "")
        topics = [one for one in self._asked(("notify.sns_topic",), self._account.topics) if MARK in one.lower()]
        self._put("notify.sns_topic", self._one("SNS topic", topics, str) or "")
        alarms = self._asked(("safety.veto_alarms",), self._account.alarms)
        self._put("safety.veto_alarms", tuple(one for one in alarms if VETO in one.lower()))

    def _asked(self, keys: Iterable[str], question: Callable[[], Sequence[T]]) -> Sequence[T]:
        """The answer; none, and a hint, where it can't be asked."""
        try:
            return question()
        except (NotAllowed, ControlPlaneUnavailable) as error:
            for key in keys:
                self._found.hints[key] = f"it could not be asked ({error}); {HINTS[key]}"
            return ()

    def _one(self, what: str, fitting: Sequence[T], spelled: Callable[[T], str]) -> T | None:
        if len(fitting) < 2:
            return fitting[0] if fitting else None
        return fitting[self._choose(what, [spelled(one) for one in fitting])]

    def _put(self, key: str, value: str | Sequence[str]) -> bool:
        if value:
            self._found.known[key] = value
        else:
            self._found.hints.setdefault(key, HINTS[key])
        return bool(value)


def outcome(found: Found, path: str, again: str) -> Outcome:
    """What became of it, as the end of the command; `again` begins commands that mean this file."""
    if not found.missing:
        return Outcome(Exit.DONE, f"{path} is written", f"{again} doctor")
    lacking = ", ".join(found.missing)
    return Outcome(
        Exit.USAGE, f"{path} is written, but {lacking} could not be found", "fill that in; its line says how"
    )


def _targets(records: Sequence[RecordSet], is_its: Callable[[str], bool]) -> Sequence[str]:
    return [target for record in records for target in points_at(json.loads(record.body)) if is_its(target)]
