"""Metrics and expressions over them: whether CloudWatch would take the queries, and what they are worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cutover.rehearsal.aws.cloudwatch.frames import Frame, series_asked
from cutover.rehearsal.aws.cloudwatch.metric_math.bands import HISTORY_SECONDS, edges
from cutover.rehearsal.aws.cloudwatch.metric_math.functions import evaluated
from cutover.rehearsal.aws.cloudwatch.metric_math.search import found
from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import (
    BadExpression,
    Call,
    Node,
    Number,
    calls_in,
    named_in,
    parsed,
    walked,
)
from cutover.rehearsal.aws.cloudwatch.metric_math.values import Line, Lines, Value
from cutover.rehearsal.aws.cloudwatch.shapes import Dimension, Metric, MetricDataQuery, MetricStat
from cutover.rehearsal.aws.cloudwatch.statistics import is_statistic
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS, MetricStore, Series
from cutover.rehearsal.aws.wire import AwsError

_SEARCH_SECONDS = 300  # the period of a search that names none


@dataclass(frozen=True, slots=True)
class Formula:
    """The queries with their expressions as trees."""

    queries: Mapping[str, MetricDataQuery]
    trees: Mapping[str, Node]

    def stats(self, node: Node) -> Iterator[MetricStat]:
        """Every metric that the expression stands on, directly or by way of others."""
        wanted, seen = list(named_in(node)), set[str]()
        if "METRICS" in calls_in(node):
            wanted += self.queries
        while wanted:
            id_ = wanted.pop()
            if id_ in seen or id_ not in self.queries:
                continue
            seen.add(id_)
            stat = self.queries[id_].metric_stat
            if stat is not None:
                yield stat
            elif id_ in self.trees:
                wanted += named_in(self.trees[id_])

    def period(self, id_: str) -> int:
        """The length of the query's periods, in seconds. Raises BadExpression if its metrics have several."""
        query = self.queries[id_]
        if query.metric_stat is not None:
            return query.metric_stat.period
        node = self.trees[id_]
        lengths = {stat.period for stat in self.stats(node)} | set(_searched_periods(node))
        if len(lengths) > 1:
            raise BadExpression(f"this stand-in wants metrics of one period, not {sorted(lengths)}")
        return next(iter(lengths), query.period or _SEARCH_SECONDS)


def formula_of(queries: Sequence[MetricDataQuery], *, subminute: bool = False) -> Formula:
    """The queries, looked through: ids, statistics, periods, and whether the expressions mean anything.

    `subminute`: periods of 10, 20 and 30 seconds are fine. Raises AwsError ValidationError.
    """
    ids = [query.id for query in queries]
    if len(set(ids)) < len(ids):
        raise AwsError("ValidationError", f"The values for parameter id in MetricDataQueries are not unique: {ids}")
    trees = {query.id: tree for query in queries if (tree := _checked(query, subminute=subminute)) is not None}
    formula = Formula({query.id: query for query in queries}, trees)
    nothing = Evaluation(formula, Frame(MetricStore(0.0), 0, 1, 0.0, sliding=True))
    for id_ in trees:
        nothing.value(id_)
    return formula


class Evaluation:
    """What the queries are worth in a frame; each is reckoned once."""

    def __init__(self, formula: Formula, frame: Frame) -> None:
        self.formula = formula
        self.frame = frame
        self._known: dict[str, Value] = {}
        self._open: list[str] = []

    def value(self, id_: str) -> Value:
        """Of one query. Raises AwsError ValidationError for an expression that means nothing."""
        try:
            return self.reckoned(id_)
        except BadExpression as error:
            raise AwsError("ValidationError", f"Error in expression '{id_}': {error}") from error

    def reckoned(self, id_: str) -> Value:
        """Of one query, for another one. Raises BadExpression."""
        if id_ in self._open:
            raise BadExpression(f"Circular reference: {' -> '.join([*self._open, id_])}")
        if id_ not in self._known:
            self._open.append(id_)
            self._known[id_] = self._reckon(id_)
            self._open.pop()
        return self._known[id_]

    def _reckon(self, id_: str) -> Value:
        query = self.formula.queries.get(id_)
        if query is None:
            raise BadExpression(f"Unknown id {id_!r}")
        if query.metric_stat is not None:
            return Line(self.frame.points(query.metric_stat), query.label or query.metric_stat.metric.metric_name)
        return evaluated(self.formula.trees[id_], _Sight(self, self.formula.period(id_)))


