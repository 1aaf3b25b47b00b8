"""How a command ends: its exit code, the sentence for it, and the next command to type."""

from dataclasses import dataclass

from cutover.core.models import Verdict
from cutover.core.plan import Refused, Rule
from cutover.core.reindex.models import (
    DatabaseUnreachable,
    ReindexStopped,
    SearchRefused,
    SearchUnreachable,
    StoppedBy,
)
from cutover.core.retired import decommissioned, retired
from cutover.core.state import fold
from cutover.core.zone import Drift, DriftKind
from cutover.exits import Exit
from cutover.ports import (
    ArchiveBroken,
    ChangedMeanwhile,
    ControlPlaneUnavailable,
    EstateUnavailable,
    LedgerMoved,
    LedgerUnavailable,
    Locked,
    NotAllowed,
    NotFound,
    SwitchUnavailable,
    TelemetryUnavailable,
    World,
)
from cutover.settings import BadSettings


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a command. `rule` names the safety rule that refused, where one did."""

    exit: Exit
    text: str
    way_on: str = ""
    rule: str = ""


class Stop(Exception):
    """Ends a command with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


_REFUSAL_EXITS = {
    Rule.DRIFT: Exit.DRIFT,
    Rule.SUM: Exit.DRIFT,
    Rule.TELEMETRY: Exit.TELEMETRY_UNAVAILABLE,
    Rule.FREEZE: Exit.FROZEN,
}

_STOPPED_EXITS = {
    StoppedBy.REFUSED: Exit.REFUSED,
    StoppedBy.LOCKED: Exit.LOCKED,
    StoppedBy.SETTINGS: Exit.USAGE,
    StoppedBy.NOTHING_TO_DO: Exit.DONE,
    StoppedBy.UNEQUAL: Exit.MISMATCH,
}
_GOES_ON = "the same again goes on where it was, when that is mended; cutover reindex status"

_ERRORS: tuple[tuple[type[Exception], Exit, str], ...] = (
    (BadSettings, Exit.USAGE, "mend the settings; then: cutover status"),
    (Locked, Exit.LOCKED, "cutover lock show says who, and for how long; cutover rollback goes back at once"),
    (LedgerUnavailable, Exit.REFUSED, "cutover rollback works without the ledger"),
    (LedgerMoved, Exit.LOCKED, "somebody else is at work: cutover lock show; then try again"),
    (ChangedMeanwhile, Exit.DRIFT, "cutover status shows what is live now"),
    (TelemetryUnavailable, Exit.TELEMETRY_UNAVAILABLE, "cutover check, until it is back"),
    (NotAllowed, Exit.CONTROL_PLANE_UNAVAILABLE, "cutover status, when that is mended"),
    (ControlPlaneUnavailable, Exit.CONTROL_PLANE_UNAVAILABLE, "cutover status shows what became of it"),
    (SwitchUnavailable, Exit.CONTROL_PLANE_UNAVAILABLE, "cutover status, when that is mended"),
    (EstateUnavailable, Exit.CONTROL_PLANE_UNAVAILABLE, "cutover decommission plan shows what became of it"),
    (ArchiveBroken, Exit.MISMATCH, "cutover decommission archive, when that is mended"),
    (NotFound, Exit.USAGE, "mend the settings; then: cutover doctor"),
    (ReindexStopped, Exit.REFUSED, ""),
    (SearchUnreachable, Exit.CONTROL_PLANE_UNAVAILABLE, _GOES_ON),
    (SearchRefused, Exit.CONTROL_PLANE_UNAVAILABLE, _GOES_ON),
    (DatabaseUnreachable, Exit.CONTROL_PLANE_UNAVAILABLE, _GOES_ON),
)
KNOWN_ERRORS = tuple(type_ for type_, _, _ in _ERRORS)


def outcome_of(error: Exception) -> Outcome:
    """The outcome that one of KNOWN_ERRORS means."""
    if isinstance(error, ReindexStopped):
        return Outcome(_STOPPED_EXITS[error.by], str(error), error.way_on)
    exit_, way_on = next((exit_, way_on) for type_, exit_, way_on in _ERRORS if isinstance(error, type_))
    return Outcome(exit_, str(error), way_on)


def refused(refusal: Refused) -> Outcome:
    """The outcome of a refusal."""
    exit_ = _REFUSAL_EXITS.get(refusal.rule, Exit.REFUSED)
    if refusal.rule is Rule.GATES:
        exit_ = Exit.GATES_FAILED if refusal.verdict is Verdict.FAIL else Exit.HOLD
    return Outcome(exit_, refusal.text, refusal.way_on, refusal.rule.value)


def no_weights(world: World, drift: Drift) -> Outcome:
    """The outcome where the live records are no weights: a drift, or the end that the ledger knows of."""
    try:
        rung = retired(fold(world.ledger.events()), world.weights.read())
    except LedgerUnavailable:
        rung = None
    return drifted(decommissioned(rung) if rung else drift)


def drifted(drift: Drift) -> Outcome:
    """The outcome of a drift, and of the end after which there are no weights."""
    if drift.kind is DriftKind.DECOMMISSIONED:
        return Outcome(Exit.REFUSED, drift.text, drift.way_on, Rule.DECOMMISSIONED.value)
    return Outcome(Exit.DRIFT, drift.text, drift.way_on, Rule.DRIFT.value)
