"""The program that measures beside ours."""

import os
from pathlib import Path

import pytest

from tests.benchmarks.load.vegeta import VEGETA
from tests.gotools import NotBuilt


@pytest.fixture(scope="session")
def vegeta_program() -> Path:
    """vegeta; skipped where there is no registry to build it from: the reference beside it is compared all the same."""
    try:
        return VEGETA.built(os.environ)
    except NotBuilt as error:
        pytest.skip(str(error))
