"""The migration's own things as templates: they fit cutover, outlive their stack, and obey the table of rights."""

import json
import re
from pathlib import Path

import pytest

from cutover.flow.discovering import MARK
from cutover.ledger.dynamodb_calls import Calls, Table
from cutover.sections import ArchiveSettings
from cutover.settings import load
from infra.operators import OBSERVE, ROLES, Place, Role, actions_of
from infra.stages.choice import STAGES
from tests.infra.migration import migration
from tests.infra.roles import Resource, allowed, listed, role_of, statements
from tests.infra.whole import whole

every_stage = pytest.mark.parametrize("name", STAGES)
moving = pytest.mark.parametrize("name", [name for name, stage in STAGES.items() if stage.zone])
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
MOST_CHARACTERS = 10_240  # of all policies in a role, without white space


def only(name: str, kind: str, beginning: str = "") -> Resource:
    return migration(name).operations.only(kind, beginning)


@every_stage
def test_the_ledger_has_the_keys_that_cutover_writes_by(name: str) -> None:
    table = only(name, "AWS::DynamoDB::Table")
    keys = {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]}
    kinds = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    by_hand = Calls(lambda: None, Table("t", "r"))._how()
    assert keys == {"migration": "HASH", "seq": "RANGE"}
    assert kinds == {"migration": "S", "seq": "N"}
    for key, kind in keys.items():
        assert f"AttributeName={key},KeyType={kind}" in by_hand
        assert f"AttributeName={key},AttributeType={kinds[key]}" in by_hand


