"""The data stores, each asked for what AWS publishes of it; an answer that does not come leaves its values out."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from cutover.rehearsal.measures.asking import NoAnswer, http, json_of, valkey_info
from cutover.rehearsal.measures.config import MeasuresConfig
from cutover.rehearsal.measures.processes import Usage, noted, usage
from cutover.rehearsal.measures.rates import Rates
from dashboards import metrics
from dashboards.model import Metric

Values = dict[Metric, float]

PROXY_WAITS_SECONDS = 30.0  # BORROW_TIMEOUT of infra/constructs/service_proxy.py
_PROBE_SECONDS = 2.0
_CORES = os.cpu_count() or 1
_COUNTS = """
SELECT count(*) AS all, count(*) FILTER (WHERE state <> 'idle') AS busy,
       (SELECT sum(pg_database_size(oid)) FROM pg_database) AS bytes
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Store(Protocol):
    """What can be asked."""

    async def read(self) -> Values:
        """What it says now."""
        ...


class Around:
    """What all stores' measuring needs: the configuration, the differences, the processes."""

    def __init__(self, config: MeasuresConfig) -> None:
        self.config = config
        self.rates = Rates()

    def used(self, name: str) -> Usage | None:
        """What that process of the stack uses."""
        pid = noted(Path(self.config.pids), name)
        return None if pid is None else usage(pid)

    def cpu(self, name: str, used: Usage | None, cores: float) -> float | None:
        """Its share of so many cores since the last time."""
        return None if used is None else self.rates.share(f"cpu of {name}", used.cpu_seconds, time.monotonic(), cores)


def known(values: Mapping[Metric, float | None]) -> Values:
    """Those that are known."""
    return {metric: value for metric, value in values.items() if value is not None}


class Database:
    """PostgreSQL, by a connection that is kept, since there may be none left when it matters."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._connection: Any = None

    async def read(self) -> Values:
        """RDS's metrics, and the proxy's that is not there."""
        sizes, used = self._around.config.sizes, self._around.used("postgres")
        values: dict[Metric, float | None] = {
            metrics.DATABASE_CPU: self._around.cpu("postgres", used, _CORES),
            metrics.DATABASE_MEMORY: None if used is None else max(0.0, sizes.database_memory - used.memory_bytes),
            metrics.PROXY_BORROW: await self._borrow_microseconds(),
            metrics.PROXY_PINNED: 0.0,
        }
        try:
            row = await self._counts()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self.close()
            return known(values)
        return known(values) | {
            metrics.DATABASE_CONNECTIONS: float(row["all"]),
            metrics.PROXY_CLIENTS: float(row["all"]),
            metrics.PROXY_OPEN: float(row["all"]),
            metrics.PROXY_CONNECTIONS: float(row["busy"]),
            metrics.DATABASE_STORAGE: max(0.0, sizes.database_storage - float(row["bytes"])),
        }

    async def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _counts(self) -> Any:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._around.config.database, timeout=_PROBE_SECONDS)
        return await self._connection.fetchrow(_COUNTS, timeout=_PROBE_SECONDS)

    async def _borrow_microseconds(self) -> float:
        began = time.perf_counter()
        try:
            connection = await asyncpg.connect(self._around.config.database, timeout=_PROBE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return PROXY_WAITS_SECONDS * 1e6
        took = time.perf_counter() - began
        connection.terminate()
        return took * 1e6


class Redis:
    """Valkey, by its own account."""

    def __init__(self, around: Around) -> None:
        self._around = around

    async def read(self) -> Values:
        """ElastiCache's metrics of the node."""
        try:
            told = await valkey_info(self._around.config.valkey_port)
        except NoAnswer:
            return {}
        most = float(told["maxmemory"])
        cpu_seconds = float(told["used_cpu_sys"]) + float(told["used_cpu_user"])
        grown = self._around.rates.grown("evictions", float(told["evicted_keys"]), time.monotonic())
        return known(
            {
                metrics.REDIS_EVICTIONS: grown,
                metrics.REDIS_MEMORY: 100.0 * float(told["used_memory"]) / most if most else None,
                metrics.REDIS_CPU: self._around.rates.share("cpu of valkey", cpu_seconds, time.monotonic(), 1),
                metrics.REDIS_CONNECTIONS: float(told["connected_clients"]) - 1,  # this one
            }
        )


