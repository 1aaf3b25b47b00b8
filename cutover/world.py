"""The real world: every port with its adapter, as the settings name them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cutover.aws.clients import Clients
from cutover.aws.cloudwatch import ATTEMPTS, CloudWatch, http_api, load_balancer
from cutover.aws.cloudwatch import READ_SECONDS as METRICS_SECONDS
from cutover.aws.identity import PATIENCE_SECONDS, StsIdentity
from cutover.aws.route53 import READ_SECONDS, Route53
from cutover.clock import CompressedClock
from cutover.core.models import Side
from cutover.ledger import FileLedger
from cutover.ports import Answers, World
from cutover.settings import Settings


def build_world(settings: Settings) -> World:
    """The adapters for these settings; nothing is connected yet."""
    clients, profile = Clients(settings.aws), settings.aws.profile
    signals = {
        Side.ECS: load_balancer(settings.ecs.load_balancer),
        Side.SERVERLESS: http_api(settings.serverless.api_id, settings.serverless.api_stage),
    }
    return World(
        settings=settings,
        weights=Route53(
            lambda: clients.make("route53", 1, READ_SECONDS), settings.hosted_zone_id, settings.name, profile
        ),
        metrics=CloudWatch(lambda: clients.make("cloudwatch", ATTEMPTS, METRICS_SECONDS), signals, profile),
        names=LazyNames(settings),
        ledger=FileLedger(Path(settings.ledger.path)),
        clock=CompressedClock(settings.clock.factor, settings.clock.epoch),
        identity=StsIdentity(lambda: clients.make("sts", 1, PATIENCE_SECONDS), profile),
    )


class LazyNames:
    """The zone's name servers; the DNS library is loaded by the first question, which most commands never ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def sample(self, targets: Mapping[Side, Sequence[str]], questions: int, deadline_seconds: float) -> Answers:
        """As ZoneServers does."""
        from cutover.dns import ZoneServers

        servers = ZoneServers(self._settings.name, self._settings.dns.name_servers)
        return servers.sample(targets, questions, deadline_seconds)
