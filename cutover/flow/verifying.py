"""Asking the truth directly: every name server of the zone, and both sides past DNS; what was found goes on record."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cutover.core.models import Side, Snapshot, Weights
from cutover.core.probing import Probed, judge_probes
from cutover.core.record import Kind
from cutover.core.retired import ALONE, retired, with_side
from cutover.core.verification import ADDRESSED, Check, Mark, Told, judge_names, pointers, ttls
from cutover.core.web import Place, place_of
from cutover.core.words import NAMES, plural
from cutover.core.zone import Drift, read_weights
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.ports import LedgerUnavailable, Probes
from cutover.settings import Settings

NAMES_SECONDS = 30.0
READ_SECONDS = 5.0
PROBES = 5  # a cold start is one slow or failed answer, not five
HEALTH_PATH = "/health"
LONGEST_REASON = 500
FAILED = "mend that; then: cutover verify"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was asked and found."""

    weights: Weights
    told: tuple[Told, ...]
    probed: tuple[Probed, ...]
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return self.marked(Mark.FAIL)

    def marked(self, mark: Mark) -> tuple[Check, ...]:
        """The checks that say so."""
        return tuple(check for check in self.checks if check.mark is mark)


def verify(journal: Journal, questions: int) -> Verification:
    """Ask everything at once, judge it and write it down; a ledger that can't be written is told and stops nothing.

    Stops with DRIFT where the live records can't be read as weights. Raises what reading the records raises.
    """
    try:
        journal.refresh()
    except LedgerUnavailable as error:
        journal.report.note(str(error))
    found = _asked(journal, questions)
    findings = [{"subject": check.subject, "mark": check.mark.value, "text": check.text} for check in found.checks]
    evidence = {"ok": not found.failed, "findings": findings}
    journal.insist(Kind.VERIFIED, reason=_summary(found)[:LONGEST_REASON], evidence=evidence)
    return found


def outcome(found: Verification) -> Outcome:
    """What the verification means as the end of a command."""
    if found.failed:
        return Outcome(Exit.MISMATCH, _summary(found), FAILED)
    return Outcome(Exit.DONE, _summary(found), "cutover status")


def _asked(journal: Journal, questions: int) -> Verification:
    world, now, read = journal.world, journal.now(), journal.world.weights.read()
    ended = retired(journal.state, read) is not None
    live = ALONE if ended else read_weights(read, world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(drifted(live))
    snapshot = with_side(journal.state, read, world.settings.sides)
    wanted = {Side.SERVERLESS} if ended else {*Side}
    asked = pointers(snapshot, world.settings.sides)
    names = ask(partial(world.names.inspect, asked, questions, NAMES_SECONDS))
    probes = [
        ask(partial(_probed, world.probes, side, place))
        for side, place in places(snapshot, world.settings)
        if side in wanted
    ]
    told = tuple(names.result())
    probed = tuple(probe.result() for probe in probes)
    checks = (
        *judge_names(told, live, ttls(snapshot, world.settings.clock.factor)),
        *(judge_probes(probe, now) for probe in probed),
        *(_nowhere(side) for side in Side if side in wanted - {probe.side for probe in probed}),
    )
    return Verification(live, told, probed, checks)


def places(snapshot: Snapshot, settings: Settings) -> Iterator[tuple[Side, Place]]:
    """Where each side is reached: its `url` in the settings, or every target of its records by https."""
    name = settings.name.replace("*", "any", 1)  # a wildcard covers that name; nobody can ask for the star itself
    urls = {Side.ECS: settings.ecs.url, Side.SERVERLESS: settings.serverless.url}
    by_type = pointers(snapshot, settings.sides)
    for side in Side:
        if url := urls[side]:
            yield side, place_of(url, name)
            continue
        targets = [target.rstrip(".") for type_ in ADDRESSED for target in by_type.get(type_, {}).get(side, ())]
        for target in dict.fromkeys(targets):
            yield side, Place("https", target, 443, name)


def _probed(probes: Probes, side: Side, place: Place) -> Probed:
    return Probed(side, place, tuple(probes.ask(place, "GET", HEALTH_PATH, {}, READ_SECONDS) for _ in range(PROBES)))


def _nowhere(side: Side) -> Check:
    return Check(NAMES[side], Mark.FAIL, "its records point at nothing that could be asked")


def _summary(found: Verification) -> str:
    checks, warned = plural(len(found.checks), "check"), len(found.marked(Mark.WARN))
    if found.failed:
        why = "; ".join(f"{check.subject}: {check.text}" for check in found.failed)
        return f"{len(found.failed)} of {checks} failed: {why}"
    return f"{checks} passed" + (f", {warned} with a warning" if warned else "")
