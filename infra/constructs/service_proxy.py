"""RDS Proxy before a database, and the secret of the one user that it signs in as."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra import handles
from infra.constructs.keeping import keep
from infra.constructs.rotation import Rotation
from infra.findings import accept
from infra.stages.model import Stage

PORT = 5432
BORROW_TIMEOUT = cdk.Duration.seconds(30)  # the document's; the service itself gives up sooner
IDLE_CLIENT_TIMEOUT = cdk.Duration.seconds(1800)  # likewise
# The document says "max connections: 100"; a proxy takes no number, only a share of the database's max_connections.
# Half of them: ECS, migrations, people and the rotation come to the same database without the proxy.
CONNECTIONS_PERCENT = 50


class ServiceProxy(Construct):
    """Functions sign in to it by IAM, over TLS; it signs in to the database by the service user's password.

    Two users, two secrets. The owner's is for migrations, at the database's own address; the proxy neither has nor
    takes it. The service's user may read and write rows, not change tables. A person makes it once, after this stack's
    first deploy (the output `OnceInTheDatabase` says how); until then the proxy stands, and refuses everyone: whether
    it is healthy it asks as a user of its own, `rdsproxyadmin`, which RDS makes. The service's user must not be given
    `rds_iam`: PostgreSQL would then refuse the password that the proxy comes with.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        network: handles.Network,
        instance: rds.IDatabaseInstance,
    ) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "RDSProxy")
        secret = rds.DatabaseSecret(self, "User", username=stage.database_user, dbname=stage.database_name)
        keep(secret, stage, "AWS::SecretsManager::Secret")
        self.secret = attached = secret.attach(instance)
        self.rotation = Rotation(self, "Rotation", stage=stage, whose="service", secret=attached, network=network)
        group = _group(self, network)
        self.proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            db_proxy_name=stage.named("database"),
            proxy_target=rds.ProxyTarget.from_instance(instance),
            secrets=[attached],
            iam_auth=True,
            require_tls=True,
            debug_logging=False,  # it would write statements, and what users write with them, to a log
            vpc=network.vpc,
            vpc_subnets=network.subnets,
            security_groups=[group],
            borrow_timeout=BORROW_TIMEOUT,
            idle_client_timeout=IDLE_CLIENT_TIMEOUT,
            max_connections_percent=CONNECTIONS_PERCENT,
            max_idle_connections_percent=CONNECTIONS_PERCENT // 2,
        )
        accept(
            self.proxy,
            "CloudFormation's schema has tags of target groups; the copy that CDK checks with is older",
            "CloudFormation-Validate::F3002",
        )


def _group(proxy: ServiceProxy, network: handles.Network) -> ec2.SecurityGroup:
    group = ec2.SecurityGroup(
        proxy, "Group", vpc=network.vpc, description="RDS Proxy of the API", allow_all_outbound=False
    )
    # CDK adds the way to the database's group, and back.
    group.add_ingress_rule(
        ec2.Peer.security_group_id(network.service.security_group_id), ec2.Port.tcp(PORT), "Functions and tasks"
    )
    # Whether a proxy fetches its secret by its own network interfaces is not documented, so the way is left open.
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Secrets Manager")
    return group
