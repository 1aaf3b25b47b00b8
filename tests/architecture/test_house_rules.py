"""Rules of the house that no linter knows: short files that say what they are for, entries that start quickly."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ("service", "cutover", "infra", "loadtests")
MAX_LINES = 400
SOURCES = sorted(path for folder in (*PROGRAMS, "tests") for path in (ROOT / folder).rglob("*.py"))
# What a function that answers HTTP must not pay for at its cold start; each costs from 50 ms to a second.
HEAVY = (
    "sqlalchemy",
    "advanced_alchemy",
    "alembic",
    "aioboto3",
    "boto3",
    "botocore",
    "aiohttp",
    "opensearchpy",
    "pyvips",
    "rich",
)

NOWHERE = "127.0.0.1:1"  # a start waits for nobody, so nobody needs to be there
LAMBDA = {
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
}


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 300


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = []
    for path in SOURCES:
        text = path.read_text()
        if text.strip() and ast.get_docstring(ast.parse(text)) is None:
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


@pytest.mark.parametrize("entry", ["mocs", "health", "gallery", "wishlist", "profile"])
def test_the_functions_for_reading_start_without_anything_heavy(entry: str) -> None:
    code = (
        f"import sys\nimport service.entrypoints.{entry} as entry\n"
        f"assert callable(entry.handler)\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(command, cwd=ROOT, env=LAMBDA, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "[]", told.stderr
