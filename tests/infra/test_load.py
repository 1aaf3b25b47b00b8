"""The stack that makes load beyond one machine: nobody gets in, nothing runs, workers find their master."""

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest

from infra.stacks.load import LoadStack
from infra.stages.choice import STAGES
from tests.infra import conftest
from tests.infra.foundations import Template
from tests.infra.side_stacks import side_stacks
from tests.infra.test_network import ALLOWED_IN_DESCRIPTIONS


def template() -> Template:
    """Staging's: the only stage that has workers."""
    made = side_stacks("staging").load
    assert made is not None
    return made


def container(what: str) -> dict[str, Any]:
    """The only container of a task definition."""
    (found,) = template().only("AWS::ECS::TaskDefinition", f"{what}definition")["ContainerDefinitions"]
    one: dict[str, Any] = found
    return one


def service(what: str) -> dict[str, Any]:
    return template().only("AWS::ECS::Service", what)


def output(name: str) -> str:
    return json.dumps(template().body["Outputs"][name]["Value"])


@pytest.mark.parametrize("name", ["dev", "production"])
def test_a_stage_without_workers_gets_no_stack(name: str) -> None:
    app = cdk.App()

    with pytest.raises(ValueError, match=f"the stage {name} has no load workers"):
        LoadStack(app, "load", stage=STAGES[name], network=conftest.network(conftest.outside(app)))


@pytest.mark.parametrize("what", ["master", "worker"])
def test_nothing_runs_until_somebody_wants_it(what: str) -> None:
    assert service(what)["DesiredCount"] == 0
    assert template().all("AWS::ApplicationAutoScaling::ScalableTarget") == {}


@pytest.mark.parametrize("what", ["master", "worker"])
def test_tasks_are_in_private_subnets_without_an_address_of_their_own(what: str) -> None:
    inside = service(what)["NetworkConfiguration"]["AwsvpcConfiguration"]

    assert inside["AssignPublicIp"] == "DISABLED"
    assert inside["Subnets"] == ["subnet-1", "subnet-2"]
    assert len(inside["SecurityGroups"]) == 1
    assert "sg-service" not in json.dumps(inside)  # whose members the databases let in


def test_only_workers_reach_the_master_and_nobody_reaches_workers() -> None:
    (rule,) = template().rules("Ingress")

    assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (5557, 5557, "tcp")
    assert rule["GroupId"]["Fn::GetAtt"][0].startswith("mastergroup")
    assert rule["SourceSecurityGroupId"]["Fn::GetAtt"][0].startswith("workersgroup")


def test_the_way_out_is_https_and_the_master() -> None:
    out = {
        (rule["GroupId"]["Fn::GetAtt"][0].partition("group")[0], rule.get("CidrIp", "master"), rule["FromPort"])
        for rule in template().rules("Egress")
    }

    assert out == {("master", "0.0.0.0/0", 443), ("workers", "0.0.0.0/0", 443), ("workers", "master", 5557)}


def test_ec2_takes_the_descriptions_of_groups_and_rules() -> None:
    groups = template().all("AWS::EC2::SecurityGroup").values()
    rules = [*template().rules("Ingress"), *template().rules("Egress")]
    said = [one["Properties"]["GroupDescription"] for one in groups] + [rule["Description"] for rule in rules]

    assert [one for one in said if not ALLOWED_IN_DESCRIPTIONS.fullmatch(one)] == []


def test_workers_find_the_master_by_a_name_that_only_the_network_knows() -> None:
    namespace = template().only("AWS::ServiceDiscovery::PrivateDnsNamespace")
    named = template().only("AWS::ServiceDiscovery::Service")

    assert f"--master-host={named['Name']}.{namespace['Name']}" in container("worker")["Command"]
    assert named["DnsConfig"]["DnsRecords"] == [{"TTL": 10, "Type": "A"}]
    assert named["DnsConfig"]["RoutingPolicy"] == "MULTIVALUE"
    assert len(service("master")["ServiceRegistries"]) == 1
    assert "ServiceRegistries" not in service("worker")


def test_both_run_locust_on_the_public_name_with_tokens_from_a_secret() -> None:
    for what, role in (("master", "--master"), ("worker", "--worker")):
        made = container(what)
        assert made["Command"][:4] == ["locust", "-f", "loadtests/", role]
        assert made["Environment"] == [{"Name": "LEGO_HOST", "Value": "https://staging-api.lego-moc.example.com"}]
        (secret,) = made["Secrets"]
        assert secret["Name"] == "LEGO_TOKENS"
        assert secret["ValueFrom"]["Ref"].startswith("tokens")


def test_the_masters_page_listens_on_its_own_loopback_and_a_session_leads_there() -> None:
    assert {"--web-host=127.0.0.1", "--web-port=8089"} <= {*container("master")["Command"]}
    assert service("master")["EnableExecuteCommand"] is True
    assert service("worker")["EnableExecuteCommand"] is False
    assert "AWS-StartPortForwardingSession --parameters portNumber=8089,localPortNumber=8089" in output("LoadPage")
    assert [port["ContainerPort"] for port in container("master")["PortMappings"]] == [5557]


def test_tasks_may_open_sessions_and_nothing_else() -> None:
    tasks = {
        action
        for name, policy in template().all("AWS::IAM::Policy").items()
        if "TaskRole" in name
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }

    assert tasks == {
        f"ssmmessages:{verb}{channel}Channel" for verb in ("Create", "Open") for channel in ("Control", "Data")
    }


def test_images_are_kept_by_tags_that_never_move() -> None:
    repository = template().only("AWS::ECR::Repository")

    assert repository["RepositoryName"] == "lego-api-load-staging"
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert json.dumps(container("worker")["Image"]).endswith(':1"]]}')
    assert ":1 --push ." in output("LoadImage")


def test_the_outputs_bring_up_the_stages_workers_and_end_them() -> None:
    up, down = output("LoadUp"), output("LoadDown")

    assert re.findall(r"--desired-count (\d+)", up) == ["1", str(STAGES["staging"].load_workers)]
    assert re.findall(r"--desired-count (\d+)", down) == ["0", "0"]
