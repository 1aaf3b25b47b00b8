"""For each alarm, what makes its condition true on the rehearsal stack, and what AWS does when its page's mitigation is
typed.

| alarm | what is done | what is not real |
| --- | --- | --- |
| lambda-errors | half of Lambda's invocations fail | the invocations fail before a process runs |
| gateway-5xx | a third of Lambda's invocations are refused: 503 | the refusals are ordered |
| ecs-5xx | the API's processes are killed | |
| ecs-unhealthy | the API's processes stand still (SIGSTOP) | |
| database-cpu | sessions count endlessly in PostgreSQL | |
| search-red | | the value: one server can't lose a shard and live |
| cold-starts | environments are thrown away, and start 2.5 s later | the start's delay is ordered |
| cutover-blind | CloudWatch hears nothing of API Gateway; `cutover watch` looks on | |
| cutover-rolled-back | somebody types `cutover rollback` | |
| lambda-throttles | most of Lambda's invocations are refused | the refusals are ordered |
| gateway-latency | Lambda answers 1500 ms later | the latency is ordered |
| ecs-latency, pool-wait | somebody's session holds a lock on the MOCs | |
| database-memory, database-storage | | the values: the machine's memory and disk are not the database's |
| redis-evictions | somebody fills a small Valkey | its size is set, and the larger node's, by the tests |
| search-fallback | somebody deletes the index of the MOCs | |
| cache-failing | somebody's endless script keeps Valkey busy | |
| cache-hit-rate | something that is no generation stands where all users' do | |
| proxy-borrow | sessions lie idle in transactions | the value: there is no proxy before this PostgreSQL |
| parts-lists-failing | a user uploads files that are no parts lists | |
| parser-dead-letters | an event is handed to the parser of which it can make nothing | |
| traffic-gone | somebody deletes the records of the public name, and new visitors come | |
| veto | as lambda-errors | |

Budgets and cost anomalies are no alarms of CloudWatch: of their pages the commands are run.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from cutover.rehearsal import seed
from cutover.rehearsal.stack.stack import DATABASE
from tests.runbooks import account, doings
from tests.runbooks.shell import Shell
from tests.runbooks.site import Site

BUSY_REQUESTS_PER_SECOND = 50.0
FEW_REQUESTS_PER_SECOND = 1.0
IDLE_SESSIONS = 20
IDLE_SECONDS = 6.0  # real ones: the page looks for those that have been idle for five, by PostgreSQL's own clock
WATCHERS = 4  # a real second, the shortest interval of one, is two simulated minutes
BUSY_SESSIONS = 32  # of a machine of two cores, shared with the rest of the stack

Follow = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Case:
    """Where a condition happens: the stack, the shell of whoever follows the page, what is taken back in the end."""

    site: Site
    shell: Shell
    held: ExitStack


Condition = Callable[[Case], Follow | None]
"""Makes it true, and returns what AWS does once the page's mitigation has been typed, where that is no stand-in's."""


def _lambda_fails(case: Case) -> None:
    doings.edge(case.site, case.held, errors=0.5)
    case.site.set_rate(BUSY_REQUESTS_PER_SECOND)


def _lambda_refuses(share: float) -> Condition:
    def begin(case: Case) -> None:
        doings.edge(case.site, case.held, throttle=share)
        case.site.set_rate(BUSY_REQUESTS_PER_SECOND)

    return begin


def _lambda_is_slow(case: Case) -> None:
    doings.edge(case.site, case.held, latency_ms=1500.0)


def _starts_are_slow(case: Case) -> None:
    case.site.set_rate(FEW_REQUESTS_PER_SECOND)  # each start takes a request's time
    doings.edge(case.site, case.held, cold=True, start_latency_ms=2500.0)


def _api_is_dead(case: Case) -> Follow:
    before = doings.asked_of(case.site, UPDATE_SERVICE)
    case.site.stack.children["ecs"].kill()
    return lambda: _deployed_anew(case, before)


def _api_hangs(case: Case) -> Follow:
    before = doings.asked_of(case.site, UPDATE_SERVICE)
    doings.hanging_api(case.site, case.held)
    return lambda: _deployed_anew(case, before)


UPDATE_SERVICE = "ecs:UpdateService"


def _deployed_anew(case: Case, before: int) -> None:
    assert doings.asked_of(case.site, UPDATE_SERVICE) > before
    doings.new_tasks(case.site)


def _database_is_busy(case: Case) -> None:
    statement = "SELECT count(*) FROM generate_series(1, 1000000000000)"
    case.site.set_rate(FEW_REQUESTS_PER_SECOND)  # what else runs on this machine takes CPU, too
    doings.statements_running(case.site, case.held, statement, BUSY_SESSIONS)


def _shown(metric: str, value: float, mended: Callable[[Case], bool]) -> Condition:
    """The value is shown until the page's mitigation has been done."""

    def begin(case: Case) -> Follow:
        doings.stores_show(case.site, case.held, {metric: value})

        def follow() -> None:
            assert mended(case)
            doings.stores_show_again(case.site)

        return follow

    return begin


