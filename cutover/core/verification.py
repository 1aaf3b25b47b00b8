"""What the zone's name servers were found to say about the public name, and what is wrong with it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.chance import two_sided
from cutover.core.models import Side, Snapshot, Weights
from cutover.core.stats import wilson
from cutover.core.words import NAMES, percent, plural
from cutover.core.zone import ALIAS_TTL_SECONDS, Sides, points_at, traffic

CONFIDENCE_Z = 1.96
DOUBTFUL = 0.05  # by chance one share in twenty lies outside of its 95 % interval
IMPOSSIBLE = 1e-4  # by chance a share lies so far out once in ten thousand verifications
LOST_PART = 0.1  # of one server's questions: UDP loses some, a server that works never so many
SILENT = "silent"
ADDRESSED = ("A", "AAAA", "CNAME")  # types whose records say where to connect


class Mark(StrEnum):
    """What one check says."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and a sentence of what was found."""

    subject: str
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """One name server's answers to the questions for one type of the name.

    `elsewhere`: what answers pointed at that is neither side's, and how often. `troubles`: why how many questions have
    no usable answer. `alike`: both sides' records answer the same, so that nobody can tell whose an answer is.
    """

    server: str
    type: str
    asked: int
    by_side: Mapping[Side, int]
    elsewhere: Mapping[str, int]
    troubles: Mapping[str, int]
    ttls: frozenset[int]
    alike: bool = False


Pointers = Mapping[str, Mapping[Side, tuple[str, ...]]]
"""By type of record and side: alias names, or the records' own values."""


def pointers(snapshot: Snapshot, sides: Sides) -> Pointers:
    """Where the records of each type and side point."""
    found: dict[str, dict[Side, tuple[str, ...]]] = {}
    for record in traffic(snapshot):
        for side in Side:
            if record.set_identifier == sides.identifier(side):
                found.setdefault(record.type, {})[side] = tuple(points_at(json.loads(record.body)))
    return found


def ttls(snapshot: Snapshot, factor: float) -> Mapping[str, int]:
    """The TTL that each type's answers must have, in whole real seconds; a clock runs `factor` times as fast."""
    seconds = {record.type: json.loads(record.body).get("TTL", ALIAS_TTL_SECONDS) for record in traffic(snapshot)}
    return {type_: max(1, round(ttl / factor)) for type_, ttl in seconds.items()}


def judge_names(told: Sequence[Told], weights: Weights, expected: Mapping[str, int]) -> list[Check]:
    """Every check of the name servers: each server, each type's targets and shares, and whether all agree."""
    if not told:
        return [Check("name servers", Mark.FAIL, "the zone's name servers could not be learnt: nobody was asked")]
    servers = _grouped(told, lambda t: t.server)
    return [
        *(_server(server, mine, expected) for server, mine in servers.items()),
        *(check for type_, mine in _grouped(told, lambda t: t.type).items() for check in _type(type_, mine, weights)),
        *_lagging(told, weights),
    ]


def _grouped(told: Iterable[Told], key: Callable[[Told], str]) -> dict[str, list[Told]]:
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(key(one), []).append(one)
    return groups


def _server(server: str, told: Sequence[Told], expected: Mapping[str, int]) -> Check:
    troubles: Counter[str] = Counter()
    for one in told:
        troubles.update(one.troubles)
    asked, silent = sum(one.asked for one in told), troubles.pop(SILENT, 0)
    types = ", ".join(one.type for one in told)
    if silent == asked:
        return Check(server, Mark.FAIL, f"does not answer: {plural(asked, 'question')} for {types}")
    if troubles:
        what = ", ".join(f"{name} {times}" for name, times in sorted(troubles.items()))
        return Check(server, Mark.FAIL, f"answers wrongly to {plural(asked, 'question')} for {types}: {what}")
    if wrong := _wrong_ttl(told, expected):
        return Check(server, *wrong)
    if silent:
        mark = Mark.FAIL if silent > LOST_PART * asked else Mark.WARN
        return Check(server, mark, f"left {silent} of {plural(asked, 'question')} for {types} unanswered")
    return Check(server, Mark.OK, f"{plural(asked, 'answer')} for {types}, authoritative, TTL as it must be")


def _wrong_ttl(told: Sequence[Told], expected: Mapping[str, int]) -> tuple[Mark, str] | None:
    """A longer TTL keeps clients on the wrong side for longer; a shorter one only asks more often."""
    for one in told:
        for ttl in sorted(one.ttls, reverse=True):
            if ttl != expected[one.type]:
                mark = Mark.FAIL if ttl > expected[one.type] else Mark.WARN
                return mark, f"answers {one.type} with a TTL of {ttl} s, not {expected[one.type]} s"
    return None


def _type(type_: str, told: Sequence[Told], weights: Weights) -> list[Check]:
    elsewhere: Counter[str] = Counter()
    for one in told:
        elsewhere.update(one.elsewhere)
    checks = []
    if elsewhere:
        where = ", ".join(f"{target} ({times})" for target, times in elsewhere.most_common(3))
        said = f"{plural(elsewhere.total(), 'answer')} of {_answered(told) + elsewhere.total()} point at neither side"
        checks.append(Check(type_, Mark.FAIL, f"{said}: {where}"))
    if any(one.alike for one in told):
        return [*checks, Check(type_, Mark.OK, "both sides' records say the same: whose an answer is can't be told")]
    return [*checks, *_share(type_, told, weights)]


def _share(subject: str, told: Sequence[Told], weights: Weights) -> list[Check]:
    answered = _answered(told)
    if not answered:
        return []
    seen, asked = _of(told, Side.SERVERLESS), weights.serverless / 100
    low, high = wilson(seen, answered, CONFIDENCE_Z)
    chance = two_sided(seen, answered, asked)
    interval = f"between {percent(low)} and {percent(high)} with 95% confidence"
    said = f"Lambda has {percent(seen / answered)} of {plural(answered, 'answer')} ({interval}), asked {percent(asked)}"
    if chance < IMPOSSIBLE:
        return [Check(subject, Mark.FAIL, f"{_never(seen, answered)}{said}: that is no chance")]
    return [Check(subject, Mark.WARN if chance < DOUBTFUL else Mark.OK, said)]


def _never(seen: int, answered: int) -> str:
    if 0 < seen < answered:
        return ""
    missing = Side.SERVERLESS if seen == 0 else Side.ECS
    return f"{NAMES[missing]} is never answered, so Route 53 takes it for unhealthy or serves older weights; "


def _lagging(told: Sequence[Told], weights: Weights) -> list[Check]:
    """The servers whose own share is impossible, while some other's is not: they serve older weights."""
    share = weights.serverless / 100
    servers = _grouped((one for one in told if not one.alike and _answered([one])), lambda one: one.server)
    late = {
        server: mine
        for server, mine in servers.items()
        if two_sided(_of(mine, Side.SERVERLESS), _answered(mine), share) < IMPOSSIBLE
    }
    if len(late) == len(servers):
        return []
    return [
        Check(
            server,
            Mark.FAIL,
            f"lags behind the others: Lambda has {_of(mine, Side.SERVERLESS)} of its"
            f" {plural(_answered(mine), 'answer')}, asked {percent(share)}",
        )
        for server, mine in late.items()
    ]


def _answered(told: Iterable[Told]) -> int:
    return sum(sum(one.by_side.values()) for one in told)


def _of(told: Iterable[Told], side: Side) -> int:
    return sum(one.by_side[side] for one in told)
