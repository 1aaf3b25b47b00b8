"""What keeps data: made for the stage, or adopted from production; the proxy before the database is ours in each."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import handles
from infra.by_hand import owner_sql, search_role_json, service_user_sql, upload_cors_json
from infra.constructs.assets import Assets
from infra.constructs.file_bucket import FileBucket
from infra.constructs.postgres import ENGINE, Postgres
from infra.constructs.redis import Redis
from infra.constructs.search_domain import SearchDomain
from infra.constructs.service_proxy import ServiceProxy
from infra.constructs.users import Users
from infra.stages.model import AdoptedData, DataPlan, Stage

POSTGRES = 5432
REDIS = 6379
SEARCH = 443


class DataStack(cdk.Stack):
    """PostgreSQL and its proxy, Redis, OpenSearch, files, users.

    Nothing that is adopted is made, changed or deleted. Its security groups let ours in by rules that belong to this
    stack, and go with it; the bucket's rules for uploads from pages (CORS) are its owner's to set (`OnceInTheBucket`).
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, network: handles.Network, **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        plan = stage.data
        if isinstance(plan, AdoptedData):
            self.handles = _adopted(self, stage, plan, network)
        else:
            self.handles = _made(self, stage, plan, network)
        _say(self, self.handles)


def _made(stack: DataStack, stage: Stage, plan: DataPlan, network: handles.Network) -> handles.Data:
    postgres = Postgres(stack, "Postgres", stage=stage, plan=plan, network=network)
    proxy = ServiceProxy(stack, "Proxy", stage=stage, network=network, instance=postgres.instance)
    _say_by_hand(stack, stage, proxy)
    _let_in(postgres.group, POSTGRES, proxy.rotation.group, "Rotation of the service user password")
    redis = Redis(stack, "Redis", stage=stage, plan=plan, network=network)
    search = SearchDomain(stack, "Search", stage=stage, plan=plan, network=network)
    cdk.CfnOutput(stack, "SearchMasterRole", value=search.master.role_arn, description="Assume it from within the VPC")
    files = FileBucket(stack, "Files", stage=stage, access_by_list=plan.assets_cdn)
    if plan.assets_cdn:
        _say_assets(stack, Assets(stack, "Assets", files=files, plan=plan))
    users = Users(stack, "Users", stage=stage)
    return handles.Data(
        database=_database(stage, proxy, postgres.instance, postgres.secret),
        redis_endpoint=redis.endpoint,
        redis_cluster=redis.cluster,
        redis_group=redis.group,
        redis_nodes=redis.node_names,
        search=handles.Search(endpoint=search.endpoint, domain_arn=search.arn, domain_name=search.name),
        files=files.bucket,
        users=_users(stack, users.pool.user_pool_id, users.client.user_pool_client_id),
    )


def _adopted(stack: DataStack, stage: Stage, there: AdoptedData, network: handles.Network) -> handles.Data:
    groups = {
        port: ec2.SecurityGroup.from_security_group_id(stack, name, group_id)
        for name, group_id, port in (
            ("DatabaseGroup", there.database_security_group_id, POSTGRES),
            ("RedisGroup", there.redis_security_group_id, REDIS),
            ("SearchGroup", there.search_security_group_id, SEARCH),
        )
    }
    for port, group in groups.items():
        _let_in(group, port, network.service, f"Functions, tasks and migrations of {stage.named('api')}")
    instance = _adopted_instance(stack, there, groups[POSTGRES])
    proxy = ServiceProxy(stack, "Proxy", stage=stage, network=network, instance=instance)
    _say_by_hand(stack, stage, proxy)
    cdk.CfnOutput(
        stack,
        "OnceInTheBucket",
        value=upload_cors_json(stage.origins),
        description="Pages send large files straight to the bucket: its owner adds this to its CORS rules",
    )
    cdk.CfnOutput(
        stack,
        "OnceForTheOwner",
        value=owner_sql(),
        description=(
            "By psql at DatabaseHost, with -v owner= the user name in OwnerSecret, as RDS's master user, where the "
            "owner is somebody else: it sees and ends sessions of others"
        ),
    )
    _let_in(groups[POSTGRES], POSTGRES, proxy.rotation.group, "Rotation of the service user password")
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Owner", there.database_secret_arn)
    return handles.Data(
        database=_database(stage, proxy, instance, secret),
        redis_endpoint=there.redis_endpoint,
        redis_cluster=there.redis_cluster,
        redis_group=there.redis_group,
        redis_nodes=there.redis_nodes,
        search=handles.Search(
            endpoint=there.search_endpoint,
            domain_arn=there.search_domain_arn,
            domain_name=there.search_domain_arn.rpartition("/")[2],
        ),
        files=s3.Bucket.from_bucket_name(stack, "Files", there.bucket),
        users=_users(stack, there.user_pool_id, there.user_pool_client_id),
    )


