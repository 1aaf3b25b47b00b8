"""The stack of the distributed reindex: its functions, what they may do, and the bounds of its state machine."""

from typing import Any

import pytest

from cutover.core.reindex.models import ALIASES
from cutover.reindex.in_lambda import SIGN_IN_SECONDS, servers_by_iam
from cutover.reindex.task import SPARE_SECONDS, servers_of_environment
from infra.permissions import PLATFORM
from infra.stacks import search_load
from infra.stages.choice import STAGES
from tests.infra.foundations import Template
from tests.infra.side_stacks import ALL, side_stacks
from tests.infra.states import definition_of

every_stage = pytest.mark.parametrize("name", ALL)
Statement = dict[str, Any]


def template(name: str) -> Template:
    return side_stacks(name).search_load


def allowed(name: str, role: str) -> list[Statement]:
    """What a role may do, in all its policies."""
    made = template(name)
    policies = made.only("AWS::IAM::Role", role).get("Policies", [])
    documents = [one["PolicyDocument"] for one in policies]
    documents += [
        one["Properties"]["PolicyDocument"]
        for one in made.all("AWS::IAM::Policy").values()
        if any(target["Ref"].startswith(role) for target in one["Properties"]["Roles"])
    ]
    return [statement for document in documents for statement in document["Statement"]]


def pairs(statements: list[Statement]) -> set[tuple[str, str]]:
    """Each action with each resource."""

    def many(value: Any) -> list[Any]:
        return value if isinstance(value, list) else [value]

    return {
        (action, str(resource))
        for one in statements
        for action in many(one["Action"])
        for resource in many(one["Resource"])
    }


@every_stage
def test_nobody_finds_anything_in_the_stacks_beside_the_service(name: str) -> None:
    assert side_stacks(name).findings == []


@every_stage
@pytest.mark.parametrize(("what", "seconds"), [("plan", 300), ("load", 900)])
def test_a_function_runs_our_code_on_what_it_was_built_for(name: str, what: str, seconds: int) -> None:
    function = template(name).only("AWS::Lambda::Function", what)

    assert function["FunctionName"] == f"lego-api-reindex-{what}-{name}"
    assert function["Handler"] == f"cutover.reindex.in_lambda.{what}"
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["Timeout"] == seconds
    assert len(function["Layers"]) == 1
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["VpcConfig"] == {"SecurityGroupIds": ["sg-service"], "SubnetIds": ["subnet-1", "subnet-2"]}


def test_a_load_has_time_before_its_end_and_a_token_that_lasts_until_then() -> None:
    assert SPARE_SECONDS * 4 < search_load.LOAD_SECONDS <= SIGN_IN_SECONDS


@every_stage
def test_no_environment_holds_a_password(name: str) -> None:
    for function in template(name).all("AWS::Lambda::Function").values():
        assert function["Properties"]["Environment"]["Variables"] == {
            "OPENSEARCH_ENDPOINT": "https://search.us-east-1.es.amazonaws.com",
            "POSTGRES_HOST": "proxy.test",
            "POSTGRES_PORT": "5432",
            "POSTGRES_DATABASE": "lego",
            "POSTGRES_USERNAME": "lego_api",
        }


def test_the_environment_is_all_that_the_functions_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    function = template("production").only("AWS::Lambda::Function", "load")
    of_lambda = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
    for variable, value in {**function["Environment"]["Variables"], **of_lambda}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert "@proxy.test:5432/lego?sslmode=verify-full" in servers_by_iam().database_url
    with pytest.raises(ValueError, match="DATABASE_URL"):
        servers_of_environment()


SEARCH = "arn:aws:es:us-east-1:111111111111:domain/search"
MADE = [f"{SEARCH}/{alias}-v*" for alias in ALIASES]


@every_stage
def test_a_plan_looks_at_the_cluster_and_makes_indices_of_a_reindex_only(name: str) -> None:
    assert {pair for pair in pairs(allowed(name, "planrole")) if pair[0].startswith("es:")} == {
        ("es:ESHttpGet", f"{SEARCH}/*"),
        *(("es:ESHttpPut", made) for made in MADE),
        *(("es:ESHttpDelete", made) for made in MADE),
    }


@every_stage
def test_a_load_reaches_indices_of_a_reindex_only(name: str) -> None:
    assert {pair for pair in pairs(allowed(name, "loadrole")) if pair[0].startswith("es:")} == {
        *(("es:ESHttpGet", made) for made in MADE),
        *(("es:ESHttpPost", f"{made}/_bulk") for made in MADE),
        *(("es:ESHttpDelete", made) for made in MADE),
    }


@every_stage
@pytest.mark.parametrize("role", ["planrole", "loadrole"])
def test_a_function_signs_in_as_the_service_and_reads_no_secret(name: str, role: str) -> None:
    may = pairs(allowed(name, role))

    connects = [resource for action, resource in may if action == "rds-db:connect"]
    assert len(connects) == 1
    assert "prx-0123456789abcdef0" in connects[0] or "Fn::" in connects[0]
    assert connects[0].rstrip("']}").endswith("/lego_api")
    services = {action.partition(":")[0] for action, _ in may}
    assert services == {"ec2", "es", "logs", "rds-db", "xray"}


