"""What keeps data: made as planned where there is none, adopted untouched where there is some."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

import pytest

from infra.constructs.file_bucket import PICTURES
from infra.stages.choice import STAGES
from infra.stages.model import AdoptedData, DataPlan
from service.storage import object_keys
from tests.infra.foundations import Resource, Template, foundations, foundations_of

MADE = [name for name, stage in STAGES.items() if isinstance(stage.data, DataPlan)]
every_stage = pytest.mark.parametrize("name", STAGES)
made = pytest.mark.parametrize("name", MADE)
SOME_ID = UUID("11111111-1111-4111-8111-111111111111")
NEVER_OURS_IN_PRODUCTION = (
    "AWS::Cognito::",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElastiCache::",
    "AWS::OpenSearchService::",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::S3::",
)


def data(name: str) -> Template:
    return foundations(name).data


def plan_of(name: str) -> DataPlan:
    plan = STAGES[name].data
    assert isinstance(plan, DataPlan)
    return plan


def adopted() -> AdoptedData:
    there = STAGES["production"].data
    assert isinstance(there, AdoptedData)
    return there


def policies(resource: Resource) -> set[str]:
    return {resource["DeletionPolicy"], resource["UpdateReplacePolicy"]}


def test_production_makes_nothing_in_the_place_of_what_it_adopts() -> None:
    kinds = foundations("production").network.kinds | data("production").kinds
    assert [kind for kind in kinds if kind.startswith(NEVER_OURS_IN_PRODUCTION)] == []


def test_adopted_groups_let_ours_in_by_rules_of_their_own() -> None:
    there, ours = adopted(), data("production").all("AWS::EC2::SecurityGroup")
    inlets = [rule["Properties"] for rule in data("production").all("AWS::EC2::SecurityGroupIngress").values()]
    sources = {(rule["GroupId"], rule["FromPort"], json.dumps(rule["SourceSecurityGroupId"])) for rule in inlets}
    assert not {there.database_security_group_id, there.redis_security_group_id, there.search_security_group_id} & set(
        ours
    )
    assert sorted((group, port) for group, port, _ in sources) == [
        (there.database_security_group_id, 5432),
        (there.database_security_group_id, 5432),
        (there.database_security_group_id, 5432),
        (there.redis_security_group_id, 6379),
        (there.search_security_group_id, 443),
    ]
    assert all("Service" in who or "Proxy" in who for _, _, who in sources)


@every_stage
def test_the_proxy_takes_iam_over_tls_and_nothing_else(name: str) -> None:
    proxy = data(name).only("AWS::RDS::DBProxy")
    assert proxy["DBProxyName"] == f"lego-api-database-{name}"
    assert (proxy["RequireTLS"], proxy["DebugLogging"], proxy["IdleClientTimeout"]) == (True, False, 1800)
    (auth,) = proxy["Auth"]
    assert (auth["AuthScheme"], auth["IAMAuth"]) == ("SECRETS", "REQUIRED")
    pool = data(name).only("AWS::RDS::DBProxyTargetGroup")["ConnectionPoolConfigurationInfo"]
    assert (pool["ConnectionBorrowTimeout"], pool["MaxConnectionsPercent"]) == (30, 50)


@every_stage
def test_the_proxy_has_the_secret_of_the_services_user_and_no_other(name: str) -> None:
    (auth,) = data(name).only("AWS::RDS::DBProxy")["Auth"]
    attachment = data(name).all("AWS::SecretsManager::SecretTargetAttachment")[auth["SecretArn"]["Ref"]]
    secret = data(name).all("AWS::SecretsManager::Secret")[attachment["Properties"]["SecretId"]["Ref"]]
    user = json.loads(secret["Properties"]["GenerateSecretString"]["SecretStringTemplate"])["username"]
    role = data(name).only("AWS::IAM::Policy", "Proxy")["PolicyDocument"]["Statement"]
    assert user == STAGES[name].database_user
    assert [(one["Action"], one["Resource"]) for one in role] == [
        (["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], auth["SecretArn"])
    ]


def test_the_proxy_of_production_leads_to_the_adopted_database() -> None:
    targets = data("production").only("AWS::RDS::DBProxyTargetGroup")
    assert targets["DBInstanceIdentifiers"] == [adopted().database_instance]


@every_stage
def test_functions_and_tasks_alone_reach_the_proxy(name: str) -> None:
    group = next(iter(data(name).only("AWS::RDS::DBProxy")["VpcSecurityGroupIds"]))
    (rule,) = (rule for rule in data(name).rules("Ingress") if rule["GroupId"] == group)
    assert rule["FromPort"] == rule["ToPort"] == 5432
    assert "ExportsOutputFnGetAttService" in json.dumps(rule["SourceSecurityGroupId"])


@every_stage
def test_every_secret_rotates_every_thirty_days_and_never_at_once(name: str) -> None:
    secrets, schedules = (data(name).all(f"AWS::SecretsManager::{kind}") for kind in ("Secret", "RotationSchedule"))
    assert len(secrets) == len(schedules) == (1 if name == "production" else 2)
    for schedule in (one["Properties"] for one in schedules.values()):
        assert schedule["RotationRules"] == {"ScheduleExpression": "rate(30 days)"}
        assert schedule["RotateImmediatelyOnUpdate"] is False  # the service's user is made after the deploy
        assert schedule["HostedRotationLambda"]["RotationType"] == "PostgreSQLSingleUser"
        assert schedule["HostedRotationLambda"]["VpcSubnetIds"]
    assert "AWS::SecretsManager-2024-09-16" in data(name).body["Transform"]


@every_stage
def test_no_ingress_is_by_address(name: str) -> None:
    assert [rule for rule in data(name).rules("Ingress") if "SourceSecurityGroupId" not in rule] == []


@made
def test_the_database_is_as_planned_encrypted_and_private(name: str) -> None:
    plan, keep = plan_of(name), STAGES[name].keep_data
    database = data(name).only("AWS::RDS::DBInstance")
    wanted: dict[str, Any] = {
        "Engine": "postgres",
        "DBInstanceClass": f"db.{plan.database_class}",
        "AllocatedStorage": str(plan.database_storage_gb),
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "MultiAZ": plan.database_multi_az,
        "BackupRetentionPeriod": plan.database_backup_days,
        "DeletionProtection": keep,
        "DeleteAutomatedBackups": not keep,
        "PubliclyAccessible": False,
        "EnableIAMDatabaseAuthentication": True,
        "EnablePerformanceInsights": True,
        "DBName": STAGES[name].database_name,
    }
    assert {key: database[key] for key in wanted} == wanted
    assert database["EngineVersion"].startswith("15.")
    parameters = data(name).only("AWS::RDS::DBParameterGroup")
    assert parameters["Family"] == "postgres15"
    assert parameters["Parameters"] == {"rds.force_ssl": "1", "timezone": "UTC"}
    assert "Vpcdata" in json.dumps(data(name).only("AWS::RDS::DBSubnetGroup")["SubnetIds"])


@made
def test_the_owners_secret_has_the_documents_name_and_is_not_the_services(name: str) -> None:
    secret = data(name).only("AWS::SecretsManager::Secret", "Postgres")
    assert secret["Name"] == f"lego-api-db-credentials-{name}"
    assert '"lego_owner"' in secret["GenerateSecretString"]["SecretStringTemplate"]
    assert "PostgresOwner" in json.dumps(data(name).only("AWS::RDS::DBInstance")["MasterUserPassword"])


@made
def test_redis_is_as_planned_encrypted_and_forgets_what_is_used_least(name: str) -> None:
    plan, nodes = plan_of(name), data(name).only("AWS::ElastiCache::ReplicationGroup")
    assert (nodes["Engine"], nodes["EngineVersion"].split(".")[0]) == ("redis", "7")
    assert nodes["CacheNodeType"] == plan.redis_node
    assert (nodes["NumNodeGroups"], nodes["ReplicasPerNodeGroup"]) == (max(1, plan.redis_shards), plan.redis_replicas)
    assert (nodes["AtRestEncryptionEnabled"], nodes["TransitEncryptionMode"]) == (True, "required")
    assert nodes["AutomaticFailoverEnabled"] is (plan.redis_shards > 0)  # cluster mode insists on it
    assert nodes["SnapshotRetentionLimit"] == 1
    parameters = data(name).only("AWS::ElastiCache::ParameterGroup")["Properties"]
    assert parameters["maxmemory-policy"] == "allkeys-lru"
    assert ("cluster-enabled" in parameters) is (plan.redis_shards > 0)


@made
def test_the_address_of_redis_is_the_clusters_where_there_is_one(name: str) -> None:
    address = json.dumps(data(name).body["Outputs"]["RedisEndpoint"]["Value"])
    assert '"rediss://"' in address
    assert ("ConfigurationEndPoint" if plan_of(name).redis_shards else "PrimaryEndPoint") in address


@made
def test_the_search_domain_is_encrypted_and_knows_iam_alone(name: str) -> None:
    plan, domain = plan_of(name), data(name).only("AWS::OpenSearchService::Domain")
    assert len(domain["DomainName"]) <= 28
    assert domain["EngineVersion"].startswith("OpenSearch_2.")
    assert domain["ClusterConfig"]["InstanceType"] == plan.search_node
    assert domain["ClusterConfig"]["InstanceCount"] == plan.search_nodes == len(domain["VPCOptions"]["SubnetIds"])
    assert domain["NodeToNodeEncryptionOptions"] == domain["EncryptionAtRestOptions"] == {"Enabled": True}
    assert domain["DomainEndpointOptions"] == {
        "EnforceHTTPS": True,
        "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    }
    security = domain["AdvancedSecurityOptions"]
    assert (security["Enabled"], security["InternalUserDatabaseEnabled"]) == (True, False)
    assert "SearchMaster" in json.dumps(security["MasterUserOptions"]["MasterUserARN"])
    assert len(domain["LogPublishingOptions"]) == 4
    assert all(one["Enabled"] for one in domain["LogPublishingOptions"].values())
    (access,) = domain["AccessPolicies"]["Statement"]
    assert access["Principal"] != "*"
    assert ":root" in json.dumps(access["Principal"])


@made
def test_anyone_sees_pictures_and_nothing_else_of_the_bucket(name: str) -> None:
    bucket = data(name).only("AWS::S3::Bucket", "Files5")
    policy = data(name).only("AWS::S3::BucketPolicy", "FilesPolicy")["PolicyDocument"]["Statement"]
    (opened,) = (one for one in policy if one["Effect"] == "Allow" and one["Principal"] == {"AWS": "*"})
    assert bucket["BucketName"] == f"lego-moc-files-{name}"
    assert opened["Action"] == "s3:GetObject"
    assert sorted(one["Fn::Join"][1][1] for one in opened["Resource"]) == sorted(f"/{pattern}" for pattern in PICTURES)
    assert bucket["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True


@pytest.mark.parametrize(
    "key",
    [
        object_keys.image("ada", SOME_ID),
        object_keys.thumbnail("ada", SOME_ID),
        object_keys.wishlist_image("ada", SOME_ID),
        object_keys.avatar("ada"),
        *(
            object_keys.moc_file("ada", SOME_ID, SOME_ID, f"a.{kind}")
            for kind in ("jpg", "JPEG", "jfif", "png", "webp")
        ),
    ],
)
def test_what_pages_show_is_a_picture(key: str) -> None:
    assert any(fnmatchcase(key, pattern) for pattern in PICTURES)


@pytest.mark.parametrize(
    "key",
    [
        object_keys.direct_upload("ada", SOME_ID),
        *(
            object_keys.moc_file("ada", SOME_ID, SOME_ID, f"a.{kind}")
            for kind in ("pdf", "io", "csv", "xml", "json", "?")
        ),
    ],
)
def test_instructions_lists_and_unfinished_uploads_are_nobodys_business(key: str) -> None:
    assert [pattern for pattern in PICTURES if fnmatchcase(key, pattern)] == []


@made
def test_files_are_encrypted_and_come_by_tls_from_pages_of_the_stage(name: str) -> None:
    bucket = data(name).only("AWS::S3::Bucket", "Files5")
    policy = data(name).only("AWS::S3::BucketPolicy", "FilesPolicy")["PolicyDocument"]["Statement"]
    refused = [one["Condition"] for one in policy if one["Effect"] == "Deny"]
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in refused
    assert "AES256" in json.dumps(bucket["BucketEncryption"])
    assert (cors["AllowedOrigins"], "POST" in cors["AllowedMethods"]) == (list(STAGES[name].origins), True)
    assert ("VersioningConfiguration" in bucket) is STAGES[name].keep_data
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert "AbortIncompleteMultipartUpload" in rules["unfinished-uploads"]
    assert ("old-versions" in rules) is STAGES[name].keep_data
    assert "FilesLogs" in json.dumps(bucket["LoggingConfiguration"])


@made
def test_access_logs_are_nobodys_business_and_forgotten_in_time(name: str) -> None:
    logs = data(name).only("AWS::S3::Bucket", "FilesLogs")
    (rule,) = logs["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == STAGES[name].log_days
    assert set(logs["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_cdn_shows_pictures_by_their_version_over_tls_1_2() -> None:
    template = data("staging")
    distribution = template.only("AWS::CloudFront::Distribution")["DistributionConfig"]
    policy = template.only("AWS::S3::BucketPolicy", "FilesPolicy")["PolicyDocument"]["Statement"]
    (cdn,) = (one for one in policy if one["Principal"] == {"Service": "cloudfront.amazonaws.com"})
    keyed = template.only("AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    headers = template.only("AWS::CloudFront::ResponseHeadersPolicy")["ResponseHeadersPolicyConfig"]
    assert distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert distribution["Aliases"] == [plan_of("staging").assets_name]
    assert "OriginAccessControlId" in distribution["Origins"][0]
    assert sorted(one["Fn::Join"][1][1] for one in cdn["Resource"]) == sorted(f"/{pattern}" for pattern in PICTURES)
    assert "distribution/" in json.dumps(cdn["Condition"]["StringEquals"]["aws:SourceArn"])
    assert keyed["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]["QueryStrings"] == ["v"]
    assert headers["SecurityHeadersConfig"].keys() == {
        "ContentSecurityPolicy",
        "ContentTypeOptions",
        "FrameOptions",
        "ReferrerPolicy",
        "StrictTransportSecurity",
    }


@pytest.mark.parametrize("name", ["dev", "production"])
def test_there_is_no_cdn_where_none_is_planned(name: str) -> None:
    assert not any(kind.startswith("AWS::CloudFront::") for kind in data(name).kinds)


@made
def test_users_have_strong_passwords_and_a_client_without_a_secret(name: str) -> None:
    pool, client = data(name).only("AWS::Cognito::UserPool"), data(name).only("AWS::Cognito::UserPoolClient")
    passwords = pool["Policies"]["PasswordPolicy"]
    assert passwords["MinimumLength"] >= 12
    assert all(passwords[f"Require{what}"] for what in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (client["GenerateSecret"], client["PreventUserExistenceErrors"]) == (False, "ENABLED")


@made
@pytest.mark.parametrize(
    "kind",
    [
        "AWS::Cognito::UserPool",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBParameterGroup",
        "AWS::RDS::DBSubnetGroup",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    ],
)
def test_data_stays_or_goes_as_the_stage_says(name: str, kind: str) -> None:
    kept = "Snapshot" if kind == "AWS::ElastiCache::ReplicationGroup" else "Retain"
    found = data(name).all(kind)
    assert [policies(one) for one in found.values()] == [{kept if STAGES[name].keep_data else "Delete"}] * len(found)
    assert found


def test_a_plan_like_productions_stands_in_several_zones() -> None:
    """No stage is made so large today; its plan may be written any day."""
    plan = replace(
        plan_of("staging"),
        database_multi_az=True,
        redis_replicas=1,
        search_node="r6g.large.search",
        search_master_nodes=3,
        assets_name=None,
        assets_certificate_arn=None,
    )
    large = foundations_of(replace(STAGES["staging"], name="large", data=plan))
    nodes = large.data.only("AWS::ElastiCache::ReplicationGroup")
    search = large.data.only("AWS::OpenSearchService::Domain")["ClusterConfig"]
    assert large.findings == []
    assert large.data.only("AWS::RDS::DBInstance")["MultiAZ"] is True
    assert (nodes["MultiAZEnabled"], nodes["ReplicasPerNodeGroup"]) == (True, 1)
    assert (search["DedicatedMasterCount"], search["DedicatedMasterType"]) == (3, "r6g.large.search")
    assert "Aliases" not in large.data.only("AWS::CloudFront::Distribution")["DistributionConfig"]


def test_the_secret_of_the_services_user_outlives_productions_stack() -> None:
    assert [policies(one) for one in data("production").all("AWS::SecretsManager::Secret").values()] == [{"Retain"}]


@every_stage
def test_outputs_say_what_a_person_does_once(name: str) -> None:
    outputs = data(name).body["Outputs"]
    adopted = {"OnceInTheBucket", "OnceForTheOwner"} if name == "production" else set()
    by_hand = {"OnceInTheDatabase", "OnceInTheSearchDomain"} | adopted
    assert {one for one in outputs if one.startswith("Once")} == by_hand
    assert all(len(one["Description"]) <= 1024 for one in outputs.values())
    assert f"CREATE ROLE {STAGES[name].database_user} " in outputs["OnceInTheDatabase"]["Value"]
