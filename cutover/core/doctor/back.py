"""Findings about the ledger, the way back, and whether anything may be raised now."""

from collections.abc import Sequence
from datetime import datetime

from cutover.core.account import AccountFacts
from cutover.core.doctor.access import NOBODY
from cutover.core.doctor.findings import Diagnosis, Theme, must_mend, not_checked, ok, warning
from cutover.core.durations import format_duration
from cutover.core.freezes import frozen, opens_at
from cutover.core.models import Snapshot
from cutover.core.policy import Policy
from cutover.core.state import State
from cutover.core.words import plural, roughly
from cutover.core.zone import Sides, traffic


def ledger(state: State, trouble: str) -> Diagnosis:
    """Whether the ledger can be read and its chain is whole; `trouble`: why not."""
    if trouble:
        return must_mend(Theme.LEDGER, "ledger", trouble, "mend that; cutover rollback works without the ledger")
    if not state.seq:
        return ok(Theme.LEDGER, "ledger", "empty, as before the first shift")
    return ok(Theme.LEDGER, "ledger", f"{plural(state.seq, 'line')}, the chain is whole")


def lease(holder: str, trouble: str) -> Diagnosis:
    """Whether the right to raise can be taken; not tried while somebody holds it."""
    if trouble:
        return must_mend(Theme.LEDGER, "lease", trouble, "without it nothing can be raised")
    if holder:
        return ok(Theme.LEDGER, "lease", f"held by {holder}; not tried")
    return ok(Theme.LEDGER, "lease", "free; taken, and given back")


def table(facts: AccountFacts, name: str) -> Diagnosis | None:
    """Whether the ledger's table exists and can be recovered; None where the ledger is a file."""
    if not name:
        return None
    found = facts.table
    if found is None:
        return not_checked(Theme.LEDGER, "table", facts.unknown.get("table", NOBODY))
    if not found.status:
        return must_mend(Theme.LEDGER, "table", f"there is no table {name!r}", "deploy infra, or mend ledger.table")
    if not found.recovers:
        mend = f"aws dynamodb update-continuous-backups --table-name {name} --point-in-time-recovery-specification"
        said = f"{name!r} has no point-in-time recovery: a deletion would take the migration's history along"
        return warning(Theme.LEDGER, "table", said, f"{mend} PointInTimeRecoveryEnabled=true")
    return ok(Theme.LEDGER, "table", f"{name!r} is {found.status}, with point-in-time recovery")


def kill_switch(snapshot: Snapshot | None, sides: Sides, *, is_set_up: bool, serving: bool | str) -> Diagnosis:
    """Whether the kill switch would work; `serving` may be why it could not be asked."""
    theme, check = Theme.BACK, "kill switch"
    if not is_set_up:
        said = "none is set up: while Route 53's API is out of reach nothing takes Lambda out of the answers"
        return warning(theme, check, said, "deploy the object and its health check, and name kill_switch.bucket")
    if isinstance(serving, str):
        return must_mend(theme, check, serving, "mend that: it is the way back when all else fails")
    if not serving:
        said = "it is thrown: Lambda gets no traffic whatever the weights"
        return must_mend(theme, check, said, 'cutover resume --reason "what was mended" puts it back')
    without = [r for r in traffic(snapshot) if _is_unswitched(r.set_identifier, r.body, sides)] if snapshot else []
    if without:
        named = ", ".join(f"{record.type} {record.set_identifier}" for record in without)
        said = f"{named} has no health check, so throwing the switch would change nothing"
        return must_mend(theme, check, said, "give Lambda's records the switch's health check")
    return ok(theme, check, "set up, and Lambda serves")


def drill(state: State, policy: Policy, now: datetime) -> Diagnosis:
    """Whether a rollback was rehearsed lately."""
    receipt, limit, longest = state.standing.drill, policy.drill_above, format_duration(policy.drill_max_age)
    if limit >= 100:
        return not_checked(Theme.BACK, "drill", "switched off: safety.drill_above is 100")
    if receipt is None:
        said = f"no rollback has been rehearsed; above Lambda {limit}% one of the last {longest} is needed"
        return warning(Theme.BACK, "drill", said, "cutover drill")
    age = now - receipt.time
    if age > policy.drill_max_age:
        said = f"the newest rehearsed rollback is {roughly(age)} old; the limit is {longest}"
        return warning(Theme.BACK, "drill", said, "cutover drill")
    return ok(Theme.BACK, "drill", f"a rollback was rehearsed {roughly(age)} ago")


def documents(state: State, missing: str) -> Diagnosis:
    """Whether the ready rollback lies where the ledger says; `missing`: the place where it does not."""
    if not state.undo:
        return ok(Theme.BACK, "ready rollback", "none yet: the first shift keeps one before it sends anything")
    if missing:
        mend = "cutover export bundle, from the machine that has it; cutover rollback needs no document"
        return warning(Theme.BACK, "ready rollback", f"{missing} is not on this machine", mend)
    return ok(Theme.BACK, "ready rollback", state.undo)


def notifications(channels: Sequence[str]) -> Diagnosis:
    """Whether anybody hears of a rollback."""
    if channels:
        return ok(Theme.BACK, "notifications", f"by {', '.join(channels)}")
    said = "nobody is told of a hold or a rollback"
    mend = "name notify.sns_topic, notify.slack_webhook_env or notify.command"
    return warning(Theme.BACK, "notifications", said, mend)


def calendar(state: State, policy: Policy, now: datetime) -> Diagnosis:
    """Whether something may be raised now, and if not, when."""
    weekly, named = policy.weekly_freezes, state.standing.freezes
    window = frozen(now, weekly, named)
    if window is None:
        return ok(Theme.RAISING, "freeze", "no freeze now")
    opens = f"{opens_at(now, weekly, named):%a %d %b %H:%M} UTC"
    return warning(Theme.RAISING, "freeze", f"frozen: {window.text}; nothing is raised", f"wait until {opens}")


def standing(state: State) -> Diagnosis:
    """Whether a rollback or a pause stands in the way."""
    mend = 'cutover resume --reason "what was mended"'
    if event := state.rolled_back:
        said = f"rolled back {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason or 'no reason given'}"
        return warning(Theme.RAISING, "state", said, mend)
    if event := state.standing.paused:
        return warning(Theme.RAISING, "state", f"paused {event.time:%d %b %H:%M} UTC by {event.actor}", mend)
    return ok(Theme.RAISING, "state", state.label)


def _is_unswitched(identifier: str | None, body: str, sides: Sides) -> bool:
    return identifier == sides.serverless and '"HealthCheckId"' not in body
