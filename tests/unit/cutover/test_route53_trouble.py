"""The Route 53 adapter against everything that goes wrong on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from cutover.aws.route53 import Route53
from cutover.core.models import Snapshot, Weights
from cutover.core.zone import with_weights
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed
from tests.fakes.zone import NAME
from tests.unit.cutover.route53_zone import SIDES, Time, Zone, refused, snapshot, store

TIMEOUT = ReadTimeoutError(endpoint_url="https://route53.amazonaws.com")
CUT = ConnectionClosedError(endpoint_url="https://route53.amazonaws.com")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://route53.amazonaws.com")


def shift(zone: Zone, time: Time | None = None) -> str:
    """From 90/10 to 50/50."""
    before = snapshot(90, 10, "A", "AAAA")
    after = Snapshot(with_weights(before.records, Weights(50, 50), SIDES))
    return store(zone, time).apply(before, after, "cutover/test/1/ada")


def done_but(error: Exception) -> Callable[[Zone, Any], Exception]:
    """The change is made, and the answer is lost."""

    def happen(zone: Zone, batch: Any) -> Exception:
        zone.apply(batch)
        return error

    return happen


@pytest.mark.parametrize(
    "passing",
    [
        refused("Throttling", message="Rate exceeded"),
        refused("PriorRequestNotComplete"),
        refused("Whatever", 429),
        refused("InternalError", 500),
        refused("ServiceUnavailable", 503),
        UNREACHABLE,
        TIMEOUT,
        CUT,
    ],
    ids=lambda error: str(error)[:40],
)
def test_what_passes_is_tried_again_and_makes_one_change(passing: Exception) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), passing, passing), Time()

    assert shift(zone, time) == "/change/C1"
    assert zone.weights() == {50}
    assert len(zone.batches) == 1
    assert time.now - 100 < 5


@pytest.mark.parametrize("lost", [TIMEOUT, CUT, refused("InternalError", 500)], ids=lambda error: str(error)[:40])
def test_a_change_whose_answer_was_lost_is_not_made_twice(lost: Exception) -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(lost))

    change_id = shift(zone)

    assert change_id == "/change/C2"
    assert zone.calls == ["change", "list", "change"]
    deleted, created = ([c["ResourceRecordSet"] for c in zone.batches[1]["Changes"]][i::1] for i in (0, 4))
    assert deleted[:4] == created[:4]


def test_a_throttled_call_is_not_looked_after() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), refused("Throttling"))

    shift(zone)

    assert zone.calls == ["change", "change"]


def test_records_that_changed_meanwhile_are_never_overwritten() -> None:
    zone = Zone(snapshot(70, 30, "A", "AAAA"))

    with pytest.raises(ChangedMeanwhile, match="no longer those"):
        shift(zone)

    assert zone.weights() == {30}


def test_records_that_changed_after_a_lost_answer_are_never_overwritten() -> None:
    def edited(zone: Zone, _: Any) -> Exception:
        zone.live = [json.loads(record.body) for record in snapshot(70, 30, "A", "AAAA").records]
        return TIMEOUT

    zone = Zone(snapshot(90, 10, "A", "AAAA"), edited)

    with pytest.raises(ChangedMeanwhile):
        shift(zone)

    assert zone.batches == []


def test_a_refusal_of_what_is_done_already_is_success() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(refused("InvalidChangeBatch", message="was not found")))

    assert shift(zone) == "/change/C2"


def test_a_batch_that_route_53_will_not_have_is_not_sent_for_ever() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), refused("InvalidInput", message="alias target is bad"))

    with pytest.raises(NotAllowed, match="alias target is bad"):
        shift(zone)

    assert zone.batches == []


@pytest.mark.parametrize("always", [refused("Throttling"), UNREACHABLE, refused("InternalError", 500)])
def test_after_thirty_seconds_it_is_over(always: Exception) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), *[always] * 999), Time()

    with pytest.raises(ControlPlaneUnavailable, match="within 30 s"):
        shift(zone, time)

    assert 30 <= time.now - 100 < 36
    assert zone.weights() == {10}


def test_it_never_asks_more_than_five_times_a_second() -> None:
    zone, time = Zone(snapshot(90, 10)), Time()
    adapter = store(zone, time)

    for _ in range(20):
        adapter.read()

    assert time.now - 100 >= 19 / 5


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused("AccessDenied", 403, "not authorized"), "let this identity call route53:ChangeResourceRecordSets"),
        (refused("ExpiredToken", 403), "the credentials have expired; aws sso login --profile prod"),
        (refused("InvalidClientTokenId", 403), "InvalidClientTokenId"),
        (NoCredentialsError(), "Unable to locate credentials; aws sso login --profile prod"),
    ],
)
def test_what_is_not_allowed_names_the_call_and_the_mend(error: Exception, said: str) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), error), Time()

    with pytest.raises(NotAllowed, match=said):
        shift(zone, time)

    assert zone.calls == ["change"]
    assert time.slept == []


def test_permission_lost_between_a_lost_answer_and_the_look_leaves_it_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(TIMEOUT))

    def denied(**_: Any) -> Any:
        raise refused("ExpiredToken", 403)

    monkeypatch.setattr(zone, "list_resource_record_sets", denied)

    with pytest.raises(ControlPlaneUnavailable, match="what became of it"):
        shift(zone)


def test_without_a_profile_the_mend_is_general() -> None:
    zone: Any = Zone(snapshot(90, 10), refused("ExpiredToken"))
    adapter = Route53(lambda: zone, "Z1", NAME, pace=Time().pace())

    with pytest.raises(NotAllowed, match=r"aws sso login \(with --profile\)"):
        adapter.apply(snapshot(90, 10), snapshot(50, 50), "")


def test_reading_waits_out_a_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, time = Zone(snapshot(90, 10)), Time()
    answers = iter([refused("Throttling"), None])
    really_list = zone.list_resource_record_sets

    def throttled(**asked: Any) -> Any:
        if error := next(answers, None):
            raise error
        return really_list(**asked)

    monkeypatch.setattr(zone, "list_resource_record_sets", throttled)

    assert len(store(zone, time).read().records) == 2
    assert time.slept