class _Sight:
    """What an expression sees of the evaluation."""

    def __init__(self, evaluation: Evaluation, period: int) -> None:
        self._evaluation = evaluation
        self.period = period
        self.grid: Sequence[int] = evaluation.frame.grid(period)

    def named(self, id_: str) -> Value:
        return self._evaluation.reckoned(id_)

    def metrics(self) -> Lines:
        queries = self._evaluation.formula.queries.values()
        made = [self.named(query.id) for query in queries if query.metric_stat is not None]
        return tuple(line for line in made if isinstance(line, Line))

    def searched(self, text: str, statistic: str, period: int | None) -> Lines:
        if not is_statistic(statistic):
            raise BadExpression(f"SEARCH: the statistic {statistic!r} is not known to this stand-in")
        frame = self._evaluation.frame
        matches = found(text, frame.store.listed(frame.as_of))
        several = len({one.name for one in matches}) > 1
        lines = (
            Line(frame.points(_stat(one, statistic, period or self.period)), _named(one, several)) for one in matches
        )
        return tuple(line for line in lines if line.points)

    def band(self, node: Node, deviations: float) -> Lines:
        """Zeros that FILL puts before a metric existed are nothing that was usual."""
        frame, formula = self._evaluation.frame, self._evaluation.formula
        longer = -(-HISTORY_SECONDS // self.period) * self.period
        earlier = Evaluation(formula, replace(frame, since=frame.since - longer))
        line = evaluated(node, _Sight(earlier, self.period))
        known = [frame.store.oldest(series_asked(stat)) for stat in formula.stats(node)]
        began = min((moment for moment in known if moment is not None), default=frame.until)
        points = {at: value for at, value in line.points.items() if at >= began} if isinstance(line, Line) else {}
        upper, lower = edges(points, self.grid, deviations)
        return (Line(upper, "High"), Line(lower, "Low"))


def _checked(query: MetricDataQuery, *, subminute: bool) -> Node | None:
    """The tree of an expression; None: it is a metric."""
    if (query.metric_stat is None) == (query.expression is None) or (query.metric_stat and query.period is not None):
        raise AwsError(
            "ValidationError", f"{query.id}: exactly one of MetricStat, or Expression with Period, is needed"
        )
    if query.metric_stat is not None:
        check_stat(query.id, query.metric_stat, subminute=subminute)
        return None
    try:
        return parsed(query.expression or "")
    except BadExpression as error:
        raise AwsError("ValidationError", f"Error in expression '{query.id}': {error}") from error


def check_stat(who: str, stat: MetricStat, *, subminute: bool) -> None:
    """Raises AwsError ValidationError for a period or a statistic that can't be."""
    whole = stat.period >= MINUTE_SECONDS and stat.period % MINUTE_SECONDS == 0
    if not whole and not (subminute and stat.period in {10, 20, 30}):
        raise AwsError("ValidationError", f"{who}: Period must be a multiple of {MINUTE_SECONDS}, not {stat.period}")
    if not is_statistic(stat.stat):
        raise AwsError("ValidationError", f"{who}: the statistic {stat.stat!r} is not known to this stand-in")


def _searched_periods(node: Node) -> Iterator[int]:
    for one in walked(node):
        match one:
            case Call("SEARCH", (_, _, Number(period))):
                yield int(period)


def _stat(series: Series, statistic: str, period: int) -> MetricStat:
    dimensions = tuple(Dimension(name=name, value=value) for name, value in series.dimensions)
    metric = Metric(namespace=series.namespace, metric_name=series.name, dimensions=dimensions)
    return MetricStat(metric=metric, period=period, stat=statistic)


def _named(series: Series, several: bool) -> str:
    """A found metric by what tells it from the others."""
    parts = [value for _, value in series.dimensions] + ([series.name] if several or not series.dimensions else [])
    return " ".join(parts)
