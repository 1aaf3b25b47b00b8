"""PostgreSQL of a stage's own, and its owner's secret."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra import handles
from infra.constructs.keeping import keep
from infra.constructs.rotation import Rotation
from infra.findings import accept
from infra.stages.model import DataPlan, Stage

# A minor version to begin with: RDS goes on to later ones by itself. "15" alone RDS no longer takes for a new instance.
ENGINE = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_15_17)
PORT = 5432
OWNER = "lego_owner"  # owns the tables; migrations and people sign in as it, at the database's own address
LOGS = ("postgresql", "upgrade")


class Postgres(Construct):
    """PostgreSQL 15: encrypted, TLS only, in subnets without a way out."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, plan: DataPlan, network: handles.Network
    ) -> None:
        super().__init__(scope, construct_id)
        cdk.Tags.of(self).add("Service", "RDS")
        # A database that stays needs its group, subnets and parameters; its stack could not be deleted with them.
        keep(
            self,
            stage,
            "AWS::EC2::SecurityGroup",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBParameterGroup",
            "AWS::RDS::DBSubnetGroup",
            "AWS::SecretsManager::Secret",
        )
        self.secret = rds.DatabaseSecret(
            self,
            "Owner",
            username=OWNER,
            secret_name=f"lego-api-db-credentials-{stage.name}",
            dbname=stage.database_name,
        )
        self.group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="PostgreSQL", allow_all_outbound=False
        )
        self.instance = _instance(self, stage, plan, network.vpc)
        rotation = Rotation(
            self, "Rotation", stage=stage, whose="owner", secret=self.instance.secret or self.secret, network=network
        )
        for group, who in ((network.service, "Migrations"), (rotation.group, "Rotation of the password")):
            self.group.add_ingress_rule(ec2.Peer.security_group_id(group.security_group_id), ec2.Port.tcp(PORT), who)
        _accept(self.instance, plan, keep=stage.keep_data)


def _instance(database: Postgres, stage: Stage, plan: DataPlan, vpc: ec2.IVpc) -> rds.DatabaseInstance:
    # Named, so that its log groups have names, too, before RDS makes them itself, to be kept for ever.
    name = stage.named("database")
    instance = rds.DatabaseInstance(
        database,
        "Instance",
        instance_identifier=name,
        engine=ENGINE,
        instance_type=ec2.InstanceType(plan.database_class),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[database.group],
        publicly_accessible=False,
        port=PORT,
        database_name=stage.database_name,
        credentials=rds.Credentials.from_secret(database.secret),
        parameter_group=_parameters(database),
        ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
        iam_authentication=True,  # for people; the service comes through the proxy
        allocated_storage=plan.database_storage_gb,
        max_allocated_storage=2 * plan.database_storage_gb,
        storage_type=rds.StorageType.GP3,
        storage_encrypted=True,
        multi_az=plan.database_multi_az,
        backup_retention=cdk.Duration.days(plan.database_backup_days),
        delete_automated_backups=not stage.keep_data,
        copy_tags_to_snapshot=True,
        deletion_protection=stage.keep_data,
        auto_minor_version_upgrade=True,
        enable_performance_insights=True,
        performance_insight_retention=rds.PerformanceInsightRetention.DEFAULT,  # 7 days, free of charge
        cloudwatch_logs_exports=list(LOGS),
    )
    for kind in LOGS:
        group = logs.CfnLogGroup(
            database,
            f"Log-{kind}",
            log_group_name=f"/aws/rds/instance/{name}/{kind}",
            retention_in_days=stage.log_days,
        )
        group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        instance.node.add_dependency(group)
    return instance


def _parameters(scope: Construct) -> rds.ParameterGroup:
    return rds.ParameterGroup(
        scope,
        "Parameters",
        engine=ENGINE,
        description="TLS only, and UTC",
        parameters={"rds.force_ssl": "1", "timezone": "UTC"},
    )


def _accept(instance: rds.DatabaseInstance, plan: DataPlan, *, keep: bool) -> None:
    accept(
        instance,
        "Only the service's, the proxy's and the rotation's groups get in; another port would hide nothing",
        "AwsSolutions-RDS11",
    )
    if not plan.database_multi_az:
        accept(
            instance,
            "Nobody's work rests on this stage: a standby would double the price of its dearest part",
            "AwsSolutions-RDS3",
        )
    if not keep:
        accept(
            instance,
            "This stage is to go without a trace when its stacks are deleted",
            "AwsSolutions-RDS10",
        )
