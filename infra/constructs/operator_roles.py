"""The roles of the people who work on a migration or are on call, out of the table of what each may do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from dashboards.metrics import CUTOVER_NAMESPACE
from infra.findings import accept_wildcards
from infra.operators import OBSERVE, RECORD_ACTIONS, RECORD_TYPES, ROLES, WIDE, Grant, Only, Place, Role
from infra.stages.model import Stage

SESSION = cdk.Duration.hours(12)  # one shift of an engineer
_SIGNED_IN = "role/aws-reserved/sso.amazonaws.com/*"  # the roles that IAM Identity Center gives people
_RECORD_KEY = "route53:ChangeResourceRecordSets"

Arns = Mapping[Place, Sequence[str]]


class OperatorRoles(Construct):
    """One role for each of ROLES, for people of this account whom a policy of theirs lets assume it.

    A user of IAM needs a second factor, and the session bears the user's name, so that the ledger's lines and
    two-person approvals tell people apart. People of IAM Identity Center have shown their second factor when they
    signed in; how their sessions are called is up to them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, public_name: str, arns: Arns) -> None:
        super().__init__(scope, construct_id)
        self._public_name, self._arns = public_name.rstrip(".").lower(), arns
        self.roles = {role.name: self._made(role, stage) for role in ROLES}

    def _made(self, role: Role, stage: Stage) -> iam.Role:
        name = role.deployed_name(stage.name)
        made = iam.Role(
            self,
            role.name,
            role_name=name,
            description=f"{role.purpose} ({stage.name})",
            max_session_duration=SESSION,
            assumed_by=iam.CompositePrincipal(self._user(), self._signed_in(), *self._pipeline(role, stage)),
        )
        itself = cdk.Stack.of(self).format_arn(service="iam", region="", resource="role", resource_name=name)
        arns = {**self._arns, Place.ITSELF: (itself,), Place.EVERYTHING: ("*",)}
        for grant in role.grants:
            if resources := [arn for place in grant.on for arn in arns.get(place, ())]:
                made.add_to_policy(self._statement(grant, resources))
        for place in {place for grant in role.grants for place in grant.on} & WIDE.keys():
            accept_wildcards(made, WIDE[place], *arns.get(place, ()))
        return made

    def _user(self) -> iam.PrincipalBase:
        return iam.AccountRootPrincipal().with_conditions(
            {
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
            }
        )

    def _signed_in(self) -> iam.PrincipalBase:
        whose = cdk.Stack.of(self).format_arn(service="iam", region="", resource=_SIGNED_IN)
        return iam.AccountRootPrincipal().with_conditions({"ArnLike": {"aws:PrincipalArn": whose}})

    def _pipeline(self, role: Role, stage: Stage) -> Sequence[iam.PrincipalBase]:
        """The role of deployments may look, so that none begins while weights change or a bake runs."""
        if role is not OBSERVE:
            return ()
        whose = cdk.Stack.of(self).format_arn(
            service="iam", region="", resource="role", resource_name=stage.deploying_role
        )
        return (iam.AccountRootPrincipal().with_conditions({"ArnEquals": {"aws:PrincipalArn": whose}}),)

    def _statement(self, grant: Grant, resources: Sequence[str]) -> iam.PolicyStatement:
        conditions = dict(self._conditions(grant))
        return iam.PolicyStatement(actions=list(grant.actions), resources=list(resources), conditions=conditions)

    def _conditions(self, grant: Grant) -> Iterator[tuple[str, Any]]:
        if grant.only is Only.PUBLIC_NAME:
            yield (
                "ForAllValues:StringEquals",
                {
                    f"{_RECORD_KEY}NormalizedRecordNames": [self._public_name],
                    f"{_RECORD_KEY}RecordTypes": list(RECORD_TYPES),
                    f"{_RECORD_KEY}Actions": list(RECORD_ACTIONS),
                },
            )
        if grant.only is Only.OWN_METRICS:
            yield "StringEquals", {"cloudwatch:namespace": CUTOVER_NAMESPACE}
        if grant.only is Only.SIZES:
            # The key is of what a request sends, and may be missing where it sends none.
            yield "BoolIfExists", {"elasticache:AuthTokenEnabled": "false"}
        if grant.only is Only.IN_SHELLS_CLUSTER:
            yield "ArnEquals", {"ecs:cluster": list(self._arns[Place.SHELL_CLUSTER])}
        if grant.only is Only.TO_TASKS:
            yield "StringEquals", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
        if grant.only is Only.TASKS:
            yield (
                "StringEquals",
                {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                },
            )
