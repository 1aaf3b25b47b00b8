"""What each Lambda function must not load before somebody needs it: from 50 ms to a second of every cold start each."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.functions import FUNCTIONS, MIGRATE, Function

ROOT = Path(__file__).parents[2]
ORM = ("sqlalchemy", "advanced_alchemy", "alembic")
CLIENTS = ("aioboto3", "boto3", "botocore", "aiohttp", "opensearchpy", "redis")
TELEMETRY = ("opentelemetry", "google.protobuf", "aws_lambda_powertools", "aws_lambda_powertools.metrics")
OTHERS = ("pyvips", "pydantic", "attr", "rich", "click", "granian", "cutover")
HEAVY = (*ORM, *CLIENTS, *TELEMETRY, *OTHERS)
WITHOUT_A_FRAMEWORK = {"health", "csv-parser"}
# The domains that a function knows at its start; it may load others when somebody asks for them.
DOMAINS = {
    "health": {"health"},
    "mocs": {"mocs"},
    "gallery": {"gallery"},
    "wishlist": {"wishlist"},
    "profile": {"users"},
    "upload": {"moc_files", "moc_links", "mocs", "parts_lists"},
    "csv-parser": {"parts_lists"},
}

NOWHERE = "127.0.0.1:1"  # a start waits for nobody, so nobody needs to be there
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "us-east-1",
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": NOWHERE,
    "OPENSEARCH_ENDPOINT": f"http://{NOWHERE}",
    "S3_BUCKET": "lego",
    "COGNITO_ISSUER": "https://issuer.test",
    "COGNITO_CLIENT_ID": "client",
    "COGNITO_JWKS_URL": f"http://{NOWHERE}/jwks.json",
    "STAGE": "development",
    "LOG_LEVEL": "ERROR",
}
PROBE = """
event = {"version": "2.0", "rawPath": "/health", "headers": {}, "requestContext": {"requestId": "r",
         "http": {"method": "GET", "path": "/health", "sourceIp": "127.0.0.1"}}}
answer = entry.handler(event, None)
assert answer["statusCode"] == 503, answer
"""


def loaded(handler: str, then: str = "") -> set[str]:
    """The modules that a process has after importing the function, and after `then`."""
    module, _, name = handler.rpartition(".")
    code = (
        f"import sys\nimport {module} as entry\nassert callable(entry.{name})\n{then}\n"
        "sys.stdout.write('\\n'.join(name for name, module in sys.modules.items() if module))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(command, cwd=ROOT, env=LAMBDA, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return set(told.stdout.splitlines())


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_starts_with_what_its_first_answer_needs(function: Function) -> None:
    name, found = function.name, loaded(function.handler)
    assert {heavy for heavy in HEAVY if heavy in found} == set()
    assert ("litestar" in found) == (name not in WITHOUT_A_FRAMEWORK)
    domains = {module.split(".")[2] for module in found if module.startswith("service.domains.")}
    assert domains == DOMAINS[name]


def test_a_probe_is_answered_without_a_framework_and_without_the_search_client() -> None:
    found = loaded("service.entrypoints.health.handler", PROBE)
    assert {heavy for heavy in (*HEAVY, "litestar") if heavy in found} == set()


def test_only_the_function_that_migrates_loads_the_orm_at_its_start() -> None:
    found = loaded(MIGRATE.handler)
    assert {"sqlalchemy", "alembic"} <= found
    assert {name for name in (*CLIENTS, "litestar") if name in found} == set()


@pytest.mark.parametrize("then", ["", PROBE], ids=["start", "probe"])
def test_traces_cost_a_start_nothing_until_a_request_is_recorded(then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAMBDA, "TRACING", "on")
    found = loaded("service.entrypoints.health.handler", then)
    assert {name for name in found if name.startswith(("opentelemetry", "google"))} == set()
