"""All configuration, read once from the environment; what is missing is named, all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ORIGINS_BY_STAGE = {
    "production": ("https://app.lego-moc.example.com",),
    "staging": ("https://staging.lego-moc.example.com",),
    "development": ("http://localhost:3002",),
}


class MissingSettings(Exception):
    """The service can't start; the message names every variable that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where the database is; the password itself, or the secret that holds it."""

    host: str
    port: int
    database: str
    username: str
    password: str | None = field(repr=False, default=None)
    secret_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Cognito:
    """Whose tokens are taken. The issuer names the pool; its keys may be served elsewhere."""

    issuer: str
    client_id: str
    jwks_url: str

    @property
    def pool_id(self) -> str:
        """The user pool: what the issuer's URL ends with."""
        return self.issuer.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told by its environment (see the table in README.md)."""

    stage: str
    postgres: Postgres
    redis_endpoint: str = field(repr=False)  # may carry a password
    redis_cluster: bool
    opensearch_endpoint: str
    s3_bucket: str
    cognito: Cognito
    aws_region: str
    allowed_origins: tuple[str, ...]
    on_lambda: bool
    eager: bool  # load everything at the start: nobody waits for it (ECS, provisioned concurrency, SnapStart)
    parser_function: str | None = None  # the Lambda function that parses parts lists; None: this process does
    clamd_endpoint: str | None = None  # the virus scanner; None: uploads are not scanned
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings that `env` holds. Raises MissingSettings."""
        found = _Reader(env)
        stage = found.one_of("STAGE", tuple(ORIGINS_BY_STAGE), default="development")
        settings = cls(
            stage=stage,
            postgres=_postgres(found),
            redis_endpoint=found.endpoint("REDIS_ENDPOINT", ("redis", "rediss")),
            redis_cluster=found.flag("REDIS_CLUSTER"),
            opensearch_endpoint=found.endpoint("OPENSEARCH_ENDPOINT", ("http", "https")),
            s3_bucket=found.text("S3_BUCKET"),
            cognito=_cognito(found),
            aws_region=found.text("AWS_REGION", "us-east-1"),
            allowed_origins=_origins(found, stage),
            on_lambda="AWS_LAMBDA_FUNCTION_NAME" in env,
            eager=env.get("AWS_LAMBDA_INITIALIZATION_TYPE", "") != "on-demand",
            parser_function=env.get("PARTS_LIST_PARSER_FUNCTION") or None,
            clamd_endpoint=found.optional_endpoint("CLAMD_ENDPOINT", ("tcp",)),
            log_level=found.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO"),
        )
        found.check()
        return settings


def _postgres(found: "_Reader") -> Postgres:
    password, secret_arn = found.optional("POSTGRES_PASSWORD"), found.optional("POSTGRES_SECRET_ARN")
    if password is None and secret_arn is None:
        found.problems.append("POSTGRES_PASSWORD or POSTGRES_SECRET_ARN is missing")
    return Postgres(
        host=found.text("POSTGRES_HOST"),
        port=found.port("POSTGRES_PORT", default=5432),
        database=found.text("POSTGRES_DATABASE"),
        username=found.text("POSTGRES_USERNAME"),
        password=password,
        secret_arn=secret_arn,
    )


def _cognito(found: "_Reader") -> Cognito:
    issuer = found.text("COGNITO_ISSUER").rstrip("/")
    return Cognito(
        issuer=issuer,
        client_id=found.text("COGNITO_CLIENT_ID"),
        jwks_url=found.text("COGNITO_JWKS_URL", f"{issuer}/.well-known/jwks.json"),
    )


def _origins(found: "_Reader", stage: str) -> tuple[str, ...]:
    given = found.optional("ALLOWED_ORIGINS")
    if given is None:
        return ORIGINS_BY_STAGE.get(stage, ())
    return tuple(origin.strip() for origin in given.split(",") if origin.strip())


class _Reader:
    """Reads variables and collects what is wrong, so that one start tells everything."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def optional(self, name: str) -> str | None:
        """The value; set but empty counts as a value, for a server without a password."""
        return self._env.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._env.get(name) or default
        if value is None:
            self.problems.append(f"{name} is missing")
        return value or ""

    def endpoint(self, name: str, schemes: tuple[str, ...]) -> str:
        """`host`, `host:port` or a URL of one of these schemes; not shown when it is wrong: it may hold a password."""
        value = self.text(name)
        if value and not _is_endpoint(value, schemes):
            self.problems.append(f"{name} is neither host:port nor a URL ({', '.join(schemes)})")
        return value

    def optional_endpoint(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """As `endpoint`; None when it is not set. Set but empty is a mistake: it would switch something off unseen."""
        if self._env.get(name) == "":
            self.problems.append(f"{name} is empty: give it a value or leave it out")
        return self.endpoint(name, schemes) if self._env.get(name) else None

    def port(self, name: str, default: int) -> int:
        text = self._env.get(name) or str(default)
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            self.problems.append(f"{name} is not a port number: {text!r}")
            return default
        return int(text)

    def flag(self, name: str) -> bool:
        return self.one_of(name, ("true", "false"), default="false") == "true"

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._env.get(name) or default
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}, not one of {', '.join(allowed)}")
        return value

    def check(self) -> None:
        if self.problems:
            raise MissingSettings("; ".join(self.problems))


def _is_endpoint(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(value if "://" in value else f"{schemes[0]}://{value}")
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, or brackets that hold no address
        return False
