"""The shell inside the VPC: it reaches the data, nobody gets in but by a session, and it may do nothing itself."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.operators import ON_CALL, Place, actions_of
from infra.stacks import shell
from infra.stages.choice import STAGES
from tests.infra import conftest
from tests.infra.foundations import Template
from tests.infra.migration import ACCOUNT, REGION
from tests.infra.roles import listed, statements
from tests.infra.whole import whole

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "shell"
HERE = f"{REGION}:{ACCOUNT}"
WITH_PEOPLE = [name for name, stage in STAGES.items() if stage.zone]
every_stage = pytest.mark.parametrize("name", WITH_PEOPLE)


def template(name: str) -> Template:
    return Template(whole(name).templates["shell"])


def container(name: str) -> dict[str, Any]:
    (found,) = template(name).only("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    one: dict[str, Any] = found
    return one


def on_call(stage: str, action: str) -> dict[str, Any]:
    (found,) = (one for one in statements(stage, ON_CALL) if action in listed(one["Action"]))
    return found


def instructions() -> list[tuple[str, str]]:
    text = "\n".join(line for line in (FOLDER / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", text)
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def test_a_stage_without_roles_of_people_gets_none() -> None:
    app = cdk.App()

    assert "shell" not in whole("dev").templates
    with pytest.raises(ValueError, match="the stage dev has no public name"):
        shell.ShellStack(app, "shell", stage=STAGES["dev"], network=conftest.network(conftest.outside(app)))


@every_stage
def test_nothing_runs_until_somebody_runs_it_and_then_it_ends_by_itself(name: str) -> None:
    assert template(name).all("AWS::ECS::Service") == {}
    assert container(name)["Command"] == ["sleep", str(4 * 60 * 60)]
    assert container(name)["LinuxParameters"]["InitProcessEnabled"] is True  # or sleep would not hear that it is to end


@every_stage
def test_its_role_opens_sessions_and_may_do_nothing_else(name: str) -> None:
    (role,) = (
        key
        for key, one in template(name).all("AWS::IAM::Role").items()
        if one["Properties"]["RoleName"] == f"lego-api-shell-{name}"
    )
    given = [
        action
        for one in template(name).all("AWS::IAM::Policy").values()
        if one["Properties"]["Roles"] == [{"Ref": role}]
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
    ]
    definition = template(name).only("AWS::ECS::TaskDefinition")

    assert definition["TaskRoleArn"] == {"Fn::GetAtt": [role, "Arn"]}
    assert "Policies" not in template(name).all("AWS::IAM::Role")[role]["Properties"]
    assert sorted(given) == [
        f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")
    ]
    assert not {"Environment", "Secrets"} & container(name).keys()


@every_stage
def test_it_runs_where_functions_and_tasks_do_and_nobody_gets_into_that_group(name: str) -> None:
    network = Template(whole(name).templates["network"])
    index = (ROOT / "runbooks" / "README.md").read_text(encoding="utf-8")
    (group,) = network.all("AWS::EC2::SecurityGroup")

    assert (
        "awsvpcConfiguration={subnets=[$(out PrivateSubnets)],securityGroups=[$(out ServiceSecurityGroup)],"
        "assignPublicIp=DISABLED}"
    ) in index
    assert "PrivateSubnets" in network.body["Outputs"]
    assert network.body["Outputs"]["ServiceSecurityGroup"]["Value"] == {"Fn::GetAtt": [group, "GroupId"]}
    assert template(name).all("AWS::EC2::SecurityGroup") == {}
    assert list(network.rules("Ingress")) == []
    assert {rule["FromPort"] for rule in network.rules("Egress")} == {443, 5432, 6379}


@pytest.mark.parametrize("stage", WITH_PEOPLE)
def test_on_call_runs_this_and_only_in_its_own_cluster(stage: str) -> None:
    given = on_call(stage, "ecs:RunTask")

    assert listed(given["Resource"]) == [f"arn:aws:ecs:{HERE}:task-definition/lego-api-shell-{stage}:*"]
    assert given["Condition"] == {"ArnEquals": {"ecs:cluster": [f"arn:aws:ecs:{HERE}:cluster/lego-api-shell-{stage}"]}}


@pytest.mark.parametrize("stage", WITH_PEOPLE)
def test_on_call_passes_its_two_roles_on_to_tasks_and_no_other(stage: str) -> None:
    given = on_call(stage, "iam:PassRole")
    made = {one["Properties"]["RoleName"] for one in template(stage).all("AWS::IAM::Role").values()}

    assert {arn.rpartition("/")[2] for arn in listed(given["Resource"])} == made
    assert given["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@pytest.mark.parametrize("stage", WITH_PEOPLE)
@pytest.mark.parametrize("action", ["ecs:DescribeTasks", "ecs:StopTask", "ecs:ExecuteCommand"])
def test_on_call_enters_and_ends_no_other_task(stage: str, action: str) -> None:
    arns = {arn.rpartition(":")[2] for arn in listed(on_call(stage, action)["Resource"])}
    cluster = {f"cluster/lego-api-shell-{stage}"} if action == "ecs:ExecuteCommand" else set()

    assert arns == {f"task/lego-api-shell-{stage}/*"} | cluster


def test_nobody_else_runs_or_enters_tasks() -> None:
    places = {place for action in ("ecs:RunTask", "ecs:ExecuteCommand") for place in actions_of(ON_CALL)[action]}

    assert places == {Place.SHELL, Place.SHELL_TASKS, Place.SHELL_CLUSTER}


@every_stage
def test_the_image_is_pushed_where_the_task_looks_for_it(name: str) -> None:
    repository = template(name).only("AWS::ECR::Repository")

    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert json.dumps(container(name)["Image"]).endswith(':1"]]}')
    assert ":1 --push ." in json.dumps(template(name).body["Outputs"]["ShellImage"]["Value"])


def test_the_image_has_the_checkout_psql_and_the_aws_command_line() -> None:
    copied = {source for word, rest in instructions() if word == "COPY" for source in rest.split()[:-1]}
    runs = " ".join(rest for word, rest in instructions() if word == "RUN")

    assert {"service", "cutover", "runbooks", "requirements.txt"} <= copied
    assert all((ROOT / source).exists() for source in copied)
    assert {"postgresql-client", "curl", "jq"} <= set(runs.split())
    assert " awscli " in runs
    assert ("ENV", "CHECKOUT=/checkout PYTHONDONTWRITEBYTECODE=1") in instructions()


def test_docker_gets_what_is_copied_and_nothing_else() -> None:
    copied = {source for word, rest in instructions() if word == "COPY" for source in rest.split()[:-1]}
    sent = [line for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] != "#"]

    assert sent[0] == "*"
    assert {line.removeprefix("!") for line in sent if line.startswith("!")} == copied
