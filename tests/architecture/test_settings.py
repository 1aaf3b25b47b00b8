"""README's table names every variable that the service reads, and no other."""

import re
from pathlib import Path

import service

ROOT = Path(service.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = README.partition("## Running the API")[2].partition("\n## ")[0]
READERS = ("settings.py", "kernel/environment.py", "entrypoints/server.py")
LAMBDAS_OWN = {"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_ACCESS_KEY_ID"}
LAMBDAS_OWN |= {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def read() -> set[str]:
    """The names of variables in the code that reads them."""
    code = "".join((ROOT / "service" / path).read_text(encoding="utf-8") for path in READERS)
    words = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|STAGE|TRACING|DEPLOYMENT|PORT|BIND|WORKERS)"', code))
    return {word for word in words if "%" not in word} - LAMBDAS_OWN


def test_every_variable_is_in_the_table_and_every_row_is_read() -> None:
    rows = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row)}
    assert named == read()
    assert {"LOG_SAMPLE", "TRACING", "TRACE_SHARE", "DEPLOYMENT"} <= named
