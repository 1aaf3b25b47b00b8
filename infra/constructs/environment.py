"""The service's settings, as `service.settings` reads them, for functions."""

from collections.abc import Mapping

import aws_cdk as cdk

from infra import handles
from infra.stages.model import Stage

LOG_LEVEL = "INFO"
PRODUCTION = "production"
PRODUCTION_LOG_SAMPLE = "0.1"  # elsewhere every request is logged


def service_environment(stage: Stage, data: handles.Data) -> Mapping[str, str]:
    """What every function of the API is told; no password among it: the database is signed in to by IAM."""
    return {
        **_database(data.database, data.database.proxy_host, data.database.user),
        "POSTGRES_IAM": "true",
        "STAGE": stage.service_stage,
        "ALLOWED_ORIGINS": ",".join(stage.origins),
        "REDIS_ENDPOINT": data.redis_endpoint,
        "REDIS_CLUSTER": "true" if data.redis_cluster else "false",
        "OPENSEARCH_ENDPOINT": data.search.endpoint,
        "S3_BUCKET": data.files.bucket_name,
        "COGNITO_ISSUER": data.users.issuer,
        "COGNITO_CLIENT_ID": data.users.client_id,
        **_telemetry(stage),
        "LOG_SAMPLE": PRODUCTION_LOG_SAMPLE if stage.service_stage == PRODUCTION else "1",
        "TRACING": "on",
    }


def migration_environment(stage: Stage, data: handles.Data) -> Mapping[str, str]:
    """What the migration is told: the database's own address, since a lock and DDL would pin a connection of the proxy.

    Encrypted, but the certificate is not looked at: RDS's authority is in nobody's list, and not in the package.
    """
    owner = data.database.secret.secret_value_from_json("username")
    return {
        # The owner's name, which CloudFormation reads from the secret: the service's user may change no table.
        **_database(data.database, data.database.host, owner.unsafe_unwrap()),
        "POSTGRES_SECRET_ARN": data.database.secret.secret_arn,
        "POSTGRES_TLS": "require",
        **_telemetry(stage),
    }


def _telemetry(stage: Stage) -> Mapping[str, str]:
    return {"LOG_LEVEL": LOG_LEVEL, "DEPLOYMENT": stage.name}


def _database(database: handles.Database, host: str, user: str) -> Mapping[str, str]:
    return {
        "POSTGRES_HOST": host,
        "POSTGRES_PORT": cdk.Tokenization.stringify_number(database.port),
        "POSTGRES_DATABASE": database.name,
        "POSTGRES_USERNAME": user,
    }
