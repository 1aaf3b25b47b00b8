"""The built package serves: every route through Lambda's runtime client, each function with its own layers alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutover.rehearsal.stack.process import CHECKOUT
from infra.functions import FUNCTIONS, Function
from tests.integration.rehearsal.stack_rig import Up
from tests.package.edge import serving
from tests.package.lambda_folders import LambdaFolders

CONTRACT_SECONDS = 300.0


@pytest.fixture(scope="module")
def url(folders: LambdaFolders, stack: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the package answers."""
    with serving(folders, stack, tmp_path_factory.mktemp("edge")) as served:
        yield served


def test_it_keeps_the_whole_contract(url: str, stack: Up) -> None:
    tokens = stack.described["tokens"]
    users = {"ALICE": tokens["alice"], "EVE": tokens["bob"], "ADMIN": tokens["admin"]}
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:cov", "tests/contract"],
        cwd=CHECKOUT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))},
            "CONTRACT_URLS": url,
            **{f"CONTRACT_TOKEN_{user}": token for user, token in users.items()},
        },
        capture_output=True,
        text=True,
        timeout=CONTRACT_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:]
