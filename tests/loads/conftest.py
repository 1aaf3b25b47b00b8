"""The program that measures beside ours."""

import os
from pathlib import Path

import pytest

from tests.benchmarks.load.vegeta import VEGETA
from tests.gotools import NotBuilt


@pytest.fixture(scope="session")
def vegeta_program() -> Path:
    """vegeta; where it can't be had, the test is skipped."""
    try:
        return VEGETA.built(os.environ)
    except NotBuilt as error:
        pytest.skip(str(error))
