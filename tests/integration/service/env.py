"""The service's settings as the environment of a process of its own."""

from collections.abc import Mapping

from service.settings import Postgres, Settings


def env_of(settings: Settings, **more: str) -> Mapping[str, str]:
    """The variables that say what `settings` says."""
    cognito = settings.cognito
    return {
        "STAGE": settings.stage,
        **postgres_env_of(settings.postgres),
        "REDIS_ENDPOINT": settings.redis_endpoint,
        "OPENSEARCH_ENDPOINT": settings.opensearch_endpoint,
        "S3_BUCKET": settings.s3_bucket,
        "COGNITO_ISSUER": cognito.issuer,
        "COGNITO_CLIENT_ID": cognito.client_id,
        "COGNITO_JWKS_URL": cognito.jwks_url,
        "AWS_REGION": settings.aws_region,
        **more,
    }


def postgres_env_of(postgres: Postgres) -> Mapping[str, str]:
    """The variables that say where the database is and how to sign in."""
    signing_in = (
        {"POSTGRES_IAM": "true"}
        if postgres.iam
        else {"POSTGRES_SECRET_ARN": postgres.secret_arn}
        if postgres.secret_arn is not None
        else {"POSTGRES_PASSWORD": postgres.password or ""}
    )
    return {
        "POSTGRES_HOST": postgres.host,
        "POSTGRES_PORT": str(postgres.port),
        "POSTGRES_DATABASE": postgres.database,
        "POSTGRES_USERNAME": postgres.username,
        "POSTGRES_TLS": postgres.tls,
        **signing_in,
        **({"POSTGRES_CA_FILE": postgres.ca_file} if postgres.ca_file is not None else {}),
    }
