"""Templates written by hand."""

from typing import Any

from infra.costs.calculator import costs_of
from infra.costs.lines import Costs
from infra.stages.dev import DEV
from infra.stages.model import Stage


def resource(kind: str, service: str = "Lambda", /, **properties: Any) -> dict[str, Any]:
    """One resource that bears the tag Service."""
    return {"Type": kind, "Properties": {"Tags": [{"Key": "Service", "Value": service}], **properties}}


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    """One stack's template."""
    return {"Resources": resources}


def reckoned(stage: Stage = DEV, /, **resources: dict[str, Any]) -> Costs:
    """A stage of one stack."""
    return costs_of({"made": template(**resources)}, stage)


def usd(costs: Costs, beginning: str) -> float:
    """The lines that begin so, together; there has to be one."""
    found = [line.usd for line in costs.lines if line.what.startswith(beginning)]
    assert found, [line.what for line in costs.lines]
    return sum(found)
