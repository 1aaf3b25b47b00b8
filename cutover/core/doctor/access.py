"""Findings about who acts: the credentials, how long they last, the permission to write, the clock, the zone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cutover.core.account import AccountFacts, Credentials, HostedZone
from cutover.core.doctor.findings import Diagnosis, Theme, must_mend, not_checked, ok, warning
from cutover.core.durations import format_duration
from cutover.core.words import plural, roughly

MOST_SKEW_SECONDS = 5.0
NOBODY = "AWS was not asked: it is a stand-in here"
_THEME = Theme.ACCESS


def settings(unnamed: Sequence[str]) -> Diagnosis:
    """Whether the settings are complete; `unnamed`: each optional part that they leave out, and what that switches off.

    They could be read, or nobody would be asking.
    """
    if not unnamed:
        return ok(_THEME, "settings", "read, and every optional part is named")
    return warning(
        _THEME,
        "settings",
        f"read; {plural(len(unnamed), 'optional part')} left out: " + "; ".join(unnamed),
        "name them in cutover.toml, where they exist",
    )


def credentials(facts: AccountFacts, now: datetime, needed: timedelta) -> Diagnosis:
    """Whether there are credentials, and whether they last for `needed`, the bakes that are left."""
    found = facts.credentials
    if found is None:
        why = facts.unknown.get("credentials")
        return must_mend(_THEME, "credentials", why, _SIGN_IN) if why else not_checked(_THEME, "credentials", NOBODY)
    if found.lasts:
        return ok(_THEME, "credentials", f"{found.arn}; they do not end during the plan")
    if found.expires and found.expires - now >= needed:
        return ok(_THEME, "credentials", f"{found.arn}, until {found.expires:%a %d %b %H:%M} UTC")
    return warning(_THEME, "credentials", _short_lived(found, now, needed), _LASTING)


def permission(facts: AccountFacts, zone_id: str) -> Diagnosis:
    """Whether this identity may write the zone's records, by simulation: nothing is written."""
    if facts.denied is None:
        why = facts.unknown.get("denied", NOBODY)
        mend = "let this identity call iam:SimulatePrincipalPolicy, or try: cutover shift --lambda-weight 10 --dry-run"
        return not_checked(_THEME, "permission", f"whether it may write records is not known: {why}", mend)
    if facts.denied:
        return must_mend(
            _THEME,
            "permission",
            f"IAM says no to {', '.join(facts.denied)} on hosted zone {zone_id}",
            f"allow it on arn:aws:route53:::hostedzone/{zone_id}",
        )
    return ok(_THEME, "permission", f"may read and write the records of hosted zone {zone_id} (simulated, not tried)")


def clock(facts: AccountFacts) -> Diagnosis:
    """Whether this machine's clock is AWS's: gates judge minutes, and requests are signed with the time."""
    skew = facts.skew_seconds
    if skew is None:
        return not_checked(_THEME, "clock", facts.unknown.get("skew_seconds", NOBODY))
    if abs(skew) <= MOST_SKEW_SECONDS:
        return ok(_THEME, "clock", f"within {MOST_SKEW_SECONDS:.0f} s of AWS's")
    how = "behind" if skew > 0 else "ahead of"
    return must_mend(
        _THEME,
        "clock",
        f"this machine's clock is {roughly(timedelta(seconds=abs(skew)))} {how} AWS's, and"
        f" {MOST_SKEW_SECONDS:.0f} s is the limit: the gates would judge the wrong minutes",
        "set the clock (timedatectl set-ntp true); then: cutover doctor",
    )


def zone(facts: AccountFacts, name: str, zone_id: str) -> Diagnosis:
    """Whether the hosted zone is the public one of the name."""
    found = facts.zone
    if found is None:
        return not_checked(_THEME, "zone", facts.unknown.get("zone", NOBODY))
    mend = "mend hosted_zone_id; aws route53 list-hosted-zones-by-name"
    if found.is_private:
        return must_mend(_THEME, "zone", f"{zone_id} ({found.name}) is a private zone: no client asks it", mend)
    if not _holds(found, name):
        return must_mend(_THEME, "zone", f"{zone_id} is the zone {found.name}, which has no {name} in it", mend)
    return ok(_THEME, "zone", f"{zone_id} is the public zone {found.name}")


def _holds(zone: HostedZone, name: str) -> bool:
    return name == zone.name or name.endswith(f".{zone.name}")


def _short_lived(found: Credentials, now: datetime, needed: timedelta) -> str:
    plan = f"the bakes that are left take {format_duration(needed)}"
    if found.expires is None:
        return f"{found.arn}: keys of a session ({found.kind}), and nobody knows here when it ends; {plan}"
    left = roughly(max(timedelta(0), found.expires - now))
    return f"{found.arn}: the keys end {found.expires:%a %d %b %H:%M} UTC, in {left}; {plan}"


_SIGN_IN = "aws sso login, or --profile NAME; then: cutover doctor"
_LASTING = (
    "let a role whose keys renew themselves run it (cutover run --once from a scheduler), or sign in again"
    " (aws sso login) before they end: the weights stay as they are meanwhile"
)
