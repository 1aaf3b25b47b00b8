"""The functions of the Lambda side: what they are, what they may do, what invokes them, what migrates before them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs

from infra.constructs.grants import Things, policy_of
from infra.functions import FUNCTIONS, MIGRATE, PARSER, Function
from infra.permissions import PERMISSIONS, PLATFORM, On, Permission
from infra.stages.choice import STAGES
from service.db.migrations.connecting import DatabaseSettings
from service.settings import Settings
from tests.infra.conftest import data, outside
from tests.infra.lambda_side import ALL, EMPTY_ZIP, Synthesised, empty_package, every_side, listed, synthesised

HERE = "us-east-1:111111111111"

every_stage = pytest.mark.parametrize("stage", STAGES)
every_function = pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)


@pytest.fixture(scope="module")
def api() -> Mapping[str, Synthesised]:
    """Every stage by its name."""
    return every_side()


@pytest.fixture(scope="module")
def production(api: Mapping[str, Synthesised]) -> Synthesised:
    return api["production"]


@every_function
def test_a_function_is_what_the_table_says(production: Synthesised, spec: Function) -> None:
    _, found = production.functions[spec.name]
    assert found["FunctionName"] == f"lego-api-{spec.name}-production"
    assert (found["Handler"], found["MemorySize"], found["Timeout"]) == (
        spec.handler,
        spec.memory_mb,
        spec.timeout_seconds,
    )
    assert (found["Runtime"], found["Architectures"]) == ("python3.13", ["arm64"])


@every_function
def test_a_function_carries_what_it_imports_and_no_more(production: Synthesised, spec: Function) -> None:
    layers = production.of("AWS::Lambda::LayerVersion")
    described = [layers[one["Ref"]]["Description"] for one in production.functions[spec.name][1]["Layers"]]
    more = ["Alembic"] if spec is MIGRATE else ["libvips and its binding"] if spec.pictures else []
    assert described == ["What every function imports from", *more]


@every_stage
def test_functions_run_in_the_network_are_traced_and_log_to_groups_of_their_own(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    groups = {}
    for name, (_, found) in api[stage].functions.items():
        assert found["VpcConfig"] == {"SecurityGroupIds": ["sg-service"], "SubnetIds": ["subnet-1", "subnet-2"]}, name
        assert found["TracingConfig"] == {"Mode": "Active"}, name
        assert found["LoggingConfig"]["LogFormat"] == "JSON", name
        groups[found["LoggingConfig"]["LogGroup"]["Ref"]] = found["FunctionName"]
    assert len(groups) == len(ALL)
    for group, function in groups.items():
        resource = api[stage].template["Resources"][group]
        assert resource["Properties"]["LogGroupName"] == f"/aws/lambda/{function}"
        assert resource["Properties"]["RetentionInDays"] == STAGES[stage].log_days
        assert resource["DeletionPolicy"] == ("RetainExceptOnCreate" if STAGES[stage].keep_data else "Delete")


@every_stage
def test_only_health_parser_and_migration_have_concurrency_of_their_own(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    found = {name: one.get("ReservedConcurrentExecutions") for name, (_, one) in api[stage].functions.items()}
    reserved = {name: count for name, count in found.items() if count is not None}
    assert reserved == {"health": 5, PARSER: STAGES[stage].parser_concurrency, MIGRATE.name: 1}


@pytest.mark.parametrize(
    ("stage", "provisioned", "snapped"),
    [
        ("production", {"health": 5, "mocs": 2, "gallery": 2}, set()),
        ("staging", {}, {"health", "mocs", "gallery", "wishlist", "profile", "upload"}),
        ("dev", {}, set()),
    ],
)
def test_a_stage_says_what_is_done_about_cold_starts(
    api: Mapping[str, Synthesised], stage: str, provisioned: Mapping[str, int], snapped: set[str]
) -> None:
    warm = {
        name: alias["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
        for name, (_, alias) in api[stage].aliases.items()
        if "ProvisionedConcurrencyConfig" in alias
    }
    snap_start = {name: one["SnapStart"] for name, (_, one) in api[stage].functions.items() if "SnapStart" in one}
    assert warm == provisioned
    assert snap_start == {name: {"ApplyOn": "PublishedVersions"} for name in snapped}


@every_stage
def test_no_function_has_both_snap_start_and_provisioned_concurrency(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    for name, (_, function) in api[stage].functions.items():
        assert not ("SnapStart" in function and "ProvisionedConcurrencyConfig" in api[stage].aliases[name][1]), name


@every_stage
def test_every_function_serves_by_the_alias_live_of_a_published_version(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    versions = api[stage].of("AWS::Lambda::Version")
    for name, (_, alias) in api[stage].aliases.items():
        version = versions[alias["FunctionVersion"]["Fn::GetAtt"][0]]
        assert alias["Name"] == "live"
        assert version["FunctionName"] == {"Ref": api[stage].functions[name][0]}


@pytest.mark.parametrize(
    ("stage", "policy"), [("production", "RetainExceptOnCreate"), ("staging", "Delete"), ("dev", "Delete")]
)
def test_a_version_outlives_its_deploy_where_it_can_be_gone_back_to_at_no_cost(
    api: Mapping[str, Synthesised], stage: str, policy: str
) -> None:
    """Staging's have snapshots, which are billed as long as their version is there."""
    resources = api[stage].template["Resources"]
    found = {resources[name].get("DeletionPolicy", "Delete") for name in api[stage].of("AWS::Lambda::Version")}
    assert found == {policy}


