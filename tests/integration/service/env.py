"""The service's settings as the environment of a process of its own."""

from collections.abc import Mapping

from service.settings import Settings


def env_of(settings: Settings, **more: str) -> Mapping[str, str]:
    """The variables that say what `settings` says."""
    postgres, cognito = settings.postgres, settings.cognito
    return {
        "STAGE": settings.stage,
        "POSTGRES_HOST": postgres.host,
        "POSTGRES_PORT": str(postgres.port),
        "POSTGRES_DATABASE": postgres.database,
        "POSTGRES_USERNAME": postgres.username,
        "POSTGRES_PASSWORD": postgres.password or "",
        "REDIS_ENDPOINT": settings.redis_endpoint,
        "OPENSEARCH_ENDPOINT": settings.opensearch_endpoint,
        "S3_BUCKET": settings.s3_bucket,
        "COGNITO_ISSUER": cognito.issuer,
        "COGNITO_CLIENT_ID": cognito.client_id,
        "COGNITO_JWKS_URL": cognito.jwks_url,
        "AWS_REGION": settings.aws_region,
        **more,
    }
