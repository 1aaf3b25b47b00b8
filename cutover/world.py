"""The real world: every port with its adapter, as the settings name them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from cutover.absent import (
    NO_ARCHIVE,
    NO_ESTATE,
    NO_KILL_SWITCH,
    NO_MARKER,
    NO_METER,
    NO_REINDEXING,
    NO_TARGET_FINDER,
    SILENT,
)
from cutover.aws.clients import Clients
from cutover.aws.cloudwatch import ATTEMPTS, CloudWatch, Signals, http_api, load_balancer
from cutover.aws.cloudwatch import READ_SECONDS as METRICS_SECONDS
from cutover.aws.discovery import ATTEMPTS as DISCOVERY_ATTEMPTS
from cutover.aws.discovery import READ_SECONDS as DISCOVERY_SECONDS
from cutover.aws.discovery import AwsDiscovery
from cutover.aws.identity import PATIENCE_SECONDS, StsIdentity
from cutover.aws.route53 import READ_SECONDS, Route53
from cutover.aws.surroundings import account_of, ecs_of, surveyor_of, trail_of
from cutover.board_ports import Boards, Marker, Meter
from cutover.clock import CompressedClock
from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.core.durations import parse_duration
from cutover.core.load.order import Ended, Order
from cutover.core.load.profile import Profile
from cutover.core.models import Side
from cutover.core.usage import Usage
from cutover.core.verification import Pointers, Told
from cutover.core.web import Heard, Place
from cutover.data_ports import Reindexing
from cutover.end_ports import Estate, ImageArchive
from cutover.ledger.choice import ledger_of
from cutover.load_ports import Follower, LoadGenerator
from cutover.ports import Answers, KillSwitch, Notice, Notifier, TargetFinder, World
from cutover.sections import AwsSettings
from cutover.settings import Settings

LATER_SECONDS = 2.0  # after it happened numbers are sent and changes marked: the work itself goes first


def build_world(settings: Settings, environ: Mapping[str, str] | None = None) -> World:
    """The adapters for these settings; nothing is connected yet. `environ` is where secrets come from."""
    clients, profile = Clients(settings.aws), settings.aws.profile
    clock = CompressedClock(settings.clock.factor, settings.clock.epoch)
    signals = {
        Side.ECS: load_balancer(settings.ecs.load_balancer),
        Side.SERVERLESS: _http_api(settings),
    }
    weights = Route53(lambda: clients.make("route53", 1, READ_SECONDS), settings.hosted_zone_id, settings.name, profile)
    world = World(
        settings=settings,
        weights=weights,
        surveyor=surveyor_of(settings, clients, weights, clock.now),
        ecs=ecs_of(settings, clients),
        trail=trail_of(settings, clients),
        estate=_estate(settings, clients),
        archive=_archive(settings, clients),
        usage=LazyUsage(settings, clients),
        account=account_of(settings, clients, clock.now),
        metrics=CloudWatch(lambda: clients.make("cloudwatch", ATTEMPTS, METRICS_SECONDS), signals, profile),
        names=LazyNames(settings),
        ledger=ledger_of(settings, clients, clock),
        clock=clock,
        switch=_switch(settings, clients),
        notifier=_notifier(settings, clients, environ or {}),
        probes=LazyProbes(),
        targets=_targets(settings, clients),
        reindexing=_reindexing(settings, clients, environ or {}),
        load=LazyLocust(environ or {}),
        identity=StsIdentity(lambda: clients.make("sts", 1, PATIENCE_SECONDS), profile),
        meter=_meter(settings, clients),
        boards=LazyBoards(clients),
    )
    return replace(world, marker=_marker(world))


def build_discovery(region: str, profile: str) -> AwsDiscovery:
    """What looks into an account, in the default region if none is named; nothing is connected yet."""
    settings = AwsSettings(profile=profile, region=region) if region else AwsSettings(profile=profile)
    clients = Clients(settings)
    return AwsDiscovery(
        lambda service: clients.make(service, DISCOVERY_ATTEMPTS, DISCOVERY_SECONDS), settings.region, profile
    )


def _http_api(settings: Settings) -> Signals:
    named = settings.serverless
    return http_api(named.api_id, named.api_stage, named.functions, named.rds_proxy)


def _estate(settings: Settings, clients: Clients) -> Estate:
    if not (settings.ecs.cluster and settings.ecs.service):
        return NO_ESTATE
    from cutover.aws.estate import AwsEstate

    return AwsEstate(clients.make, settings)


def _targets(settings: Settings, clients: Clients) -> TargetFinder:
    if settings.aws.endpoint_url:  # a rehearsal has no API Gateway to ask
        return NO_TARGET_FINDER
    from cutover.aws import targets

    return targets.ApiDomains(
        lambda: clients.make("apigatewayv2", targets.ATTEMPTS, targets.READ_SECONDS), settings.name, clients.profile
    )


def _archive(settings: Settings, clients: Clients) -> ImageArchive:
    if not settings.archive.bucket:
        return NO_ARCHIVE
    from cutover.aws.archive import archive_of

    return archive_of(settings, clients)


def _reindexing(settings: Settings, clients: Clients, environ: Mapping[str, str]) -> Reindexing:
    if not settings.reindex.endpoint:
        return NO_REINDEXING
    from cutover.reindex.choice import reindexing_of

    return reindexing_of(settings, clients.credentials, environ)


def _switch(settings: Settings, clients: Clients) -> KillSwitch:
    if not settings.kill_switch.bucket:
        return NO_KILL_SWITCH
    from cutover.aws.switch import S3Switch

    return S3Switch.of(clients, settings.kill_switch)


def _meter(settings: Settings, clients: Clients) -> Meter:
    if not settings.metrics.on:
        return NO_METER
    from cutover.aws.metering import ATTEMPTS, READ_SECONDS, MetricSender
    from cutover.background import BackgroundMeter

    def client() -> Any:
        return clients.make("cloudwatch", ATTEMPTS, READ_SECONDS)

    sender = MetricSender(client, settings.metrics.namespace, settings.stage, clients.profile)
    return BackgroundMeter(sender, LATER_SECONDS / settings.clock.factor)


def _marker(world: World) -> Marker:
    """What marks changes in the dashboard; only where one is named, for most commands change nothing."""
    if not world.settings.dashboard.name:
        return NO_MARKER
    from cutover.background import BackgroundMarker
    from cutover.flow.boards.annotating import mark

    return BackgroundMarker(lambda: mark(world), LATER_SECONDS / world.settings.clock.factor)


def _notifier(settings: Settings, clients: Clients, environ: Mapping[str, str]) -> Notifier:
    """The channels that the settings name; their libraries are loaded only then."""
    given, channels = settings.notify, dict[str, Callable[[Notice], None]]()
    if not (given.sns_topic or given.slack_webhook_env or given.command):
        return SILENT
    from cutover.aws.sns import SnsTopic
    from cutover.notify import Channels, Command, Slack

    seconds = parse_duration(given.timeout).total_seconds()
    if given.sns_topic:
        channels["sns"] = SnsTopic.of(clients, given.sns_topic, seconds)
    if name := given.slack_webhook_env:
        channels["slack"] = Slack(environ.get(name, ""), name, seconds)
    if given.command:
        channels["command"] = Command(given.command, seconds)
    return Channels(channels)


class LazyBoards:
    """Dashboards; only one group of commands asks, and the marks of changes."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @cached_property
    def _boards(self) -> Boards:
        from cutover.aws.boards import ATTEMPTS, READ_SECONDS, AwsBoards

        return AwsBoards(lambda service: self._clients.make(service, ATTEMPTS, READ_SECONDS), self._clients.profile)

    def names(self, prefix: str) -> Sequence[str]:
        """As AwsBoards does."""
        return self._boards.names(prefix)

    def body(self, name: str) -> str | None:
        """As AwsBoards does."""
        return self._boards.body(name)

    def replace(self, name: str, body: str) -> Sequence[str]:
        """As AwsBoards does."""
        return self._boards.replace(name, body)

    def values(self, queries: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> Sequence[Drawn]:
        """As AwsBoards does."""
        return self._boards.values(queries, since, until)

    def alarms(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """As AwsBoards does."""
        return self._boards.alarms(names)

    def rows(self, groups: Sequence[str], query: str, since: datetime, until: datetime) -> Rows:
        """As AwsBoards does."""
        return self._boards.rows(groups, query, since, until)


class LazyUsage:
    """What both sides have used; only one command asks."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._settings, self._clients = settings, clients

    def read(self, since: datetime, until: datetime) -> Usage:
        """As AwsUsage does."""
        from cutover.aws.usage import AwsUsage

        return AwsUsage(self._clients.make, self._settings).read(since, until)


class LazyNames:
    """The zone's name servers; the DNS library is loaded by the first question, which most commands never ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """As ZoneServers does."""
        from cutover.dns import ZoneServers

        servers = ZoneServers(self._settings.name, self._settings.dns.name_servers)
        return servers.sample(targets, questions, deadline_seconds)

    def inspect(self, pointers: Pointers, questions: int, deadline_seconds: float) -> Sequence[Told]:
        """As Inspector does."""
        from cutover.inspection import Inspector

        servers = Inspector(self._settings.name, self._settings.dns.name_servers)
        return servers.inspect(pointers, questions, deadline_seconds)


class LazyLocust:
    """The load tests, run by Locust; what starts and follows it is loaded when somebody wants one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def profile(self, name: str) -> tuple[Profile, str]:
        """As Locust does."""
        return self._locust().profile(name)

    def claim(self, order: Order) -> None:
        """As Locust does."""
        self._locust().claim(order)

    def run(self, order: Order, follower: Follower) -> Ended:
        """As Locust does."""
        return self._locust().run(order, follower)

    def _locust(self) -> LoadGenerator:
        from cutover.load.launching import Locust

        return Locust(self._environ)


class LazyProbes:
    """Probes; the HTTP and TLS libraries are loaded by the first question."""

    def ask(self, place: Place, method: str, path: str, headers: Mapping[str, str], read_seconds: float) -> Heard:
        """As HttpProbes does."""
        from cutover.probe import HttpProbes

        return HttpProbes().ask(place, method, path, headers, read_seconds)
