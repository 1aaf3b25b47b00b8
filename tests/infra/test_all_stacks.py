"""What holds for every stack of every stage."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.stages.choice import STAGES
from infra.stages.model import PROJECT
from tests.infra.schemas import is_taggable, tags_of
from tests.infra.snapshots import path_of, text_of
from tests.infra.whole import ROOT, Resource, whole

MADE_IN_ALL_BUT_PRODUCTION = {
    "AWS::Cognito::UserPool",
    "AWS::EC2::NatGateway",
    "AWS::EC2::RouteTable",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBInstance",
}
DATA = {
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
RETAINED = {"Retain", "Snapshot", "RetainExceptOnCreate"}
ENCRYPTED_BY = {  # a property that has to be there and true, or a structure that must not be empty
    "AWS::DynamoDB::GlobalTable": "SSESpecification.SSEEnabled",
    "AWS::DynamoDB::Table": "SSESpecification.SSEEnabled",
    "AWS::ElastiCache::ReplicationGroup": "AtRestEncryptionEnabled",
    "AWS::Kinesis::Stream": "StreamEncryption",
    "AWS::OpenSearchService::Domain": "EncryptionAtRestOptions.Enabled",
    "AWS::RDS::DBInstance": "StorageEncrypted",
    "AWS::S3::Bucket": "BucketEncryption",
    "AWS::SNS::Topic": "KmsMasterKeyId",
}
IN_TRANSIT_BY = {
    "AWS::ElastiCache::ReplicationGroup": "TransitEncryptionEnabled",
    "AWS::OpenSearchService::Domain": "NodeToNodeEncryptionOptions.Enabled",
    "AWS::RDS::DBProxy": "RequireTLS",
}

every_stage = pytest.mark.parametrize("name", STAGES)


@every_stage
def test_no_template_declares_a_record_of_dns(name: str) -> None:
    kinds = {resource["Type"] for resource in whole(name).resources().values()}
    assert not {kind for kind in kinds if kind.startswith("AWS::Route53::RecordSet")}
    assert '"Weight"' not in json.dumps(whole(name).templates["api"])


def test_a_production_deploy_makes_nothing_of_what_is_adopted() -> None:
    made = {resource["Type"] for resource in whole("production").resources().values()}
    assert made & MADE_IN_ALL_BUT_PRODUCTION == set()


@pytest.mark.parametrize("kind", sorted(MADE_IN_ALL_BUT_PRODUCTION))
def test_other_stages_make_it(kind: str) -> None:
    assert whole("staging").resources(kind)


def test_what_production_has_keeps_its_name() -> None:
    taken = {whole("production").stage.data.bucket}  # type: ignore[union-attr]  # production adopts
    names = {one.get("Properties", {}).get("BucketName") for one in whole("production").resources().values()}
    assert not taken & names


@every_stage
def test_everything_that_can_be_tagged_says_whose_it_is(name: str) -> None:
    wanted = {"Project": PROJECT, "Environment": name}
    untagged = []
    for where, resource in whole(name).resources().items():
        if not is_taggable(resource["Type"]):
            continue
        tags = tags_of(resource)
        if any(tags.get(key) != value for key, value in wanted.items()) or not tags.get("Service"):
            untagged.append(f"{where} ({resource['Type']}): {tags}")
    assert untagged == []


@every_stage
def test_data_is_encrypted_at_rest(name: str) -> None:
    bare = [
        where
        for where, resource in whole(name).resources(*ENCRYPTED_BY).items()
        if not _at(resource["Properties"], ENCRYPTED_BY[resource["Type"]])
    ]
    assert bare == []


@every_stage
def test_queues_are_encrypted(name: str) -> None:
    for where, queue in whole(name).resources("AWS::SQS::Queue").items():
        given = queue["Properties"]
        assert given.get("KmsMasterKeyId") or given.get("SqsManagedSseEnabled"), where


@every_stage
def test_data_is_encrypted_on_its_way(name: str) -> None:
    bare = [
        where
        for where, resource in whole(name).resources(*IN_TRANSIT_BY).items()
        if not _at(resource["Properties"], IN_TRANSIT_BY[resource["Type"]])
    ]
    assert bare == []


@pytest.mark.parametrize("name", [stage.name for stage in STAGES.values() if stage.keep_data])
def test_data_outlives_its_stack(name: str) -> None:
    lost = [
        where
        for where, resource in whole(name).resources(*DATA).items()
        if not {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} <= RETAINED
    ]
    assert lost == []


def test_a_development_stage_leaves_nothing_behind() -> None:
    kept = [where for where, one in whole("dev").resources().items() if one.get("DeletionPolicy") == "Retain"]
    assert kept == []


@every_stage
def test_nothing_is_open_to_the_world_but_the_balancer(name: str) -> None:
    everybody = {"0.0.0.0/0", "::/0"}
    opened = [where for where, rule in _ingress_rules(name) if everybody & {rule.get("CidrIp"), rule.get("CidrIpv6")}]
    assert all(where.startswith("container.") for where in opened), opened


@every_stage
def test_templates_are_ascii_as_cloudformation_gives_nothing_else_back(name: str) -> None:
    """It answers with question marks in the place of other letters, which every diff would then show as a change."""
    other = [what for what, template in whole(name).templates.items() if not str(template).isascii()]
    assert other == []


@every_stage
def test_log_groups_forget_in_time(name: str) -> None:
    for where, group in whole(name).resources("AWS::Logs::LogGroup").items():
        assert group["Properties"].get("RetentionInDays"), where


@every_stage
def test_the_well_known_rules_find_nothing(name: str) -> None:
    assert whole(name).findings == []


def test_findings_are_accepted_in_one_way_only_which_asks_for_a_reason() -> None:
    ways = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "infra").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith((".Acknowledgment", ".acknowledge"))
    }
    assert ways == {"infra/findings.py"}


@every_stage
def test_the_templates_are_those_that_were_agreed_on(name: str) -> None:
    assert text_of(whole(name)) == path_of(name).read_text(), "if it is meant: python -m tests.infra.snapshots"


def _ingress_rules(name: str) -> Iterator[tuple[str, Resource]]:
    stage = whole(name)
    for where, group in stage.resources("AWS::EC2::SecurityGroup").items():
        for rule in group["Properties"].get("SecurityGroupIngress", ()):
            yield where, rule
    for where, ingress in stage.resources("AWS::EC2::SecurityGroupIngress").items():
        yield where, ingress["Properties"]


def _at(properties: Resource, path: str) -> Any:
    value: Any = properties
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
