"""The roles that GitHub's workflows take: who may, what for, for how long."""

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.stacks.delivery import AUDIENCE, ISSUER, PUSHING, DeliveryStack
from infra.stages.choice import stage_of
from infra.stages.model import Stage
from infra.stages.production import PRODUCTION
from infra.stages.staging import STAGING

POOL = "arn:aws:cognito-idp:us-east-1:222222222222:userpool/us-east-1_AbC"


def template(stage: Stage, users_arn: str | None = None) -> dict[str, Any]:
    """The template of one stage's stack."""
    app = cdk.App()
    env = cdk.Environment(account=stage.account, region=stage.region)
    return dict(
        Template.from_stack(DeliveryStack(app, "delivery", stage=stage, users_arn=users_arn, env=env)).to_json()
    )


@pytest.fixture(scope="module")
def staging() -> dict[str, Any]:
    return template(STAGING, POOL)


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    return template(PRODUCTION)


def of_type(found: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in found.get("Resources", {}).items()
        if resource["Type"] == kind
    }


def role(found: dict[str, Any], name: str) -> dict[str, Any]:
    """The role of this name."""
    return next(one for one in of_type(found, "AWS::IAM::Role").values() if one["RoleName"] == name)


def statements(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What the role of this name may do."""
    ids = [key for key, one in of_type(found, "AWS::IAM::Role").items() if one["RoleName"] == name]
    return [
        statement
        for policy in of_type(found, "AWS::IAM::Policy").values()
        if policy["Roles"] == [{"Ref": ids[0]}]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def bootstrap(account: str, *kinds: str) -> set[str]:
    return {
        f"arn:aws:iam::{account}:role/cdk-hnb659fds-{kind}-role-{account}-{region}"
        for kind in kinds
        for region in ("us-east-1", "us-west-2")
    }


def text(value: Any) -> str:
    """An ARN, with the partition that a template leaves open filled in."""
    if isinstance(value, str):
        return value
    return "".join("aws" if part == {"Ref": "AWS::Partition"} else part for part in value["Fn::Join"][1])


def test_only_jobs_of_our_repository_in_the_stages_environment_may_deploy(production: dict[str, Any]) -> None:
    (trust,) = role(production, "lego-api-github-deploy-production")["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert set(trust["Principal"]) == {"Federated"}
    assert trust["Condition"] == {
        "StringEquals": {
            f"{ISSUER}:aud": AUDIENCE,
            f"{ISSUER}:sub": "repo:lego-projects/lego-projects-api:environment:production",
        }
    }


def test_comparing_has_an_environment_of_its_own(production: dict[str, Any]) -> None:
    (trust,) = role(production, "lego-api-github-diff-production")["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"]["StringEquals"][f"{ISSUER}:sub"].endswith(":environment:production-diff")


def allowed(found: dict[str, Any], name: str) -> dict[str, set[str]]:
    """The resources of each action that the role may do."""
    by_action: dict[str, set[str]] = {}
    for statement in statements(found, name):
        assert statement["Effect"] == "Allow"
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            given = resources if isinstance(resources, list) else [resources]
            by_action.setdefault(action, set()).update(text(arn) for arn in given)
    return by_action


def test_production_is_deployed_by_cdks_own_roles(production: dict[str, Any]) -> None:
    taken = allowed(production, "lego-api-github-deploy-production")["sts:AssumeRole"]

    observe = "arn:aws:iam::111111111111:role/lego-cutover-observe-production"  # the guard looks at the migration by it
    assert taken == bootstrap("111111111111", "deploy", "file-publishing", "lookup") | {observe}


def test_beyond_that_the_role_pushes_images_into_one_repository(production: dict[str, Any]) -> None:
    beyond = allowed(production, "lego-api-github-deploy-production")
    del beyond["sts:AssumeRole"]

    assert beyond.pop("ecr:GetAuthorizationToken") == {"*"}
    assert set(beyond) == set(PUSHING)
    assert {arn for arns in beyond.values() for arn in arns} == {
        "arn:aws:ecr:us-east-1:111111111111:repository/lego-api-service-production"
    }


def test_comparing_can_only_look(production: dict[str, Any]) -> None:
    assert allowed(production, "lego-api-github-diff-production") == {
        "sts:AssumeRole": bootstrap("111111111111", "lookup")
    }


def test_staging_may_also_sign_in_its_test_users(staging: dict[str, Any], production: dict[str, Any]) -> None:
    there, elsewhere = (
        allowed(staging, "lego-api-github-deploy-staging"),
        allowed(production, "lego-api-github-deploy-production"),
    )

    assert set(there) - set(elsewhere) == {"secretsmanager:GetSecretValue", "cognito-idp:AdminInitiateAuth"}
    assert there["secretsmanager:GetSecretValue"] == {
        "arn:aws:secretsmanager:us-east-1:222222222222:secret:lego-api-contract-users-staging-??????"
    }
    assert there["cognito-idp:AdminInitiateAuth"] == {POOL}


def test_a_session_ends_within_an_hour(staging: dict[str, Any], production: dict[str, Any]) -> None:
    for found in (staging, production):
        roles = of_type(found, "AWS::IAM::Role").values()
        assert {one["MaxSessionDuration"] for one in roles} == {3600}
        assert len(roles) == 2


def test_no_function_runs_to_make_the_provider(staging: dict[str, Any]) -> None:
    kinds = {resource["Type"] for resource in staging["Resources"].values()}

    assert kinds == {"AWS::IAM::OIDCProvider", "AWS::IAM::Role", "AWS::IAM::Policy"}
    (provider,) = of_type(staging, "AWS::IAM::OIDCProvider").values()
    assert provider["Url"] == "https://token.actions.githubusercontent.com"
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]


def test_a_deleted_stack_leaves_the_accounts_provider(staging: dict[str, Any]) -> None:
    (provider,) = (one for one in staging["Resources"].values() if one["Type"] == "AWS::IAM::OIDCProvider")

    assert (provider["DeletionPolicy"], provider["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_provider_that_is_there_is_adopted() -> None:
    found = template(replace(PRODUCTION, makes_github_provider=False))

    assert of_type(found, "AWS::IAM::OIDCProvider") == {}
    (trust,) = role(found, "lego-api-github-deploy-production")["AssumeRolePolicyDocument"]["Statement"]
    assert text(trust["Principal"]["Federated"]) == (
        "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
    )


def test_the_roles_arns_are_told(staging: dict[str, Any]) -> None:
    told = {output["Description"] for output in staging["Outputs"].values()}

    assert told == {
        "AWS_ROLE_ARN of the GitHub environment staging",
        "AWS_ROLE_ARN of the GitHub environment staging-diff",
    }


@pytest.mark.parametrize("developer", [None, "ada"])
def test_github_deploys_no_development_stage(developer: str | None) -> None:
    assert "Resources" not in template(stage_of("dev", developer))
