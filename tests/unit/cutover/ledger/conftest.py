"""A table in moto for each test, behind one client for all of a module's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from cutover.aws.clients import Clients
from cutover.sections import AwsSettings
from tests.unit.cutover.ledger.table import REGION, TABLE, Client, Shared, make_table


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client of DynamoDB as moto plays it in this process."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        yield Clients(AwsSettings()).make("dynamodb", 1, 2, REGION)


@pytest.fixture
def shared(dynamodb: Any, tmp_path: Path) -> Iterator[Shared]:
    """A new table."""
    make_table(dynamodb)
    yield Shared(Client(dynamodb), tmp_path)
    dynamodb.delete_table(TableName=TABLE)
