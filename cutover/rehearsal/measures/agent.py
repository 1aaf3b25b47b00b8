"""The three things that go on: measuring, checking the task's health, shipping its lines."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.functions.log_stream import Lines
from cutover.rehearsal.edge.metrics.publisher import Publisher
from cutover.rehearsal.edge.metrics.tally import MINUTE_SECONDS, Datum
from cutover.rehearsal.measures import health
from cutover.rehearsal.measures.asking import NoAnswer, json_of
from cutover.rehearsal.measures.catalogue import named
from cutover.rehearsal.measures.config import MeasuresConfig
from cutover.rehearsal.measures.follower import Follower
from cutover.rehearsal.measures.stores import (
    Around,
    Database,
    Letters,
    Redis,
    Search,
    Store,
    Tasks,
    Values,
    all_of,
    answers_health,
)
from dashboards import metrics

LEAST_SECONDS = 0.5  # of real time between two measurements
SHIP_EVERY_SECONDS = 0.25
_SUMS = frozenset({metrics.REDIS_EVICTIONS.name, metrics.SEARCH_RATE.name, metrics.INDEXING_RATE.name})


class Waiting:
    """Values that wait to be pushed."""

    def __init__(self) -> None:
        self._data: list[Datum] = []

    def add(self, data: Sequence[Datum]) -> None:
        """Keep these."""
        self._data += data

    def take(self) -> list[Datum]:
        """Hand over and forget."""
        data, self._data = self._data, []
        return data


def data_of(values: Values, minutes: Sequence[int], dimensions: Mapping[str, str]) -> list[Datum]:
    """The values as CloudWatch gets them: what is counted goes to the last minute, what is seen to each."""
    return [
        Datum(
            metric.namespace,
            metric.name,
            {name: dimensions[name] for name in names},
            metric.unit,
            minute,
            (value,),
            (1,),
        )
        for metric, value in values.items()
        for minute in (minutes[-1:] if metric.name in _SUMS else minutes)
        for names in metric.dimensions
    ]


class Agent:
    """Runs until it is cancelled."""

    def __init__(self, config: MeasuresConfig) -> None:
        self._config = config
        self._clock = CompressedClock(config.clock.factor, config.clock.epoch)
        around = Around(config)
        self._database = Database(around)
        self._stores: Sequence[Store] = [self._database, Redis(around), Search(around), Tasks(around), Letters(around)]
        self._target = health.Target()
        self._waiting = Waiting()
        self._lines = LogLines(self._clock)
        door = f"{config.aws_url}/_rehearsal"
        self._overrides_url = f"{door}/stores"
        self._metrics = Publisher(f"{door}/metrics", self._waiting)
        self._logs = Publisher(f"{door}/logs", self._lines, what="log lines")

    async def run(self) -> None:
        """Measure, check and ship."""
        check_every = max(health.INTERVAL_SECONDS / self._clock.factor, health.LEAST_INTERVAL_SECONDS)
        try:
            await asyncio.gather(
                self._measure(), _again(self._check, check_every), _again(self._ship(), SHIP_EVERY_SECONDS)
            )
        finally:
            await self._database.close()

    async def _measure(self) -> None:
        """Just after the end of each simulated minute; more than one may have ended meanwhile."""
        done = self._minute()
        while True:
            ahead = (done + 2 * MINUTE_SECONDS - self._clock.timestamp()) / self._clock.factor
            await asyncio.sleep(max(ahead, LEAST_SECONDS if ahead <= 0 else 0.0))
            last = self._minute() - MINUTE_SECONDS
            if last > done:
                await self._publish(range(done + MINUTE_SECONDS, last + 1, MINUTE_SECONDS))
                done = last

    def _minute(self) -> int:
        return int(self._clock.timestamp()) // MINUTE_SECONDS * MINUTE_SECONDS

    async def _publish(self, minutes: Sequence[int]) -> None:
        values = await all_of(self._stores)
        if self._target.healthy is not None:
            values[metrics.HEALTHY_TASKS] = float(self._target.healthy)
            values[metrics.UNHEALTHY_TASKS] = float(not self._target.healthy)
        values |= await self._overrides()
        self._waiting.add(data_of(values, minutes, self._config.dimensions))
        await self._metrics.push()

    async def _overrides(self) -> Values:
        try:
            given = msgspec.convert(await json_of("GET", self._overrides_url), dict[str, float])
        except (NoAnswer, msgspec.ValidationError):
            return {}
        return {metric: value for name, value in given.items() if (metric := named(name)) is not None}

    async def _check(self) -> None:
        self._target.checked(await answers_health(self._config.health_url, health.TIMEOUT_SECONDS))

    def _ship(self) -> Callable[[], Awaitable[None]]:
        follower, cut = Follower(Path(self._config.log)), Lines()

        async def ship() -> None:
            while lines := cut.feed(follower.read()):
                self._lines.add(self._config.log_group, self._config.log_stream, lines)
            await self._logs.push()

        return ship


async def _again(work: Callable[[], Awaitable[None]], every_seconds: float) -> None:
    while True:
        await work()
        await asyncio.sleep(every_seconds)
