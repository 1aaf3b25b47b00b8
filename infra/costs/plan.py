"""The architecture document's cost model, line by line, and where it can't all be true: recomputed, not quoted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.costs.adopted import DATABASE, REDIS, SEARCH, SEARCH_NODES, STORAGE_GB
from infra.costs.lines import SECONDS, Costs, Line
from infra.costs.prices import HOURS, price
from infra.functions import FUNCTIONS

BUDGET, LIMIT, BEFORE, WANTED_SAVING = 200, 850, 1200, 0.30
LAMBDA_LIMIT = 100
MASTER = "m6g.large.search"  # the smallest that AWS advises for a dedicated master; the document names none
READY_GB = sum(function.provisioned * function.memory_mb / 1024 for function in FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the cost model: what it says, and what its own factors make."""

    what: str
    says: float
    makes: float

    @property
    def is_right(self) -> bool:
        """Whether the line's own arithmetic holds, to the cent that it is written in."""
        return abs(self.says - self.makes) < 0.01


# The document's own factors; a figure without any stands as it is.
FIGURES: Sequence[Figure] = (
    Figure("Lambda requests", 2.00, 10 * 0.20),
    Figure("Lambda duration", 83.33, 10e6 * 0.5 * 1.0 * 0.0000166667),
    Figure("Provisioned concurrency", 7.60, 5 * SECONDS * 0.5 * 0.0000041667),
    Figure("HTTP API", 10.00, 10 * 1.00),
    Figure("RDS instance", 238.00, 238.00),
    Figure("RDS storage", 11.50, 100 * 0.115),
    Figure("RDS Proxy", 21.90, 0.015 * 2 * HOURS),
    Figure("ElastiCache", 157.00, 157.00),
    Figure("OpenSearch nodes", 200.00, 200.00),
    Figure("OpenSearch storage", 10.00, 100 * 0.10),
    Figure("S3 storage", 1.15, 50 * 0.023),
    Figure("S3 reads", 0.40, 1 * 0.40),
    Figure("S3 writes", 0.20, 0.1 * 2.00),
    Figure("Data transfer", 15.00, 15.00),
    Figure("Logs", 5.00, 10 * 0.50),
    Figure("Custom metrics", 15.00, 50 * 0.30),
    Figure("NAT gateway", 32.85, 0.045 * HOURS),
    Figure("NAT data", 2.25, 50 * 0.045),
)
# The sums that it writes, with the figures that each is of.
SUMS: Mapping[str, tuple[int, Sequence[str]]] = {
    "Lambda": (93, ("Lambda requests", "Lambda duration", "Provisioned concurrency")),
    "RDS": (271, ("RDS instance", "RDS storage", "RDS Proxy")),
    "OpenSearch": (210, ("OpenSearch nodes", "OpenSearch storage")),
    "S3": (2, ("S3 storage", "S3 reads", "S3 writes")),
    "CloudWatch": (20, ("Logs", "Custom metrics")),
    "VPC": (35, ("NAT gateway", "NAT data")),
    "everything": (813, tuple(figure.what for figure in FIGURES)),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """One sum of the document, and the lines of a reckoning that are about the same things."""

    what: str
    service: str
    only: Sequence[str] = ()  # beginnings of `what`; empty: all of the service
    but: Sequence[str] = ()

    def of(self, lines: Iterable[Line]) -> float:
        """Those lines together."""
        return sum(line.usd for line in lines if self._has(line))

    def _has(self, line: Line) -> bool:
        begins = not self.only or line.what.startswith(tuple(self.only))
        return line.service == self.service and begins and not line.what.startswith(tuple(self.but))


BESIDE = (
    Beside("Lambda", "Lambda", only=("requests of functions", "duration", "kept ready", "starts", "snapshots")),
    Beside("HTTP API", "Lambda", only=("requests of the HTTP API",)),
    Beside("RDS", "RDS", but=("secrets",)),
    Beside("ElastiCache", "Redis"),
    Beside("OpenSearch", "OpenSearch"),
    Beside("S3", "S3"),
    Beside("Data transfer", "Transfer"),
    Beside("Logs", "Lambda", only=("logs",)),
    Beside("Custom metrics", "Metrics"),
    Beside("VPC", "Network", but=("addresses",)),
)


def says(*names: str) -> float:
    """What the document says for these figures, or sums of it, together."""
    whole = {name for given in names for name in (SUMS[given][1] if given in SUMS else (given,))}
    return sum(figure.says for figure in FIGURES if figure.what in whole)


def ready_usd(chip: str) -> float:
    """All environments that the design keeps ready, on functions of this architecture, a month."""
    return READY_GB * SECONDS * price(f"lambda provisioned {chip}").usd


def contradictions(costs: Costs, added: float) -> Iterator[str]:
    """Each as a sentence with its figures. `costs`: of production; `added`: what of it serverless adds."""
    yield from _lambda()
    yield from _data()
    yield from _rest()
    yield from _totals(costs, added)


def _lambda() -> Iterator[str]:
    wrong = next(figure for figure in FIGURES if not figure.is_right)
    duration, arm, x86 = 5e6 * price("lambda arm64").usd, ready_usd("arm64"), ready_usd("x86_64")
    yield (
        f"Provisioned concurrency: 5 environments × 730 h × 3600 s × 0.5 GB × $0.0000041667 are ${wrong.makes:.2f},"
        f" not ${wrong.says:.2f}, which is {wrong.makes / wrong.says:.1f} times too little: what comes out of an hour"
        " of 1000 seconds."
    )
    yield (
        "Only health's 5 environments are priced; the same document also keeps 2 ready for mocs (1 GB) and 2 for"
        f" gallery (2 GB). All nine are {READY_GB:g} GB and ${x86:.2f} at its price, ${arm:.2f} on arm64."
    )
    yield f"The functions are arm64 in the design, priced as x86: the duration of $83.33 is ${duration:.2f} on arm64."
    yield (
        f"Lambda under ${LAMBDA_LIMIT} and its ~$93: with all environments it is ${2 + duration + arm:.2f} on arm64,"
        f" ${2 + 83.33 + x86:.2f} on x86. What environments that are kept ready serve is billed at a lower rate for"
        " duration; neither figure takes that into account, nor a free tier."
    )
    yield (
        "Every request is priced at 1024 MB; gallery and upload have 2048 MB, health and the CSV parser 512 MB. How"
        " requests spread over functions is nowhere, so this reckoning keeps the 1024 MB."
    )


def _data() -> Iterator[str]:
    hour, node = price(DATABASE).usd, price(REDIS).usd * HOURS
    yield (
        f"RDS: $238 for one {DATABASE} is ${238 / HOURS:.3f} an hour. The list has ${hour:.3f}, which is"
        f" ${hour * HOURS:.2f} in one zone and ${2 * hour * HOURS:.2f} in two; the design wants several zones, the cost"
        " model names none."
    )
    yield (
        "Redis: cluster mode with 2 to 3 shards in the design, one node in the cost model. At the list's"
        f" ${node:.2f} a node (the document has $157.00), 2 shards are ${2 * node:.2f} and 3 are ${3 * node:.2f},"
        " without a replica."
    )
    search, master = price(SEARCH).usd * HOURS, price(MASTER).usd * HOURS
    yield (
        f"OpenSearch: 3 nodes with dedicated masters in the design, {SEARCH_NODES} nodes and no master in the cost"
        f" model. The list has ${search:.2f} a node: {SEARCH_NODES} are ${SEARCH_NODES * search:.2f}, not $200; 3 are"
        f" ${3 * search:.2f}, and 3 masters on {MASTER} another ${3 * master:.2f}."
    )
    disk = price("search storage").usd
    yield (
        f"OpenSearch's volume of {STORAGE_GB} GB is each node's, so 2 nodes have 200 GB and 3 have 300:"
        f" ${200 * disk:.2f} or ${300 * disk:.2f} at ${disk:.3f} for gp3, not $10 for {STORAGE_GB} GB at $0.10. This"
        f" reckoning keeps the {STORAGE_GB} GB."
    )


def _rest() -> Iterator[str]:
    puts, nat, address = price("s3 puts").usd, price("nat gateway").usd * HOURS, price("address").usd * HOURS
    yield f"S3 writes at $2.00 a million: the list has ${puts:.2f}, so 100 000 are ${puts / 10:.2f}, not $0.20."
    yield (
        f"One NAT gateway, though production spans zones: each further one is ${nat:.2f} more, and each has a public"
        f" address at ${address:.2f}."
    )
    yield (
        "Telemetry without its parts: X-Ray is on in the design and in no figure, neither are alarms, dashboards, the"
        " health check, secrets and keys. The tables above have what the templates have of them."
    )
    yield "The weeks in which ECS and Lambda both run are in no figure; `cutover cost` meters them."
    yield "Staging and development are in no figure; the tables above have them."


def _totals(costs: Costs, added: float) -> Iterator[str]:
    projected, most = SUMS["everything"][0], (1 - WANTED_SAVING) * BEFORE
    yield (
        f"The budget of ${BUDGET} a month stands beside a projection of ${projected} and a limit of ${LIMIT}: it can"
        f" only be meant for what serverless adds, which is ${added:.2f} here, by the tag Service. It is"
        f" {'over' if added > BUDGET else 'within'} the budget, and the notice at 80% (${0.8 * BUDGET:.0f})"
        f" {'comes every month' if added > 0.8 * BUDGET else 'does not come'}."
    )
    yield (
        f"${BEFORE} - ${projected} = ${BEFORE - projected} holds, and is {1 - projected / BEFORE:.2%}. But savings over"
        f" {WANTED_SAVING:.0%} need a total under ${most:.0f}, while the limit of ${LIMIT} is met with"
        f" {1 - LIMIT / BEFORE:.1%}."
    )
    after = costs.total - costs.of({"ECS"})
    yield (
        f"With the cost model's sizes and these prices production is ${after:.2f} once its ECS tasks are gone, a saving"
        f" of {1 - after / BEFORE:.1%} on an estimate of ${BEFORE}; with the design's sizes it is"
        f" ${after + as_designed():.2f}."
    )


def as_designed() -> float:
    """What the design's sizes cost a month beyond those of the cost model: zones, shards, nodes, masters, volumes."""
    database = HOURS * price(DATABASE).usd + STORAGE_GB * price("database storage").usd
    redis = HOURS * price(REDIS).usd
    search = HOURS * (price(SEARCH).usd + 3 * price(MASTER).usd) + 200 * price("search storage").usd
    return database + redis + search
