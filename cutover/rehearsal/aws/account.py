"""The pretended AWS account: zone, metrics, alarms, faults and logs, put together from the configuration."""

import secrets
from dataclasses import dataclass
from ipaddress import ip_address

import dns.message

from cutover.clock import CompressedClock
from cutover.rehearsal.aws.answers import DnsFacts, answer
from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.api import CloudWatchApi
from cutover.rehearsal.aws.cloudwatch.dashboards import DashboardShelf
from cutover.rehearsal.aws.cloudwatch.store import MetricStore
from cutover.rehearsal.aws.cloudwatch_logs.api import LogsApi
from cutover.rehearsal.aws.cloudwatch_logs.events import LogStore
from cutover.rehearsal.aws.config import BadConfig, Config
from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import AnswerCounts, CallLog
from cutover.rehearsal.aws.operations import Operations
from cutover.rehearsal.aws.route53.api import Route53Api, new_change_id
from cutover.rehearsal.aws.route53.checks import ZoneFacts
from cutover.rehearsal.aws.route53.names import normalised
from cutover.rehearsal.aws.route53.zone import Zone
from cutover.rehearsal.aws.stores import Overrides
from cutover.rehearsal.aws.throttle import TokenBucket
from cutover.rehearsal.aws.wire import AwsError
from cutover.rehearsal.aws.xray.api import XRayApi
from cutover.rehearsal.aws.xray.store import TraceStore


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that has state, and the clock that all of it goes by."""

    clock: CompressedClock
    zone: Zone
    dns_facts: DnsFacts
    faults: ActiveFaults
    calls: CallLog
    answers: AnswerCounts
    operations: Operations
    alarms: AlarmBoard
    route53: Route53Api
    cloudwatch: CloudWatchApi
    logs: LogsApi
    stores: Overrides
    traces: TraceStore
    xray: XRayApi

    def respond(self, query: dns.message.Message) -> dns.message.Message:
        """The name server's answer now; what was drawn is counted."""
        now = self.clock.timestamp()
        answered = answer(query, self.zone.served(now), self.dns_facts, secrets.randbelow)
        for set_identifier in answered.drawn:
            self.answers.add(now, set_identifier)
        return answered.message


def opened(config: Config) -> Account:
    """A new account. Raises BadConfig if Route 53 would refuse the initial records, or a target is no address."""
    clock = CompressedClock(config.clock.factor, config.clock.epoch)
    targets = _targets(config)
    zone = _zone(config, frozenset(targets))
    faults, calls = ActiveFaults(), CallLog()
    store = MetricStore(config.publish_delay_seconds)
    alarms = AlarmBoard(f"arn:aws:cloudwatch:{config.region}:{config.account_id}:alarm", store)
    shelf = DashboardShelf(config.account_id)
    traces = TraceStore()
    bucket = TokenBucket(config.requests_per_second)
    return Account(
        clock=clock,
        zone=zone,
        dns_facts=DnsFacts(zone.facts.name, targets, config.answer_ttl_seconds, config.clock.factor),
        faults=faults,
        calls=calls,
        answers=AnswerCounts(),
        operations=Operations(),
        alarms=alarms,
        route53=Route53Api(zone, bucket=bucket, faults=faults, calls=calls, account_id=config.account_id),
        cloudwatch=CloudWatchApi(store, alarms=alarms, dashboards=shelf, faults=faults, calls=calls),
        logs=LogsApi(store=LogStore(), region=config.region, account_id=config.account_id, calls=calls),
        stores=Overrides(),
        traces=traces,
        xray=XRayApi(traces, calls),
    )


def _targets(config: Config) -> dict[str, tuple[str, ...]]:
    for name, addresses in config.targets.items():
        for address in addresses:
            try:
                ip_address(address)
            except ValueError as error:
                raise BadConfig(f"targets: {name}: {error}") from error
    return {normalised(name): addresses for name, addresses in config.targets.items()}


def _zone(config: Config, targets: frozenset[str]) -> Zone:
    health_checks = frozenset(record.health_check_id for record in config.records if record.health_check_id)
    facts = ZoneFacts(config.zone.id, normalised(config.zone.name), targets, health_checks)
    try:
        return Zone(facts, config.records, insync_seconds=config.insync_seconds, new_id=new_change_id)
    except AwsError as error:
        raise BadConfig(f"records: {error.message}") from error
