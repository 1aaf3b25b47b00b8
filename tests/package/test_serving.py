"""The built package serves: every route through Lambda's runtime client, each function with its own layers alone."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from cutover.rehearsal.stack.process import CHECKOUT
from tests.integration.rehearsal.stack_rig import Up
from tests.package.edge import Served, serving
from tests.package.lambda_folders import LambdaFolders
from tests.package.roles import allowed, asked

CONTRACT_SECONDS = 600.0  # 30 s on two cores of its own
Operation = tuple[str, str]


def operations() -> frozenset[Operation]:
    """Every route of the API's description: its method, its path."""
    paths = json.loads((CHECKOUT / "service" / "openapi.json").read_text())["paths"]
    return frozenset((method.upper(), path) for path, item in paths.items() for method in item)


def operation_of(method: str, path: str) -> Operation:
    """The route that such a request takes: of those that fit, the one with the most fixed words."""
    fitting = [known for _, known in operations() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path)]
    return method, min(fitting, key=lambda known: known.count("{"), default=path)


def contract(url: str, tokens: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One case of each of the contract's tests, held against that URL."""
    users = {"ALICE": tokens["alice"], "EVE": tokens["bob"], "ADMIN": tokens["admin"]}
    plugins = ("-p", "tests.package.few_cases", "-p", "no:cacheprovider", "-p", "no:xdist")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    given = {"CONTRACT_URLS": url, **{f"CONTRACT_TOKEN_{user}": token for user, token in users.items()}}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "tests/contract"],
        cwd=CHECKOUT,
        env={**own, **given},
        capture_output=True,
        text=True,
        timeout=CONTRACT_SECONDS,
        check=False,
    )


def succeeded(served: Served) -> frozenset[Operation]:
    """The routes that have answered with a success, by the functions' own logs."""
    requests = served.events("request")
    return frozenset(operation_of(one["method"], one["route"]) for one in requests if one["status"] < 400)


def test_it_serves_every_route_and_keeps_the_contract_and_its_roles_are_what_it_needs(
    folders: LambdaFolders, stack: Up, tmp_path: Path
) -> None:
    unpacked = folders.files()

    with serving(folders, stack, tmp_path) as served:
        done = contract(served.url, stack.described["tokens"])
        with urllib.request.urlopen(f"{served.url}/health", timeout=30) as answer:  # noqa: S310 - our own, on loopback
            health = json.load(answer)

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert health["status"] == "healthy"
    assert operations() - succeeded(served) - {("GET", "/health")} == frozenset()  # which is not logged
    assert served.events("crashed") == []
    seen = asked(stack.described["aws_endpoint_url"])
    assert seen - allowed() == frozenset(), "the roles lack what the functions ask for"
    assert allowed(rare=False) - seen == frozenset(), "the roles allow what no function asks for"
    # Python writes what it has to compile beside the sources: all bytecode was there, and was taken.
    assert unpacked.items() ^ folders.files().items() == set()
