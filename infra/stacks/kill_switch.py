"""The kill switch: a bucket for one object, and the health check that takes Lambda out of the answers without it."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import handles
from infra.constructs.keeping import removal
from infra.findings import accept
from infra.stages.model import Stage

KEY = "lambda-serves"  # kill_switch.key of cutover.toml, as it is by default
SEARCH_STRING = "lambda-serves: yes"
KEPT = cdk.Duration.days(90)  # who threw it when: as long as CloudTrail remembers


class KillSwitchStack(cdk.Stack):
    """For a region other than the service's: it has to work while that one does not.

    The object is read by Route 53's health checkers, which sign nothing, so everybody may read it, and nothing else of
    the bucket. Allowing their addresses alone would keep it private, but with a list that AWS may add to: checkers that
    it does not know would take Lambda out of the answers.

    Nothing here makes the object: a deploy would put a switch back that somebody has thrown. Until it is there the
    switch counts as thrown, which changes nothing as long as no record names the health check.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Operations")
        bucket = self._bucket(stage)
        check = self._health_check(bucket, stage)
        self.handles = handles.KillSwitch(bucket=bucket, health_check_id=check.attr_health_check_id)
        self._say(stage)

    def _bucket(self, stage: Stage) -> s3.Bucket:
        logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=KEPT)],
            removal_policy=removal(stage),
        )
        bucket = s3.Bucket(
            self,
            "Switch",
            bucket_name=stage.named("kill-switch"),
            encryption=s3.BucketEncryption.S3_MANAGED,  # a key of KMS nobody could use who does not sign
            block_public_access=s3.BlockPublicAccess(
                block_public_acls=True,
                ignore_public_acls=True,
                block_public_policy=False,
                restrict_public_buckets=False,
            ),
            enforce_ssl=True,
            versioned=stage.keep_data,  # without versions one command empties it, so that its stack can be deleted
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=KEPT)],
            server_access_logs_bucket=logs,
            removal_policy=removal(stage),
        )
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="HealthCheckersSignNothing",
                actions=["s3:GetObject"],
                principals=[iam.AnyPrincipal()],
                resources=[bucket.arn_for_objects(KEY)],
            )
        )
        accept(bucket, "Health checkers sign nothing; one object is public, and says nothing secret", "AwsSolutions-S2")
        return bucket

    def _health_check(self, bucket: s3.Bucket, stage: Stage) -> route53.CfnHealthCheck:
        """Three failed looks, 10 s apart: Lambda is out of the answers 30 to 40 s after the object changed."""
        return route53.CfnHealthCheck(
            self,
            "LambdaServes",
            health_check_config=route53.CfnHealthCheck.HealthCheckConfigProperty(
                type="HTTPS_STR_MATCH",
                fully_qualified_domain_name=bucket.bucket_regional_domain_name,
                port=443,
                resource_path=f"/{KEY}",
                search_string=SEARCH_STRING,
                enable_sni=True,  # S3 shows its certificate only to those who name it
                request_interval=10,
                failure_threshold=3,
            ),
            health_check_tags=[
                route53.CfnHealthCheck.HealthCheckTagProperty(key="Name", value=stage.named("lambda-serves"))
            ],
        )

    def _say(self, stage: Stage) -> None:
        bucket = self.handles.bucket.bucket_name
        made_by = (
            f"printf '{SEARCH_STRING}\\n' | aws s3 cp - s3://{bucket}/{KEY} --region {self.region}"
            " --content-type text/plain --cache-control no-store"
        )
        said = {
            "Bucket": (bucket, "cutover.toml: [kill_switch] bucket"),
            "Region": (self.region, "cutover.toml: [kill_switch] region"),
            "HealthCheckId": (self.handles.health_check_id, "cutover adopt --health-check"),
            "FirstObject": (made_by, "Once, before cutover adopt; no deploy writes the object"),
        }
        for name, (value, description) in said.items():
            cdk.CfnOutput(self, name, value=value, description=f"{description} ({stage.name})")
