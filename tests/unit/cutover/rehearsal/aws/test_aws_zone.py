"""A zone over time: what is asked for, what is served, which change is where."""

import pytest

from cutover.rehearsal.aws.route53.records import Key
from cutover.rehearsal.aws.route53.zone import Zone
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import API, NOON, ZONE, alias, batch, plain, weighted, zone_with

ECS = Key(API, "A", "ecs")


def served_weight(zone: Zone, at: float) -> int | None:
    """The weight of the ECS record as the name servers know it; None: no such record."""
    record = zone.served(at).get(ECS)
    return None if record is None else record.weight


def status(zone: Zone, change_id: str, at: float) -> str | None:
    state = zone.change(change_id, at)
    return None if state is None else state.status


def test_a_change_is_listed_at_once_and_served_when_it_is_in_sync() -> None:
    zone = zone_with(weighted("ecs", 100))
    change = zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me")
    assert zone.live[ECS].weight == 90
    assert (served_weight(zone, NOON + 29.9), status(zone, change.id, NOON + 29.9)) == (100, "PENDING")
    assert (served_weight(zone, NOON + 30), status(zone, change.id, NOON + 30)) == (90, "INSYNC")


def test_every_change_has_its_own_id() -> None:
    zone = zone_with(weighted("ecs", 100))
    ids = {zone.submit(batch(("UPSERT", weighted("ecs", weight))), NOON, actor="me").id for weight in range(5)}
    assert len(ids) == 5


def test_changes_propagate_in_order() -> None:
    zone = zone_with(weighted("ecs", 100))
    for second, weight in enumerate((90, 50, 0)):
        zone.submit(batch(("UPSERT", weighted("ecs", weight))), NOON + second, actor="me")
    assert [served_weight(zone, NOON + at) for at in (29, 30, 31, 32)] == [100, 90, 50, 0]


def test_a_change_never_overtakes_an_earlier_one_when_the_clock_goes_back() -> None:
    zone = zone_with(weighted("ecs", 100))
    first = zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me")
    second = zone.submit(batch(("UPSERT", weighted("ecs", 50))), NOON - 20, actor="me")
    assert status(zone, first.id, NOON + 15) == status(zone, second.id, NOON + 15) == "PENDING"
    assert served_weight(zone, NOON + 30) == 50


def test_a_deleted_record_is_served_until_the_deletion_is_in_sync() -> None:
    zone = zone_with(weighted("ecs", 100), weighted("lambda", 0))
    zone.submit(batch(("DELETE", weighted("ecs", 100))), NOON, actor="me")
    assert served_weight(zone, NOON + 29) == 100
    assert served_weight(zone, NOON + 30) is None


def test_a_refused_batch_leaves_no_change_behind() -> None:
    zone = zone_with(weighted("ecs", 100))
    with pytest.raises(AwsError):
        zone.submit(batch(("DELETE", weighted("ecs", 99))), NOON, actor="me")
    assert zone.changes(NOON) == ()
    assert zone.live[ECS].weight == 100


def test_while_held_nothing_propagates() -> None:
    zone = zone_with(weighted("ecs", 100))
    zone.held = True
    change = zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me")
    assert (served_weight(zone, NOON + 900), status(zone, change.id, NOON + 900)) == (100, "PENDING")
    zone.held = False
    assert (served_weight(zone, NOON + 901), status(zone, change.id, NOON + 901)) == (90, "INSYNC")


def test_a_stranded_change_is_unknown_and_never_served() -> None:
    zone = zone_with(weighted("ecs", 100))
    change = zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me", stranded=True)
    assert zone.live[ECS].weight == 90
    assert status(zone, change.id, NOON) is None
    assert served_weight(zone, NOON + 900) == 100
    assert [state.status for state in zone.changes(NOON + 900)] == ["STRANDED"]


def test_a_stranded_change_that_is_sent_again_is_served() -> None:
    zone = zone_with(weighted("ecs", 100))
    zone.submit(batch(("UPSERT", weighted("ecs", 90))), NOON, actor="me", stranded=True)
    again = batch(("DELETE", weighted("ecs", 90)), ("CREATE", weighted("ecs", 90)))
    zone.submit(again, NOON + 60, actor="me")
    assert served_weight(zone, NOON + 90) == 90


def test_a_hand_edit_is_served_at_once_and_not_undone_by_an_older_change() -> None:
    zone = zone_with(weighted("ecs", 100), weighted("lambda", 0))
    both = batch(("UPSERT", weighted("ecs", 90)), ("UPSERT", weighted("lambda", 10)))
    zone.submit(both, NOON, actor="me")
    edit = zone.edit(batch(("UPSERT", weighted("ecs", 7))), NOON + 1, actor="them")
    assert (served_weight(zone, NOON + 1), status(zone, edit.id, NOON + 1)) == (7, "INSYNC")
    assert served_weight(zone, NOON + 60) == 7
    assert zone.served(NOON + 60)[Key(API, "A", "lambda")].weight == 10
    assert [state.actor for state in zone.changes(NOON + 60)] == ["me", "them"]


def test_a_new_zone_has_name_servers_and_an_soa() -> None:
    zone = zone_with()
    assert {key.type for key in zone.live} == {"NS", "SOA"}
    assert len(zone.name_servers) == 4


def test_a_new_zone_keeps_the_name_servers_it_is_given() -> None:
    zone = zone_with(plain(ZONE, "ns.other.test.", kind="NS"))
    assert zone.name_servers == ("ns.other.test.",)


def test_a_new_zone_obeys_the_same_rules() -> None:
    with pytest.raises(AwsError, match="non-weighted set exists"):
        zone_with(alias(), weighted("ecs", 1))


def test_old_changes_are_forgotten_but_still_propagate() -> None:
    zone = zone_with(weighted("ecs", 100))
    first = zone.submit(batch(("UPSERT", weighted("ecs", 0))), NOON, actor="me")
    for number in range(2000):
        zone.edit(batch(("UPSERT", weighted("lambda", number % 256))), NOON, actor="them")
    assert len(zone.changes(NOON)) == 2000
    assert status(zone, first.id, NOON) is None
    assert served_weight(zone, NOON + 30) == 0
