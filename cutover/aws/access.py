"""Who acts, for how long, by which clock, and what that identity may do to the zone: asked, never tried."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cutover.aws.errors import translated
from cutover.core.account import Credentials
from cutover.ports import NotAllowed

# Where keys come from that a process renews by itself, with nobody there.
RENEWED = frozenset(
    {"iam-role", "container-role", "assume-role-with-web-identity", "EcsContainer", "Ec2InstanceMetadata"}
)
ZONE_ACTIONS = ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets")
TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")


def credentials(client: Any, keys: Any, profile: str) -> Credentials:
    """Whose keys they are, and when they end as far as the SDK knows. Raises Again, Rejected, NotAllowed."""
    with translated("sts:GetCallerIdentity", profile):
        arn = str(client.get_caller_identity()["Arn"])
        is_lasting = not keys.get_frozen_credentials().token
    kind = str(keys.method)
    return Credentials(arn, kind, is_lasting or kind in RENEWED, _end(keys, kind))


def skew_seconds(client: Any, profile: str, now: Callable[[], float] = time.time) -> float:
    """AWS's clock minus this machine's, to about a second; from a refusal too, for a clock that is far off causes one.

    Raises Again, Rejected, NotAllowed where no answer came at all.
    """
    from botocore.exceptions import ClientError

    began = now()
    with translated("sts:GetCallerIdentity", profile):
        try:
            answer = client.get_caller_identity()
        except ClientError as refusal:
            answer = refusal.response
            if "date" not in _headers(answer):
                raise
    # The header's seconds are cut off: half a second later is the middle of what it means.
    return parsedate_to_datetime(_headers(answer)["date"]).timestamp() + 0.5 - (began + now()) / 2


def denied(iam: Any, arn: str, zone_id: str, name: str, profile: str) -> tuple[str, ...]:
    """Which of ZONE_ACTIONS this identity may not call on the zone, by IAM's own simulation: nothing is called.

    Raises Again, Rejected, NotAllowed: many may not ask.
    """
    if (source := _policy_source(iam, arn, profile)) is None:
        return ()
    given = [
        _context("route53:ChangeResourceRecordSetsNormalizedRecordNames", [name]),
        _context("route53:ChangeResourceRecordSetsRecordTypes", TYPES),
        _context("route53:ChangeResourceRecordSetsActions", ("CREATE", "DELETE", "UPSERT")),
    ]
    with translated("iam:SimulatePrincipalPolicy", profile):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=source,
            ActionNames=list(ZONE_ACTIONS),
            ResourceArns=[f"arn:aws:route53:::hostedzone/{zone_id}"],
            ContextEntries=given,
        )
    results = answer["EvaluationResults"]
    return tuple(str(result["EvalActionName"]) for result in results if result["EvalDecision"] != "allowed")


def _end(keys: Any, kind: str) -> datetime | None:
    """When the keys end; None where only the sign-in behind them knows."""
    expires = getattr(keys, "_expiry_time", None)  # botocore keeps it from us, and says it nowhere else
    return expires.astimezone(UTC) if isinstance(expires, datetime) and kind == "env" else None


def _headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    headers: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def _policy_source(iam: Any, arn: str, profile: str) -> str | None:
    """The ARN whose policies count: a session's role, a user; None for the root user, who may do everything."""
    resource = arn.rsplit(":", 1)[-1]
    if resource == "root":
        return None
    if not resource.startswith("assumed-role/"):
        return arn
    with translated("iam:GetRole", profile):
        return str(iam.get_role(RoleName=resource.split("/")[1])["Role"]["Arn"])


def _context(key: str, values: Sequence[str]) -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyType": "stringList", "ContextKeyValues": list(values)}


def no_keys() -> NotAllowed:
    """The error without any keys."""
    return NotAllowed("there are no AWS credentials; aws sso login, or --profile NAME")