class Search:
    """The search server."""

    def __init__(self, around: Around) -> None:
        self._around = around

    async def read(self) -> Values:
        """ES's metrics of the domain."""
        url, sizes = self._around.config.search_url, self._around.config.sizes
        used = self._around.used("search")
        values: dict[Metric, float | None] = {
            metrics.SEARCH_CPU: self._around.cpu("search", used, _CORES),
            metrics.SEARCH_HEAP: None if used is None else min(100.0, 100.0 * used.memory_bytes / sizes.search_heap),
            metrics.SEARCH_RATE: await self._searches(),
        }
        try:
            health = await json_of("GET", f"{url}/_cluster/health")
            total = (await json_of("GET", f"{url}/_stats"))["_all"]["total"]
            values[metrics.SEARCH_LATENCY] = await self._probe_ms()
        except (NoAnswer, KeyError):
            return known(values)
        stored_mb = total.get("store", {}).get("size_in_bytes", 0) / 1e6  # nothing is told while there is no index
        indexed = float(total.get("indexing", {}).get("index_total", 0))
        return known(values) | known(
            {
                metrics.SEARCH_RED: float(health["status"] == "red"),
                metrics.SEARCH_YELLOW: 0.0,
                metrics.INDEXING_RATE: self._around.rates.grown("indexed", indexed, time.monotonic()),
                metrics.SEARCH_STORAGE: max(0.0, sizes.search_storage_mb - stored_mb),
            }
        )

    async def _probe_ms(self) -> float:
        body = b'{"size":0,"query":{"match_all":{}}}'
        began = time.perf_counter()
        json = {"Content-Type": "application/json"}
        await json_of("POST", f"{self._around.config.search_url}/_search", body=body, headers=json)
        return (time.perf_counter() - began) * 1000

    async def _searches(self) -> float | None:
        """Those that the service has counted since the last time."""
        try:
            told = await json_of("GET", f"{self._around.config.aws_url}/_rehearsal/state?only=logs")
        except NoAnswer:
            return None
        total = told["logs"]["embedded_metrics"]["totals"].get(metrics.SEARCHES_BY_ENGINE.name, 0.0)
        return self._around.rates.grown("searches", float(total), time.monotonic())


class Tasks:
    """The API's process on ECS; whether its target is healthy is told from outside."""

    def __init__(self, around: Around) -> None:
        self._around = around

    async def read(self) -> Values:
        """ECS's metrics of the service: of a task with one core."""
        used = self._around.used("ecs")
        memory = None if used is None else min(100.0, 100.0 * used.memory_bytes / self._around.config.sizes.task_memory)
        return known({metrics.TASKS_CPU: self._around.cpu("ecs", used, 1), metrics.TASKS_MEMORY: memory})


class Letters:
    """The dead-letter queue, at moto."""

    def __init__(self, around: Around) -> None:
        config = around.config
        scope = f"rehearsal/20260101/{config.region}/sqs/aws4_request"
        self._url, self._queue_url = config.moto_url, config.queue_url
        self._headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.GetQueueAttributes",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=none",
        }

    async def read(self) -> Values:
        """SQS's metric of the queue."""
        name = "ApproximateNumberOfMessages"
        body = f'{{"QueueUrl":"{self._queue_url}","AttributeNames":["{name}"]}}'.encode()
        try:
            told = await json_of("POST", self._url, body=body, headers=self._headers)
            return {metrics.DEAD_LETTERS: float(told["Attributes"][name])}
        except (NoAnswer, KeyError):
            return {}


async def answers_health(url: str, seconds: float) -> bool:
    """Whether GET /health says 200 in that time."""
    try:
        status, _ = await http("GET", url, seconds=seconds)
    except NoAnswer:
        return False
    return status == 200


async def all_of(stores: Sequence[Store]) -> Values:
    """What all of them say now, asked side by side."""
    values: Values = {}
    for told in await asyncio.gather(*(store.read() for store in stores)):
        values |= told
    return values
