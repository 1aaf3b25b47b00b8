"""What an alarm on metrics watches: whether CloudWatch would take it, and what its periods say at a moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import PutMetricAlarm
from cutover.rehearsal.aws.cloudwatch.alarming.verdict import EXTRA_PERIODS, Datapoint, Verdict, verdict
from cutover.rehearsal.aws.cloudwatch.frames import Frame
from cutover.rehearsal.aws.cloudwatch.metric_math.syntax import calls_in
from cutover.rehearsal.aws.cloudwatch.metric_math.values import Line
from cutover.rehearsal.aws.cloudwatch.queries import Evaluation, Formula, formula_of
from cutover.rehearsal.aws.cloudwatch.shapes import Metric, MetricDataQuery, MetricStat
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS, MetricStore
from cutover.rehearsal.aws.wire import AwsError

_MOST_METRICS = 10
_DAY_SECONDS, _WEEK_SECONDS, _HOUR_SECONDS = 86_400, 7 * 86_400, 3600
_SEARCHES = frozenset({"SEARCH"})
_BAND = "ANOMALY_DETECTION_BAND"
_ONLY_METRIC = "m"  # the id of an alarm's one metric, when no query names it

_BREACHES: Mapping[str, Callable[[float, float, float], bool]] = {
    "GreaterThanThreshold": lambda value, _low, high: value > high,
    "GreaterThanOrEqualToThreshold": lambda value, _low, high: value >= high,
    "LessThanThreshold": lambda value, low, _high: value < low,
    "LessThanOrEqualToThreshold": lambda value, low, _high: value <= low,
    "LessThanLowerThreshold": lambda value, low, _high: value < low,
    "GreaterThanUpperThreshold": lambda value, _low, high: value > high,
    "LessThanLowerOrGreaterThanUpperThreshold": lambda value, low, high: value < low or value > high,
}
_OF_BANDS = frozenset(name for name in _BREACHES if "Lower" in name or "Upper" in name)


@dataclass(frozen=True, slots=True)
class Watched:
    """The formula of an alarm, the query that it looks at, its band's if it has one, and its period in seconds."""

    asked: PutMetricAlarm
    formula: Formula
    id: str
    band: str | None
    period: int

    def verdict(self, store: MetricStore, now: float) -> Verdict:
        """What is published by `now` says; every minute the window moves by a minute, as CloudWatch's does."""
        asked = self.asked
        until = int((now - store.delay_seconds) // MINUTE_SECONDS * MINUTE_SECONDS)
        span = asked.evaluation_periods + EXTRA_PERIODS
        frame = Frame(store, until - span * self.period, until, now, sliding=True)
        evaluation = Evaluation(self.formula, frame)
        line, band = evaluation.value(self.id), evaluation.value(self.band) if self.band else ()
        lows, highs = self._limits(band if isinstance(band, tuple) else ())
        seen = [self._datapoint(line, moment, lows, highs) for moment in frame.grid(self.period)]
        if self.band and not any(seen):  # whatever the alarm says of missing data: nothing is known to be usual
            return Verdict("INSUFFICIENT_DATA", (), asked.evaluation_periods)
        wanted = asked.datapoints_to_alarm or asked.evaluation_periods
        return verdict(seen, periods=asked.evaluation_periods, datapoints=wanted, missing=asked.treat_missing_data)

    def _limits(self, band: tuple[Line, ...]) -> tuple[Mapping[int, float] | None, Mapping[int, float] | None]:
        return (band[1].points, band[0].points) if band else (None, None)

    def _datapoint(
        self, line: object, moment: int, lows: Mapping[int, float] | None, highs: Mapping[int, float] | None
    ) -> Datapoint | None:
        value = line.points.get(moment) if isinstance(line, Line) else None
        if value is None or isnan(value):
            return None
        low = self.asked.threshold if lows is None else lows.get(moment)
        high = self.asked.threshold if highs is None else highs.get(moment)
        if low is None or high is None:
            return None
        breaches = _BREACHES[self.asked.comparison_operator](value, low, high)
        edge = None if lows is None else (high if value > high or "Upper" in self.asked.comparison_operator else low)
        return Datapoint(moment, value, breaches, edge)


def watched_by(asked: PutMetricAlarm) -> Watched:
    """The alarm's formula, looked through as PutMetricAlarm does. Raises AwsError ValidationError, MissingParameter."""
    queries = asked.metrics or (_single_query(asked),)
    if asked.metrics:
        _check_list(asked)
    formula = formula_of(queries, subminute=True)
    id_, band = _returned(asked, formula)
    if not isinstance(Evaluation(formula, Frame(MetricStore(0.0), 0, 1, 0.0, sliding=True)).value(id_), Line):
        raise _invalid(f"the expression {id_!r} must return a single time series")
    period = formula.period(id_)
    _check_periods(asked, formula, period)
    return Watched(asked, formula, id_, band, period)


def _single_query(asked: PutMetricAlarm) -> MetricDataQuery:
    if asked.namespace is None or asked.metric_name is None or asked.period is None:
        raise _invalid("MetricName, Namespace and Period are needed where there are no Metrics")
    if (asked.statistic is None) == (asked.extended_statistic is None):
        raise _invalid("exactly one of Statistic and ExtendedStatistic is needed")
    metric = Metric(namespace=asked.namespace, metric_name=asked.metric_name, dimensions=asked.dimensions)
    stat = asked.statistic or asked.extended_statistic or ""
    return MetricDataQuery(
        id=_ONLY_METRIC, metric_stat=MetricStat(metric=metric, period=asked.period, stat=stat, unit=asked.unit)
    )


def _check_list(asked: PutMetricAlarm) -> None:
    beside = (
        asked.namespace, asked.metric_name, asked.period, asked.statistic, asked.extended_statistic, asked.unit,
        asked.dimensions or None,
    )  # fmt: skip
    if any(one is not None for one in beside):
        raise _invalid("Metrics can't be used together with MetricName, Namespace, Dimensions, Period, Unit, Statistic")
    if sum(query.metric_stat is not None for query in asked.metrics) > _MOST_METRICS:
        raise _invalid(f"Metrics list contains more than {_MOST_METRICS} metrics")


def _returned(asked: PutMetricAlarm, formula: Formula) -> tuple[str, str | None]:
    """The query that is watched, and the band's."""
    calls = {id_: calls_in(tree) for id_, tree in formula.trees.items()}
    if any(_SEARCHES & called for called in calls.values()):
        raise _invalid("SEARCH is not supported in alarms")
    told = [query.id for query in formula.queries.values() if query.return_data]
    banded = asked.comparison_operator in _OF_BANDS
    if banded != (asked.threshold_metric_id is not None) or banded == (asked.threshold is not None):
        raise _invalid(
            "a band's comparison needs ThresholdMetricId and no Threshold, any other one needs Threshold alone"
        )
    if not banded:
        if len(told) != 1:
            raise _invalid("Exactly one element of the metrics list should return data.")
        return told[0], None
    if len(told) != 2 or asked.threshold_metric_id not in told:
        raise _invalid("Exactly two elements of the metrics list should return data.")
    if _BAND not in calls.get(asked.threshold_metric_id, ()):
        raise _invalid(f"ThresholdMetricId must be the id of an {_BAND}")
    return next(id_ for id_ in told if id_ != asked.threshold_metric_id), asked.threshold_metric_id


def _check_periods(asked: PutMetricAlarm, formula: Formula, period: int) -> None:
    lengths = {query.metric_stat.period for query in formula.queries.values() if query.metric_stat is not None}
    if not lengths or lengths != {period}:
        raise _invalid("an alarm stands on at least one metric, and all of them have the same period")
    if (asked.datapoints_to_alarm or 1) > asked.evaluation_periods:
        raise _invalid("DatapointsToAlarm must not be larger than EvaluationPeriods")
    most = _WEEK_SECONDS if period >= _HOUR_SECONDS else _DAY_SECONDS
    if asked.evaluation_periods * period > most:
        raise _invalid(
            f"Metrics cannot be checked across more than {most // _DAY_SECONDS} day(s) (EvaluationPeriods * Period)"
        )


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
