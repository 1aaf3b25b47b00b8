"""Accepted wildcards are written as cdk-nag writes what it finds; else it would go on finding them."""

import json
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from infra.findings import accept_wildcards


@pytest.mark.parametrize("accepted", [True, False])
def test_whatever_a_resource_is_made_of_it_is_found_unless_it_is_accepted(tmp_path: Path, accepted: bool) -> None:
    app = cdk.App(outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    stack = cdk.Stack(app, "stack")
    queue = sqs.CfnQueue(stack, "queue")
    chosen = cdk.Fn.select(0, cdk.Fn.split("/", queue.attr_arn))
    wide = ["*", "arn:aws:s3:::bucket/*", f"{queue.attr_arn}/*", f"{queue.ref}/*", f"{chosen}/*"]
    role = iam.Role(stack, "role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=wide))
    if accepted:
        accept_wildcards(role, "For a test", *wide)

    with pytest.raises(RuntimeError, match="ValidationFailed"):  # the queue has findings of its own
        app.synth()

    reports = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    rules = [one["ruleName"] for report in reports for one in report["violations"] if "IAM5" in one["ruleName"]]
    assert len(rules) == (0 if accepted else len(wide))