@every_stage
def test_the_ledger_can_be_recovered_and_never_expires(name: str) -> None:
    table = only(name, "AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert "TimeToLiveSpecification" not in table


@every_stage
def test_init_knows_its_table_and_topic_by_their_names(name: str) -> None:
    assert MARK in only(name, "AWS::DynamoDB::Table")["TableName"]
    assert MARK in only(name, "AWS::SNS::Topic")["TopicName"]


def test_cutover_takes_the_names(tmp_path: Path) -> None:
    made, stage, file = migration("production"), STAGES["production"], tmp_path / "cutover.toml"
    assert stage.zone is not None
    text = {
        "name": stage.public_name,
        "hosted_zone_id": stage.zone.hosted_zone_id,
        "ecs.load_balancer": made.handed.load_balancer,
        "ecs.cluster": made.handed.cluster,
        "ecs.service": made.handed.service,
        "lambda.api_id": "a1b2c3d4e5",
        "ledger.table": only("production", "AWS::DynamoDB::Table")["TableName"],
        "archive.bucket": only("production", "AWS::S3::Bucket", "Archive")["BucketName"],
        "kill_switch.bucket": made.kill_switch.only("AWS::S3::Bucket", "Switch")["BucketName"],
        "kill_switch.region": made.kill_switch.body["Outputs"]["Region"]["Value"],
    }
    file.write_text("".join(f'{key} = "{value}"\n' for key, value in text.items()))
    assert load(file).ledger.table == "lego-api-cutover-ledger-production"


@pytest.mark.parametrize(("name", "kept"), [("dev", False), ("staging", True), ("production", True)])
def test_what_is_kept_can_not_be_deleted_by_a_slip(name: str, kept: bool) -> None:
    made = migration(name).operations
    assert only(name, "AWS::DynamoDB::Table")["DeletionProtectionEnabled"] is kept
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        for one in made.all(kind).values():
            assert one["DeletionPolicy"] == one["UpdateReplacePolicy"] == ("Retain" if kept else "Delete")


@pytest.mark.parametrize("name", ["staging", "production"])
def test_an_archive_is_locked_for_as_long_as_it_is_kept_and_then_goes(name: str) -> None:
    archive = only(name, "AWS::S3::Bucket", "Archive")
    lock = archive["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    (rule,) = archive["LifecycleConfiguration"]["Rules"]
    assert lock == {"Days": 90, "Mode": "GOVERNANCE"}
    assert rule["ExpirationInDays"] == 90
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert archive["VersioningConfiguration"] == {"Status": "Enabled"}


def test_a_development_archive_can_be_emptied() -> None:
    archive = only("dev", "AWS::S3::Bucket", "Archive")
    assert not {"ObjectLockConfiguration", "ObjectLockEnabled", "VersioningConfiguration"} & set(archive)


@every_stage
def test_no_bucket_is_public_or_spoken_to_in_the_clear(name: str) -> None:
    template = migration(name).operations
    for key, one in template.all("AWS::S3::Bucket").items():
        assert set(one["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
        (policy,) = (
            policy["Properties"]["PolicyDocument"]["Statement"]
            for policy in template.all("AWS::S3::BucketPolicy").values()
            if policy["Properties"]["Bucket"] == {"Ref": key}
        )
        assert any(
            rule["Effect"] == "Deny" and rule["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for rule in policy
        )


def test_who_is_on_call_is_sent_what_is_urgent() -> None:
    sent = only("production", "AWS::SNS::Subscription")
    assert sent["Endpoint"] in STAGES["production"].alarm_emails
    assert sent["FilterPolicy"] == {"urgent": ["true"]}  # as `cutover.aws.sns` sets the attribute


@every_stage
def test_notices_are_encrypted(name: str) -> None:
    assert only(name, "AWS::SNS::Topic")["KmsMasterKeyId"].endswith("alias/aws/sns")


def test_without_a_public_name_nobody_needs_a_role() -> None:
    assert not migration("dev").operations.all("AWS::IAM::Role")


@moving
def test_there_is_a_role_for_each_kind_of_work(name: str) -> None:
    made = {one["Properties"]["RoleName"] for one in migration(name).operations.all("AWS::IAM::Role").values()}
    assert made == {
        f"lego-cutover-{what}-{name}" for what in ("observe", "rollback", "on-call", "operate", "decommission")
    }


@moving
@every_role
def test_a_role_may_do_what_the_table_says_and_nothing_else(name: str, role: Role) -> None:
    given = {action for action, _ in allowed(name, role)}
    unknown_places = set() if migration(name).handed.access_logs_bucket else {Place.ACCESS_LOGS}
    assert given == {action for action, places in actions_of(role).items() if places - unknown_places}


@moving
@every_role
def test_everything_is_the_resource_only_where_the_table_says_so(name: str, role: Role) -> None:
    given = {action for action, resource in allowed(name, role) if resource == '"*"'}
    assert given == {action for action, places in actions_of(role).items() if Place.EVERYTHING in places}


@moving
def test_logs_are_asked_of_functions_tasks_and_the_gateway(name: str) -> None:
    asked = {resource for action, resource in allowed(name, OBSERVE) if action == "logs:StartQuery"}
    assert asked == {
        f'"arn:aws:logs:us-east-1:111111111111:log-group:{group}:*"'
        for group in (
            f"/aws/lambda/lego-api-*-{name}",
            f"/ecs/lego-api-service-{name}",
            f"/aws/vendedlogs/lego-api-access-{name}",
        )
    }


@moving
@every_role
def test_records_can_be_changed_of_the_public_name_alone(name: str, role: Role) -> None:
    found = [one for one in statements(name, role) if "route53:ChangeResourceRecordSets" in listed(one["Action"])]
    assert len(found) == (0 if role.name == "observe" else 1)
    stage = STAGES[name]
    assert stage.zone is not None
    for one in found:
        assert one["Resource"] == f"arn:aws:route53:::hostedzone/{stage.zone.hosted_zone_id}"
        key = "route53:ChangeResourceRecordSets"
        assert one["Condition"] == {
            "ForAllValues:StringEquals": {
                f"{key}NormalizedRecordNames": [stage.public_name],
                f"{key}RecordTypes": ["A", "AAAA", "CNAME", "HTTPS", "SVCB"],
                f"{key}Actions": ["CREATE", "DELETE", "UPSERT"],
            }
        }


@moving
@every_role
def test_autoscaling_is_changed_for_tasks_alone(name: str, role: Role) -> None:
    for one in statements(name, role):
        if any("ScalableTarget" in action and "Describe" not in action for action in listed(one["Action"])):
            wanted = {
                "application-autoscaling:service-namespace": "ecs",
                "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
            }
            assert one["Condition"] == {"StringEquals": wanted}


@moving
@every_role
def test_a_role_is_taken_by_users_with_a_second_factor_or_through_the_identity_center(name: str, role: Role) -> None:
    user, signed_in, *pipeline = role_of(name, role)["AssumeRolePolicyDocument"]["Statement"]
    account = {"AWS": "arn:aws:iam::111111111111:root"}
    assert user["Principal"] == signed_in["Principal"] == account
    assert user["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}
    assert user["Condition"]["StringEquals"] == {"sts:RoleSessionName": "${aws:username}"}
    assert signed_in["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*"}
    }
    assert len(pipeline) == (1 if role.name == "observe" else 0)


def test_the_deployments_role_may_look_and_is_the_one_that_the_delivery_stack_makes() -> None:
    (trusted,) = role_of("production", OBSERVE)["AssumeRolePolicyDocument"]["Statement"][2:]
    (made,) = [
        role["Properties"]["RoleName"]
        for role in whole("production").resources("AWS::IAM::Role").values()
        if role["Properties"].get("RoleName", "").startswith("lego-api-github-deploy")
    ]
    assert trusted["Condition"] == {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::111111111111:role/{made}"}}


@moving
@every_role
def test_a_policy_is_not_longer_than_iam_takes(name: str, role: Role) -> None:
    assert len(json.dumps(statements(name, role), separators=(",", ":"))) < MOST_CHARACTERS - 1000


def test_production_scales_and_deletes_the_service_that_serves_today() -> None:
    there = STAGES["production"].balancer
    assert there is not None
    for role in ROLES:
        for action, resource in allowed("production", role):
            if action in {"ecs:UpdateService", "ecs:DeleteService"}:
                assert resource == f'"arn:aws:ecs:us-east-1:111111111111:service/{there.cluster}/{there.service}"'
            if action == "elasticloadbalancing:DeleteLoadBalancer":
                assert resource.strip('"') == there.arn


@moving
def test_archived_images_are_read_where_cutover_puts_them(name: str) -> None:
    handed = migration(name).handed
    reads = {resource for action, resource in allowed(name, ROLES[0]) if action == "s3:GetObject"}
    for repository in handed.repositories:
        assert any(f"/{ArchiveSettings().prefix}/{repository}/*" in one for one in reads)


@every_stage
def test_outputs_say_where_in_the_settings_they_belong(name: str) -> None:
    said = {one["Description"] for one in migration(name).operations.body["Outputs"].values()}
    keys = {match[1] for text in said if (match := re.search(r"cutover\.toml: (.+)", text))}
    assert keys == {"[ledger] table", "[archive] bucket", "[notify] sns_topic"}
