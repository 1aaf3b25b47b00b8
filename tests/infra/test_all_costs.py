"""What the real templates cost: all of it is priced, and the document says so."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.costs.calculator import costs_of
from infra.costs.lines import UNTAGGED
from infra.reckon import RUNBOOK, Templates, main, synthesised, written
from infra.stacks.budgets import SERVICES_ADDED
from infra.stages.choice import STAGES
from infra.stages.dev import DEV
from infra.stages.model import Stage
from tests.infra.whole import whole


def _real(stage: Stage) -> Templates:
    return whole(stage.name).templates


def test_the_runbook_is_what_the_templates_say() -> None:
    assert RUNBOOK.read_text() == written(_real), "run python -m infra.reckon"


@pytest.mark.parametrize("name", STAGES)
def test_everything_that_costs_bears_the_tag_by_which_it_is_told_apart(name: str) -> None:
    costs = costs_of(whole(name).templates, whole(name).stage)

    assert [line.what for line in costs.lines if line.service == UNTAGGED] == []


@pytest.mark.parametrize("beginning", ["RDS Proxy", "duration", "requests of the HTTP API", "health check", "keys"])
def test_what_exists_for_lambda_counts_to_what_serverless_adds(beginning: str) -> None:
    production = costs_of(whole("production").templates, whole("production").stage)

    found = [line for line in production.lines if line.what.startswith(beginning)]
    assert found
    assert {line.service for line in found} <= set(SERVICES_ADDED)


def test_the_command_reckons_by_the_same_templates() -> None:
    assert synthesised(DEV) == whole("dev").templates


def test_the_command_writes_the_document(tmp_path: Path) -> None:
    assert main(_real, tmp_path / "costs.md") == 0
    assert (tmp_path / "costs.md").read_text() == written(_real)


def test_what_nobody_has_priced_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_kafka(stage: Stage) -> Templates:
        made: Mapping[str, Mapping[str, object]] = {"kafka": {"Resources": {"one": {"Type": "AWS::MSK::Cluster"}}}}
        return made

    assert main(with_kafka, tmp_path / "costs.md") == 1
    assert "AWS::MSK::Cluster" in capsys.readouterr().err
    assert not (tmp_path / "costs.md").exists()
