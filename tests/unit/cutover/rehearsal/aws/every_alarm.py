"""For every alarm of the catalogue what makes it fire and what just does not, minute by minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.model import Alarm
from infra.functions import FUNCTIONS

Minute = Mapping[str, Sequence[float]]  # the values of one minute by the id of the series
USUAL = 1000.0  # requests a minute, as traffic-gone knows them


def one(**values: float) -> Minute:
    """A minute with one value of each series."""
    return {name: (value,) for name, value in values.items()}


def among(slow: float, fast: float, count: int = 100, slow_count: int = 2) -> Sequence[float]:
    """So many values, of which some are slow."""
    return (*(slow,) * slow_count, *(fast,) * (count - slow_count))


@dataclass(frozen=True, slots=True)
class Condition:
    """Minutes that make an alarm fire; the nearest that do not; those of a quiet day; and further ones that do not."""

    fires: Minute
    just_not: Minute
    calm: Minute
    neither: Sequence[Minute] = ()
    also: Sequence[Minute] = field(default=())  # that fire as well


def of_rates(failed: str, others: str, over: float, limit: float, few: tuple[float, float]) -> Condition:
    """A share of 100 a minute; `few`: (failed, others) of a minute in which there are too few to say."""
    return Condition(
        fires=one(**{failed: over, others: 100 - over}),
        just_not=one(**{failed: limit, others: 100 - limit}),
        calm=one(**{others: 100.0}),
        neither=(one(**{failed: few[0], others: few[1]}),),
    )


THROTTLED = {f"t{number}": 0.0 for number, _ in enumerate(FUNCTIONS)}

CONDITIONS: Mapping[str, Condition] = {
    "lambda-errors": Condition(
        fires=one(calls=100, errors=6),
        just_not=one(calls=100, errors=5),
        calm=one(calls=100, errors=0),
        neither=(one(calls=0.4, errors=0.4), one(calls=100)),
        also=(one(calls=0.6, errors=0.6),),  # three failures in five minutes, of three
    ),
    "gateway-5xx": Condition(
        fires=one(all=100, failed=4),
        just_not=one(all=100, failed=3),
        calm=one(all=100, failed=0),
        neither=(one(all=0.4, failed=0.4),),
        also=(one(all=0.6, failed=0.6),),
    ),
    "ecs-5xx": Condition(
        fires=one(all=100, tasks=4),  # the load balancer itself has nothing to say, as nearly always
        just_not=one(all=100, tasks=3),
        calm=one(all=100),
        neither=(one(all=97, own=3), one(all=0.4, tasks=0.2, own=0.2)),
        also=(one(all=96, own=4), one(own=5), one(all=100, tasks=2, own=2)),
    ),
    "ecs-unhealthy": Condition(one(unhealthy=1), one(unhealthy=0.99), one(unhealthy=0)),
    "database-cpu": Condition(one(cpu=80.1), one(cpu=80), one(cpu=10)),
    "search-red": Condition(one(red=1), one(red=0.99), one(red=0)),
    "cold-starts": Condition(
        {"init": among(2001, 300)},
        {"init": among(2000, 300)},
        one(init=300),
        neither=({"init": among(9000, 300, 1000)},),
    ),
    "cutover-blind": Condition(one(blind=1), {"blind": (1, 0)}, one(blind=0)),
    "cutover-rolled-back": Condition(one(rollbacks=1), one(rollbacks=0), one(rollbacks=0)),
    "lambda-throttles": Condition(
        fires=one(t1=1.5, t4=0.7),  # 11 in five minutes, of two functions
        just_not=one(t1=1.5, t4=0.5),
        calm=one(**THROTTLED),
        also=(one(**{**THROTTLED, "t0": 3}),),
    ),
    "gateway-latency": Condition({"latency": among(1001, 50)}, {"latency": among(1000, 50)}, one(latency=50)),
    "ecs-latency": Condition({"latency": among(1.001, 0.05)}, {"latency": among(1, 0.05)}, one(latency=0.05)),
    "database-memory": Condition(one(memory=0.99e9), one(memory=1e9), one(memory=4e9)),
    "database-storage": Condition({"storage": (9e9, 4.9e9)}, one(storage=5e9), one(storage=50e9)),
    "redis-evictions": Condition(one(evictions=101), one(evictions=100), one(evictions=0)),
    "search-fallback": Condition(
        fires=one(databasel=21, enginel=79),
        just_not=one(databasel=20, enginel=80),
        calm=one(enginee=50, enginel=50),
        neither=(one(databasee=1.5),),  # seven searches
        also=(one(databasee=100), one(databasee=11, databasel=11, enginee=39, enginel=39)),
    ),
    "cache-failing": Condition(
        fires=one(errorsl=21, hitsl=40, missesl=39),
        just_not=one(errorsl=20, hitsl=40, missesl=40),
        calm=one(hitse=50, missese=10),
        neither=(one(errorse=3),),
        also=(one(errorse=100), one(errorse=11, errorsl=11, hitse=78)),
    ),
    "cache-hit-rate": Condition(
        fires=one(hitsl=39, missesl=61),
        just_not=one(hitsl=40, missesl=60),
        calm=one(hitse=80, missese=20),
        neither=(one(missese=13),),  # 195 reads in fifteen minutes
        also=(one(missese=100),),
    ),
    "proxy-borrow": Condition(one(borrow=100_001), one(borrow=100_000), one(borrow=900)),
    "pool-wait": Condition({"wait": among(501, 0.1)}, {"wait": among(500, 0.1)}, one(wait=0.1)),
    "parts-lists-failing": Condition(
        fires=one(failedl=6, parsedl=5),
        just_not=one(failedl=5, parsedl=5),
        calm=one(parsede=1),
        neither=(one(failede=0.2),),  # three lists
        also=(one(failede=1), one(failede=3, failedl=3, parsede=5)),
    ),
    "parser-dead-letters": Condition(one(letters=1), one(letters=0), one(letters=0)),
    "traffic-gone": Condition(
        fires=one(ecs=0.5 * USUAL),
        just_not=one(ecs=0.45 * USUAL, serverless=0.4 * USUAL),
        calm=one(ecs=0.4 * USUAL, serverless=0.6 * USUAL),
        neither=(one(serverless=USUAL), one(ecs=5 * USUAL)),
        also=({},),
    ),
}


def condition(alarm: Alarm) -> Condition:
    """Of one alarm; a new alarm needs one here."""
    return CONDITIONS[alarm.name]
