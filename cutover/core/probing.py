"""Judging probes of one side: does it answer as itself, with a certificate that will do for a while?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cutover.core.models import Side
from cutover.core.verification import Check, Mark
from cutover.core.web import Heard, Place
from cutover.core.words import NAMES, milliseconds, plural

LEAST_VALIDITY = timedelta(days=14)
# API Gateway gives every answer of an HTTP API its request's id in this header; a load balancer does not.
GATEWAY_HEADER = "apigw-requestid"
COLD_TIMES = 3  # a first answer that took so many times as long as the slowest other one was a cold start


@dataclass(frozen=True, slots=True)
class Probed:
    """One side's place, and what came of each probe, in their order."""

    side: Side
    place: Place
    heard: tuple[Heard, ...]


def judge_probes(probed: Probed, now: datetime) -> Check:
    """The check of one place. It fails when every probe did, or by its certificate; some failures are a warning."""
    subject = f"{NAMES[probed.side]} {probed.place}"
    wrong = [why for heard in probed.heard if (why := fault(heard, probed.side))]
    if expiry := _expiry(probed.heard, now):
        return Check(subject, Mark.FAIL, expiry)
    if not wrong:
        return Check(subject, Mark.OK, _well(probed.heard))
    why, _ = Counter(wrong).most_common(1)[0]
    mark = Mark.FAIL if len(wrong) == len(probed.heard) else Mark.WARN
    return Check(subject, mark, f"{len(wrong)} of {plural(len(probed.heard), 'probe')} failed: {why}")


def answered_by(heard: Heard) -> Side | None:
    """Which side an answer is from; None without an answer."""
    if heard.status is None:
        return None
    return Side.SERVERLESS if heard.header(GATEWAY_HEADER) else Side.ECS


def fault(heard: Heard, side: Side) -> str:
    """What is wrong with one answer of that side's place; empty if nothing is."""
    if heard.trouble:
        return f"{heard.trouble.value}: {heard.detail}" if heard.detail else heard.trouble.value
    other = answered_by(heard)
    if other is not side and other is not None:
        return f"{NAMES[other]} answers there"
    if heard.status != 200:
        where = f", to {heard.header('location')}" if heard.header("location") else ""
        return f"status {heard.status}{where}"
    return ""


def _expiry(heard: Sequence[Heard], now: datetime) -> str:
    known = [one.certificate_until for one in heard if one.certificate_until]
    if not known or min(known) - now >= LEAST_VALIDITY:
        return ""
    left = (min(known) - now) // timedelta(days=1)
    return f"its certificate ends {min(known):%d %b %Y}, in {plural(left, 'day')}: less than {LEAST_VALIDITY.days} days"


def _well(heard: Sequence[Heard]) -> str:
    times = [one.elapsed_ms for one in heard]
    said = f"{plural(len(times), 'answer')} 200 in {milliseconds(min(times))} to {milliseconds(max(times))}"
    if len(times) > 1 and times[0] > COLD_TIMES * max(times[1:]):
        said += f"; the first took {milliseconds(times[0])}: a cold start"
    until = [one.certificate_until for one in heard if one.certificate_until]
    return said + (f"; its certificate is good until {min(until):%d %b %Y}" if until else "")
