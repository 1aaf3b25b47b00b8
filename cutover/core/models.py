"""The values that the cutover decides from: sides, weights, record sets, evidence, limits, verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)


class Side(StrEnum):
    """One of the two backends that share the public name."""

    ECS = "ecs"
    SERVERLESS = "lambda"


@dataclass(frozen=True, slots=True)
class Weights:
    """The asked split of DNS answers, in percent; the two always sum to 100, so that the number is the percent."""

    ecs: int
    serverless: int

    def __post_init__(self) -> None:
        if not (0 <= self.ecs <= 100 and 0 <= self.serverless <= 100 and self.ecs + self.serverless == 100):
            raise ValueError(f"weights {self.ecs}/{self.serverless} do not sum to 100")

    @classmethod
    def of_serverless(cls, percent: int) -> "Weights":
        """The split that gives Lambda `percent` of 100."""
        return cls(100 - percent, percent)

    def __str__(self) -> str:
        return f"ecs {self.ecs} / lambda {self.serverless}"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """One weighted record set as Route 53 returned it.

    `body` is the whole ResourceRecordSet as canonical JSON (sorted keys, no spaces): a DELETE must repeat every field
    of it, and a new weight must leave every other field as it was.
    """

    name: str
    type: str
    set_identifier: str | None  # None: a simple record, not weighted
    weight: int | None
    body: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every record set of the public name, of every type, as read at one moment."""

    records: tuple[RecordSet, ...]


@dataclass(frozen=True, slots=True)
class Minute:
    """One side's counts in one minute (UTC start). None = CloudWatch has no data for it, which is not zero."""

    start: datetime
    requests: int | None
    errors: int | None  # answers with 5xx, the load balancer's own included
    client_errors: int | None  # answers with 4xx
    throttles: int | None = None  # invocations that Lambda refused; None also where the settings name no function


