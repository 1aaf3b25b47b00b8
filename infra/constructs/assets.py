"""CloudFront before the pictures in the bucket."""

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.file_bucket import PICTURES, FileBucket
from infra.findings import accept
from infra.stages.model import DataPlan

YEAR = cdk.Duration.days(365)


class Assets(Construct):
    """Pictures by their keys from a CDN: the same ones that the bucket shows, and nothing else of it.

    The service hands out the bucket's addresses, as the rows have them: a page that wants the CDN puts its name in
    their place.
    """

    def __init__(self, scope: Construct, construct_id: str, *, files: FileBucket, plan: DataPlan) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "S3")
        control = cloudfront.S3OriginAccessControl(self, "Access")
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Pictures of {files.bucket.node.path}",
            default_behavior=_behavior(self, files.bucket, control),
            domain_names=None if plan.assets_name is None else [plan.assets_name],
            certificate=_certificate(self, plan.assets_certificate_arn),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            enable_logging=True,
            log_bucket=files.logs,
            log_file_prefix="assets/",
        )
        _let_in(files.bucket, self.distribution)
        _accept(self.distribution, plan)


def _behavior(
    scope: Construct, bucket: s3.IBucket, control: cloudfront.S3OriginAccessControl
) -> cloudfront.BehaviorOptions:
    # with_origin_access_control would let the distribution read the whole bucket; `_let_in` names what it may.
    origin = origins.S3BucketOrigin.with_bucket_defaults(
        bucket, origin_access_control_id=control.origin_access_control_id
    )
    return cloudfront.BehaviorOptions(
        origin=origin,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy(
            scope,
            "Cache",
            comment="By the version in an address: the keys of avatars and wishes' pictures stay when these change",
            query_string_behavior=cloudfront.CacheQueryStringBehavior.allow_list("v"),
            default_ttl=cdk.Duration.hours(1),
            max_ttl=cdk.Duration.days(1),
        ),
        response_headers_policy=_headers(scope),
    )


def _headers(scope: Construct) -> cloudfront.ResponseHeadersPolicy:
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "Headers",
        comment="Pictures, and nothing that a browser would run",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy="default-src 'none'; frame-ancestors 'none'; sandbox", override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=YEAR, include_subdomains=True, override=True
            ),
        ),
    )


def _certificate(scope: Construct, arn: str | None) -> acm.ICertificate | None:
    return None if arn is None else acm.Certificate.from_certificate_arn(scope, "Certificate", arn)


def _let_in(bucket: s3.Bucket, distribution: cloudfront.Distribution) -> None:
    """Pictures alone: a private instruction must not be had from the CDN by whoever knows its key."""
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TheCdnSeesPictures",
            principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
            actions=["s3:GetObject"],
            resources=[bucket.arn_for_objects(pattern) for pattern in PICTURES],
            conditions={"StringEquals": {"aws:SourceArn": distribution.distribution_arn}},
        )
    )


def _accept(distribution: cloudfront.Distribution, plan: DataPlan) -> None:
    accept(distribution, "Builders are everywhere: no country is kept out", "AwsSolutions-CFR1")
    accept(
        distribution,
        "Pictures by GET and HEAD from a bucket: no application is behind it that a firewall would protect",
        "AwsSolutions-CFR2",
    )
    if plan.assets_certificate_arn is None:
        accept(
            distribution,
            "Without a certificate of its own CloudFront decides the oldest TLS that it speaks, which is 1.0",
            "AwsSolutions-CFR4",
        )
