"""The table of what operators may do, held against the commands that there are and the calls that the code names."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from cutover.aws import access
from cutover.cli import cli
from cutover.core.batch import exchange, way_back
from cutover.core.models import RecordSet, Snapshot
from cutover.core.zone import Sides
from infra.operators import (
    DECOMMISSION,
    OBSERVE,
    ON_CALL,
    OPERATE,
    RECORD_ACTIONS,
    RECORD_TYPES,
    ROLES,
    ROLLBACK,
    WIDE,
    Place,
    Role,
    actions_of,
)
from tests.infra.typed import commands

ROOT = Path(__file__).parents[2]
NEEDS_NO_AWS = ("load", "rehearse")  # first words
WITH_AN_OPTION = {"drift --fix"}  # which makes another thing of the command
ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}
NAMED_OTHERWISE = {"apigateway:GetDomainName": "apigateway:GET", "s3:HeadObject": "s3:GetObject"}
# Made without a sentence that names them: by `init`, which builds the name, and by loops over several calls.
NOT_SPELLED = {
    "dynamodb:GetItem", "dynamodb:ListTables", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
    "ecs:ListClusters", "ecs:ListServices", "elasticloadbalancing:DescribeRules", "es:ESHttpDelete", "es:ESHttpGet",
    "es:ESHttpPost", "es:ESHttpPut", "rds:DescribeDBProxies", "route53:ListHostedZones", "sns:ListTopics",
}  # fmt: skip
_CALL = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z]+")
READING = ("Batch", "Describe", "ESHttpGet", "GET", "Get", "List", "Lookup", "Query", "Simulate", "StartQuery")


def calls_that_are_named() -> set[str]:
    """As in `translated("service:Action", profile)`, in all of cutover.aws; not the keys of conditions."""
    return {
        node.args[0].value
        for path in (ROOT / "cutover" / "aws").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if isinstance(node.args[0].value, str) and _CALL.fullmatch(node.args[0].value)
        if ast.unparse(node.func) != "_context"
    }


def test_every_command_has_one_role_that_is_enough() -> None:
    told = Counter(command for role in ROLES for command in role.commands)
    there = {command for command in commands(cli) if command.split()[0] not in NEEDS_NO_AWS}
    assert set(told) == there | WITH_AN_OPTION
    assert set(told.values()) == {1}


def test_every_call_that_the_code_names_is_somebodys() -> None:
    named = {NAMED_OTHERWISE.get(call, call) for call in calls_that_are_named()} - ALWAYS_ALLOWED
    assert len(named) > 30
    assert named <= {action for role in ROLES for action in actions_of(role)}


def test_nobody_may_do_what_the_code_does_not_but_who_types_it() -> None:
    named = {NAMED_OTHERWISE.get(call, call) for call in calls_that_are_named()}
    granted = {action for role in ROLES if role is not ON_CALL for action in actions_of(role)}
    assert granted - named == NOT_SPELLED


def test_who_observes_writes_nothing() -> None:
    assert all(action.split(":")[1].startswith(READING) for action in actions_of(OBSERVE))


@pytest.mark.parametrize("role", [ROLLBACK, ON_CALL, OPERATE, DECOMMISSION], ids=lambda role: role.name)
def test_who_acts_may_look(role: Role) -> None:
    for action, places in actions_of(OBSERVE).items():
        assert places <= actions_of(role)[action]


@pytest.mark.parametrize("role", [ON_CALL, OPERATE], ids=lambda role: role.name)
def test_who_is_woken_or_raises_may_go_back(role: Role) -> None:
    assert set(ROLLBACK.own) <= set(role.own)  # with the same conditions
    for action, places in actions_of(ROLLBACK).items():
        assert places <= actions_of(role)[action]


def test_who_goes_back_takes_no_lease_and_deletes_nothing() -> None:
    assert "dynamodb:UpdateItem" not in actions_of(ROLLBACK)
    assert not [action for action in actions_of(ROLLBACK) if "Delete" in action or "Deregister" in action]


def test_only_who_decommissions_deletes_anything_of_ecs() -> None:
    for role in (OBSERVE, ROLLBACK, ON_CALL, OPERATE):
        assert not {action for action in actions_of(role) if re.match("ec[rs]:(Delete|Deregister)", action)}
    assert "ecs:DeleteService" in actions_of(DECOMMISSION)


def test_nobody_reads_archived_documents_but_who_writes_them() -> None:
    for role in (OBSERVE, ROLLBACK, ON_CALL, OPERATE):
        assert Place.ARCHIVE not in {place for places in actions_of(role).values() for place in places}


def test_nobody_deletes_from_the_ledger_or_the_archive() -> None:
    granted = {action for role in ROLES for action in actions_of(role)}
    assert not {"dynamodb:DeleteItem", "dynamodb:DeleteTable", "s3:DeleteObject", "s3:PutObjectRetention"} & granted
    assert not {"s3:BypassGovernanceRetention", "s3:PutBucketPolicy", "kms:*"} & granted


def test_doctor_finds_the_rights_that_it_asks_for() -> None:
    assert set(access.ZONE_ACTIONS) <= set(actions_of(OPERATE))
    assert set(access.TYPES) == set(RECORD_TYPES)


def test_both_the_batch_that_is_sent_and_the_one_that_is_kept_are_allowed() -> None:
    body = '{"Name":"a.example.","Type":"A","SetIdentifier":"ecs","Weight":0,"TTL":60,"ResourceRecords":[]}'
    record = RecordSet("a.example", "A", "ecs", 0, body)
    sent = exchange(Snapshot((record,)), Snapshot((record,)), "")["Changes"]
    kept = way_back([record], Sides("ecs", "lambda"), "")["Changes"]
    assert {change["Action"] for change in (*sent, *kept)} == set(RECORD_ACTIONS)


def test_every_place_with_an_asterisk_says_why() -> None:
    assert set(WIDE) <= {place for role in ROLES for places in actions_of(role).values() for place in places}
    assert all(len(reason) > 25 for reason in WIDE.values())
