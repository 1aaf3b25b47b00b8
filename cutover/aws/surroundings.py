"""Which of the adapters for what is around the two sides the settings ask for; nothing is connected here."""

from collections.abc import Callable
from datetime import datetime

from cutover.absent import NO_ACCOUNT, NO_ECS_SERVICE, NO_SURVEYOR, NO_TRAIL
from cutover.aws.account import AwsAccount
from cutover.aws.clients import Clients
from cutover.aws.ecs import AwsEcsService
from cutover.aws.surveyor import AwsSurveyor
from cutover.aws.trail import ATTEMPTS, READ_SECONDS, REGION, CloudTrail
from cutover.ports import Account, EcsService, Surveyor, Trail, WeightStore
from cutover.settings import Settings

Now = Callable[[], datetime]


def ecs_of(settings: Settings, clients: Clients) -> EcsService:
    """The ECS service that the settings name."""
    return _service(settings, clients) or NO_ECS_SERVICE


def surveyor_of(settings: Settings, clients: Clients, weights: WeightStore, now: Now) -> Surveyor:
    """What looks around: on AWS always, beside a stand-in only at what the settings name."""
    named = (settings.safety.veto_alarms, settings.safety.stacks, settings.serverless.functions, settings.ecs.service)
    if settings.aws.endpoint_url and not any(named):
        return NO_SURVEYOR
    return AwsSurveyor(clients, settings, weights, _service(settings, clients), now)


def trail_of(settings: Settings, clients: Clients) -> Trail:
    """CloudTrail, where AWS is no stand-in."""
    if settings.aws.endpoint_url:
        return NO_TRAIL
    return CloudTrail(
        lambda: clients.make("cloudtrail", ATTEMPTS, READ_SECONDS, REGION), settings.name, settings.aws.profile
    )


def account_of(settings: Settings, clients: Clients, now: Now) -> Account:
    """The account, where AWS is no stand-in."""
    return NO_ACCOUNT if settings.aws.endpoint_url else AwsAccount(clients, settings, now)


def _service(settings: Settings, clients: Clients) -> AwsEcsService | None:
    named = settings.ecs.cluster and settings.ecs.service
    return AwsEcsService.of(clients, settings.ecs.cluster, settings.ecs.service) if named else None
