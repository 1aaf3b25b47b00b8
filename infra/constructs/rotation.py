"""A database password that changes every thirty days."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import handles
from infra.stages.model import Stage

EVERY = cdk.Duration.days(30)


class Rotation(Construct):
    """Secrets Manager's own function for one PostgreSQL user, who changes their own password.

    CloudFormation makes the function, in a nested stack, where it expands the template's transform: its code and its
    role are AWS's and stand in no template of ours. The database must let `group` in. The first rotation comes with the
    first window, not with the deploy: the service's user is made by hand after it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        whose: str,
        secret: secretsmanager.ISecret,
        network: handles.Network,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=network.vpc,
            description=f"Rotation of the database password of the {whose}",
            allow_all_outbound=False,
        )
        self.group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Secrets Manager")
        self.group.add_egress_rule(ec2.Peer.ipv4(network.vpc.vpc_cidr_block), ec2.Port.tcp(5432), "PostgreSQL")
        secretsmanager.RotationSchedule(
            self,
            "Schedule",
            secret=secret,
            automatically_after=EVERY,
            rotate_immediately_on_update=False,
            hosted_rotation=secretsmanager.HostedRotation.postgre_sql_single_user(
                function_name=stage.named(f"rotate-{whose}"),
                vpc=network.vpc,
                vpc_subnets=network.subnets,
                security_groups=[self.group],
            ),
        )
