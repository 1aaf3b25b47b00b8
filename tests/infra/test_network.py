"""The network: made where there is none, adopted untouched where there is one."""

import json
import re

import pytest

from infra.stages.choice import STAGES
from infra.stages.model import NetworkPlan
from tests.infra.foundations import Template, foundations

MADE = [name for name, stage in STAGES.items() if isinstance(stage.network, NetworkPlan)]
every_stage = pytest.mark.parametrize("name", STAGES)
made = pytest.mark.parametrize("name", MADE)
ALLOWED_IN_DESCRIPTIONS = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")  # of EC2's API reference


def network(name: str) -> Template:
    return foundations(name).network


@every_stage
def test_there_is_nothing_to_find_in_network_and_data(name: str) -> None:
    assert foundations(name).findings == []


def test_production_makes_a_security_group_and_nothing_else() -> None:
    assert network("production").kinds == {"AWS::EC2::SecurityGroup"}
    assert network("production").only("AWS::EC2::SecurityGroup")["VpcId"] == STAGES["production"].network.vpc_id  # type: ignore[union-attr]  # production adopts


@every_stage
def test_nobody_gets_into_functions_and_tasks(name: str) -> None:
    assert list(network(name).rules("Ingress")) == []


@every_stage
def test_functions_and_tasks_get_out_to_what_they_need(name: str) -> None:
    inside = STAGES[name].network.cidr
    out = {
        (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in network(name).rules("Egress")
    }
    assert out == {("0.0.0.0/0", "tcp", 443, 443), (inside, "tcp", 5432, 5432), (inside, "tcp", 6379, 6379)}


@made
def test_a_made_network_has_three_kinds_of_subnet_in_each_zone(name: str) -> None:
    subnets = network(name).all("AWS::EC2::Subnet").values()
    zones = [json.dumps(one["Properties"]["AvailabilityZone"]) for one in subnets]
    assert len(zones) == 3 * STAGES[name].network.zones  # type: ignore[union-attr]  # made
    assert len(set(zones)) == STAGES[name].network.zones  # type: ignore[union-attr]
    assert not any(one["Properties"]["MapPublicIpOnLaunch"] for one in subnets)


@made
def test_zones_are_told_by_the_region_and_not_looked_up(name: str) -> None:
    for subnet in network(name).all("AWS::EC2::Subnet").values():
        assert "Fn::GetAZs" in json.dumps(subnet["Properties"]["AvailabilityZone"])


@made
def test_private_subnets_have_a_way_out_and_those_of_data_none(name: str) -> None:
    routes = network(name).all("AWS::EC2::Route").values()
    by_nat = [route["Properties"]["RouteTableId"]["Ref"] for route in routes if "NatGatewayId" in route["Properties"]]
    assert len(by_nat) == 2
    assert all("private" in table for table in by_nat)
    assert not any("data" in route["Properties"]["RouteTableId"]["Ref"] for route in routes)
    assert len(network(name).all("AWS::EC2::NatGateway")) == STAGES[name].network.nat_gateways  # type: ignore[union-attr]


@made
def test_s3_is_reached_without_nat(name: str) -> None:
    endpoint = network(name).only("AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert ".s3" in json.dumps(endpoint["ServiceName"])
    assert all("private" in table["Ref"] for table in endpoint["RouteTableIds"])


@made
def test_flows_are_logged_and_forgotten_in_time(name: str) -> None:
    assert network(name).only("AWS::EC2::FlowLog")["TrafficType"] == "ALL"
    assert network(name).only("AWS::Logs::LogGroup")["RetentionInDays"] == STAGES[name].log_days
    trusted = network(name).only("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert all("aws:SourceAccount" in json.dumps(one["Condition"]) for one in trusted)


@every_stage
def test_no_function_of_cdk_meddles_with_security_groups(name: str) -> None:
    assert not any(kind.startswith(("Custom::", "AWS::Lambda")) for kind in network(name).kinds)


@every_stage
def test_ec2_takes_every_description(name: str) -> None:
    texts = [
        text
        for template in (foundations(name).network, foundations(name).data)
        for text in (
            *(one["Properties"]["GroupDescription"] for one in template.all("AWS::EC2::SecurityGroup").values()),
            *(rule["Description"] for way in ("Ingress", "Egress") for rule in template.rules(way)),
        )
    ]
    assert [text for text in texts if not ALLOWED_IN_DESCRIPTIONS.fullmatch(text)] == []
    assert texts
