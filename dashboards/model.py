"""What the catalogue is made of: metrics, the series and expressions over them, alarms; pure.

Whatever depends on the stage stands as `${Variable}` in dimension values, as CloudFormation's Fn::Sub writes it; see
`dashboards.variables`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """Who puts a metric into CloudWatch."""

    AWS = "AWS"
    SERVICE = "the service"
    CUTOVER = "cutover"


class Owner(StrEnum):
    """Whom an alarm concerns in the morning."""

    API = "API team"
    DATA = "data platform"
    MIGRATION = "migration team"


class Severity(StrEnum):
    """Which topic an alarm goes to; the names of `infra.stacks.observability`."""

    CRITICAL = "critical"  # wakes somebody
    WARNING = "warning"  # can wait until the morning

    @property
    def words(self) -> str:
        """What it says to whoever reads the mail."""
        return {Severity.CRITICAL: "Wakes somebody", Severity.WARNING: "Until the morning"}[self]


class Comparison(StrEnum):
    """As CloudWatch names it."""

    OVER = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    UNDER = "LessThanThreshold"
    UNDER_BAND = "LessThanLowerThreshold"


class Missing(StrEnum):
    """What a period without data says, as CloudWatch names it."""

    FINE = "notBreaching"
    BAD = "breaching"
    AS_BEFORE = "ignore"
    UNKNOWN = "missing"


class Each(StrEnum):
    """What an alarm is made once for; the value is the variable that differs."""

    FUNCTION = "FunctionName"
    REDIS_NODE = "RedisNode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric. `dimensions` are the names under which it is published, each tuple one set of them."""

    namespace: str
    name: str
    unit: str  # as CloudWatch spells it
    source: Source
    meaning: str
    dimensions: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A metric under given dimensions, reduced to one value a period. `id` is what expressions call it."""

    id: str
    metric: Metric
    statistic: str  # Sum, Average, Minimum, Maximum, SampleCount, p99
    dimensions: Mapping[str, str]

    def __post_init__(self) -> None:
        if tuple(sorted(self.dimensions)) not in {tuple(sorted(names)) for names in self.metric.dimensions}:
            raise ValueError(f"{self.metric.name} is not published under {tuple(self.dimensions)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Metric math: arithmetic, comparisons, IF, FILL, SUM, ANOMALY_DETECTION_BAND over the ids beside it."""

    id: str
    text: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm, and the runbook that whoever is paged opens.

    The last of `watched` is compared with `threshold`. It fires when `datapoints` of the newest `periods` periods of
    `period_seconds` each breach it. Under a band, `threshold` is None and the last of `watched` is the band.
    """

    name: str  # deployed as lego-api-NAME-STAGE; with `each`, as lego-api-NAME-WHICH-STAGE
    severity: Severity
    owner: Owner
    title: str  # what it says to whoever is woken, in a sentence without a full stop
    watched: Sequence[Series | Expression]
    comparison: Comparison
    threshold: float | None
    unit: str  # of the threshold, for people
    period_seconds: int
    origin: str  # where the threshold comes from
    periods: int = 1
    datapoints: int = 1
    missing: Missing = Missing.FINE
    each: Each | None = None
    needs: frozenset[str] = field(default_factory=frozenset)  # variables without which a stage does not have it
    vetoes: bool = False  # whether nothing is raised while it is in ALARM

    @property
    def runbook(self) -> str:
        """The page, from the repository's root."""
        return f"runbooks/alarms/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """An alarm over alarms: in ALARM while any of them is."""

    name: str
    severity: Severity
    owner: Owner
    title: str
    members: Sequence[Alarm]

    @property
    def runbook(self) -> str:
        """The page, from the repository's root."""
        return f"runbooks/alarms/{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAlarm:
    """What AWS Budgets or Cost Anomaly Detection watches: no alarm of CloudWatch, but somebody is told all the same."""

    name: str
    severity: Severity
    owner: Owner
    title: str
    origin: str

    @property
    def runbook(self) -> str:
        """The page, from the repository's root."""
        return f"runbooks/alarms/{self.name}.md"
