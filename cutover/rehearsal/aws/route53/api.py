"""Route 53's REST-XML protocol above the zone: requests in, documents and refusals out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import Called, CallLog
from cutover.rehearsal.aws.route53.listing import max_items_of, page_of
from cutover.rehearsal.aws.route53.names import normalised, sort_key
from cutover.rehearsal.aws.route53.records import batch_of
from cutover.rehearsal.aws.route53.zone import ChangeState, Zone
from cutover.rehearsal.aws.throttle import TokenBucket
from cutover.rehearsal.aws.wire import AwsError, Call, Reply
from cutover.rehearsal.aws.xmltext import document, error_document, parse

_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
_MAX_ZONES = 100  # a page of hosted zones
_ROUTES = tuple(
    (method, re.compile(f"/2013-04-01/{path}/?"), operation)
    for method, path, operation in (
        ("GET", "hostedzone", "ListHostedZones"),
        ("GET", "hostedzonesbyname", "ListHostedZonesByName"),
        ("GET", "hostedzone/([^/]+)", "GetHostedZone"),
        ("GET", "hostedzone/([^/]+)/rrset", "ListResourceRecordSets"),
        ("POST", "hostedzone/([^/]+)/rrset", "ChangeResourceRecordSets"),
        ("GET", "change/([^/]+)", "GetChange"),
    )
)
_Operation = Callable[[str, Call], dict[str, object]]


class Route53Api:
    """The operations; `account_id` is only named in refusals."""

    def __init__(
        self, zone: Zone, *, bucket: TokenBucket, faults: ActiveFaults, calls: CallLog, account_id: str
    ) -> None:
        self._zone = zone
        self._bucket = bucket
        self._faults = faults
        self._calls = calls
        self._account_id = account_id
        self._operations: dict[str, _Operation] = {
            "ListHostedZones": self._list_hosted_zones,
            "ListHostedZonesByName": self._list_hosted_zones_by_name,
            "GetHostedZone": self._get_hosted_zone,
            "ListResourceRecordSets": self._list_resource_record_sets,
            "ChangeResourceRecordSets": self._change_resource_record_sets,
            "GetChange": self._get_change,
        }

    def handle(self, call: Call) -> Reply:
        """Answer one request; a refusal is an answer too."""
        operation, subject = _route(call)
        try:
            self._gate(operation)
            content = self._operations[operation](subject, call)
            reply = Reply(200, document(f"{operation}Response", _NAMESPACE, content))
            result = "ok"
        except AwsError as error:
            reply = Reply(error.status, error_document(_NAMESPACE, error))
            result = error.code
        if result == "ok" and operation == "ChangeResourceRecordSets" and self._faults.take("route53_cut"):
            reply, result = Reply(200, "", cut=True), "cut"
        self._calls.add(Called(call.now, f"route53:{operation}", result, call.user_agent))
        return reply

    def _gate(self, operation: str) -> None:
        faults = self._faults
        if faults.now.route53_down:
            raise AwsError("ServiceUnavailable", "Route 53 is unavailable; try again later", 503)
        if faults.now.route53_denied:
            who = f"arn:aws:iam::{self._account_id}:user/rehearsal"
            message = f"User: {who} is not authorized to perform: route53:{operation}"
            raise AwsError("AccessDenied", message, 403)
        if faults.take("route53_throttle") or not self._bucket.take():
            raise AwsError("Throttling", "Rate exceeded")
        if operation not in self._operations:
            raise AwsError("InvalidAction", f"this stand-in does not have {operation}")

    def _list_hosted_zones(self, _subject: str, call: Call) -> dict[str, object]:
        if "delegationsetid" in call.query:
            raise AwsError("NoSuchDelegationSet", "there is no reusable delegation set")
        marker = call.query.get("marker", "")
        if marker not in {"", self._zone.facts.zone_id}:
            raise AwsError("InvalidInput", f"no hosted zone has the ID {marker}")
        zones = [] if call.query.get("hostedzonetype") else [self._zone_fields()]
        return {
            "HostedZones": zones,
            "Marker": marker,
            "IsTruncated": False,
            "MaxItems": max_items_of(call.query, _MAX_ZONES),
        }

    def _list_hosted_zones_by_name(self, _subject: str, call: Call) -> dict[str, object]:
        start = call.query.get("dnsname", "")
        follows = not start or sort_key(self._zone.facts.name) >= sort_key(normalised(start))
        return {
            "HostedZones": [self._zone_fields()] if follows else [],
            "DNSName": start or None,
            "HostedZoneId": call.query.get("hostedzoneid"),
            "IsTruncated": False,
            "MaxItems": max_items_of(call.query, _MAX_ZONES),
        }

    def _get_hosted_zone(self, zone_id: str, _call: Call) -> dict[str, object]:
        self._check_zone(zone_id)
        servers = [server.removesuffix(".") for server in self._zone.name_servers]
        return {"HostedZone": self._zone_fields(), "DelegationSet": {"NameServers": servers}}

    def _list_resource_record_sets(self, zone_id: str, call: Call) -> dict[str, object]:
        self._check_zone(zone_id)
        page = page_of(self._zone.live.values(), call.query)
        name, kind, identifier = page.following or (None, None, None)
        return {
            "ResourceRecordSets": [msgspec.to_builtins(record) for record in page.records],
            "IsTruncated": page.following is not None,
            "NextRecordName": name,
            "NextRecordType": kind,
            "NextRecordIdentifier": identifier,
            "MaxItems": page.max_items,
        }

    def _change_resource_record_sets(self, zone_id: str, call: Call) -> dict[str, object]:
        self._check_zone(zone_id)
        if self._faults.take("route53_prior"):
            raise AwsError(
                "PriorRequestNotComplete", "The request was rejected: Route 53 is still processing a prior request."
            )
        batch = batch_of(_batch_element(call.body), as_text=True)
        stranded = self._faults.now.route53_stranded > 0
        state = self._zone.submit(batch, call.now, actor=call.user_agent, stranded=stranded)
        self._faults.take("route53_stranded")
        return {"ChangeInfo": _change_fields(state)}

    def _get_change(self, change_id: str, call: Call) -> dict[str, object]:
        state = self._zone.change(change_id, call.now)
        if state is None:
            raise AwsError("NoSuchChange", f"Could not find resource with ID: {change_id}", 404)
        return {"ChangeInfo": _change_fields(state)}

    def _check_zone(self, zone_id: str) -> None:
        if zone_id != self._zone.facts.zone_id:
            raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)

    def _zone_fields(self) -> dict[str, object]:
        return {
            "Id": f"/hostedzone/{self._zone.facts.zone_id}",
            "Name": self._zone.facts.name,
            "CallerReference": "rehearsal",
            "Config": {"PrivateZone": False},
            "ResourceRecordSetCount": len(self._zone.live),
        }


def new_change_id() -> str:
    """An id of the form that Route 53 gives."""
    return f"C{uuid4().hex[:20].upper()}"


def _route(call: Call) -> tuple[str, str]:
    for method, pattern, operation in _ROUTES:
        match = pattern.fullmatch(call.path)
        if match and method == call.method:
            return operation, "".join(match.groups())
    return f"{call.method} {call.path}", ""


def _batch_element(body: bytes) -> object:
    try:
        tag, content = parse(body)
    except ValueError as error:
        raise AwsError("InvalidInput", f"Invalid XML ; {error}") from error
    if tag != "ChangeResourceRecordSetsRequest" or not isinstance(content, dict):
        raise AwsError("InvalidInput", f"Invalid XML ; ChangeResourceRecordSetsRequest is expected, not {tag}")
    return content.get("ChangeBatch")


def _change_fields(state: ChangeState) -> dict[str, object]:
    # A change that is lost later looks like any other when it is accepted.
    return {
        "Id": f"/change/{state.id}",
        "Status": "INSYNC" if state.status == "INSYNC" else "PENDING",
        "SubmittedAt": datetime.fromtimestamp(state.submitted, UTC).isoformat(timespec="milliseconds"),
        "Comment": state.comment or None,
    }