@dataclass(frozen=True, slots=True)
class LatencyWindow:
    """One side's p95 over one window, asked of CloudWatch for the whole window: percentiles are never averaged."""

    start: datetime
    length: timedelta
    p95_ms: float | None
    samples: int


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """What is known of one side in the judged interval: `minutes` in order without gaps, `windows` in order.

    `window` is the length of the windows that were asked for, also where none is whole yet. `borrows` are windows of
    the time to borrow a connection of the RDS Proxy, where the settings name one.
    """

    minutes: tuple[Minute, ...]
    windows: tuple[LatencyWindow, ...]
    window: timedelta | None = None
    borrows: tuple[LatencyWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Burst:
    """How bursty errors are: the variance of their number a minute over its mean. 1: each comes by itself."""

    phi: float
    source: str  # a sentence part: from which minutes, or why it is 1
    minutes: int = 0  # that it was estimated from; 0: it was not
    errors: int = 0


NO_BURST = Burst(1.0, "nothing is known of ECS's errors")


@dataclass(frozen=True, slots=True)
class PastClientErrors:
    """ECS's 4xx before Lambda had all the traffic: of the whole time, and of an hour that few others exceed."""

    errors: int
    requests: int
    high_errors: int
    high_requests: int
    source: str  # a sentence part: where they were counted
    minutes: int = 0  # that they were counted in; 0: the ledger remembers them


Span = tuple[datetime, datetime]
"""[start, end)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both sides in the same interval [since, until), cut to whole settled minutes, while `weights` were asked.

    `burst` is that of ECS's errors, `client_burst` of its 4xx, `loads` are the intervals of load tests on production.
    `client_past` is for when ECS has no traffic beside which to compare; None: nothing is known.
    """

    since: datetime
    until: datetime
    weights: Weights
    ecs: SideEvidence
    serverless: SideEvidence
    burst: Burst = NO_BURST
    client_burst: Burst = NO_BURST
    loads: tuple[Span, ...] = ()
    client_past: PastClientErrors | None = None

    def of(self, side: Side) -> SideEvidence:
        """The evidence of one side."""
        return self.ecs if side is Side.ECS else self.serverless


@dataclass(frozen=True, slots=True)
class Limits:
    """The gates' limits; the defaults are the migration plan's (rates as fractions, times in ms)."""

    pass_error_rate: float = 0.01
    fail_error_rate: float = 0.02
    pass_p95_ms: float = 500.0
    fail_p95_ms: float = 1000.0
    p95_window: timedelta = timedelta(minutes=5)
    p95_min_samples: int = 200  # CloudWatch's own rule for p95: 10 / (1 - 0.95)
    p95_failing_windows: int = 3  # ... of the newest `p95_judged_windows`
    p95_judged_windows: int = 5
    min_requests: int = 100  # fewer than this say nothing about a rate
    confidence_z: float = 1.96  # two-sided 95 %
    band_minutes: int = 15  # how far back a minute of a bake is judged: a short incident costs so much, and no more
    error_ratio: float = 4.0  # the CUSUM weighs the pass limit against so many times that
    error_evidence: float = 9.0  # ... and alarms at this, times the burst (natural log of the odds)
    most_burst: float = 10.0  # burstier errors than this would leave an outage unfound for minutes
    pass_client_error_ratio: float = 1.25  # Lambda's 4xx rate over ECS's: its upper bound
    fail_client_error_ratio: float = 1.5  # ... beyond chance, at the same `error_evidence`
    min_client_errors: int = 20
    client_error_slack: float = 0.005  # of all requests: an excess of 4xx below this is none
    client_error_minutes: int = 60  # compared beside the whole: a healthy past must not hide what begins late
    fail_throttle_rate: float = 0.01
    throttle_minutes: int = 15  # a throttle is remembered for so long: a mended one must not hold the rest of a bake
    pass_borrow_ms: float = 50.0
    fail_borrow_ms: float = 5000.0
    blind_minutes: int = 3  # this many settled minutes without data = telemetry is missing
    share_sigmas: float = 4.0  # the observed share may wander this far, and by `share_points`, from the asked one
    share_points: float = 0.05


class Verdict(StrEnum):
    """What the gates say: fail beats hold beats pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    HOLD = "hold"
    FAIL = "fail"


class Why(StrEnum):
    """Why a gate holds; it decides whether the bake clock runs and what a person is told."""

    BAND = "band"  # the value lies between pass and fail
    SAMPLES = "samples"  # too few requests to know; the clock runs on
    BLIND = "blind"  # telemetry is missing
    SHARE = "share"  # the traffic is not where the weights say
    COMMON = "common-cause"  # both sides are failing alike


@dataclass(frozen=True, slots=True)
class Finding:
    """One gate's answer about one signal, with the numbers it was decided from."""

    gate: str  # "error-rate", "p95", "telemetry", "share", "client-errors", "throttles", "borrow"
    side: Side
    verdict: Verdict
    text: str  # a sentence with the value, the limit and the number of requests
    value: float | None = None
    limit: float | None = None
    samples: int | None = None
    why: Why | None = None  # only with HOLD
    bound: float | None = None  # the highest true rate that fits, where the value is a rate
    score: float | None = None  # how much the evidence speaks for failing (natural log of the odds), of rates
    threshold: float | None = None  # ... and how much is enough


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict over all gates, and each gate's finding."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    burst: Burst = NO_BURST
    client_past: PastClientErrors | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences of the findings that decided the verdict."""
        return tuple(f.text for f in self.findings if f.verdict is self.verdict)

    def held_for(self, why: Why) -> bool:
        """Whether some gate holds for that reason."""
        return any(f.verdict is Verdict.HOLD and f.why is why for f in self.findings)


Judge = Callable[[Evidence, Limits], Judgement]
"""Every judge has this shape; commands never look inside."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the ladder: Lambda's weight, how long it must bake, how many requests Lambda must have served."""

    weight: int
    bake: timedelta
    min_requests: int
