"""The values of a plan: what is asked for, what would be exchanged, and which rule stands against it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cutover.core.models import Judgement, RecordSet, Snapshot, Verdict, Weights
from cutover.core.policy import PLANNED, Policy
from cutover.core.state import State
from cutover.core.surroundings import NOTHING_KNOWN, Surroundings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

HASH_DIGITS = 12  # as shown; the whole hash is in the ledger


class Rule(StrEnum):
    """The safety rules, by the names that `--override` knows them by."""

    STEP = "step"
    GATES = "gates"
    TELEMETRY = "telemetry"
    DRIFT = "drift"
    ROLLED_BACK = "rolled-back"
    PLAN = "plan"
    PAUSED = "paused"
    FREEZE = "freeze"
    DEPLOY = "deploy"
    ALARM = "alarm"
    DRILL = "drill"
    VERIFY = "verify"
    IPV6 = "ipv6"
    CONCURRENCY = "concurrency"
    WARM_FLOOR = "warm-floor"
    KILL_SWITCH = "kill-switch"
    SUM = "sum"
    DECOMMISSIONED = "decommissioned"


OVERRIDABLE = tuple(rule for rule in Rule if rule not in {Rule.SUM, Rule.DECOMMISSIONED})
WAITED_FOR = frozenset(
    {
        Rule.PAUSED, Rule.FREEZE, Rule.DEPLOY, Rule.ALARM, Rule.VERIFY, Rule.IPV6, Rule.CONCURRENCY, Rule.WARM_FLOOR,
        Rule.KILL_SWITCH,
    }
)  # fmt: skip
"""What stands in the way of a step only for now: a run waits for it, as it waits for a bake."""
ENDING = frozenset({Rule.PAUSED, Rule.FREEZE, Rule.DEPLOY})
"""Those of them that end by themselves, or when the person who said so says so: a run waits for them without end."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: Lambda's percent, the plan it must be (a hash, or its start), rules set aside with reasons.

    `top`: how far it is to go after this step, where that is known.
    """

    target: int
    plan_hash: str = ""
    overrides: Mapping[Rule, str] = field(default_factory=dict)
    top: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One exchange of records. `hash` covers the exact records before and after, and nothing else.

    `unguards`: a record of Lambda's would lose the health check that it has, or get another.
    """

    before: Weights
    after: Weights
    records_before: Snapshot
    records_after: Snapshot
    hash: str
    warnings: tuple[str, ...] = ()
    overridden: Mapping[Rule, str] = field(default_factory=dict)
    unguards: bool = False

    @property
    def changes(self) -> bool:
        """Whether anything would be different afterwards."""
        return self.records_before != self.records_after

    @property
    def adopts(self) -> bool:
        """Whether simple records become weighted ones: no weights were asked for before."""
        return any(record.weight is None for record in self.records_before.records)

    @property
    def raises(self) -> bool:
        """Whether Lambda would, or could, get more than now: the health check may be what keeps clients off it."""
        return self.after.serverless > (0 if self.unguards else self.before.serverless)


@dataclass(frozen=True, slots=True)
class Refused:
    """The rule that stands against a shift, with its number, its limit and the way on."""

    rule: Rule
    text: str
    number: str
    limit: str
    way_on: str
    verdict: Verdict | None = None  # of the gates, where they refuse


@dataclass(frozen=True, slots=True)
class Demand:
    """The traffic of both sides together, and how long Lambda keeps one request; without a p95, can keep it."""

    requests_per_second: float
    seconds_per_request: float
    has_p95: bool = True

    def concurrency(self, percent: int) -> float:
        """The concurrent executions that this share of it needs."""
        return self.requests_per_second * self.seconds_per_request * percent / 100


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan is checked against. `judgement` None: telemetry could not be read (`blindness` says why)."""

    state: State
    judgement: Judgement | None
    blindness: str = ""
    now: datetime = EPOCH
    policy: Policy = PLANNED
    surroundings: Surroundings = NOTHING_KNOWN
    demand: Demand | None = None


def plan_hash(before: Sequence[RecordSet], after: Sequence[RecordSet]) -> str:
    """SHA-256 over the exact records before and after."""
    bodies = [sorted(record.body for record in records) for records in (before, after)]
    return hashlib.sha256(json.dumps(bodies).encode()).hexdigest()