def test_what_is_told_to_a_function_starts_the_service(production: Synthesised) -> None:
    for spec in FUNCTIONS:
        environment = dict(production.functions[spec.name][1]["Environment"]["Variables"])
        parser = environment.pop("PARTS_LIST_PARSER_FUNCTION", None)
        settings = Settings.from_env({**environment, "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_REGION": "us-east-1"})
        assert (settings.stage, settings.s3_bucket) == ("production", "lego-moc-files-production")
        assert settings.postgres.host == "proxy.test"
        assert (settings.postgres.port, settings.postgres.username) == (5432, "lego_api")
        assert (settings.postgres.iam, settings.postgres.secret_arn, settings.postgres.password) == (True, None, None)
        assert settings.allowed_origins == ("https://app.lego-moc.example.com",)
        assert (settings.redis_endpoint, settings.redis_cluster) == ("rediss://redis.test:6379", True)
        assert settings.opensearch_endpoint == "https://search.us-east-1.es.amazonaws.com"
        assert (settings.cognito.pool_id, settings.cognito.client_id) == ("us-east-1_AbC", "client")
        assert parser == ({"Ref": production.aliases[PARSER][0]} if spec.name == "upload" else None)
        assert (settings.deployment, settings.log_sample, settings.tracing) == ("production", 0.1, True)


@pytest.mark.parametrize("stage", ["staging", "dev"])
def test_outside_production_every_request_is_logged(api: Mapping[str, Synthesised], stage: str) -> None:
    for spec in FUNCTIONS:
        told = api[stage].functions[spec.name][1]["Environment"]["Variables"]
        assert (told["LOG_SAMPLE"], told["DEPLOYMENT"], told["TRACING"]) == ("1", stage, "on")


@pytest.mark.parametrize(("stage", "told"), [("dev", "development"), ("staging", "staging")])
def test_other_stages_have_their_own_origins(api: Mapping[str, Synthesised], stage: str, told: str) -> None:
    environment = api[stage].functions["mocs"][1]["Environment"]["Variables"]
    assert environment["STAGE"] == told
    assert environment["ALLOWED_ORIGINS"] == ",".join(STAGES[stage].origins)


def test_the_migration_signs_in_as_the_owner_at_the_database_itself(production: Synthesised) -> None:
    environment = production.functions[MIGRATE.name][1]["Environment"]["Variables"]
    found = DatabaseSettings.from_env({**environment, "AWS_REGION": "us-east-1"}).postgres
    secret = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-a1B2c3"
    assert (found.host, found.port, found.database, found.tls) == ("db.test", 5432, "lego", "require")
    assert (found.secret_arn, found.iam) == (secret, False)
    assert found.username == f"{{{{resolve:secretsmanager:{secret}:SecretString:username::}}}}"


