"""Whoever is on call may do what the runbooks type, and nothing that none of them types."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import pytest

from cutover.cli import cli
from infra.operators import OBSERVE, ON_CALL, OPERATE, ROLLBACK, Only, Place, actions_of
from infra.stages.choice import STAGES
from tests.infra.migration import ACCOUNT, REGION
from tests.infra.roles import listed, statements
from tests.infra.typed import (
    OTHERWISE,
    RUNBOOKS,
    Typed,
    commands,
    commands_in,
    is_on_resources,
    known_to_aws,
    lines_of,
    pages,
    typed_by_pages,
)

# Pages that are not on-call's alone, and what it lacks for them; runbooks/operators.md says who has it, and why.
OF_OTHERS = {
    "rotate-secrets": {
        "cognito-idp:AdminUserGlobalSignOut",
        "cognito-idp:ListUserPools",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:ListSecrets",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RotateSecret",
    },
    "restore-after-decommission": {
        "ecr:CreateRepository",
        "ecr:DescribeRepositories",
        "ecs:CreateService",
        "ecs:DeleteService",  # of a rehearsal
        "ecs:ListTaskDefinitions",
        "ecs:RegisterTaskDefinition",
    },
}
# Of `cutover` on the pages of alarms, beyond observing and rolling back.
BY_OPERATE = {"reindex rollback", "reindex run", "resume"}
NOT_ON_CALLS = "What is not on-call's"  # the section of operators.md
OPERATORS = (RUNBOOKS / "operators.md").read_text(encoding="utf-8")
GRANTED, OF_ROLLBACK = actions_of(ON_CALL), actions_of(ROLLBACK)
OWN = {action: places - OF_ROLLBACK.get(action, frozenset()) for action, places in GRANTED.items()}
OWN = {action: places for action, places in OWN.items() if places}
PAGES = sorted(typed_by_pages())
LOOKS_LIKE_A_CALL = re.compile(r"(?<![\w./:`-])aws [a-z0-9-]+ [a-z]")
_CUTOVER = re.compile(r"(?:\A|[;|&(])\s*cutover ([a-z-]+(?: [a-z-]+)?)")
_SIGNED = re.compile(r"curl [^|;]*\$SIGNED(?P<rest>[^|;]*)")

moving = pytest.mark.parametrize("stage", [name for name, stage in STAGES.items() if stage.zone])
# Where each of its own actions is done: by the options of what is typed.
_HERE, _EVERYWHERE = f"{REGION}:{ACCOUNT}", f":{ACCOUNT}"
WHERE = {
    "ecs:DescribeTasks": f"arn:aws:ecs:{_HERE}:task/{{cluster}}/0123abcd",
    "ecs:ExecuteCommand": f"arn:aws:ecs:{_HERE}:task/{{cluster}}/0123abcd",
    "ecs:RunTask": f"arn:aws:ecs:{_HERE}:task-definition/{{task-definition}}:7",
    "ecs:StopTask": f"arn:aws:ecs:{_HERE}:task/{{cluster}}/0123abcd",
    "iam:PassRole": f"arn:aws:iam:{_EVERYWHERE}:role/{{task-definition}}",  # named alike
    "budgets:ViewBudget": f"arn:aws:budgets:{_EVERYWHERE}:budget/*",
    "ce:GetAnomalies": f"arn:aws:ce:{_EVERYWHERE}:anomalymonitor/*",
    "cloudwatch:DescribeAlarmHistory": f"arn:aws:cloudwatch:{_HERE}:alarm:{{alarm-name}}",
    "cloudwatch:EnableAlarmActions": f"arn:aws:cloudwatch:{_HERE}:alarm:{{alarm-names}}",
    "elasticache:DescribeCacheClusters": f"arn:aws:elasticache:{_HERE}:cluster:*",
    "elasticache:DescribeReplicationGroups": f"arn:aws:elasticache:{_HERE}:replicationgroup:*",
    "elasticache:ModifyReplicationGroup": f"arn:aws:elasticache:{_HERE}:replicationgroup:{{replication-group-id}}",
    "elasticache:TestFailover": f"arn:aws:elasticache:{_HERE}:replicationgroup:{{replication-group-id}}",
    "lambda:DeleteFunctionConcurrency": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "lambda:GetFunctionConcurrency": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "lambda:InvokeFunction": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "lambda:ListVersionsByFunction": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "lambda:PutFunctionConcurrency": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "lambda:PutProvisionedConcurrencyConfig": f"arn:aws:lambda:{_HERE}:function:{{function-name}}:{{qualifier}}",
    "lambda:UpdateAlias": f"arn:aws:lambda:{_HERE}:function:{{function-name}}",
    "rds:DescribeDBInstances": f"arn:aws:rds:{_HERE}:db:{{db-instance-identifier}}",
    "rds:ModifyDBInstance": f"arn:aws:rds:{_HERE}:db:{{db-instance-identifier}}",
    "secretsmanager:GetSecretValue": f"arn:aws:secretsmanager:{_HERE}:secret:{{secret-id}}",
    "sqs:GetQueueAttributes": f"arn:aws:sqs:{_HERE}:{{queue-url}}",
    "sqs:GetQueueUrl": f"arn:aws:sqs:{_HERE}:{{queue-name}}",
    "sqs:PurgeQueue": f"arn:aws:sqs:{_HERE}:{{queue-url}}",
    "sqs:ReceiveMessage": f"arn:aws:sqs:{_HERE}:{{queue-url}}",
    "xray:BatchGetTraces": "*",
    "xray:GetTraceSummaries": "*",
}
# What the variables of the pages are in the stacks of the tests.
VARIABLES = {
    "$DATABASE_INSTANCE": "db",
    "$DEAD_LETTERS": "lego-api-parser-dead-letters-$STAGE",
    "$OWNER_SECRET": "db-a1B2c3",
    "$REDIS_GROUP": "redis",
    "${group##*/}": "lego-api-mocs-$STAGE",  # a log group's name without its folders
    "NAME": "lego-api-veto-$STAGE",
}
OF_THE_WHOLE_ACCOUNT = {Place.EVERYTHING, Place.BUDGETS, Place.ANOMALIES, Place.CACHES}


def alarms() -> Mapping[str, Sequence[str]]:
    """The lines of the pages of alarms."""
    return {name: lines_of(page) for name, page in pages().items() if "alarm" in page.front}


def arn_of(one: Typed, action: str, variables: Mapping[str, str]) -> str:
    """On what the command does it."""
    values = {name: given[0] for name, given in one.options.items() if given}
    for known, value in variables.items():
        values = {name: given.replace(known, value) for name, given in values.items()}
    return WHERE[action].format_map(values)


def own_commands() -> Iterator[tuple[Typed, str]]:
    """Each command that takes a right of on-call's own, with that right."""
    for name, found in typed_by_pages().items():
        for one in found:
            if name not in OF_OTHERS:
                yield from ((one, action) for action in sorted(one.actions & OWN.keys()))


