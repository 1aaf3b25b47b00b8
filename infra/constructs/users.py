"""The user pool of a stage's own."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.constructs.keeping import removal
from infra.findings import accept
from infra.stages.model import Stage


class Users(Construct):
    """Cognito: people who try the stage; an administrator makes their accounts.

    They sign in by e-mail, with a second factor if they like. The service takes the access tokens of the client, which
    has no secret: it is a page in a browser.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "Cognito")
        self.pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=stage.named("users"),
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True),
                fullname=cognito.StandardAttribute(required=False, mutable=True),
                profile_picture=cognito.StandardAttribute(required=False, mutable=True),
            ),
            password_policy=_passwords(),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.ESSENTIALS,
            deletion_protection=stage.keep_data,
            removal_policy=removal(stage),
        )
        self.client = _client(self.pool)
        accept(
            self.pool,
            "Tests sign in without a person at hand; people may switch their second factor on",
            "AwsSolutions-COG2",
        )
        accept(
            self.pool,
            "An administrator makes the accounts, to try the stage: the plus plan would have nobody to protect",
            "AwsSolutions-COG8",
        )


def _client(pool: cognito.UserPool) -> cognito.UserPoolClient:
    return pool.add_client(
        "Web",
        generate_secret=False,
        disable_o_auth=True,
        auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),  # the second: contract and load tests
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=cdk.Duration.hours(1),
        id_token_validity=cdk.Duration.hours(1),
        refresh_token_validity=cdk.Duration.days(30),
    )


def _passwords() -> cognito.PasswordPolicy:
    return cognito.PasswordPolicy(
        min_length=12,
        require_lowercase=True,
        require_uppercase=True,
        require_digits=True,
        require_symbols=True,
        temp_password_validity=cdk.Duration.days(3),
    )