@every_function
def test_a_role_may_do_exactly_what_the_table_says(production: Synthesised, spec: Function) -> None:
    role = production.role(spec.name)
    allowed = {
        (action, json.dumps(resource))
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    wanted = {
        (action, json.dumps(resource))
        for one in (*PERMISSIONS[spec.name], *PLATFORM)
        for action in one.actions
        for resource in resources(production, spec, one)
    }
    assert allowed == wanted


def resources(found: Synthesised, spec: Function, permission: Permission) -> list[Any]:
    """What a permission is on, in production's words."""
    (queue,) = found.of("AWS::SQS::Queue")
    bucket, domain = "arn:aws:s3:::lego-moc-files-production", f"arn:aws:es:{HERE}:domain/search"
    group = found.functions[spec.name][1]["LoggingConfig"]["LogGroup"]["Ref"]
    found_by: dict[On, list[Any]] = {
        On.DATABASE: [f"arn:aws:rds-db:{HERE}:dbuser:prx-0123456789abcdef0/lego_api"],
        On.SECRET: [f"arn:aws:secretsmanager:{HERE}:secret:db-a1B2c3"],
        On.FILES: [f"{bucket}/{prefix}*" for prefix in permission.paths],
        On.BUCKET: [bucket],
        On.SEARCH: [f"{domain}/{path}" for path in permission.paths],
        On.USERS: [f"arn:aws:cognito-idp:{HERE}:userpool/us-east-1_AbC"],
        On.PARSER: [{"Ref": found.aliases[PARSER][0]}],
        On.DEAD_LETTERS: [{"Fn::GetAtt": [queue, "Arn"]}],
        On.OWN_LOGS: [{"Fn::GetAtt": [group, "Arn"]}],
        On.NETWORK: [f"arn:aws:ec2:{HERE}:*/*"],
        On.EVERYTHING: ["*"],
    }
    return found_by[permission.on]


@every_stage
def test_cdk_adds_no_policy_to_the_tables(api: Mapping[str, Synthesised], stage: str) -> None:
    roles = api[stage].of("AWS::IAM::Role")
    assert api[stage].of("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") == {}
    assert [name for name, role in roles.items() if "ManagedPolicyArns" in role] == []
    assert len(roles) == len(ALL) + 1, "one for each function, and the invoker's"


def test_a_permission_on_what_is_not_there_is_refused_at_once() -> None:
    app = cdk.App()
    given = outside(app)
    things = Things(data(given), logs.LogGroup.from_log_group_name(given, "logs", "logs"))
    with pytest.raises(LookupError, match="lambda:InvokeFunction: there is no PARSER"):
        policy_of(given, PERMISSIONS["upload"], things)


@every_function
def test_the_code_of_a_function_may_not_touch_the_network_that_lambda_attaches_it_to(
    production: Synthesised, spec: Function
) -> None:
    statements = [
        one for policy in production.role(spec.name)["Policies"] for one in policy["PolicyDocument"]["Statement"]
    ]
    (denied,) = [one for one in statements if one["Effect"] == "Deny"]
    function = f"arn:aws:lambda:{HERE}:function:lego-api-{spec.name}-production"
    assert set(denied["Action"]) == {a for one in PLATFORM for a in one.actions if a.startswith("ec2:")}
    assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": function}}


def test_roles_are_called_as_their_functions(production: Synthesised) -> None:
    """OpenSearch is told of them by their ARNs."""
    assert {production.role(spec.name)["RoleName"] for spec in ALL} == {
        f"lego-api-{spec.name}-production" for spec in ALL
    }
    told = json.dumps(production.template["Outputs"]["SearchRoles"]["Value"])
    searching = {"health", "mocs", "gallery", "wishlist", "upload", PARSER}
    for spec in ALL:
        assert (production.functions[spec.name][1]["Role"]["Fn::GetAtt"][0] in told) == (spec.name in searching)


@every_stage
def test_a_parts_list_that_cannot_be_parsed_is_tried_again_and_then_kept(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    ((queue_id, queue),) = api[stage].of("AWS::SQS::Queue").items()
    (config,) = api[stage].of("AWS::Lambda::EventInvokeConfig").values()
    alias, _ = api[stage].aliases[PARSER]
    assert config["FunctionName"] == {"Ref": api[stage].functions[PARSER][0]}
    assert config["Qualifier"] == {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": alias}]}]}, "the alias's name"
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue_id, "Arn"]}}}
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 86400)
    (policy,) = api[stage].of("AWS::SQS::QueuePolicy").values()
    denied = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
    assert [one["Condition"] for one in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


@every_stage
def test_the_parser_sweeps_every_five_minutes(api: Mapping[str, Synthesised], stage: str) -> None:
    ((rule_id, rule),) = api[stage].of("AWS::Events::Rule").items()
    (queue_id,) = api[stage].of("AWS::SQS::Queue")
    alias, _ = api[stage].aliases[PARSER]
    (target,) = rule["Targets"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")
    assert target["Arn"] == {"Ref": alias}
    assert "Input" not in target, "the parser knows a scheduled event by its source"
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue_id, "Arn"]}}
    permissions = [
        one for one in api[stage].of("AWS::Lambda::Permission").values() if one["Principal"] == "events.amazonaws.com"
    ]
    assert [(one["FunctionName"], one["SourceArn"]) for one in permissions] == [
        ({"Ref": alias}, {"Fn::GetAtt": [rule_id, "Arn"]})
    ]


