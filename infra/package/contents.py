"""Which distributions go into which layer, which of their requirements stay out, and why. Pure."""

from collections.abc import Mapping, Sequence

CORE, IMAGES, MIGRATIONS = "core", "images", "migrations"

# Spelled out, so that nothing comes in unseen; a test holds it against what the distributions themselves ask for.
LAYERS: Mapping[str, Sequence[str]] = {
    CORE: (
        "advanced-alchemy",
        "aioboto3",
        "aiobotocore",
        "aiofiles",
        "aiohappyeyeballs",
        "aiohttp",
        "aioitertools",
        "aiosignal",
        "anyio",
        "asyncpg",
        "attrs",
        "aws-lambda-powertools",
        "boto3",
        "botocore",
        "certifi",
        "cffi",
        "charset-normalizer",
        "cryptography",
        "events",
        "frozenlist",
        "greenlet",
        "hiredis",
        "idna",
        "jmespath",
        "litestar",
        "mangum",
        "msgspec",
        "multidict",
        "multipart",
        "opensearch-py",
        "opentelemetry-proto",
        "propcache",
        "protobuf",
        "python-dateutil",
        "pyyaml",
        "redis",
        "requests",
        "s3transfer",
        "six",
        "sniffio",
        "sqlalchemy",
        "typing-extensions",
        "urllib3",
        "wrapt",
        "yarl",
    ),
    IMAGES: ("pyvips", "pyvips-binary"),
    MIGRATIONS: ("alembic", "mako", "markupsafe"),
}

# Published as source only. Its Python files are all that is wanted: the binding comes compiled in pyvips-binary.
SOURCES = ("pyvips",)

# What distributions of the package ask for and do not get, by who asks. The routes are served without, a test shows.
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "cffi": {"pycparser": "parses C for cffi.cdef; both bindings of the package come compiled"},
    "litestar": {
        "click": "its command line",
        "httpx": "its test client",
        "litestar-htmx": "its HTMX plugin, which nobody uses",
        "polyfactory": "invents examples for its OpenAPI pages, which are not served",
        "rich": "its command line",
        "rich-click": "its command line",
    },
    "opensearch-py": {"opensearch-protobufs": "its gRPC transport, with grpcio 16 MB; we speak HTTP"},
}

# Asked for by what pyproject.toml itself names, and of no use on Lambda.
LEFT_OUT_OF_PROJECT: Mapping[str, str] = {
    "click": "the cutover tool",
    "dnspython": "the cutover tool",
    "granian": "the server on ECS",
    "rich": "the cutover tool",
    "tzdata": "the cutover tool; the service knows UTC only",
}

# botocore describes 400 services in 20 MB. These are called, or asked for credentials.
AWS_SERVICES = ("cognito-idp", "lambda", "s3", "secretsmanager", "sts")

MB = 1_000_000
# Unzipped. AWS allows a function 250 MB with all its layers; a fifth of it is far under, and starts quicker.
LAYER_LIMITS: Mapping[str, int] = {CORE: 60 * MB, IMAGES: 25 * MB, MIGRATIONS: 5 * MB}
FUNCTION_LIMIT = 100 * MB

# Entry points that are programs of their own elsewhere: ECS's application and server, the writer of openapi.json.
NOT_ON_LAMBDA = ("api", "openapi", "server")
MIGRATE = "service.db.migrate"
REINDEX_TASKS = ("cutover.reindex.in_lambda", "cutover.reindex.task")
