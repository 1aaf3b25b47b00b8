"""The roles that GitHub's workflows take to deploy a stage, without any stored key."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.findings import accept_wildcards
from infra.operators import OBSERVE
from infra.stacks.registry import repository_name
from infra.stages.model import Stage

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
QUALIFIER = "hnb659fds"  # of `cdk bootstrap`, unless one was asked for
SESSION = cdk.Duration.hours(1)
# What `cdk deploy` takes on; each is trusted by CloudFormation or CDK alone and made by `cdk bootstrap`.
DEPLOYING = ("deploy", "file-publishing", "lookup")
COMPARING = ("lookup",)  # all that `cdk diff` needs: it only reads
TEST_USERS = "contract-users"  # the secret that the contract test signs in with
PUSHING = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)


class DeliveryStack(cdk.Stack):
    """GitHub as an identity provider of the account, a role that deploys the stage, one that only compares.

    A development stage is deployed by its developer, with their own credentials: there this stack is empty, and CDK
    leaves it out. An account has only one provider for an issuer: where there is one, `stage.makes_github_provider`
    is False, and it is adopted. `users_arn` is the user pool that contract and load tests sign in to; None: none do.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, users_arn: str | None = None, **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        if stage.account is None:
            return
        cdk.Tags.of(self).add("Service", "Delivery")
        provider = self._provider(stage)
        deploying = self._role(stage, provider, "deploy", environment=stage.name, what="Deploys")
        _allow(deploying, [*self._bootstrapped(stage, DEPLOYING), self._iam("role", OBSERVE.deployed_name(stage.name))])
        self._let_push(stage, deploying)
        comparing = self._role(
            stage, provider, "diff", environment=f"{stage.name}-diff", what="Compares, for a review,"
        )
        _allow(comparing, self._bootstrapped(stage, COMPARING))
        if users_arn:
            self._let_sign_in(stage, deploying, users_arn)

    def _provider(self, stage: Stage) -> str:
        """The ARN of the account's provider for GitHub's tokens."""
        if not stage.makes_github_provider:
            return self._iam("oidc-provider", ISSUER)
        # Without thumbprints IAM fetches GitHub's certificate chain itself. Native: no function has to run for it.
        made = iam.OidcProviderNative(
            self,
            "github",
            url=f"https://{ISSUER}",
            client_ids=[AUDIENCE],
            removal_policy=cdk.RemovalPolicy.RETAIN,  # other repositories of the account may have come to rely on it
        )
        return made.oidc_provider_arn

    def _role(self, stage: Stage, provider: str, name: str, *, environment: str, what: str) -> iam.Role:
        """A role for jobs of one repository that run in one environment, whose rules GitHub enforces before."""
        subject = f"repo:{stage.github_repository}:environment:{environment}"
        role = iam.Role(
            self,
            name,
            role_name=stage.named(f"github-{name}"),
            description=f"{what} stage {stage.name}, from workflows of {stage.github_repository}",
            assumed_by=iam.WebIdentityPrincipal(
                provider, {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}}
            ),
            max_session_duration=SESSION,
        )
        cdk.CfnOutput(
            self,
            f"{name}-role",
            value=role.role_arn,
            description=f"AWS_ROLE_ARN of the GitHub environment {environment}",
        )
        return role

    def _bootstrapped(self, stage: Stage, kinds: Sequence[str]) -> list[str]:
        """The ARNs of CDK's own roles in the regions that the stage has stacks in."""
        regions = dict.fromkeys((stage.region, stage.kill_switch_region))
        names = [f"cdk-{QUALIFIER}-{kind}-role-{self.account}-{region}" for region in regions for kind in kinds]
        return [self._iam("role", name) for name in names]

    def _iam(self, resource: str, name: str) -> str:
        return self.format_arn(service="iam", region="", resource=resource, resource_name=name)

    def _let_push(self, stage: Stage, role: iam.Role) -> None:
        """The service's image, into the stage's own repository."""
        repository = self.format_arn(service="ecr", resource="repository", resource_name=repository_name(stage))
        role.add_to_policy(iam.PolicyStatement(actions=list(PUSHING), resources=[repository]))
        # AWS has nothing finer: the token is for the registry, and opens only what the other actions allow.
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
        accept_wildcards(role, "ecr:GetAuthorizationToken knows no resource", "*")

    def _let_sign_in(self, stage: Stage, role: iam.Role, users_arn: str) -> None:
        """The contract and load tests read their users' passwords, and sign in with them."""
        secret = self.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{stage.named(TEST_USERS)}-??????",  # Secrets Manager ends every ARN with six characters
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        role.add_to_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret]))
        role.add_to_policy(iam.PolicyStatement(actions=["cognito-idp:AdminInitiateAuth"], resources=[users_arn]))


def _allow(role: iam.Role, roles: Sequence[str]) -> None:
    role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=list(roles)))
