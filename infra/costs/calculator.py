"""From templates to lines: every resource is priced, known to be free or billed by use, or an error."""

from collections.abc import Iterator, Mapping

from infra.costs.adopted import adopted
from infra.costs.kinds import BY_USE, CUSTOM, FREE
from infra.costs.lines import Costs, Line, merged
from infra.costs.resources import PRICED, Resource, Template, Unreadable, architecture
from infra.costs.usage import USAGE, Usage, of_everything, of_functions
from infra.stages.model import AdoptedData, AdoptedNetwork, Stage


class UnknownKind(Exception):
    """A template holds types that nobody has said anything about; the message says which and what to do."""


def costs_of(templates: Mapping[str, Template], stage: Stage) -> Costs:
    """What the stage costs a month. `templates`: CloudFormation's, by what each stack is for.

    Raises UnknownKind, Unreadable, and NoPrice where the price table lacks a line.
    """
    usage = USAGE[stage.service_stage]
    _all_known(templates)
    lines = [line for template in templates.values() for line in _of_template(template, usage)]
    lines += of_everything(usage)
    if isinstance(stage.network, AdoptedNetwork) or isinstance(stage.data, AdoptedData):
        lines += adopted(
            usage, network=isinstance(stage.network, AdoptedNetwork), data=isinstance(stage.data, AdoptedData)
        )
    return Costs(stage.name, tuple(merged(lines)))


def _all_known(templates: Mapping[str, Template]) -> None:
    kinds = {resource["Type"] for template in templates.values() for resource in template.get("Resources", {}).values()}
    unknown = sorted(kind for kind in kinds - FREE - BY_USE.keys() - PRICED.keys() if not kind.startswith(CUSTOM))
    if unknown:
        raise UnknownKind(
            f"{', '.join(unknown)}: say what it costs (infra/costs/resources.py), or why nothing (infra/costs/kinds.py)"
        )


def _of_template(template: Template, usage: Usage) -> Iterator[Line]:
    resources = template.get("Resources", {})
    for name, resource in resources.items():
        if priced := PRICED.get(resource["Type"]):
            yield from priced(Resource(name, resource["Type"], resource.get("Properties", {}), template, usage))
    if any(resource["Type"] == "AWS::ApiGatewayV2::Api" for resource in resources.values()):
        yield from _of_api(template, usage)


def _of_api(template: Template, usage: Usage) -> Iterator[Line]:
    """What the requests of an HTTP API cost, on the functions that stand beside it."""
    functions = [
        Resource(name, found["Type"], found.get("Properties", {}), template, usage)
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::Lambda::Function"
    ]
    chips = {architecture(function) for function in functions}
    if len(chips) != 1:
        raise Unreadable(f"the functions beside the HTTP API are of {sorted(chips)}: one architecture has one price")
    restored = any("SnapStart" in function.properties for function in functions)
    yield from of_functions(usage, chips.pop(), restored=restored)