def _index_is_new(case: Case) -> bool:
    ran = case.shell.run("cutover reindex status moc_instructions")
    return "swapped" in ran.output


def _class_is_larger(case: Case) -> bool:
    return account.database(case.site.stack.places.aws_url)[0] != account.DATABASE_CLASS


def _volume_is_larger(case: Case) -> bool:
    return account.database(case.site.stack.places.aws_url)[1] > account.VOLUME_GB


def _nobody_is_idle(case: Case) -> bool:
    idle = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND query LIKE '%-- held'"
    return case.site.stack.postgres.run(idle, DATABASE) == ["0"]


def _connections_are_held(case: Case) -> Follow | None:
    doings.statements_running(case.site, case.held, "BEGIN; SELECT 1 -- held", IDLE_SESSIONS)
    time.sleep(IDLE_SECONDS)
    return _shown("DatabaseConnectionsBorrowLatency", 250_000.0, _nobody_is_idle)(case)


def _table_is_locked(case: Case) -> None:
    doings.locked(case.site, case.held, "moc_instructions")


def _gates_are_blind(case: Case) -> None:
    case.held.callback(case.site.controls.aws_faults, {})
    case.site.controls.aws_faults({"cloudwatch_silent": ["AWS/ApiGateway"]})
    for _ in range(WATCHERS):
        process = case.shell.run("cutover watch --interval 1s > watched 2>&1 & echo $!; sleep 0.2").output.strip()
        case.held.callback(case.shell.run, f"kill {process} || true")


def _somebody_goes_back(case: Case) -> None:
    ran = case.shell.run('cutover rollback --reason "checkout fails"')
    assert ran.exit == 0, ran.output


def _cache_is_full(case: Case) -> Follow:
    doings.foreign_keys(case.site, case.held)

    def follow() -> None:
        assert account.redis_node_type(case.site.stack.places.aws_url) != account.REDIS_NODE_TYPE
        doings.cache_of(case.site).config_set("maxmemory", "256mb")

    return follow


def _index_is_gone(case: Case) -> None:
    case.site.set_rate(BUSY_REQUESTS_PER_SECOND)
    doings.index_gone(case.site, "moc_instructions")


def _cache_is_busy(case: Case) -> None:
    case.site.set_rate(BUSY_REQUESTS_PER_SECOND)
    doings.endless_script(case.site, case.held)


def _generations_are_poisoned(case: Case) -> None:
    case.site.set_rate(BUSY_REQUESTS_PER_SECOND)
    doings.poisoned_generations(case.site, case.held, tuple(seed.users()))


def _lists_are_none(case: Case) -> None:
    doings.unreadable_lists(case.site, case.site.folder, 8)


def _event_is_none(case: Case) -> None:
    lambda_ = account.client(case.site.stack.places.aws_url, "lambda")
    payload = b'{"partsListId": "not an id"}'
    lambda_.invoke(FunctionName=account.PARSER, InvocationType="Event", Payload=payload)


def _records_are_gone(case: Case) -> None:
    doings.records_gone(case.site)
    case.site.visitors.stop()  # who has an answer still uses it: those who come now have none
    case.site.reset()


CONDITIONS: Mapping[str, Condition] = {
    "cutover-blind": _gates_are_blind,  # before anything has failed that gates remember
    "lambda-errors": _lambda_fails,
    "gateway-5xx": _lambda_refuses(0.3),
    "ecs-5xx": _api_is_dead,
    "ecs-unhealthy": _api_hangs,
    "database-cpu": _database_is_busy,
    "cold-starts": _starts_are_slow,
    "cutover-rolled-back": _somebody_goes_back,
    "lambda-throttles": _lambda_refuses(0.6),
    "veto": _lambda_fails,
    "search-fallback": _index_is_gone,
    "cache-hit-rate": _generations_are_poisoned,
    "search-red": _shown("ClusterStatus.red", 1.0, _index_is_new),
    "gateway-latency": _lambda_is_slow,
    "ecs-latency": _table_is_locked,
    "pool-wait": _table_is_locked,
    "database-memory": _shown("FreeableMemory", 6e8, _class_is_larger),
    "database-storage": _shown("FreeStorageSpace", 3e9, _volume_is_larger),
    "redis-evictions": _cache_is_full,
    "cache-failing": _cache_is_busy,
    "proxy-borrow": _connections_are_held,
    "parts-lists-failing": _lists_are_none,
    "parser-dead-letters": _event_is_none,
    "traffic-gone": _records_are_gone,  # after many at the usual traffic, from which the band is made
}
