"""All configuration, read once from the environment; what is missing is named, all of it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.kernel.environment import EnvironmentReader
from service.kernel.signature_v4 import AwsKeys

ORIGINS_BY_STAGE = {
    "production": ("https://app.lego-moc.example.com",),
    "staging": ("https://staging.lego-moc.example.com",),
    "development": ("http://localhost:3002",),
}
TLS_MODES = ("verify", "require", "prefer", "off")
XRAY_DAEMON = ("127.0.0.1", 2000)  # beside the service, where it is a container of the same task


class MissingSettings(Exception):
    """The service can't start; the message names every variable that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where the database is, how to sign in (one of password, secret and IAM), and how much TLS it takes."""

    host: str
    port: int
    database: str
    username: str
    password: str | None = field(repr=False, default=None)
    secret_arn: str | None = None
    iam: bool = False  # the password is a token that the process's AWS role signs, as RDS Proxy takes it
    tls: str = (
        "prefer"  # one of TLS_MODES; prefer: encrypted where the server can, and nobody's certificate is looked at
    )
    ca_file: str | None = None  # PEM certificates to believe beside the system's


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
    snap_start: bool = False  # a snapshot is taken after the start, and restored as often as environments are wanted
    aws_keys: AwsKeys | None = None  # None: they are had from elsewhere
    parser_function: str | None = None  # the Lambda function that parses parts lists; None: this process does
    clamd_endpoint: str | None = None  # the virus scanner; None: uploads are not scanned
    log_level: str = "INFO"
    deployment: str = "development"  # the stage's name as log lines, metrics and traces have it
    log_sample: float = 1.0  # of requests that went well, how many are logged
    tracing: bool = False
    trace_share: float = 0.05  # of requests that nobody before us has decided on
    xray_daemon: tuple[str, int] = XRAY_DAEMON  # where traces are sent, by UDP

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """The settings that `env` holds. Raises MissingSettings."""
        found = EnvironmentReader(env)
        stage = found.one_of("STAGE", tuple(ORIGINS_BY_STAGE), default="development")
        settings = cls(
            stage=stage,
            postgres=postgres_of(found),
            redis_endpoint=found.endpoint("REDIS_ENDPOINT", ("redis", "rediss")),
            redis_cluster=found.flag("REDIS_CLUSTER"),
            opensearch_endpoint=found.endpoint("OPENSEARCH_ENDPOINT", ("http", "https")),
            s3_bucket=found.text("S3_BUCKET"),
            cognito=_cognito(found),
            aws_region=found.region(),
            allowed_origins=_origins(found, stage),
            on_lambda="AWS_LAMBDA_FUNCTION_NAME" in env,
            eager=env.get("AWS_LAMBDA_INITIALIZATION_TYPE", "") != "on-demand",
            snap_start=_snap_start(env),
            aws_keys=aws_keys_of(env),
            parser_function=env.get("PARTS_LIST_PARSER_FUNCTION") or None,
            clamd_endpoint=found.optional_endpoint("CLAMD_ENDPOINT", ("tcp",)),
            log_level=found.log_level(),
            deployment=found.name("DEPLOYMENT", default=stage),
            log_sample=found.share("LOG_SAMPLE", default=1.0),
            tracing=found.one_of("TRACING", ("on", "off"), default="off") == "on",
            trace_share=found.share("TRACE_SHARE", default=0.05),
            xray_daemon=_xray_daemon(found),
        )
        require_all(found)
        return settings


def require_all(found: EnvironmentReader) -> None:
    """Raise MissingSettings, naming everything, when something was wrong."""
    if found.problems:
        raise MissingSettings("; ".join(found.problems))


def postgres_of(found: EnvironmentReader) -> Postgres:
    """The database that the POSTGRES_* variables name."""
    password, secret_arn = found.optional("POSTGRES_PASSWORD"), found.optional("POSTGRES_SECRET_ARN")
    iam = found.flag("POSTGRES_IAM")
    if iam and (password is not None or secret_arn is not None):
        found.problems.append("POSTGRES_IAM is true, so POSTGRES_PASSWORD and POSTGRES_SECRET_ARN must not be set")
    if not iam and password is None and secret_arn is None:
        found.problems.append("POSTGRES_PASSWORD or POSTGRES_SECRET_ARN is missing")
    tls = _tls(found, iam)
    return Postgres(
        host=found.text("POSTGRES_HOST"),
        port=found.port("POSTGRES_PORT", default=5432),
        database=found.text("POSTGRES_DATABASE"),
        username=found.text("POSTGRES_USERNAME"),
        password=password,
        secret_arn=secret_arn,
        iam=iam,
        tls=tls,
        ca_file=_ca_file(found, tls),
    )


def _ca_file(found: EnvironmentReader, tls: str) -> str | None:
    given = found.file("POSTGRES_CA_FILE")
    if given and tls != "verify":
        found.problems.append(f"POSTGRES_CA_FILE is given, but POSTGRES_TLS is {tls!r}, which looks at no certificate")
    return given


def _tls(found: EnvironmentReader, iam: bool) -> str:
    tls = found.one_of("POSTGRES_TLS", TLS_MODES, default="verify" if iam else "prefer")
    if iam and tls != "verify":
        # A token opens the database to whoever hears it.
        found.problems.append(f"POSTGRES_TLS is {tls!r}, but POSTGRES_IAM is true, which wants 'verify'")
    return tls


def _snap_start(env: Mapping[str, str]) -> bool:
    return env.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"


def aws_keys_of(env: Mapping[str, str]) -> AwsKeys | None:
    """Lambda's keys, which outlive their environment; not a snapshot's, which are dead when it is restored."""
    access_key, secret_key = env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key or _snap_start(env):
        return None
    return AwsKeys(access_key, secret_key, env.get("AWS_SESSION_TOKEN") or None)


def _cognito(found: EnvironmentReader) -> Cognito:
    issuer = found.text("COGNITO_ISSUER").rstrip("/")
    return Cognito(
        issuer=issuer,
        client_id=found.text("COGNITO_CLIENT_ID"),
        jwks_url=found.text("COGNITO_JWKS_URL", f"{issuer}/.well-known/jwks.json"),
    )


def _xray_daemon(found: EnvironmentReader) -> tuple[str, int]:
    """Host and UDP port of AWS_XRAY_DAEMON_ADDRESS: `host:port`, or `tcp:host:port udp:host:port`."""
    text = found.text("AWS_XRAY_DAEMON_ADDRESS", ":".join(map(str, XRAY_DAEMON)))
    named = next((part[4:] for part in text.split() if part.startswith("udp:")), text)
    host, _, port = named.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        found.problems.append(f"AWS_XRAY_DAEMON_ADDRESS is neither host:port nor udp:host:port: {text!r}")
        return XRAY_DAEMON
    return host, int(port)


def _origins(found: EnvironmentReader, stage: str) -> tuple[str, ...]:
    given = found.optional("ALLOWED_ORIGINS")
    if given is None:
        return ORIGINS_BY_STAGE.get(stage, ())
    return tuple(origin.strip() for origin in given.split(",") if origin.strip())
