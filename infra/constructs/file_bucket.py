"""The bucket of a stage's own, where files and pictures lie."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.keeping import removal
from infra.findings import accept
from infra.stages.model import Stage

# Pictures. Rows hold their address, https://BUCKET.s3.amazonaws.com/KEY, and pages show it as it is: so anyone who has
# an address may read the object. Keys have ids in them that nobody guesses, and nobody may list. A MOC's pictures lie
# beside its instructions and parts lists, which only a presigned address opens: the extension tells them apart.
PICTURES = (
    "images/*",
    "wishlist/*",
    "avatars/*",
    *(f"mocs/*.{extension}" for extension in ("jfif", "jpeg", "jpg", "png", "webp")),
)
OLD_VERSION_DAYS = 30
UNFINISHED_DAYS = 7


class FileBucket(Construct):
    """lego-moc-files-STAGE: encrypted, TLS only, versioned where data is kept; all but pictures is private.

    The account must not block public policies as a whole, or pictures are not shown. Presigned uploads that nobody
    completes are deleted by the service's sweep, which knows them; lifecycle rules only see age.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, access_by_list: bool) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "S3")
        self.logs = _logs(self, stage, access_by_list=access_by_list)
        self.bucket = s3.Bucket(
            self,
            "Files",
            bucket_name=f"lego-moc-files-{stage.name}",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            block_public_access=s3.BlockPublicAccess(
                block_public_acls=True,
                ignore_public_acls=True,
                block_public_policy=False,
                restrict_public_buckets=False,
            ),
            # Without versions one command empties it, so that its stack can be deleted.
            versioned=stage.keep_data,
            lifecycle_rules=_lifecycle(stage),
            cors=[_cors(stage)],
            server_access_logs_bucket=self.logs,
            server_access_logs_prefix="files/",
            removal_policy=removal(stage),
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AnyoneSeesPictures",
                principals=[iam.AnyPrincipal()],
                actions=["s3:GetObject"],
                resources=[self.bucket.arn_for_objects(pattern) for pattern in PICTURES],
            )
        )
        accept(
            self.bucket,
            "Rows hold addresses of pictures that pages show unsigned; the policy opens pictures alone, lists none",
            "AwsSolutions-S2",
        )


def _lifecycle(stage: Stage) -> list[s3.LifecycleRule]:
    unfinished = s3.LifecycleRule(
        id="unfinished-uploads", abort_incomplete_multipart_upload_after=cdk.Duration.days(UNFINISHED_DAYS)
    )
    old = s3.LifecycleRule(
        id="old-versions",
        noncurrent_version_expiration=cdk.Duration.days(OLD_VERSION_DAYS),
        expired_object_delete_marker=True,
    )
    return [unfinished, old] if stage.keep_data else [unfinished]


def _cors(stage: Stage) -> s3.CorsRule:
    """Pages send files by presigned POST, and fetch files whose presigned address the API gave them."""
    return s3.CorsRule(
        allowed_origins=list(stage.origins),
        allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.POST],
        allowed_headers=["Cache-Control", "Content-Type", "X-Requested-With"],
        exposed_headers=["ETag"],
        max_age=3600,
    )


def _logs(scope: Construct, stage: Stage, *, access_by_list: bool) -> s3.Bucket:
    """Who read what. CloudFront writes its logs by access lists (ACLs), which are allowed only where it is."""
    ownership = s3.ObjectOwnership
    return s3.Bucket(
        scope,
        "Logs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=ownership.BUCKET_OWNER_PREFERRED if access_by_list else ownership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=[s3.LifecycleRule(id="forget", expiration=cdk.Duration.days(stage.log_days))],
        removal_policy=removal(stage),
    )
