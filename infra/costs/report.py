"""The reckoning as Markdown: runbooks/costs.md."""

from collections.abc import Collection, Iterator, Mapping

from infra.costs.kinds import BY_USE
from infra.costs.lines import Costs, Line
from infra.costs.plan import BESIDE, BUDGET, FIGURES, LIMIT, SUMS, contradictions, says
from infra.costs.prices import AS_OF, PRICES
from infra.costs.usage import USAGE

HEAD = f"""# What it costs

Written by `python -m infra.reckon` from the templates of each stage and the price table `infra/costs/prices.py`
({AS_OF}: AWS's public prices for us-east-1, on demand). Nobody has ever been billed for any of this: it is arithmetic,
no measurement. A resource of a type that nobody has priced makes it fail, so none is left out by oversight.

A month has 730 hours. What is billed by use rests on these months:
"""


def document(stages: Mapping[str, Costs], added: Collection[str]) -> str:
    """All of it. `stages`: by name, production among them; `added`: values of the tag Service that serverless adds."""
    production = stages["production"]
    parts = [
        HEAD,
        *_usages(),
        *(text for name, costs in stages.items() for text in _stage(name, costs, added)),
        *_beside(production, added),
        *_prices(),
    ]
    return "\n".join(parts) + "\n"


def _usages() -> Iterator[str]:
    names = list(USAGE)
    yield "| | " + " | ".join(names) + " |"
    yield "| --- |" + " ---: |" * len(names)
    rows = {
        "requests": [f"{one.requests:,.0f}" for one in USAGE.values()],
        "of": [f"{one.duration_ms:g} ms at {one.memory_mb} MB" for one in USAGE.values()],
        "starts from a snapshot, where there is one": [f"{one.restores:,.0f}" for one in USAGE.values()],
        "logs; flow log": [f"{one.logs_gb:g} GB; {one.flows_gb:g} GB" for one in USAGE.values()],
        "to the internet; through NAT": [f"{one.transfer_gb:.4g} GB; {one.nat_gb:g} GB" for one in USAGE.values()],
        "files; read; written": [f"{one.files_gb:g} GB; {one.gets:,.0f}; {one.puts:,.0f}" for one in USAGE.values()],
        "X-Ray traces, by its sampling": [f"{one.traces:,.0f}" for one in USAGE.values()],
        "whose figures": [one.basis for one in USAGE.values()],
    }
    yield from (f"| {what} | " + " | ".join(values) + " |" for what, values in rows.items())
    yield (
        "\nNo line is made of: "
        + "; ".join(f"{kind} ({why})" for kind, why in BY_USE.items() if "counted" not in why)
        + "."
    )


def _stage(name: str, costs: Costs, added: Collection[str]) -> Iterator[str]:
    yield f"\n## {name.capitalize()}: ${costs.total:,.2f} a month\n"
    if any(line.adopted for line in costs.lines):
        yield (
            "What is *there already* is in no template; its sizes are those of the document's cost model. The ECS that"
            " serves today is in no line; the tasks of the tag ECS stand beside it, and end with the migration:"
            f" ${costs.of({'ECS'}):,.2f}.\n"
        )
    yield "| what | how many | at | month |"
    yield "| --- | ---: | ---: | ---: |"
    for tag in costs.services:
        lines = [line for line in costs.lines if line.service == tag]
        yield from (_row(line) for line in sorted(lines, key=lambda line: -line.usd))
        yield f"| **{tag}** | | | **${sum(line.usd for line in lines):,.2f}** |"
    yield f"| **everything** | | | **${costs.total:,.2f}** |"
    tags = ", ".join(sorted(added))
    yield f"\nOf that, what serverless adds, by the tag Service ({tags}): **${costs.of(added):,.2f}**."


def _row(line: Line) -> str:
    there = ", *there already*" if line.adopted else ""
    return f"| {line.what}{there} | {_number(line.quantity)} | ${_plain(line.price.usd)} | ${line.usd:,.2f} |"


def _beside(production: Costs, added: Collection[str]) -> Iterator[str]:
    yield "\n## Production beside the document\n"
    yield "| | the document | this reckoning |"
    yield "| --- | ---: | ---: |"
    found = {one.what: one.of(production.lines) for one in BESIDE}
    yield from (f"| {what} | ${says(what):,.2f} | ${usd:,.2f} |" for what, usd in found.items())
    ours = production.of({"ECS"})
    yield f"| ECS tasks of ours, while the migration lasts | | ${ours:,.2f} |"
    yield f"| the rest: traces, addresses, the health check, keys, secrets | | {_left(production, found, ours)} |"
    yield f"| **everything** | **${says('everything'):,.2f}** | **${production.total:,.2f}** |"
    yield (
        f"\nAgainst the budgets of `infra/stacks/budgets.py`: what serverless adds ${production.of(added):,.2f} of"
        f" ${BUDGET}; everything ${production.total:,.2f} of ${LIMIT} while ECS tasks of ours run,"
        f" ${production.total - ours:,.2f} afterwards."
    )
    yield from _figures()
    yield "\nThe sums hold; what they are of does not always:\n"
    yield from (f"- {text}" for text in contradictions(production, production.of(added)))


def _left(production: Costs, found: Mapping[str, float], ours: float) -> str:
    return f"${production.total - ours - sum(found.values()):,.2f}"


def _figures() -> Iterator[str]:
    yield "\n## The document's figures, recomputed\n"
    yield "| its line | says | its factors make |"
    yield "| --- | ---: | ---: |"
    for figure in FIGURES:
        wrong = "" if figure.is_right else " **≠**"
        yield f"| {figure.what} | ${figure.says:,.2f} | ${figure.makes:,.2f}{wrong} |"
    for what, (told, _) in SUMS.items():
        yield f"| **{what}** | ~${told} | ${says(what):,.2f} |"


def _prices() -> Iterator[str]:
    yield f"\n## Prices, {AS_OF}\n"
    yield "| price | US$ | unit | who says so |"
    yield "| --- | ---: | --- | --- |"
    yield from (f"| {name} | {_plain(one.usd)} | {one.unit} | {one.source} |" for name, one in PRICES.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"


def _plain(usd: float) -> str:
    """Never in powers of ten, never with less than cents."""
    text = f"{usd:.10f}".rstrip("0")
    whole, cents = text.split(".")
    return f"{whole}.{cents:0<2}"
