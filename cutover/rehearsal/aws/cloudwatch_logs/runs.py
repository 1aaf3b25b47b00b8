"""Queries under way: each in a thread, so that the other services go on answering."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.insights.commands import Outcome
from cutover.rehearsal.aws.cloudwatch_logs.insights.query import Query

_KEPT_RUNS = 200


@dataclass(slots=True)
class Run:
    """One query; `scanned` events of `scanned_bytes` were looked at."""

    answer: Future[tuple[Outcome, int]]
    scanned: int
    scanned_bytes: int
    stopped: bool = False

    @property
    def status(self) -> str:
        """As GetQueryResults says it."""
        if self.stopped:
            return "Cancelled"
        if not self.answer.done():
            return "Running"
        return "Failed" if self.answer.exception() is not None else "Complete"


class QueryRuns:
    """The newest queries and their answers."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._threads: ThreadPoolExecutor | None = None

    def start(self, query: Query, events: Sequence[Event], most: int) -> str:
        """Begin; returns the query's id."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, thread_name_prefix="insights")
        answer = self._threads.submit(query.run, events, self._account_id, most)
        query_id = str(uuid4())
        self._runs[query_id] = Run(answer, len(events), sum(len(event.message) for event in events))
        while len(self._runs) > _KEPT_RUNS:
            self._runs.popitem(last=False)
        return query_id

    def find(self, query_id: str) -> Run | None:
        """The run of that id, if it is still kept."""
        return self._runs.get(query_id)

    def stop(self, run: Run) -> bool:
        """Give the query up; False if it had ended."""
        if run.status != "Running":
            return False
        run.stopped = True
        run.answer.cancel()
        return True
