"""The values of a plan: what is asked for, what would be exchanged, and which rule stands against it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cutover.core.models import Judgement, RecordSet, Snapshot, Verdict, Weights
from cutover.core.state import State

HASH_DIGITS = 12  # as shown; the whole hash is in the ledger


class Rule(StrEnum):
    """The safety rules, by the names that `--override` knows them by."""

    STEP = "step"
    GATES = "gates"
    TELEMETRY = "telemetry"
    DRIFT = "drift"
    ROLLED_BACK = "rolled-back"
    PLAN = "plan"
    SUM = "sum"


OVERRIDABLE = tuple(rule for rule in Rule if rule is not Rule.SUM)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: Lambda's percent, the plan it must be (a hash, or its start), rules set aside with reasons."""

    target: int
    plan_hash: str = ""
    overrides: Mapping[Rule, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """One exchange of records. `hash` covers the exact records before and after, and nothing else."""

    before: Weights
    after: Weights
    records_before: Snapshot
    records_after: Snapshot
    hash: str
    warnings: tuple[str, ...] = ()
    overridden: Mapping[Rule, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether anything would be different afterwards."""
        return self.records_before != self.records_after

    @property
    def raises(self) -> bool:
        """Whether Lambda would get more than now."""
        return self.after.serverless > self.before.serverless


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
class Known:
    """What a plan is checked against. `judgement` None: telemetry could not be read (`blindness` says why)."""

    state: State
    judgement: Judgement | None
    blindness: str = ""


def plan_hash(before: Sequence[RecordSet], after: Sequence[RecordSet]) -> str:
    """SHA-256 over the exact records before and after."""
    bodies = [sorted(record.body for record in records) for records in (before, after)]
    return hashlib.sha256(json.dumps(bodies).encode()).hexdigest()