@every_stage
def test_nothing_serves_with_new_code_before_the_database_is_migrated(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    ((run_id, run),) = api[stage].of("Custom::Migration").items()
    version = api[stage].of("AWS::Lambda::Version")[run["Version"]["Ref"]]
    invoker_id = run["ServiceToken"]["Fn::GetAtt"][0]
    assert version["FunctionName"] == {"Ref": api[stage].functions[MIGRATE.name][0]}
    assert api[stage].of("AWS::Lambda::Function")[invoker_id]["FunctionName"] == f"lego-api-migrate-on-deploy-{stage}"
    for spec in FUNCTIONS:
        assert run_id in api[stage].depends_on(api[stage].aliases[spec.name][0]), spec.name


def test_whoever_runs_the_migration_may_do_nothing_else_and_outlives_it(production: Synthesised) -> None:
    (invoker,) = [
        one for one in production.of("AWS::Lambda::Function").values() if "migrate-on-deploy" in one["FunctionName"]
    ]
    role = production.of("AWS::IAM::Role")[invoker["Role"]["Fn::GetAtt"][0]]
    (policy,) = role["Policies"]
    allowed = {action for one in policy["PolicyDocument"]["Statement"] for action in listed(one["Action"])}
    (invoking,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Action"] == "lambda:InvokeFunction"]
    migrate, _ = production.functions[MIGRATE.name]
    assert {one.partition(":")[0] for one in allowed} == {"lambda", "logs", "xray"}
    assert invoking["Resource"] == {"Fn::Join": ["", [{"Fn::GetAtt": [migrate, "Arn"]}, ":*"]]}
    assert invoker["Timeout"] > MIGRATE.timeout_seconds
    assert "VpcConfig" not in invoker, "CloudFormation can be told also where the network has no way out"


def test_a_new_layer_is_a_new_version(api: Mapping[str, Synthesised], tmp_path: Path) -> None:
    """Else a deploy of newer requirements alone would leave the old ones serving."""
    other = empty_package(tmp_path)
    other.core_layer.write_bytes(EMPTY_ZIP + b" ")
    before = set(api["dev"].of("AWS::Lambda::Version"))
    after = set(synthesised(STAGES["dev"], other).of("AWS::Lambda::Version"))
    assert len(before) == len(after) == len(ALL)
    assert before & after == set()


@every_stage
def test_outputs_are_what_cutover_wants_to_be_told(api: Mapping[str, Synthesised], stage: str) -> None:
    outputs = api[stage].template["Outputs"]
    (api_id,) = api[stage].of("AWS::ApiGatewayV2::Api")
    assert outputs["LambdaApiId"] == {
        "Description": "cutover.toml: [lambda] api_id",
        "Value": {"Ref": api_id},
    }
    named = [part["Ref"] for part in outputs["LambdaFunctions"]["Value"]["Fn::Join"][1] if isinstance(part, dict)]
    assert named == [api[stage].functions[spec.name][0] for spec in FUNCTIONS]
    assert [one.function_name for one in api[stage].handles.functions] != []
    assert len(api[stage].handles.functions) == len(FUNCTIONS)
