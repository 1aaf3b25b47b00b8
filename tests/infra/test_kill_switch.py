"""The kill switch's template: it is what cutover writes to, and what Route 53 has to look at."""

import json
from typing import Any

import pytest

from cutover.aws import switch
from cutover.sections import SwitchSettings
from infra.stages.choice import STAGES
from tests.infra.migration import migration

every_stage = pytest.mark.parametrize("name", STAGES)
Resource = dict[str, Any]


def bucket(name: str) -> Resource:
    return migration(name).kill_switch.only("AWS::S3::Bucket", "Switch")


def check(name: str) -> Resource:
    found: Resource = migration(name).kill_switch.only("AWS::Route53::HealthCheck")["HealthCheckConfig"]
    return found


def statements(name: str) -> list[Resource]:
    found: list[Resource] = migration(name).kill_switch.only("AWS::S3::BucketPolicy", "Switch")["PolicyDocument"][
        "Statement"
    ]
    return found


@every_stage
def test_the_health_check_looks_for_the_words_that_cutover_writes(name: str) -> None:
    assert check(name)["Type"] == "HTTPS_STR_MATCH"
    assert check(name)["SearchString"] == switch.SEARCH_STRING
    assert check(name)["SearchString"].encode() in switch.SERVING
    assert check(name)["SearchString"].encode() not in switch.OUT


@every_stage
def test_it_looks_at_the_object_that_cutover_writes(name: str) -> None:
    assert check(name)["ResourcePath"] == f"/{SwitchSettings().key}"
    (domain,) = (key for key, one in migration(name).kill_switch.all("AWS::S3::Bucket").items() if "Switch" in key)
    assert check(name)["FullyQualifiedDomainName"] == {"Fn::GetAtt": [domain, "RegionalDomainName"]}
    assert check(name)["Port"] == 443
    assert check(name)["EnableSNI"] is True


@every_stage
def test_lambda_is_out_within_40_seconds(name: str) -> None:
    assert check(name)["RequestInterval"] * check(name)["FailureThreshold"] + 10 <= 40
    assert "Inverted" not in check(name)


@every_stage
def test_everybody_may_read_that_one_object_and_nothing_else(name: str) -> None:
    (public,) = (one for one in statements(name) if one["Effect"] == "Allow")
    assert public["Principal"] == {"AWS": "*"}
    assert public["Action"] == "s3:GetObject"
    assert public["Resource"]["Fn::Join"][1][1:] == [f"/{SwitchSettings().key}"]
    assert bucket(name)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": False,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": False,
    }


@every_stage
def test_nothing_is_read_or_written_in_the_clear(name: str) -> None:
    (denied,) = (one for one in statements(name) if one["Effect"] == "Deny")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["Action"] == "s3:*"


@every_stage
def test_a_checker_that_signs_nothing_can_decrypt_it(name: str) -> None:
    (rule,) = bucket(name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@every_stage
def test_no_deploy_writes_the_object(name: str) -> None:
    assert migration(name).kill_switch.kinds == {
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::Route53::HealthCheck",
    }


@every_stage
def test_it_says_what_goes_into_the_settings_and_how_the_object_is_made(name: str) -> None:
    said = migration(name).kill_switch.body["Outputs"]
    assert "[kill_switch] bucket" in said["Bucket"]["Description"]
    assert said["Region"]["Value"] == STAGES[name].kill_switch_region
    assert said["HealthCheckId"]["Value"] == {"Fn::GetAtt": ["LambdaServes", "HealthCheckId"]}
    assert "lambda-serves: yes" in json.dumps(said["FirstObject"]["Value"])


@pytest.mark.parametrize(("name", "kept"), [("dev", False), ("staging", True), ("production", True)])
def test_where_data_is_kept_so_are_the_switch_and_its_former_states(name: str, kept: bool) -> None:
    made = migration(name).kill_switch.all("AWS::S3::Bucket").values()
    assert {one["DeletionPolicy"] for one in made} == {"Retain" if kept else "Delete"}
    assert ("VersioningConfiguration" in bucket(name)) is kept


@every_stage
def test_it_is_in_another_region_than_the_service(name: str) -> None:
    assert STAGES[name].kill_switch_region != STAGES[name].region


@every_stage
def test_cdk_nag_finds_nothing_that_is_not_accepted_in_the_stacks_of_the_migration(name: str) -> None:
    assert migration(name).findings == []
