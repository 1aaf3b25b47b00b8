"""Record sets, batches, zones and metrics as the tests of the AWS stand-in need them."""

from collections.abc import Callable
from itertools import count

from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.api import CloudWatchApi
from cutover.rehearsal.aws.cloudwatch.dashboards import DashboardShelf
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, series_of
from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import CallLog
from cutover.rehearsal.aws.route53.batch import applied
from cutover.rehearsal.aws.route53.checks import ZoneFacts
from cutover.rehearsal.aws.route53.records import (
    AliasTarget,
    Change,
    ChangeBatch,
    Key,
    RecordSet,
    ResourceRecord,
)
from cutover.rehearsal.aws.route53.zone import Zone

ZONE = "example.test."
API = "api.example.test."
ALB = "alb.elb.amazonaws.com."
GATEWAY = "d-1.execute-api.us-east-1.amazonaws.com."
FACTS = ZoneFacts("Z0", ZONE, frozenset({ALB, GATEWAY}), frozenset({"check-1"}))
NOON = 1_763_812_800.0  # 2025-11-22T12:00:00Z


def alias(name: str = API, target: str = ALB, **fields: object) -> RecordSet:
    """An alias to something outside of the zone; fields as in RecordSet."""
    points = AliasTarget(hosted_zone_id="ZALB", dns_name=target, evaluate_target_health=False)
    return RecordSet(name=name, **({"type": "A", "alias_target": points} | fields))  # type: ignore[arg-type]


def weighted(set_identifier: str, weight: int, **fields: object) -> RecordSet:
    """One of the weighted aliases of the public name."""
    target = GATEWAY if set_identifier == "lambda" else ALB
    return alias(**({"target": target, "set_identifier": set_identifier, "weight": weight} | fields))  # type: ignore[arg-type]


def plain(name: str, *values: str, kind: str = "A", **fields: object) -> RecordSet:
    """A record with values."""
    records = tuple(ResourceRecord(value=value) for value in values)
    return RecordSet(name=name, **({"type": kind, "ttl": 60, "resource_records": records} | fields))  # type: ignore[arg-type]


def batch(*changes: tuple[str, RecordSet], comment: str = "") -> ChangeBatch:
    """A batch of (action, record set)."""
    made = tuple(
        Change(action=action, resource_record_set=record)  # type: ignore[arg-type]
        for action, record in changes
    )
    return ChangeBatch(changes=made, comment=comment)


def creating(*records: RecordSet) -> ChangeBatch:
    """A batch that creates them all."""
    return batch(*(("CREATE", record) for record in records))


def zone_with(*records: RecordSet, insync_seconds: float = 30.0) -> Zone:
    """A zone that already serves the records; its change ids are C1, C2, ..."""
    return Zone(FACTS, records, insync_seconds=insync_seconds, new_id=ids())


def ids() -> Callable[[], str]:
    """C1, C2, ..."""
    numbers = count(1)
    return lambda: f"C{next(numbers)}"


def records_with(*records: RecordSet) -> dict[Key, RecordSet]:
    """What a new zone holds, and the records."""
    return applied(zone_with().live, creating(*records), FACTS) if records else dict(zone_with().live)


def latency(minute: float, values: list[float], counts: list[float] | None = None, unit: str = "Milliseconds") -> Datum:
    """Latencies of the one API in one minute."""
    series = series_of("AWS/ApiGateway", "Latency", {"ApiId": "a1"})
    return Datum(series, unit, minute, values, counts or [1.0] * len(values))


class Watch:
    """A CloudWatch with nothing in it."""

    def __init__(self, publish_delay_seconds: float = 60.0) -> None:
        self.store = MetricStore(publish_delay_seconds)
        self.faults = ActiveFaults()
        self.calls = CallLog()
        self.alarms = AlarmBoard("arn:aws:cloudwatch:us-east-1:123456789012:alarm", self.store)
        self.api = CloudWatchApi(
            self.store,
            alarms=self.alarms,
            dashboards=DashboardShelf("123456789012"),
            faults=self.faults,
            calls=self.calls,
        )
