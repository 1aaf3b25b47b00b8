"""How requests reach the tasks: a load balancer of our own, or a rule on the listener of the one that is there."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.keeping import removal
from infra.findings import accept
from infra.stages.model import AdoptedBalancer, Stage

# Less than the 60 s after which Granian gives idle connections up: who closes first must be the one who also calls.
IDLE_TIMEOUT = cdk.Duration.seconds(55)
LOGGED = cdk.Duration.days(90)  # `cutover doctor` looks through the newest 14 days of it
BACKEND_HEADER, BACKEND = "X-Lego-Backend", "litestar"


class Balancer(Construct):
    """Made for the stage: HTTPS by the stage's certificate, HTTP answered with a redirect.

    Without a certificate there is no HTTPS. Such a load balancer is reached from inside the VPC alone, so that nothing
    crosses the Internet in the clear.

    Its limits are wider than the contract's: 16 KB for the request line or a header, 64 KB for all of them.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        self._certificate, self._inside = stage.certificate_arn, ec2.Peer.ipv4(stage.network.cidr)
        self._group = ec2.SecurityGroup(
            self, "group", vpc=vpc, description="The load balancer of the API", allow_all_outbound=False
        )
        self.access_logs = self._bucket(stage)
        self.balancer = elbv2.ApplicationLoadBalancer(
            self,
            "balancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=vpc.public_subnets if self._certificate else vpc.private_subnets),
            internet_facing=self._certificate is not None,
            security_group=self._group,
            idle_timeout=IDLE_TIMEOUT,
            drop_invalid_header_fields=True,
            deletion_protection=stage.keep_data,
        )
        self.balancer.log_access_logs(self.access_logs)

    def send_to(self, target: elbv2.ApplicationTargetGroup) -> None:
        """Listen, and give every request to this group."""
        if self._certificate is None:
            self._let_in(self._inside, 80, "From inside the VPC")
            self.balancer.add_listener("http", port=80, open=False, default_target_groups=[target])
            return
        self._let_in(ec2.Peer.any_ipv4(), 443, "The public API")
        self._let_in(ec2.Peer.any_ipv4(), 80, "Redirected to HTTPS")
        accept(self._group, "It is the public API: its callers show a token to the service", "AwsSolutions-EC23")
        self.balancer.add_listener(
            "https",
            port=443,
            open=False,
            certificates=[elbv2.ListenerCertificate.from_arn(self._certificate)],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS,
            default_target_groups=[target],
        )
        self.balancer.add_listener(
            "http",
            port=80,
            open=False,
            default_action=elbv2.ListenerAction.redirect(protocol="HTTPS", port="443", permanent=True),
        )

    def _let_in(self, peer: ec2.IPeer, port: int, why: str) -> None:
        self._group.add_ingress_rule(peer, ec2.Port.tcp(port), why)

    def _bucket(self, stage: Stage) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "access-logs",
            bucket_name=access_logs_name(stage),
            encryption=s3.BucketEncryption.S3_MANAGED,  # load balancers write to no other
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=LOGGED)],
            removal_policy=removal(stage),
        )
        accept(
            bucket, "It holds a log, which is read by doctor alone; a log of that would tell nothing", "AwsSolutions-S1"
        )
        return bucket


def access_logs_name(stage: Stage) -> str:
    """The bucket of the load balancer's access log."""
    return stage.named("access-logs")


def add_rule(
    scope: Construct, there: AdoptedBalancer, target: elbv2.ApplicationTargetGroup, *, takes_traffic: bool
) -> elbv2.ApplicationListenerRule:
    """Our rule on the adopted listener: for every request, or only for those that ask for us by BACKEND_HEADER.

    Of what is adopted nothing changes but that the listener has one rule more, and its security group one way out: to
    our tasks. Deleting the rule gives every request back to what served before.
    """
    wanted = (
        elbv2.ListenerCondition.path_patterns(["/*"])
        if takes_traffic
        else elbv2.ListenerCondition.http_header(BACKEND_HEADER, [BACKEND])
    )
    group = ec2.SecurityGroup.from_security_group_id(
        scope, "balancer-group", there.security_group_id, allow_all_outbound=False
    )
    listener = elbv2.ApplicationListener.from_application_listener_attributes(
        scope, "listener", listener_arn=there.listener_arn, security_group=group
    )
    return elbv2.ApplicationListenerRule(
        scope,
        "rule",
        listener=listener,
        priority=there.rule_priority,
        conditions=[wanted],
        target_groups=[target],
    )