def _let_in(group: ec2.ISecurityGroup, port: int, who: ec2.ISecurityGroup, why: str) -> None:
    """A rule of its own: an adopted group itself stands in no template."""
    group.add_ingress_rule(ec2.Peer.security_group_id(who.security_group_id), ec2.Port.tcp(port), why)


def _adopted_instance(scope: Construct, there: AdoptedData, group: ec2.ISecurityGroup) -> rds.IDatabaseInstance:
    return rds.DatabaseInstance.from_database_instance_attributes(
        scope,
        "Database",
        instance_identifier=there.database_instance,
        instance_endpoint_address=there.database_host,
        port=POSTGRES,
        security_groups=[group],
        engine=ENGINE,
    )


def _database(
    stage: Stage, proxy: ServiceProxy, instance: rds.IDatabaseInstance, secret: secretsmanager.ISecret
) -> handles.Database:
    return handles.Database(
        instance=instance.instance_identifier,
        proxy=proxy.proxy,
        proxy_host=proxy.proxy.endpoint,
        proxy_name=proxy.proxy.db_proxy_name,
        host=instance.db_instance_endpoint_address,
        port=POSTGRES,
        name=stage.database_name,
        user=stage.database_user,
        secret=secret,
    )


def _users(stack: cdk.Stack, pool_id: str, client_id: str) -> handles.UserPool:
    return handles.UserPool(
        issuer=f"https://cognito-idp.{stack.region}.amazonaws.com/{pool_id}",
        client_id=client_id,
        arn=stack.format_arn(service="cognito-idp", resource="userpool", resource_name=pool_id),
    )


def _say_assets(stack: cdk.Stack, assets: Assets) -> None:
    cdk.CfnOutput(
        stack,
        "AssetsDomain",
        value=assets.distribution.distribution_domain_name,
        description="CloudFront before the pictures; the CNAME of the assets' name, if it has one, points here",
    )


def _say_by_hand(stack: cdk.Stack, stage: Stage, proxy: ServiceProxy) -> None:
    cdk.CfnOutput(
        stack, "ServiceUserSecret", value=proxy.secret.secret_arn, description="Whose password OnceInTheDatabase sets"
    )
    cdk.CfnOutput(
        stack,
        "OnceInTheDatabase",
        value=service_user_sql(stage.database_user, stage.database_name),
        description=(
            "By psql at DatabaseHost, with -v password= from ServiceUserSecret, as the tables' owner; the first "
            "statement as RDS's master user, where that is somebody else"
        ),
    )
    cdk.CfnOutput(
        stack,
        "OnceInTheSearchDomain",
        value=search_role_json(),
        description=(
            "As the domain's master: PUT this to _plugins/_security/api/roles/lego_api, and to rolesmapping/lego_api "
            '{"backend_roles": [...]} with the ARNs of the roles of functions, tasks and whoever reindexes'
        ),
    )


def _say(stack: DataStack, data: handles.Data) -> None:
    for name, value, why in (
        ("ProxyName", data.database.proxy_name, "cutover.toml: the RDS Proxy whose connections are watched"),
        ("ProxyHost", data.database.proxy_host, "POSTGRES_HOST of functions and tasks"),
        ("DatabaseHost", data.database.host, "Where migrations and people sign in, with the owner's secret"),
        ("OwnerSecret", data.database.secret.secret_arn, "The password of the tables' owner"),
        ("FilesBucket", data.files.bucket_name, "Where files and pictures lie"),
        ("SearchEndpoint", data.search.endpoint, "cutover.toml: the domain whose indices are made anew"),
        ("RedisEndpoint", data.redis_endpoint, "REDIS_ENDPOINT of functions and tasks"),
        ("UserPoolIssuer", data.users.issuer, "COGNITO_ISSUER of functions and tasks"),
        ("UserPoolClient", data.users.client_id, "COGNITO_CLIENT_ID of functions and tasks"),
    ):
        cdk.CfnOutput(stack, name, value=value, description=why)