@every_stage
@pytest.mark.parametrize("what", ["plan", "load"])
def test_the_code_of_a_function_may_not_touch_the_network_that_lambda_attaches_it_to(name: str, what: str) -> None:
    (denied,) = [one for one in allowed(name, f"{what}role") if one["Effect"] == "Deny"]

    account = STAGES[name].account or "333333333333"
    function = f"arn:aws:lambda:us-east-1:{account}:function:lego-api-reindex-{what}-{name}"
    assert set(denied["Action"]) == {a for one in PLATFORM for a in one.actions if a.startswith("ec2:")}
    assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": function}}


@every_stage
def test_the_state_machine_calls_these_functions_and_itself(name: str) -> None:
    machine = f"lego-api-reindex-{name}"
    may = {pair for pair in pairs(allowed(name, "reindexrole")) if pair[1] != "*"}

    calls = {resource for action, resource in may if action == "lambda:InvokeFunction"}
    functions = template(name).all("AWS::Lambda::Function")
    assert calls == {str({"Fn::GetAtt": [function, "Arn"]}) for function in functions}
    account = STAGES[name].account or "333333333333"
    states = {(action, resource) for action, resource in may if action.startswith("states:")}
    start = f"arn:aws:states:us-east-1:{account}"
    assert states == {
        ("states:StartExecution", f"{start}:stateMachine:{machine}"),
        ("states:DescribeExecution", f"{start}:execution:{machine}:*"),
        ("states:DescribeExecution", f"{start}:execution:{machine}/load:*"),
        ("states:StopExecution", f"{start}:execution:{machine}:*"),
        ("states:StopExecution", f"{start}:execution:{machine}/load:*"),
        ("states:RedriveExecution", f"{start}:execution:{machine}/load:*"),
    }
    assert {action.partition(":")[0] for action, _ in may} == {"lambda", "states"}


@every_stage
def test_the_state_machine_is_logged_traced_encrypted_and_ends(name: str) -> None:
    machine = template(name).only("AWS::StepFunctions::StateMachine")

    assert machine["StateMachineName"] == f"lego-api-reindex-{name}"
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["EncryptionConfiguration"] == {"Type": "AWS_OWNED_KEY"}
    assert definition_of({"Properties": machine})["TimeoutSeconds"] == 24 * 3600


@every_stage
def test_the_map_is_distributed_bounded_and_tolerates_nothing(name: str) -> None:
    machine = template(name).only("AWS::StepFunctions::StateMachine")

    loading = definition_of({"Properties": machine})["States"]["Load all ranges"]

    assert loading["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert loading["MaxConcurrency"] == 8
    assert loading["Label"] == "load"
    assert not [key for key in loading if key.startswith("Tolerated") and loading[key]]
    assert loading["ResultPath"] is None


@every_stage
def test_what_passes_is_repeated_slower_and_slower_and_not_for_ever(name: str) -> None:
    states = definition_of({"Properties": template(name).only("AWS::StepFunctions::StateMachine")})["States"]
    planned = states["Make the index"]["Retry"]
    loaded = states["Load all ranges"]["ItemProcessor"]["States"]["Load a range"]["Retry"]

    for (retry,) in (planned, loaded):
        assert (retry["BackoffRate"], retry["JitterStrategy"]) == (2, "FULL")
        assert 0 < retry["MaxAttempts"] < 10
        assert "Lambda.TooManyRequestsException" in retry["ErrorEquals"]
        assert not {"States.ALL", "States.TaskFailed", "ReindexStopped"} & {*retry["ErrorEquals"]}
    assert "DatabaseUnreachable" in loaded[0]["ErrorEquals"]
    assert "DatabaseUnreachable" not in planned[0]["ErrorEquals"]


@every_stage
def test_logs_are_our_own_and_forgotten_in_time(name: str) -> None:
    groups = [one["Properties"] for one in template(name).all("AWS::Logs::LogGroup").values()]

    assert {group["RetentionInDays"] for group in groups} == {STAGES[name].log_days}
    assert {group["LogGroupName"] for group in groups} == {
        f"/aws/lambda/lego-api-reindex-plan-{name}",
        f"/aws/lambda/lego-api-reindex-load-{name}",
        f"/aws/vendedlogs/states/lego-api-reindex-{name}",
    }


def test_the_aliases_are_those_that_a_reindex_knows() -> None:
    assert search_load.ALIASES == ALIASES


def test_the_outputs_say_how_to_start_it_and_what_follows() -> None:
    outputs = template("production").body["Outputs"]

    assert set(outputs) == {"ReindexStateMachine", "ReindexStart", "ReindexAfter", "SearchRoles"}
    start = str(outputs["ReindexStart"]["Value"])
    assert "aws stepfunctions start-execution --state-machine-arn" in start
    assert '{"alias": "moc_instructions", "ranges": 200}' in start
    for role in ("planrole", "loadrole"):
        assert role in str(outputs["SearchRoles"]["Value"]), "OpenSearch lets in nobody that it was not told of"
    assert outputs["ReindexAfter"]["Value"] == "cutover reindex run moc_instructions --loaded INDEX"
