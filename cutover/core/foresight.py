"""A plan before it is made: every rule's answer to it, those that nobody could ask included."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.models import Snapshot, Weights
from cutover.core.plan import Known, Plan, Refused, Rule, Wish
from cutover.core.planning import exchange, plan_shift
from cutover.core.retired import weights_of
from cutover.core.rules import refusals
from cutover.core.zone import Drift, Sides, traffic


class Answer(StrEnum):
    """What a rule says of a plan."""

    OK = "ok"
    REFUSES = "refuses"
    UNASKED = "not checked"


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule's answer: where it refuses, with its number and limit; where nobody could ask it, with what lacks."""

    rule: Rule
    answer: Answer
    text: str = ""
    refusal: Refused | None = None


@dataclass(frozen=True, slots=True)
class Foresight:
    """The plan, whatever the rules say of it, and what they say; of a plan that only lowers, none is asked."""

    plan: Plan
    answers: tuple[RuleAnswer, ...]

    @property
    def refusal(self) -> Refused | None:
        """What a shift would be refused with."""
        return next((answer.refusal for answer in self.answers if answer.refusal), None)


def foresee(snapshot: Snapshot, sides: Sides, wish: Wish, known: Known) -> Foresight | Drift:
    """The plan that a shift would make or be refused, and every rule's answer; the drift where there are no weights."""
    live = weights_of(known.state, snapshot, sides)
    if isinstance(live, Drift):
        return live
    found = plan_shift(snapshot, sides, wish, known)
    plan = exchange(traffic(snapshot), live, Weights.of_serverless(wish.target), sides)
    if isinstance(found, Plan):
        plan = found
    return Foresight(plan, _answers(plan, wish, known) if plan.raises else ())


def _answers(plan: Plan, wish: Wish, known: Known) -> tuple[RuleAnswer, ...]:
    """Those that refuse first, the most telling in front."""
    against: dict[Rule, Refused] = {}
    for refusal in refusals(plan, wish, known):
        against.setdefault(refusal.rule, refusal)
    never = {Rule.SUM, Rule.DECOMMISSIONED}
    unasked, silent = _unasked(plan, known), never if wish.plan_hash else {*never, Rule.PLAN}
    first = [RuleAnswer(rule, Answer.REFUSES, refusal.text, refusal) for rule, refusal in against.items()]
    rest = [_unrefused(rule, unasked) for rule in Rule if rule not in silent and rule not in against]
    return (*first, *rest)


def _unrefused(rule: Rule, unasked: Mapping[Rule, str]) -> RuleAnswer:
    return RuleAnswer(rule, Answer.UNASKED, unasked[rule]) if rule in unasked else RuleAnswer(rule, Answer.OK)


def _unasked(plan: Plan, known: Known) -> Mapping[Rule, str]:
    """The rules that nothing was asked for, and what they lack."""
    around, state, to_top = known.surroundings, known.state, plan.after.serverless == 100
    lacking = {
        Rule.DRIFT: "the ledger knows no records yet" if not state.records else "",
        Rule.GATES: "Lambda has no traffic yet to be judged by" if not plan.before.serverless else "",
        Rule.FREEZE: _freezes(known),
        Rule.VERIFY: "never verified: cutover verify" if state.standing.verified is None else "",
        Rule.ALARM: "safety.veto_alarms names none" if around.alarms is None else "",
        Rule.DEPLOY: "the settings name no stack, service or function" if around.deploys is None else "",
        Rule.CONCURRENCY: _concurrency(known),
        Rule.WARM_FLOOR: _warm_floor(known, to_top=to_top),
        Rule.IPV6: "not asked which side has IPv6 addresses" if around.ipv6 is None else "",
    }
    return {rule: text for rule, text in lacking.items() if text}


def _freezes(known: Known) -> str:
    has_any = known.policy.weekly_freezes or known.state.standing.freezes
    return "" if has_any else "no window is named, and freeze.weekly is empty"


def _concurrency(known: Known) -> str:
    if known.surroundings.concurrency is None:
        return "Lambda's concurrency was not asked for"
    return "" if known.demand else "the traffic is not known, so neither is what Lambda needs for it"


def _warm_floor(known: Known, *, to_top: bool) -> str:
    if not to_top:
        return "only at Lambda 100%"
    return "ecs.cluster and ecs.service name none" if known.surroundings.capacity is None else ""