def is_allowed(stage: str, action: str, arn: str) -> bool:
    """Whether the role that is made allows it."""
    return any(
        fnmatchcase(arn, resource)
        for statement in statements(stage, ON_CALL)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    )


def test_no_call_of_aws_on_a_page_is_overlooked() -> None:
    for name, page in pages().items():
        for line in lines_of(page):
            assert len(list(commands_in(line, name))) == len(LOOKS_LIKE_A_CALL.findall(line)), line
    assert sum(map(len, typed_by_pages().values())) > 120


def test_all_calls_of_one_line_are_found() -> None:
    line = 'A=$(aws sqs get-queue-url --queue-name a | cat); aws s3 cp b s3://c || eval "$(aws configure list)"'
    assert [str(one) for one in commands_in(line, "x")] == [
        "x: aws sqs get-queue-url", "x: aws s3 cp", "x: aws configure list",
    ]  # fmt: skip
    assert [sorted(one.actions) for one in commands_in(line, "x")] == [["sqs:GetQueueUrl"], ["s3:PutObject"], []]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_types_is_known_to_aws(page: str) -> None:
    found = typed_by_pages()[page]
    assert {f"{one}: {one.unknown_options}" for one in found if one.unknown_options} == set()
    assert {action for one in found for action in one.actions if not known_to_aws(action)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_on_call_may_do_what_a_page_types(page: str) -> None:
    lacking = {action for one in typed_by_pages()[page] for action in one.actions} - GRANTED.keys()
    assert lacking == OF_OTHERS.get(page, set())


def test_on_call_may_do_nothing_that_no_page_types() -> None:
    assert OWN.keys() - {action for _, action in own_commands()} == set()


def test_every_other_name_of_iam_is_needed() -> None:
    typed = {action for found in typed_by_pages().values() for one in found for action in one.actions}
    assert set(OTHERWISE.values()) <= typed


def test_everything_is_on_calls_only_where_aws_has_none_finer() -> None:
    wide = {action for action, places in OWN.items() if Place.EVERYTHING in places}
    assert {action for action in wide if is_on_resources(action)} == set()


@moving
def test_each_command_is_allowed_on_what_it_names(stage: str) -> None:
    variables = {**VARIABLES, "$STAGE": stage}
    refused = {
        f"{one} on {arn}"
        for one, action in own_commands()
        if not is_allowed(stage, action, arn := arn_of(one, action, variables))
    }
    assert refused == set()


@moving
def test_no_command_is_allowed_on_what_is_another_stages(stage: str) -> None:
    variables = {**dict.fromkeys(VARIABLES, "another"), "$STAGE": "another"}
    narrow = [(one, action) for one, action in own_commands() if not OWN[action] & OF_THE_WHOLE_ACCOUNT]
    allowed = {
        f"{one} on {arn}" for one, action in narrow if is_allowed(stage, action, arn := arn_of(one, action, variables))
    }
    assert len(narrow) > 20
    assert allowed == set()


@moving
def test_of_functions_only_the_parser_is_invoked(stage: str) -> None:
    given = [one for one in statements(stage, ON_CALL) if "lambda:InvokeFunction" in listed(one["Action"])]
    assert [listed(one["Resource"]) for one in given] == [
        [f"arn:aws:lambda:{_HERE}:function:lego-api-csv-parser-{stage}"]
    ]


@moving
def test_the_size_of_redis_is_on_calls_and_its_token_is_not(stage: str) -> None:
    (given,) = (
        one for one in statements(stage, ON_CALL) if "elasticache:ModifyReplicationGroup" in listed(one["Action"])
    )
    assert given["Condition"] == {"BoolIfExists": {"elasticache:AuthTokenEnabled": "false"}}
    assert [grant.on for grant in ON_CALL.own if grant.only is Only.SIZES] == [(Place.REDIS,)]
    setting = {
        name
        for name, found in typed_by_pages().items()
        for one in found
        if one.operation == "modify-replication-group" and "auth-token" in one.options
    }
    assert setting == {"rotate-secrets"}


def test_on_call_takes_no_lease_writes_no_secret_and_deletes_no_more_than_limits() -> None:
    assert "dynamodb:UpdateItem" not in GRANTED
    assert {action for action in GRANTED if "Delete" in action} == {"lambda:DeleteFunctionConcurrency"}
    assert {action for action in GRANTED if action.startswith("secretsmanager:")} == {"secretsmanager:GetSecretValue"}
    assert {action for action in GRANTED if action.startswith("es:")} == {"es:ESHttpGet"}


def test_what_is_not_on_calls_stands_with_its_reason_among_the_roles() -> None:
    section = OPERATORS.partition(f"## {NOT_ON_CALLS}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| \[([a-z-]+)\]\(procedures/\1\.md\) \| (.+) \| (.{40,}) \|$", section, re.MULTILINE)
    assert {page for page, _, _ in rows} == set(OF_OTHERS)
    for command in BY_OPERATE:
        assert f"`cutover {command}`" in section


def test_cutover_on_the_pages_of_alarms_is_on_calls_or_takes_operate() -> None:
    known = set(commands(cli))
    typed = {
        next(name for name in (found, found.split()[0]) if name in known)
        for lines in alarms().values()
        for line in lines
        for found in _CUTOVER.findall(line)
    }
    assert {"status", "rollback"} <= typed
    assert typed - {*OBSERVE.commands, *ROLLBACK.commands} == BY_OPERATE
    assert set(OPERATE.commands) >= BY_OPERATE


def test_signed_requests_of_alarms_that_only_read_are_on_calls_and_others_take_operate() -> None:
    methods = {
        method[1] if (method := re.search(r"-X ([A-Z]+)", found["rest"])) else "GET"
        for lines in alarms().values()
        for line in lines
        for found in _SIGNED.finditer(line)
    }
    needed = {f"es:ESHttp{method.capitalize()}" for method in methods}
    assert needed - GRANTED.keys() == {"es:ESHttpDelete"}
    assert needed <= actions_of(OPERATE).keys()
