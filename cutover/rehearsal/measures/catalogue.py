"""Which metrics are published here, as the catalogue of dashboards and alarms has them."""

from collections.abc import Mapping

from dashboards import metrics
from dashboards.model import Metric

_DATABASE = (
    metrics.DATABASE_CPU,
    metrics.DATABASE_MEMORY,
    metrics.DATABASE_STORAGE,
    metrics.DATABASE_CONNECTIONS,
    metrics.PROXY_CLIENTS,
    metrics.PROXY_OPEN,
    metrics.PROXY_CONNECTIONS,
    metrics.PROXY_PINNED,
    metrics.PROXY_BORROW,
)
_REDIS = (metrics.REDIS_EVICTIONS, metrics.REDIS_MEMORY, metrics.REDIS_CPU, metrics.REDIS_CONNECTIONS)
_SEARCH = (
    metrics.SEARCH_RED,
    metrics.SEARCH_YELLOW,
    metrics.SEARCH_LATENCY,
    metrics.SEARCH_RATE,
    metrics.INDEXING_RATE,
    metrics.SEARCH_CPU,
    metrics.SEARCH_HEAP,
    metrics.SEARCH_STORAGE,
)
_TASKS = (metrics.TASKS_CPU, metrics.TASKS_MEMORY, metrics.UNHEALTHY_TASKS, metrics.HEALTHY_TASKS)
_ALL = (*_DATABASE, *_REDIS, *_SEARCH, *_TASKS, metrics.DEAD_LETTERS)

# The proxy has metrics of the same name as its database, told apart by their dimension.
PUBLISHED: Mapping[str, Metric] = {
    f"{'Proxy' if ('ProxyName',) in metric.dimensions else metric.namespace.removeprefix('AWS/')}/{metric.name}": metric
    for metric in _ALL
}


def named(name: str) -> Metric | None:
    """The metric `RDS/FreeStorageSpace`; without its service the first that has the name, so that RDS is before ES."""
    if "/" in name:
        return PUBLISHED.get(name)
    return next((metric for metric in _ALL if metric.name == name), None)
