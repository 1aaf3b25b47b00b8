"""What production has already, in the sizes of the document's cost model: no template holds it."""

from collections.abc import Iterator
from dataclasses import replace

from infra.costs.lines import Line, line
from infra.costs.prices import HOURS
from infra.costs.usage import Usage

DATABASE, REDIS, SEARCH = "db.r6g.large", "cache.r6g.large", "r6g.large.search"
STORAGE_GB = 100  # of the database, and of OpenSearch
SEARCH_NODES = 2


def adopted(usage: Usage, *, network: bool, data: bool) -> Iterator[Line]:
    """The lines of an adopted network, and of adopted data."""
    lines = [*(_network(usage) if network else ()), *(_data() if data else ())]
    yield from (replace(one, adopted=True) for one in lines)


def _network(usage: Usage) -> Iterator[Line]:
    yield line("Network", "NAT gateway", HOURS, "nat gateway")
    yield line("Network", "what passes the NAT gateway", usage.nat_gb, "nat data")
    yield line("Network", "addresses of NAT gateways", HOURS, "address")


def _data() -> Iterator[Line]:
    yield line("RDS", f"PostgreSQL on {DATABASE}", HOURS, DATABASE)
    yield line("RDS", "storage of the database", STORAGE_GB, "database storage")
    yield line("Redis", f"Redis, 1 × {REDIS}", HOURS, REDIS)
    yield line("OpenSearch", f"OpenSearch, {SEARCH_NODES} × {SEARCH}", SEARCH_NODES * HOURS, SEARCH)
    yield line("OpenSearch", "storage of OpenSearch", STORAGE_GB, "search storage")
